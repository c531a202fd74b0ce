package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var decimalUnits = []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}

// Bytes writes a size in three digits and a decimal unit: "18.2GB". MB is 10^6 bytes.
func Bytes(n int64) string {
	f, unit := float64(n), 0
	for ; math.Abs(f) >= 999.5 && unit < len(decimalUnits)-1; unit++ {
		f /= 1000
	}
	switch {
	case unit == 0:
		return strconv.FormatInt(n, 10) + "B"
	case math.Abs(f) < 9.995:
		return strconv.FormatFloat(f, 'f', 2, 64) + decimalUnits[unit]
	case math.Abs(f) < 99.95:
		return strconv.FormatFloat(f, 'f', 1, 64) + decimalUnits[unit]
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + decimalUnits[unit]
}

// ByteRate writes bytes a second: "18.2MB/s". NaN is [Unknown].
func ByteRate(v float64) string {
	if math.IsNaN(v) {
		return Unknown
	}
	return Bytes(int64(v)) + "/s"
}

var sizeUnits = map[string]float64{
	"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseBytes reads a size: "200MB", "1.5 GB", "64MiB", "1000000"; also as a rate, "200MB/s". MB is 10^6 bytes.
func ParseBytes(s string) (int64, error) {
	word := strings.TrimSuffix(strings.TrimSpace(s), "/s")
	digits := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit, ok := sizeUnits[strings.ToLower(strings.TrimSpace(word[len(digits):]))]
	f, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || f < 0 || f*unit > math.MaxInt64/2 || math.IsNaN(f) {
		return 0, fmt.Errorf("%q is not a size: write a number and a unit, such as 200MB (MB is 10^6 bytes)", s)
	}
	return int64(f * unit), nil
}

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
	var b [16]byte
	return string(appendBytes(b[:0], float64(n)))
}

// ByteRate writes bytes a second: "18.2MB/s". NaN is [Unknown], and so is what is too large for any counter.
func ByteRate(v float64) string {
	if !(math.Abs(v) < 1<<63) {
		return Unknown
	}
	var b [16]byte
	return string(append(appendBytes(b[:0], math.Trunc(v)), "/s"...))
}

func appendBytes(b []byte, f float64) []byte {
	unit := 0
	for ; math.Abs(f) >= 999.5 && unit < len(decimalUnits)-1; unit++ {
		f /= 1000
	}
	digits := 0
	switch {
	case unit == 0:
	case math.Abs(f) < 9.995:
		digits = 2
	case math.Abs(f) < 99.95:
		digits = 1
	}
	return append(strconv.AppendFloat(b, f, 'f', digits, 64), decimalUnits[unit]...)
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
	if !ok || err != nil || !(f >= 0 && f*unit <= math.MaxInt64/2) {
		return 0, fmt.Errorf("%q is not a size: write a number and a unit, such as 200MB (MB is 10^6 bytes)", s)
	}
	return int64(f * unit), nil
}

package format

import (
	"math"
	"strconv"
)

// Unknown is how a value is written that was not measured: never as 0, never as nothing.
const Unknown = "??"

// Thousands writes a whole number with commas: "1,204".
func Thousands[N ~int | ~int32 | ~int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count writes a number of things: "1 partition", "1,204 partitions".
func Count(n int, noun string) string { return Thousands(n) + " " + Plural(n, noun) }

// Plural returns the noun as it stands behind n: "partition" for 1, "partitions" for all other numbers.
func Plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// Percent writes a percentage of any size: "0.4%", "3%", "12%", "208%". Only 0 is written as 0, and what is under 100 is never
// written as 100: to be at a limit is another thing than to be near it. NaN and the infinities are
// [Unknown].
func Percent(v float64) string {
	places := 0
	switch abs := math.Abs(v); {
	case math.IsNaN(v), math.IsInf(v, 0):
		return Unknown
	case v == 0:
	case abs < 0.05:
		return "<0.1%"
	case abs < 9.95 && math.Round(10*abs) != 10*math.Round(abs):
		places = 1
	case abs < 100:
		v = math.Copysign(min(math.Round(abs), 99), v)
	}
	return digits(v, places) + "%"
}

// Share writes a share of 1, such as that of the time in which threads are idle, as whole percent in four characters at the
// most: "71%", "100%". Only 0 is written as 0, "<1%" comes before "1%", and what is under 1 is never written as 100%. NaN and the
// infinities are [Unknown].
func Share(v float64) string {
	percent := math.Round(100 * v)
	switch {
	case math.IsNaN(v), math.IsInf(v, 0):
		return Unknown
	case v > 0 && percent < 1:
		return "<1%"
	case v < 1:
		percent = min(percent, 99)
	}
	return digits(percent, 0) + "%"
}

// digits writes a number with so many places behind the point, and what is longer than any figure as a power of ten.
func digits(v float64, places int) string {
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', places, 64)
}

// Short writes a number in five characters at the most: "0.4", "87", "1234", "12.3k", "4.1M". NaN and the infinities are
// [Unknown].
func Short(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	for _, unit := range []string{"", "k", "M", "G"} {
		switch abs := math.Abs(v); {
		case abs < 9.95 && v != math.Trunc(v), abs < 99.95 && unit != "":
			return strconv.FormatFloat(v, 'f', 1, 64) + unit
		case abs < 9999.5 && unit == "", abs < 999.5:
			return strconv.FormatFloat(v, 'f', 0, 64) + unit
		}
		v /= 1000
	}
	return strconv.FormatFloat(v*1000, 'g', 3, 64) + "G"
}

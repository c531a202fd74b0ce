package format

import (
	"fmt"
	"math"
	"time"
)

// Duration writes a span of time in its two largest units: "4m12s", "2d4h", "14s".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 0:
		return "-" + Duration(-d)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// Seconds writes a number of seconds as Duration does. What is no span of time, or longer than 290 years, is [Unknown].
func Seconds(s float64) string {
	if !(math.Abs(s) < math.MaxInt64/1e9) {
		return Unknown
	}
	return Duration(time.Duration(s * float64(time.Second)))
}

// WholeMillis writes milliseconds with their unit: "250ms". NaN and the infinities are [Unknown].
func WholeMillis(ms float64) string {
	if math.IsNaN(ms) || math.IsInf(ms, 0) {
		return Unknown
	}
	return digits(ms, 0) + "ms"
}

// Millis writes milliseconds without a unit in four characters at the most, from 10 seconds on in seconds: "0.4", "12",
// "9999", "12s". NaN and the infinities are [Unknown].
func Millis(ms float64) string {
	switch {
	case math.IsNaN(ms), math.IsInf(ms, 0):
		return Unknown
	case ms < 9.95 && ms != math.Trunc(ms):
		return digits(ms, 1)
	case ms < 9999.5:
		return digits(ms, 0)
	}
	return digits(ms/1000, 0) + "s"
}

package pane

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
)

// clock writes a time of day, in UTC as brokers' logs mostly have it.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// idle writes an idle share as the console does everywhere: ".71", "1.0".
func Idle(r state.Reading[float64]) string {
	switch {
	case !r.Known:
		return view.Unknown
	case r.Value >= 0.995:
		return "1.0"
	}
	return strconv.FormatFloat(max(r.Value, 0), 'f', 2, 64)[1:]
}

// median is the middle of values; of an even number the upper of the two.
func median(values []float64) state.Reading[float64] {
	if len(values) == 0 {
		return state.Reading[float64]{}
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, cmp.Compare)
	return state.Reading[float64]{Value: sorted[len(sorted)/2], Known: true}
}

// rounded writes a rate in a few columns: "0.4", "12", "2.2k".
func Rounded(r state.Reading[float64]) string {
	switch v := r.Value; {
	case !r.Known:
		return view.Unknown
	case v < 9.95 && v >= 0.05:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v < 999.5:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v < 99_950:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "k"
	case v < 999_500:
		return strconv.FormatFloat(v/1000, 'f', 0, 64) + "k"
	default:
		return strconv.FormatFloat(v/1e6, 'f', 1, 64) + "M"
	}
}

// rate writes bytes a second.
func Rate(r state.Reading[float64]) string {
	if !r.Known {
		return view.Unknown
	}
	return PerSecond(r.Value)
}

func PerSecond(v float64) string { return view.Bytes(int64(v)) + "/s" }

// millis writes milliseconds in a few columns: "0.4", "12", "920", "12s".
func Millis(r state.Reading[float64]) string {
	switch v := r.Value; {
	case !r.Known:
		return view.Unknown
	case v < 9.95 && v != math.Trunc(v):
		return fmt.Sprintf("%.1f", v)
	case v < 9999.5:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.0fs", v/1000)
	}
}

func Known(v float64) state.Reading[float64] { return state.Reading[float64]{Value: v, Known: true} }

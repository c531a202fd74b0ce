package pane

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// clock writes a time of day, in UTC as brokers' logs mostly have it.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// idle writes an idle share as the console does everywhere: ".71", "1.0".
func Idle(r state.Reading[float64]) string {
	switch {
	case !r.Known:
		return format.Unknown
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

// Rounded writes a number in five columns at the most: "0.4", "12", "2204", "12.3k".
func Rounded(r state.Reading[float64]) string { return format.Short(r.Or(math.NaN())) }

// Rate writes bytes a second.
func Rate(r state.Reading[float64]) string { return format.ByteRate(r.Or(math.NaN())) }

// Millis writes milliseconds in four columns at the most: "0.4", "12", "920", "12s".
func Millis(r state.Reading[float64]) string { return format.Millis(r.Or(math.NaN())) }

func Known(v float64) state.Reading[float64] { return state.Reading[float64]{Value: v, Known: true} }

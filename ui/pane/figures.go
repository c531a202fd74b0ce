package pane

import (
	"math"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// clock writes a time of day, in UTC as brokers' logs mostly have it.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// Idle writes an idle share of threads.
func Idle(r state.Reading[float64]) string { return format.Idle(r.Or(math.NaN())) }

// Rounded writes a number in five columns at the most: "0.4", "12", "2204", "12.3k".
func Rounded(r state.Reading[float64]) string { return format.Short(r.Or(math.NaN())) }

// Rate writes bytes a second.
func Rate(r state.Reading[float64]) string { return format.ByteRate(r.Or(math.NaN())) }

// Millis writes milliseconds in four columns at the most: "0.4", "12", "920", "12s".
func Millis(r state.Reading[float64]) string { return format.Millis(r.Or(math.NaN())) }

func Known(v float64) state.Reading[float64] { return state.Reading[float64]{Value: v, Known: true} }

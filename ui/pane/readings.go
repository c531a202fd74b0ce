package pane

import (
	"math"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Clock writes a time of day in UTC, as most brokers' logs have it: "15:04:05Z".
func Clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// Share writes a share of 1, such as the idle share of threads, in whole percent: "71%".
func Share(r state.Reading[float64]) string { return format.Share(r.Or(math.NaN())) }

// Rounded writes a number in five columns at the most: "0.4", "12", "2204", "12.3k".
func Rounded(r state.Reading[float64]) string { return format.Short(r.Or(math.NaN())) }

// Rate writes bytes a second: "18.2MB/s".
func Rate(r state.Reading[float64]) string { return format.ByteRate(r.Or(math.NaN())) }

// Millis writes milliseconds in four columns at the most: "0.4", "12", "920", "12s".
func Millis(r state.Reading[float64]) string { return format.Millis(r.Or(math.NaN())) }

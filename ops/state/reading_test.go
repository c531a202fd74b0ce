package state

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestAReadingIsNullInJSONWhereItIsUnknown(t *testing.T) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for want, r := range map[string]any{
		"0.5":                    Read(0.5, noon, "b1"),
		"false":                  Read(false, noon, "b1"),
		"[1,2]":                  Read([]int32{1, 2}, noon, "b1"),
		`"2026-11-21T12:00:00Z"`: Read(noon, noon, "b1"),
	} {
		if got, err := json.Marshal(r); err != nil || string(got) != want {
			t.Errorf("%+v is %s, %v, want %s", r, got, err, want)
		}
	}
	for _, r := range []any{Missing[int]("timed out", noon, "b1"), Reading[float64]{Value: 3}, Read(math.NaN(), noon, "b1"), Read(math.Inf(1), noon, "b1")} {
		if got, err := json.Marshal(r); err != nil || string(got) != "null" {
			t.Errorf("%+v is %s, %v, want null", r, got, err)
		}
	}
}

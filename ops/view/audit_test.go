package view

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestATimeIsHowLongAgoOrADate(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"90m": "2026-11-30T10:30:00Z", "7d": "2026-11-23T12:00:00Z", "1.5d": "2026-11-29T00:00:00Z", "0s": "2026-11-30T12:00:00Z",
		"2026-11-30": "2026-11-30T00:00:00Z", "2026-11-30T10:00": "2026-11-30T10:00:00Z", "2026-11-30T10:00:00+02:00": "2026-11-30T08:00:00Z",
	} {
		if got, err := Since(text, now); err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1h", "-1d", "NaNd", "Infd", "1e300d", "yesterday", "12", "2026-13-01"} {
		if got, err := Since(text, now); err == nil {
			t.Errorf("%s is taken for %v", text, got)
		}
	}
}

func TestAnActionIsFoundByTheBeginningOfItsID(t *testing.T) {
	actions := []state.Action{{ID: "b12", Run: "20261130-drain"}, {ID: "b1"}, {ID: "a1"}}
	for id, want := range map[string]int{"b1": 1, "b": 2, "2026": 1, "last": 1, "c": 0, "": 0} {
		if found := FindAction(actions, id); len(found) != want {
			t.Errorf("%q finds %v", id, found)
		}
	}
	if got := FindAction(actions, "last")[0].ID; got != "b12" {
		t.Errorf("the last one is %s", got)
	}
}

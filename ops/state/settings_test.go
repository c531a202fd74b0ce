package state

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func TestSettingsComeBackFromAFileAsTheyWere(t *testing.T) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := NewBuilder("c", noon, 0, 0)
	b.Broker(Broker{ID: 1, Alive: true})
	snapshot := b.Done()
	for _, settings := range []*Settings{
		nil,
		{At: noon, Unknown: []Unknown{}},
		{
			At: noon, Brokers: map[int32]map[string]string{1: {"num.io.threads": "16"}}, Topics: map[string]map[string]string{"orders": {"retention.ms": "1"}},
			Features: map[string]int16{"metadata.version": 27}, Unknown: []Unknown{{Node: 2, What: WhatConfigs, Why: "no answer"}},
		},
	} {
		var file bytes.Buffer
		if err := (&State{Snapshot: snapshot, Settings: settings}).Save(&file); err != nil {
			t.Fatal(err)
		}
		s, err := LoadState(&file)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s.Settings, settings) {
			t.Errorf("saved %+v, read %+v", settings, s.Settings)
		}
	}
}

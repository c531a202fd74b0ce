package sightings

import (
	"fmt"
	"os"
	"testing"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestSinceWhenSomethingIsWrongSurvivesTheEndOfKdeck(t *testing.T) {
	dir, down := t.TempDir(), state.Finding{Code: "broker-down", Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfBroker, ID: 7}}
	healthy := (*health.Sightings)(nil).Next(&state.State{Now: noon, Verdict: state.VerdictHealthy}, true)
	first := healthy.Next(&state.State{Now: noon.Add(time.Minute), Verdict: state.VerdictDegraded, Findings: []state.Finding{down}}, true)
	if err := Save(dir, "c1", first, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path(dir, "c1")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	later := noon.Add(3 * time.Hour)
	s := Load(dir, "c1", later)
	if s == nil || !s.Healthy.Equal(noon) || !s.First[down.ID()].Equal(noon.Add(time.Minute)) || len(s.First) != 1 {
		t.Fatalf("loaded %+v", s)
	}
	if again := s.Next(&state.State{Now: later, Findings: []state.Finding{down}}, true); !again.First[down.ID()].Equal(noon.Add(time.Minute)) || s.News(again) {
		t.Errorf("seen again: %+v", again)
	}
	if gone := s.Next(&state.State{Now: later}, true); len(gone.First) != 0 || !s.News(gone) {
		t.Errorf("it is gone: %+v", gone)
	}
	if begun := s.Next(&state.State{Now: later}, false); len(begun.First) != 1 {
		t.Errorf("not all was looked at yet: %+v", begun)
	}
}

func TestWhatCannotBeTrustedIsNotKnown(t *testing.T) {
	dir := t.TempDir()
	save := func() {
		if err := Save(dir, "c1", &health.Sightings{Healthy: noon}, noon); err != nil {
			t.Fatal(err)
		}
	}
	write := func(text string) func() {
		return func() {
			if err := os.WriteFile(path(dir, "c1"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name    string
		change  func()
		cluster string
		now     time.Time
		known   bool
	}{
		{"as it was saved", nil, "c1", noon, true},
		{"of another cluster", nil, "c2", noon, false},
		{"after eight days", nil, "c1", noon.Add(8 * 24 * time.Hour), false},
		{"by a clock that was set back", nil, "c1", noon.Add(-time.Hour), false},
		{"cut short", write(`{"cluster_id":"c1","looked_at":"2026-11-21T`), "c1", noon, false},
		{"of something else", write(`[]`), "c1", noon, false},
		{"empty", write(``), "c1", noon, false},
		{"a file of others", func() { save(); _ = os.Chmod(path(dir, "c1"), 0o666) }, "c1", noon, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_ = os.Remove(path(dir, "c1"))
			save()
			if c.change != nil {
				c.change()
			}
			if s := Load(dir, c.cluster, c.now); (s != nil) != c.known {
				t.Errorf("%+v, known should be %v", s, c.known)
			}
		})
	}
}

func TestTheFileIsBounded(t *testing.T) {
	dir, s := t.TempDir(), &health.Sightings{First: map[state.FindingID]time.Time{}}
	for i := range 5000 {
		s.First[state.FindingID{Code: "group-stuck", Subject: state.Subject{Kind: state.OfGroup, Name: fmt.Sprintf("g%d\x1b", i)}}] = noon.Add(time.Duration(i) * time.Second)
	}
	if err := Save(dir, "c", s, noon.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	got := Load(dir, "c", noon.Add(24*time.Hour))
	if got == nil || len(got.First) != most {
		t.Fatalf("%d are kept", len(got.First))
	}
	if _, kept := got.First[state.FindingID{Code: "group-stuck", Subject: state.Subject{Kind: state.OfGroup, Name: "g4999\x1b"}}]; !kept {
		t.Error("the latest isn't kept")
	}
}

package looks

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// kept keeps a look at a cluster of one broker, if one is due.
func kept(t *testing.T, dir string, at time.Time, v state.Verdict) bool {
	t.Helper()
	list, err := List(dir, "c", at)
	if err != nil {
		t.Fatal(err)
	}
	if !Due(list, v, at) {
		return false
	}
	b := state.NewBuilder("c", at, 0, 0)
	b.Broker(state.Broker{ID: 1, Alive: true})
	s := &state.State{Snapshot: b.Done(), Verdict: v, Settings: &state.Settings{At: at, Brokers: map[int32]map[string]string{1: {"num.io.threads": "8"}}}}
	if err := Keep(dir, "c", at, v, s.Save); err != nil {
		t.Fatal(err)
	}
	return true
}

func TestALookIsKeptEveryTenMinutesAndTheLastHealthyOneForLonger(t *testing.T) {
	dir, at := t.TempDir(), noon
	for range 5 {
		kept(t, dir, at, state.VerdictHealthy)
		at = at.Add(4 * time.Minute)
	}
	list, _ := List(dir, "c", at)
	if len(list) != 2 || !list[0].Taken.Equal(noon.Add(12*time.Minute)) {
		t.Fatalf("%v", list)
	}
	for range 60 { // four hours of trouble
		kept(t, dir, at, state.VerdictCritical)
		at = at.Add(4 * time.Minute)
	}
	list, _ = List(dir, "c", at)
	if len(list) != most+1 {
		t.Errorf("%d looks are kept: %v", len(list), list)
	}
	l, ok := Healthy(list)
	if !ok || !l.Taken.Equal(noon.Add(12*time.Minute)) {
		t.Errorf("the last healthy one is %v", l)
	}
	s, err := l.Load()
	if err != nil || s.Snapshot.ClusterID != "c" || s.Verdict != state.VerdictHealthy || s.Settings.Brokers[1]["num.io.threads"] != "8" {
		t.Errorf("%v, %+v", err, s)
	}
	if l, ok := Before(list, at.Add(-time.Hour)); !ok || at.Sub(l.Taken) < time.Hour || at.Sub(l.Taken) > time.Hour+2*Every {
		t.Errorf("an hour ago: %v", l)
	}
	if _, ok := Before(list, noon); ok {
		t.Error("a look from before the first")
	}
}

func TestAHealthyLookIsDueAtOnceAfterTrouble(t *testing.T) {
	dir := t.TempDir()
	kept(t, dir, noon, state.VerdictDegraded)
	if kept(t, dir, noon.Add(time.Minute), state.VerdictCritical) || !kept(t, dir, noon.Add(2*time.Minute), state.VerdictHealthy) {
		t.Error("the first healthy look was not kept, or another one of trouble was")
	}
}

func TestLooksThatAreTooOldAreLetGo(t *testing.T) {
	dir := t.TempDir()
	kept(t, dir, noon, state.VerdictHealthy)
	later := noon.Add(oldest + time.Hour)
	kept(t, dir, later, state.VerdictCritical)
	if list, _ := List(dir, "c", later); len(list) != 1 || list[0].Verdict != state.VerdictCritical {
		t.Errorf("%v", list)
	}
}

func TestOtherFilesAndLooksOfTimesToComeArePassedOver(t *testing.T) {
	dir := t.TempDir()
	kept(t, dir, noon, state.VerdictHealthy)
	for _, name := range []string{"x-healthy.json.gz", "12", "12-healthy.json", ".tmp"} {
		if err := os.WriteFile(filepath.Join(dirOf(dir, "c"), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := List(dir, "c", noon.Add(-time.Second)); len(list) != 0 {
		t.Errorf("%v", list)
	}
	if list, _ := List(dir, "c", noon); len(list) != 1 {
		t.Errorf("%v", list)
	}
	if list, _ := List(dir, "another", noon); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestADamagedLookIsNamed(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "no gzip"} {
		if err := Keep(dir, "c", noon, state.VerdictHealthy, func(w io.Writer) error { _, err := io.WriteString(w, "{"); return err }); err != nil {
			t.Fatal(err)
		}
		list, _ := List(dir, "c", noon)
		if text != "" {
			if err := os.WriteFile(list[0].path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := list[0].Load(); err == nil || !strings.Contains(err.Error(), list[0].path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

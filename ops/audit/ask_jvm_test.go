package audit

import (
	"os"
	"path/filepath"
	"testing"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

func TestAJVMThatWasSignalledStandsInTheJournal(t *testing.T) {
	dir := t.TempDir()
	seven := int32(7)
	for _, asked := range []struct {
		cluster string
		jvm     change.AskedJVM
	}{
		{"abc", change.AskedJVM{PID: 4711, Broker: &seven, Machine: "b7"}},
		{"", change.AskedJVM{PID: 90, Machine: "b8"}},
	} {
		if err := change.NoteAsked(dir, asked.cluster, asked.jvm); err != nil {
			t.Fatal(err)
		}
	}
	all, err := Everything(dir)
	if err != nil || len(all.Actions) != 2 || all.Bad > 0 {
		t.Fatalf("%v %+v", err, all)
	}
	for i, want := range []struct{ what, cluster string }{
		{"asked the JVM of process 90 on b8 for the names of its threads, by SIGQUIT", "unknown"},
		{"asked the JVM of broker 7 (process 4711 on b7) for the names of its threads, by SIGQUIT", "abc"},
	} {
		if a := all.Actions[i]; a.What != want.what || a.ClusterID != want.cluster || a.Result != state.ActionDone || a.Undo != "" || a.Ended.IsZero() || a.By == "" {
			t.Errorf("%+v, want %+v", a, want)
		}
	}
}

func TestAJournalThatCantBeWrittenIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := change.NoteAsked(file, "abc", change.AskedJVM{PID: 1}); err == nil {
		t.Error("no error")
	}
}

package config

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestHowLongAContextWaitsBeforeAVerdictIsReadAndKept(t *testing.T) {
	file, err := Load(write(t, t.TempDir(), "config.yaml", "contexts:\n  a:\n    bootstrap: b1:9092\n    calm: {out_of_sync: 6, busy: 5}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := Resolve(file, Flags{Context: "a"}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cluster.Calm.OrDefaults(), (state.Calm{OutOfSync: 6, Well: 2, Busy: 5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := calmNode(cluster.Calm); len(n.Content) != 4 || n.Content[0].Value != "out_of_sync" || n.Content[3].Value != "5" {
		t.Errorf("written %v", n.Content)
	}
	for calm, says := range map[string]string{"{busy: 0}": "from 1 to 100", "{busy: 101}": "from 1 to 100", "{well: 10s}": "from 1 to 100", "{well: -1}": "from 1 to 100", "{isr: 3}": `unknown key "isr"`, "[x]": "keys and values"} {
		if _, err := Load(write(t, t.TempDir(), "config.yaml", "contexts:\n  a:\n    calm: "+calm+"\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", calm, err)
		}
	}
}

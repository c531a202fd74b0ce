package subcmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

func TestARequestThatChangesSomethingNeedsThePhraseAndIsInTheJournal(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	create := []string{"request", "CreateTopics@4", "topics[0].name=fresh", "topics[0].numPartitions=1", "topics[0].replicationFactor=1", "--to", "2", "--execute"}
	phrase := "CreateTopics 2 " + c.Bootstrap()[0]
	r := d.run(append(create, "--confirm", "CreateTopics 1 "+c.Bootstrap()[0])...)
	if r.code != 2 || !strings.Contains(r.err, phrase) {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if out := d.ok(0, append(create, "--confirm", phrase)...); !strings.Contains(out, "name: fresh") && !strings.Contains(out, "fresh") {
		t.Error(out)
	}
	journals, err := filepath.Glob(filepath.Join(os.Getenv("XDG_STATE_HOME"), "kdeck", "journal", "*.jsonl"))
	must(t, err)
	if len(journals) != 1 {
		t.Fatalf("journals %q", journals)
	}
	text, err := os.ReadFile(journals[0])
	must(t, err)
	if !strings.Contains(string(text), `"api":"CreateTopics","api_version":4`) || strings.Count(string(text), "\n") != 2 {
		t.Errorf("%s", text)
	}
}

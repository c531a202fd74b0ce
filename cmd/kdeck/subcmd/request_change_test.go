package subcmd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

var anyFingerprint = regexp.MustCompile("#[0-9a-f]{6}")

// wanted is the phrase that an answer asks for, quoted or at the end of a line.
func wanted(said string) string {
	if m := regexp.MustCompile(`phrase(?: is "|: | that carries it out: )([^"\n]*)`).FindStringSubmatch(said); m != nil {
		return m[1]
	}
	return ""
}

func TestThePhraseOfOneRequestSendsNoOther(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	remove := func(topic string, words ...string) result {
		return d.run(append([]string{"request", "DeleteTopics@5", "topicNames[0]=" + topic, "--to", "1"}, words...)...)
	}
	first, second := c.Partitions()[0].Topic, c.Partitions()[len(c.Partitions())-1].Topic
	phrase := wanted(remove(first).err)
	if r := remove(second, "--execute", "--confirm", phrase); r.code != 2 || len(c.Mutations()) > 0 {
		t.Errorf("the phrase %q of %s: exit %d for %s: %s", phrase, first, r.code, second, r.err)
	}
	if r := remove(first, "--execute", "--confirm", phrase); r.code != 0 {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func TestARequestThatChangesSomethingNeedsThePhraseAndIsInTheJournal(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	create := []string{"request", "CreateTopics@4", "topics[0].name=fresh", "topics[0].numPartitions=1", "topics[0].replicationFactor=1", "--to", "2", "--execute"}
	r := d.run(append(create, "--confirm", "CreateTopics fresh to 1 "+c.Bootstrap()[0])...)
	phrase := wanted(r.err)
	if r.code != 2 || anyFingerprint.ReplaceAllString(phrase, "#") != "CreateTopics fresh # to 2 "+c.Bootstrap()[0] {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if out := d.ok(0, append(create, "--confirm", phrase)...); !strings.Contains(out, "name: fresh") && !strings.Contains(out, "fresh") {
		t.Error(out)
	}
	journals, err := filepath.Glob(filepath.Join(d.stateDir(), "journal", "*.jsonl"))
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

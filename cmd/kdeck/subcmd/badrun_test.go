package subcmd_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kdeck/ops/sim"
)

// What a run finds on disk that it can't use, or a plan that the cluster has left behind, is one message, exit 2, and nothing is sent.
func TestARunThatCanNotBeginSendsNothing(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	var at sim.PartitionState
	for _, p := range c.Partitions() {
		if len(p.Replicas) == 3 {
			at = p
		}
	}
	plan := func(before, target []int32) string {
		list := func(ids []int32) string { return strings.ReplaceAll(fmt.Sprint(ids), " ", ",") }
		row := fmt.Sprintf(`{"topic":%q,"partition":%d,"replicas":%%s}`, at.Topic, at.Partition)
		return file(t, "plan.json", fmt.Sprintf(`{"version":1,"partitions":[`+row+`],"kdeck":{"cluster_id":%q,"stages":["leaders"],"moves":0,"before":[`+row+`]}}`,
			list(target), c.ClusterID(), list(before)), 0o600)
	}
	other := []int32{at.Replicas[1], at.Replicas[0], at.Replicas[2]}
	refused := func(says string, words ...string) {
		t.Helper()
		sent := len(c.Mutations())
		if r := d.run(append(words, "--execute", "--confirm", "x")...); r.code != 2 || !strings.Contains(r.err, says) || strings.Contains(r.err, "the phrase is") || len(c.Mutations()) > sent {
			t.Errorf("%v: exit %d, and not %q: %s%s", words, r.code, says, r.out, r.err)
		}
	}
	refused("nothing of it can be carried out, and nothing was sent: "+at.Topic, "apply", plan(other, []int32{other[2], other[0], other[1]}))

	ledger := filepath.Join(d.stateDir(), "ledger", "cluster-"+c.ClusterID())
	must(t, errors.Join(os.MkdirAll(filepath.Dir(ledger), 0o700), os.WriteFile(ledger+".lock", []byte("process 4242 since yesterday\n"), 0o600)))
	f, err := os.Open(ledger + ".lock")
	must(t, err)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	refused("another kdeck on this machine (process 4242 since yesterday)", "apply", plan(at.Replicas, other))
	f.Close()

	must(t, os.WriteFile(ledger+".json", []byte("{"), 0o600))
	refused("is damaged", "moves", "cancel")
	must(t, os.Remove(ledger+".json"))

	// The good lines of a journal are used, and the others named.
	apply := func(before, target []int32) string {
		t.Helper()
		p := plan(before, target)
		r := d.run("apply", p, "--execute", "--confirm", d.phrase("apply", p))
		if r.code != 0 {
			t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
		}
		return r.err
	}
	if said := apply(at.Replicas, other); strings.Contains(said, "careful") {
		t.Errorf("%s", said)
	}
	journal := filepath.Join(d.stateDir(), "journal", "cluster-"+c.ClusterID()+".jsonl")
	text, err := os.ReadFile(journal)
	must(t, err)
	must(t, os.WriteFile(journal, append(text, "{\"id\":\"torn"...), 0o600))
	apply(other, at.Replicas) // the torn line is ended before the next one
	if said := apply(at.Replicas, other); !strings.Contains(said, "careful: 1 line of the journal "+journal+" can't be read, the first at byte "+fmt.Sprint(len(text))) {
		t.Errorf("%s", said)
	}
}

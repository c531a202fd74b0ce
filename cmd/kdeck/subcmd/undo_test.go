package subcmd_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
)

// assignment is where every partition is, in order.
func assignment(c *sim.Cluster) map[string]string {
	all := map[string]string{}
	for _, p := range c.Partitions() {
		all[fmt.Sprintf("%s/%d", p.Topic, p.Partition)] = fmt.Sprint(p.Replicas)
	}
	return all
}

func TestARunIsUndoneToTheOrderOfReplicas(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	if out := d.ok(2, "moves", "undo"); out != "" {
		t.Errorf("an undo of nothing: %s", out)
	}
	before := assignment(c)
	d.ok(0, "drain", "5", "--execute", "--throttle", "none", "--confirm", d.phrase("drain", "5"))
	if maps.Equal(assignment(c), before) {
		t.Fatal("nothing was moved")
	}
	phrase := d.phrase("moves", "undo")
	if !strings.HasPrefix(phrase, "undo ") {
		t.Errorf("the phrase is %q", phrase)
	}
	for _, words := range []string{"moves", "bytes"} {
		if out := d.ok(0, "moves", "undo"); !strings.Contains(out, words) {
			t.Errorf("an undo is priced, and %q is missing:\n%s", words, out)
		}
	}
	d.ok(0, "moves", "undo", "--execute", "--throttle", "none", "--confirm", phrase)
	if after := assignment(c); !maps.Equal(after, before) {
		for tp, was := range before {
			if after[tp] != was {
				t.Errorf("%s is %s, and was %s", tp, after[tp], was)
			}
		}
	}
	if set := throttlesOf(d); set != "" {
		t.Errorf("throttles are left: %s", set)
	}
}

func TestAnUndoIsRefusedWhereTheOriginalBrokersDoNotSuffice(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	d.ok(0, "drain", "5", "--execute", "--throttle", "none", "--confirm", d.phrase("drain", "5"))
	must(t, c.Kill(5))
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		r := d.run("moves", "undo")
		if r.code == 2 && strings.Contains(r.err, "it was on broker 5, which is") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
		}
	}
	if r := d.run("moves", "undo", "20260101T000000-drain-5"); r.code != 2 || !strings.Contains(r.err, "no record of a run") {
		t.Errorf("a run that never was: exit %d: %s", r.code, r.err)
	}
}

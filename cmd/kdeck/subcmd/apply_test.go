package subcmd_test

import (
	"fmt"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// The dry run of apply says what would be done to the cluster as it is now, whoever made the plan.
func TestTheDryRunOfApplyShowsTheClusterAsItIs(t *testing.T) {
	cluster := saved(t, "1a 2b 3c 4a 5b 6c", "keep-0 1,2,5 1000", "moved-0 4,5,6 10", "orders-0 1,2,3 1000", "orders-1 2,3,1 1000")
	rows := func(s string) string { return `{"version":1,"partitions":[` + s + `]}` }
	row := func(topic, replicas string) string {
		return `{"topic":"` + topic + `","partition":0,"replicas":[` + replicas + `]}`
	}
	ours := func(rows, before string) string {
		return `{"version":1,"partitions":[` + rows + `],"kdeck":{"cluster_id":"Xy","stages":["drain 3"],"moves":3,"moves_bound":3,"before":[` + before + `],"drained":[3]}}`
	}
	for _, c := range []struct {
		name, plan string
		code       int
		says       []string
		never      string
	}{
		{"a rollback file with directories", rows(`{"topic":"orders","partition":0,"replicas":[2,3,4],"log_dirs":["/data/d0","/data/d1","/data/d0"]}`), 0,
			[]string{"1 2 3  2 3 4", "moves    1 ", "note     log_dirs of 1 replica not used (orders-0 on broker 4: /data/d0): new: the broker chooses the directory"}, ""},
		{"what stands already", rows(row("moved", "4,5,6")), 0, []string{"in place 1 partition\n", "nothing to do: the cluster is already as the plan wants it"}, "elect"},
		{"some of which stands already", rows(row("moved", "4,5,6") + "," + row("orders", "1,2,6")), 0, []string{"in place 1 partition\n", "moves    1 "}, "4 5 6"},
		{"nothing at all", rows(""), 0, []string{"nothing to do: the plan names no partition"}, `""`},
		{"fewer replicas", rows(row("orders", "1,2")), 0, []string{"risk     1 partition would have fewer replicas than now (orders-0: 3 -> 2)"}, ""},
		{"more replicas", rows(row("orders", "1,2,3,4")), 0, []string{"risk     1 partition would have more replicas than now (orders-0: 3 -> 4)"}, ""},
		{"a plan of kdeck that is out of date", ours(row("keep", "1,2,6")+","+row("tmp", "1,2,6"), row("keep", "1,2,3")+","+row("tmp", "1,2,3")), 1,
			[]string{"nothing is left to do", "will be left alone  keep-0 on 1 2 5: it has changed since the plan was made, which found it on 1 2 3", "will be left alone  tmp-0: it is gone"}, "NOW"},
		{"a plan of kdeck that is half done", ours(row("moved", "4,5,6")+","+row("orders", "1,2,6"), row("moved", "4,5,3")+","+row("orders", "1,2,3")), 0,
			[]string{"in place 1 partition\n", "1 2 3  1 2 6", "moves    1 "}, "4 5 6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t, "--snapshot", cluster)
			out := d.ok(c.code, "apply", file(t, "plan.json", c.plan, 0o600))
			for _, want := range c.says {
				if !strings.Contains(out, want) {
					t.Errorf("%q isn't in\n%s", want, out)
				}
			}
			if c.never != "" && strings.Contains(out, c.never) {
				t.Errorf("%q is in\n%s", c.never, out)
			}
		})
	}
}

// A throttle is asked for where bytes are copied, and nowhere else.
func TestAPlanWithoutBytesAsksForNoThrottle(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	var whole, first *sim.PartitionState
	for _, p := range c.Partitions() {
		switch {
		case len(p.Replicas) != 3 || p.Topic[0] == '_':
		case first == nil:
			first = &p
		case whole == nil:
			whole = &p
		}
	}
	row := func(p *sim.PartitionState, replicas ...int32) string {
		return fmt.Sprintf(`{"topic":%q,"partition":%d,"replicas":%s}`, p.Topic, p.Partition, strings.ReplaceAll(fmt.Sprint(replicas), " ", ","))
	}
	plan := file(t, "plan.json", `{"version":1,"partitions":[`+row(first, first.Replicas[2], first.Replicas[0], first.Replicas[1])+","+row(whole, whole.Replicas[:2]...)+`]}`, 0o600)
	d.ok(0, "apply", plan, "--execute", "--confirm", d.phrase("apply", plan))
	now := assignment(c)
	if got := now[fmt.Sprintf("%s/%d", first.Topic, first.Partition)]; got != fmt.Sprint([]int32{first.Replicas[2], first.Replicas[0], first.Replicas[1]}) {
		t.Errorf("the order is %s", got)
	}
	if got := now[fmt.Sprintf("%s/%d", whole.Topic, whole.Partition)]; got != fmt.Sprint(whole.Replicas[:2]) {
		t.Errorf("the shorter list is %s", got)
	}
	if set := throttlesOf(d); set != "" {
		t.Errorf("a throttle was set: %s", set)
	}
	back := file(t, "back.json", `{"version":1,"partitions":[`+row(whole, whole.Replicas...)+`]}`, 0o600)
	for _, words := range [][]string{{"apply", back}, {"drain", "5"}, {"moves", "undo"}} { // these copy a replica
		if r := d.run(append(words, "--execute", "--confirm", d.phrase(words...))...); r.code != 2 || !strings.Contains(r.err, "--execute needs --throttle SIZE") {
			t.Errorf("%v: exit %d: %s%s", words, r.code, r.out, r.err)
		}
	}
}

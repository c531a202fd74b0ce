package subcmd_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// groupChanges are the requests that change what groups have committed.
var groupChanges = []kmsg.Key{kmsg.OffsetCommit, kmsg.OffsetDelete, kmsg.DeleteGroups, kmsg.TxnOffsetCommit}

// changesOf counts the requests that would change groups, whether they were refused or not.
func changesOf(c *sim.Cluster) int {
	n := 0
	for _, counts := range c.Requests() {
		for _, key := range groupChanges {
			n += counts[int16(key)]
		}
	}
	return n
}

func TestWhatCannotBeResetOrDeletedIsRefusedBeforeAnythingIsSent(t *testing.T) {
	d, c := onSim(t, sim.Options{Scenario: "stopped-group", Groups: true, Live: true, Seed: 1})
	c.Advance(2 * time.Minute) // wms-sync has left
	before := changesOf(c)
	reset := func(group string, words ...string) []string {
		return append([]string{"groups", "reset", group}, words...)
	}
	for name, tc := range map[string]struct {
		args []string
		says []string
	}{
		"an active classic group":          {reset("checkout-orders", "--topic", "orders", "--to", "earliest"), []string{"checkout-orders", "Stable", "checkout", "10.4."}},
		"an active consumer group":         {reset("vector-logs", "--topic", "logs.apps", "--to", "earliest"), []string{"vector-logs", "Stable", "vector"}},
		"a share group":                    {reset("wms-pickers", "--topic", "warehouse.picks", "--to", "earliest"), []string{"wms-pickers", "share group", "kafka-share-groups.sh"}},
		"a partition that doesn't exist":   {reset("wms-sync", "--topic", "orders:0,999", "--to", "earliest"), []string{"orders", "no partition 999"}},
		"a topic that doesn't exist":       {reset("wms-sync", "--topic", "order", "--to", "earliest"), []string{"order", `"orders"`}},
		"a partition that is no number":    {reset("wms-sync", "--topic", "orders:x", "--to", "earliest"), []string{`"x"`}},
		"a negative partition":             {reset("wms-sync", "--topic", "orders:-1", "--to", "earliest"), []string{`"-1"`}},
		"a time in the future":             {reset("wms-sync", "--topic", "orders", "--to", "2199-01-01T00:00:00Z"), []string{"2199", "future"}},
		"a time of before Kafka":           {reset("wms-sync", "--topic", "orders", "--to", "1950-01-01T00:00:00Z"), []string{"1950"}},
		"a word that is no place":          {reset("wms-sync", "--topic", "orders", "--to", "earlist"), []string{"earlist", "earliest"}},
		"an offset that is too large":      {reset("wms-sync", "--topic", "orders", "--to", "99999999999999999999"), []string{"99999999999999999999"}},
		"a shift of what wasn't committed": {reset("wms-sync", "--topic", "payments", "--to", "-5"), []string{"no offset of payments"}},
		"no topic":                         {reset("wms-sync", "--to", "earliest"), []string{"--topic"}},
		"no place":                         {reset("wms-sync", "--topic", "orders"), []string{"--to"}},
		"two groups":                       {reset("wms-sync", "other", "--topic", "orders", "--to", "earliest"), []string{"one GROUP"}},
		"a file that isn't there":          {reset("wms-sync", "--from-file", "no-such-file.csv"), []string{"no-such-file.csv"}},
		"a file and a topic":               {reset("wms-sync", "--from-file", "no-such-file.csv", "--topic", "orders"), []string{"--from-file"}},
		"a file of another kind":           {reset("wms-sync", "--from-file", file(t, "offsets.csv", "orders,0\n", 0o600)), []string{"offsets.csv"}},
		"a file with a topic that is gone": {reset("wms-sync", "--from-file", file(t, "gone.csv", "no-such-topic,0,5\n", 0o600)), []string{"no-such-topic"}},
		"a file with a partition twice":    {reset("wms-sync", "--from-file", file(t, "twice.csv", "orders,0,5\norders,0,6\n", 0o600)), []string{"line 2", "orders"}},
		"a file with a negative offset":    {reset("wms-sync", "--from-file", file(t, "negative.csv", "orders,0,-5\n", 0o600)), []string{"line 1"}},
		"an active group is not deleted":   {[]string{"groups", "delete", "checkout-orders"}, []string{"checkout-orders", "Stable", "checkout"}},
		"a share group is not deleted":     {[]string{"groups", "delete", "wms-pickers"}, []string{"share group"}},
		"an unknown group is not deleted":  {[]string{"groups", "delete", "wms-synk"}, []string{"wms-synk", `"wms-sync"`}},
		"a wrong phrase":                   {reset("wms-sync", "--topic", "orders", "--to", "earliest", "--execute", "--confirm", "reset it"), []string{"reset it"}},
		"a wrong phrase of a delete":       {[]string{"groups", "delete", "wms-sync", "--execute", "--confirm", "delete it"}, []string{"delete it"}},
		"an active group, with its phrase": {reset("checkout-orders", "--topic", "orders", "--to", "earliest", "--execute", "--confirm", "x"), []string{"checkout-orders", "Stable"}},
	} {
		t.Run(name, func(t *testing.T) {
			on := *d
			on.t = t
			r := on.run(tc.args...)
			if r.code != 2 {
				t.Errorf("exit %d, want 2\n%s%s", r.code, r.out, r.err)
			}
			for _, word := range tc.says {
				if !strings.Contains(r.err, word) {
					t.Errorf("it doesn't say %q: %s", word, r.err)
				}
			}
			if n := changesOf(c) - before; n != 0 || len(c.Mutations()) != 0 {
				t.Errorf("%d requests were sent that change groups, and %v", n, c.Mutations())
			}
		})
	}
}

// A group may be given offsets before its first member comes, as Kafka's tool does it. One that is misspelt is made too, so the dry run says it.
func TestTheDryRunSaysOfAGroupThatThereIsNone(t *testing.T) {
	d, c := onSim(t, sim.Options{Groups: true, Seed: 1})
	before := changesOf(c)
	out := d.ok(0, "groups", "reset", "wms-synk", "--topic", "orders", "--to", "earliest")
	if !strings.Contains(out, "no broker lists a group of that name: it is made") || !strings.Contains(out, `(did you mean "wms-sync"?)`) {
		t.Error(out)
	}
	if changesOf(c) != before {
		t.Error("something was sent")
	}
}

// An offset outside of the log is set to its nearest end, as Kafka's tool does it, and that is said.
func TestOffsetsOutsideOfTheLogAreSetToItsNearestEnd(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "stopped-group", Groups: true, Clock: sim.FrozenClock(time.Now())})
	ends := func(to string) (offsets []int64, notes string) {
		var doc struct {
			Offsets []struct{ To int64 }
			Notes   []string
		}
		must(t, json.Unmarshal([]byte(d.ok(0, "groups", "reset", "wms-sync", "--topic", "orders", "--to", to, "-o", "json")), &doc))
		for _, o := range doc.Offsets {
			offsets = append(offsets, o.To)
		}
		return offsets, strings.Join(doc.Notes, "; ")
	}
	earliest, _ := ends("earliest")
	latest, _ := ends("latest")
	for to, want := range map[string][]int64{"9223372036854775807": latest, "+9223372036854775807": latest, "-9223372036854775808": earliest, "0": earliest} {
		got, notes := ends(to)
		if !slices.Equal(got, want) || !strings.Contains(notes, "outside of the log: set to its nearest end") && !slices.Equal(got, make([]int64, len(got))) {
			t.Errorf("--to %s: %v, want %v; notes: %s", to, got, want, notes)
		}
	}
}

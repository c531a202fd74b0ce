package subcmd_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/kafkatest"
)

// sameResets compares the offsets that kdeck would set with those that Kafka's tool would, for the same words.
func (g *realGroups) sameResets(t *testing.T) {
	g = g.on(t)
	at := g.middle.UTC().Format("2006-01-02T15:04:05.000")
	forms := map[string][]string{
		"earliest": {"--to-earliest"}, "latest": {"--to-latest"}, at: {"--to-datetime", at}, "+5": {"--shift-by", "5"}, "-5": {"--shift-by", "-5"}, "7": {"--to-offset", "7"},
	}
	if soaking() > 0 {
		maps.Copy(forms, map[string][]string{
			"90m": {"--by-duration", "PT90M"}, "+1000000": {"--shift-by", "1000000"}, "-1000000": {"--shift-by", "-1000000"}, "1000000": {"--to-offset", "1000000"}, "0": {"--to-offset", "0"},
			"2001-01-01T00:00:00.000": {"--to-datetime", "2001-01-01T00:00:00.000"},
		})
	}
	for to, words := range forms {
		theirs, out := map[string]int64{}, g.tool(kafkatest.ConsumerGroupCommand, append([]string{"--reset-offsets", "--dry-run", "--group", "stopped", "--topic", "orders"}, words...)...)
		_, table, _ := strings.Cut(out, "NEW-OFFSET")
		for row := range slices.Chunk(strings.Fields(table), 4) { // Kafka 3.9 writes all rows in one line
			n, err := strconv.ParseInt(row[3], 10, 64)
			must(t, err)
			theirs[row[1]+"/"+row[2]] = n
		}
		var doc struct {
			Offsets []struct {
				Topic     string
				Partition int
				To        *int64
			}
		}
		must(t, json.Unmarshal([]byte(g.deck.ok(0, "groups", "reset", "stopped", "--topic", "orders", "--to", to, "-o", "json")), &doc))
		ours := map[string]int64{}
		for _, o := range doc.Offsets {
			ours[fmt.Sprintf("%s/%d", o.Topic, o.Partition)] = *o.To
		}
		if diff := cmp.Diff(theirs, ours); diff != "" || len(ours) != 6 {
			t.Errorf("--to %s, Kafka's tool - and kdeck +:\n%s\n%s", to, diff, out)
		}
	}
}

// deletes deletes a group, which is then gone for Kafka's tool too, and makes it anew from the file of its old offsets.
func (g *realGroups) deletes(t *testing.T) {
	g = g.on(t)
	o := &operator{t: t, state: t.TempDir(), bootstrap: g.c.Bootstrap()}
	before := g.committed("stopped")
	words := []string{"groups", "delete", "stopped"}
	var dry struct{ Confirm, Undo string }
	must(t, json.Unmarshal([]byte(o.run(append(words, "-o", "json")...).out), &dry))
	r := o.run(append(words, "--execute", "--confirm", dry.Confirm)...)
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	if list := g.tool(kafkatest.ConsumerGroupCommand, "--list"); strings.Contains("\n"+list, "\nstopped\n") {
		t.Errorf("Kafka's tool still lists it:\n%s", list)
	}
	_, file, _ := strings.Cut(r.out+r.err, "--from-file ")
	back := []string{"groups", "reset", "stopped", "--from-file", strings.Fields(file)[0]}
	if r := o.run(append(back, "--execute", "--confirm", o.phrase(back...))...); r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	if diff := cmp.Diff(before, g.committed("stopped")); diff != "" {
		t.Error(diff)
	}
}

// committed is what a group has committed.
func (g *realGroups) committed(id string) map[string]string {
	g.t.Helper()
	doc, out := g.group(id)
	all := map[string]string{}
	for _, p := range doc.Partitions {
		all[fmt.Sprintf("%s/%d", p.Topic, p.Partition)] = number(p.Committed)
	}
	if len(all) == 0 {
		g.t.Fatal(out)
	}
	return all
}

package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/state"
)

// lists are a plan's partitions, "a-0 4 2".
func lists(p *Plan) []string {
	var said []string
	for i := range p.Partitions {
		said = append(said, fmt.Sprintf("%v %s", &p.Partitions[i], joinIDs(p.Partitions[i].Replicas, " ")))
	}
	return said
}

func refusal(s *state.Snapshot, words string) error {
	stages, err := Parse(strings.Fields(words))
	if err == nil {
		_, err = Make(context.Background(), s, stages)
	}
	return err
}

// Six brokers in the racks a, b, c, a, b, c.
func TestEveryStageBecomesAPlan(t *testing.T) {
	s := cluster(t, 6,
		row{"a", 0, 1, []int32{1, 2}, 100}, row{"a", 1, 1, []int32{1, 2}, 100},
		row{"b", 0, 2, []int32{2, 1}, 10}, row{"b", 1, 1, []int32{1, 4}, 10},
	)
	for _, c := range []struct {
		words string
		want  []string
		moves int
	}{
		{"replace 1 --with 3", []string{"a-0 3 2", "a-1 3 2", "b-0 2 3", "b-1 3 4"}, 4},
		{"replace 1 --with 3 --topics b", []string{"b-0 2 3", "b-1 3 4"}, 2},
		{"leaders --topics a", []string{"a-0 2 1"}, 0},
		{"demote 1", []string{"a-0 2 1", "a-1 2 1", "b-1 4 1"}, 0},
		{"set-replication-factor 1 --topics a", []string{"a-0 1", "a-1 1"}, 0},
		{"set-replication-factor 1 --topics .* --exclude-topics b", []string{"a-0 1", "a-1 1"}, 0},
		{"clone 2 --to 3 --topics a", []string{"a-0 1 3 2", "a-1 1 3 2"}, 2},
		{"trim 2", []string{"a-0 1", "a-1 1", "b-0 1"}, 0},
		{"clone 1 --to 3 + trim 1", []string{"a-0 3 2", "a-1 3 2", "b-0 2 3", "b-1 3 4"}, 4},
		{"elect", nil, 0},
		{"clone 1 --to 3 --topics a --keep-leaders", []string{"a-0 1 3 2", "a-1 1 3 2"}, 2},
		{"drain 6", nil, 0},
	} {
		t.Run(c.words, func(t *testing.T) {
			p := madeOf(t, s, c.words)
			if diff := cmp.Diff(c.want, lists(p.Plan)); diff != "" || p.Header.Moves != c.moves {
				t.Errorf("%d moves, want %d: %s", p.Header.Moves, c.moves, diff)
			}
		})
	}
	for _, words := range []string{"balance count", "balance topics", "balance count bytes topics"} {
		p := madeOf(t, s, words)
		for _, l := range p.Loads {
			if l.After.Replicas < 1 || l.After.Replicas > 2 {
				t.Errorf("%s: broker %d holds %d replicas of 8", words, l.Broker, l.After.Replicas)
			}
		}
	}
	if p := madeOf(t, s, "racks"); p.Header.Moves != 1 || p.Partitions[0].String() != "b-1" || p.Partitions[0].Replicas[0] != 1 {
		t.Errorf("racks: %v", lists(p.Plan))
	}
	if p := madeOf(t, s, "balance count --max-moves 2"); p.Header.Moves != 2 {
		t.Errorf("%d moves where 2 are allowed: %v", p.Header.Moves, p.Header.Relaxed)
	}
}

func TestWhatStagesLeaveEmptyIsProvenEmpty(t *testing.T) {
	s := cluster(t, 6, row{"a", 0, 1, []int32{1, 2}, 1}, row{"b", 0, 3, []int32{3, 2}, 1})
	for words, want := range map[string][]int32{
		"drain 1":                    {1},
		"replace 1 --with 6":         {1},
		"trim 2 + drain 1":           {1, 2},
		"trim 2 --topics a":          nil,
		"replace 1 --with 6 + racks": {1},
		"demote 1":                   nil,
	} {
		if diff := cmp.Diff(want, madeOf(t, s, words).Header.Drained); diff != "" {
			t.Errorf("%s: %s", words, diff)
		}
	}
}

func TestReasonsAreGivenInTheWordsOfTheStages(t *testing.T) {
	s := cluster(t, 6, row{"a", 0, 1, []int32{1, 2}, 1}, row{"b", 0, 3, []int32{3, 2}, 1})
	p := madeOf(t, s, "drain 1 --topics a + set-replication-factor 3 --topics b")
	at, ok := p.Find("b", 0)
	if want := [][]string{{"drain 1 --topics a"}, {"set-replication-factor 3 --topics b"}}; !ok || at != 1 || cmp.Diff(want, p.Because) != "" {
		t.Errorf("b-0 at %d, because %q", at, p.Because)
	}
}

func TestElectionsStandInThePlanWithTheListsTheyHave(t *testing.T) {
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range int32(4) {
		b.Broker(state.Broker{ID: id + 1, Alive: id != 3})
	}
	for _, p := range []struct {
		topic         string
		leader, first int32
		isr           []int32
	}{
		{"away", 2, 1, []int32{1, 2}}, {"behind", 2, 1, []int32{2}}, {"dead", 2, 4, []int32{2}}, {"led", 1, 1, []int32{1, 2}},
	} {
		if err := errors.Join(b.Topic(p.topic, [16]byte{}, false), b.Partition(0, p.leader, 1, []int32{p.first, 2}, p.isr, nil)); err != nil {
			t.Fatal(err)
		}
	}
	s := b.Done()
	p := madeOf(t, s, "elect")
	if diff := cmp.Diff([]string{"away-0 1 2"}, lists(p.Plan)); diff != "" || p.Header.LeaderChanges != 1 || p.Elections() != 1 {
		t.Errorf("%+v: %s", p.Header, diff)
	}
	if v := strings.Join(p.Header.Violations, "\n"); v != "elect: the preferred leader of 2 partitions is dead or not in sync, and can't be elected" {
		t.Errorf("violations %q", v)
	}
	if p.Header.LeaderChangesBound != 1 {
		t.Errorf("%+v", p.Header)
	}
	stages, _ := Parse([]string{"elect"})
	if j, err := Judge(t.Context(), s, p.Plan, stages); err != nil || len(j.Wrong) > 0 || *j.LeaderChangesBound != 1 {
		t.Errorf("%+v, %v", j, err)
	}
	other := &Plan{Partitions: []Assignment{{"led", 0, []int32{1, 2}}}}
	if j, err := Judge(t.Context(), s, other, stages); err != nil || *j.Best ||
		!slices.Equal(j.Wrong, []string{`away-0 isn't led by its preferred leader, as "elect" asks for, and isn't in the plan`}) {
		t.Errorf("%+v, %v", j, err)
	}
	p = madeOf(t, s, "demote 1 --topics led|away + elect --exclude-topics dead|behind")
	if diff := cmp.Diff([]string{"away-0 2 1", "led-0 2 1"}, lists(p.Plan)); diff != "" || p.Elections() != 0 || len(p.Header.Violations) > 0 {
		t.Errorf("%+v: %s", p.Header, diff)
	}
}

func TestStagesThatAClusterCanNotMeetAreRefused(t *testing.T) {
	s := cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, 1}, row{"b", 0, 3, []int32{3, 2}, 1})
	unsized := cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, -1})
	for words, says := range map[string]string{
		"drain 1 --topics c":                    `drain 1: --topics: no topic matches "c"`,
		"drain 1 --topics a,b":                  `write a|b for a,b`,
		"racks --exclude-topics c":              `racks: --exclude-topics: no topic matches "c"`,
		"leaders --topics a --exclude-topics .": "leaders: --exclude-topics . leaves no topic",
		"set-replication-factor 4 --topics .*":  "there are only 3 live brokers",
		"drain 9":                               "there is no broker 9",
		"replace 1 --with 9":                    "there is no broker 9",
		"replace 1 --with 2":                    "replicas on both",
		"demote 1 2":                            "demote 1 2: a-0 has replicas on demoted brokers only: brokers 1, 2",
		"trim 1 2":                              "1 partition would have no replica left",
		"drain 1 2 3":                           "a-0 must have 2 replicas",
		"drain 1 + leaders + set-replication-factor 3 --topics b":     `["drain 1" "set-replication-factor 3 --topics b"] can't all be met: b-0 must have 3 replicas`,
		"balance count + clone 2 --to 3 --topics a + drain 3 + racks": `["clone 2 --to 3 --topics a" "drain 3"]`,
		"leaders + trim 2 --topics a + demote 1":                      `["trim 2 --topics a" "demote 1"] can't all be met: trim 2 --topics a + demote 1: a-0 has replicas on demoted brokers only: broker 1`,
		"drain 1 + leaders --keep-leaders":                            `["leaders" "--keep-leaders"] can't all be met: --keep-leaders: "leaders" changes`,
		"demote 1 --max-moves 4 --keep-leaders":                       `["demote 1" "--max-moves 4 --keep-leaders"] can't all be met`,
		"drain 1 + elect + --keep-leaders":                            `["elect" "--keep-leaders"] can't all be met: an election gives partitions another leader`,
		"drain 1 --max-moves 0":                                       "--max-moves 0: the other demands need at least 1 move",
	} {
		if err := refusal(s, words); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one with %s", words, err, says)
		}
	}
	for _, words := range []string{"balance bytes", "balance count --max-bytes 1GB"} {
		if err := refusal(unsized, words); err == nil || !strings.Contains(err.Error(), "the size of no partition is known") {
			t.Errorf("%s: %v", words, err)
		}
	}
}

func TestAPlanIsPlannedOnFromItsFile(t *testing.T) {
	rows := []row{{"a", 0, 1, []int32{1, 2}, 100}, {"a", 1, 1, []int32{1, 3}, 100}, {"b", 0, 2, []int32{2, 1}, 10}}
	s := cluster(t, 6, rows...)
	first := madeOf(t, s, "clone 1 --to 4 --max-moves 3")
	var file bytes.Buffer
	if err := first.Write(&file); err != nil {
		t.Fatal(err)
	}
	p, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	words, err := p.Words()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckUnchanged(s); err != nil {
		t.Error(err)
	}
	joint := madeOf(t, s, strings.Join(words, " ")+" + trim 1")
	if diff := cmp.Diff([]string{"a-0 4 2", "a-1 4 3", "b-0 2 4"}, lists(joint.Plan)); diff != "" || joint.Header.Moves != 3 {
		t.Errorf("%+v: %s", joint.Header, diff)
	}
	if diff := cmp.Diff([]string{"clone 1 --to 4", "trim 1", "--max-moves 3"}, joint.Header.Stages); diff != "" {
		t.Error(diff)
	}

	for words, want := range map[string][]string{
		"":                                   {"clone 1 --to 4", "--max-moves 3"},
		"trim 1 --max-moves 9 --max-bytes 7": {"clone 1 --to 4", "trim 1", "--max-moves 3 --max-bytes 7"},
		"trim 1 + racks --max-moves 2":       {"clone 1 --to 4", "trim 1", "racks", "--max-moves 2"},
		"--keep-leaders":                     {"clone 1 --to 4", "--max-moves 3 --keep-leaders"},
	} {
		var more []Stage
		if words != "" {
			var err error
			if more, err = ParseMore(strings.Fields(words), nil); err != nil {
				t.Fatal(err)
			}
		}
		stages, err := p.Chain(more)
		var got []string
		for _, s := range stages {
			got = append(got, s.String())
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("on with %q: %v, %s", words, err, diff)
		}
	}
	if _, err := ParseMore([]string{"tirm", "1"}, nil); err == nil || !strings.Contains(err.Error(), `no stage "tirm"`) {
		t.Errorf("on with a stage that isn't there: %v", err)
	}

	rows[1].replicas = []int32{1, 5}
	if err := p.CheckUnchanged(cluster(t, 6, rows...)); err == nil || !strings.Contains(err.Error(), "1 partition in it, a-1 was on 1 3 and is on 1 5") {
		t.Errorf("changed: %v", err)
	}
	if err := p.CheckUnchanged(cluster(t, 6, rows[0], rows[2])); err == nil || !strings.Contains(err.Error(), "a-1 is gone") {
		t.Errorf("gone: %v", err)
	}
	p.Header.ClusterID = "Ab"
	if err := p.CheckUnchanged(s); err == nil || !strings.Contains(err.Error(), `"Ab"`) {
		t.Errorf("another cluster: %v", err)
	}
	for _, p := range []*Plan{{}, {Header: &Header{}}, first.Reverse()} {
		if words, err := p.Words(); err == nil {
			t.Errorf("%+v can be planned on with %v", p.Header, words)
		}
	}
}

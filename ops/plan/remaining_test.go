package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/state"
)

func readFile(t *testing.T, file string) *Plan {
	t.Helper()
	p, err := Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRowsOfAPlanMadeElsewhereThatStandAlreadyAreInPlace(t *testing.T) {
	s := cluster(t, 4, row{"a", 0, 1, []int32{1, 2}, 100}, row{"b", 0, 1, []int32{2, 1}, 7}, row{"c", 0, 3, []int32{3, 4}, 9})
	for _, c := range []struct {
		name, rows string
		inPlace    int
		left       []string
	}{
		{"none", `{"topic":"a","partition":0,"replicas":[1,3]}`, 0, []string{"a-0 1 3"}},
		{"one", `{"topic":"a","partition":0,"replicas":[1,2]},{"topic":"c","partition":0,"replicas":[3,1]}`, 1, []string{"c-0 3 1"}},
		{"one that another broker leads", `{"topic":"b","partition":0,"replicas":[2,1]}`, 1, nil},
		{"all", `{"topic":"c","partition":0,"replicas":[3,4]},{"topic":"a","partition":0,"replicas":[1,2]}`, 2, nil},
		{"another order is not in place", `{"topic":"a","partition":0,"replicas":[2,1]}`, 0, []string{"a-0 2 1"}},
		{"no row at all", ``, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readFile(t, `{"version":1,"partitions":[`+c.rows+`]}`)
			if err := p.Complete(s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.left, lists(p)); diff != "" || p.Header.InPlace != c.inPlace || p.Elections() != 0 || len(p.Header.Before) != len(c.left) {
				t.Errorf("%d in place, %d elections %s", p.Header.InPlace, p.Elections(), diff)
			}
		})
	}
}

func TestWhatRemainsOfAPlanIsSeenOnTheClusterAsItIs(t *testing.T) {
	was := []row{{"a", 0, 1, []int32{1, 2}, 100}, {"b", 0, 1, []int32{1, 3}, 10}, {"c", 0, 3, []int32{3, 1}, 9}, {"d", 0, 2, []int32{2, 3}, 1}}
	plan := func() *Plan {
		p := madeOf(t, cluster(t, 4, was...), "drain 1 --to 4").Plan
		if err := p.Complete(cluster(t, 4, was...)); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name    string
		now     []row
		left    []string
		inPlace int
		alone   []string
		moves   int
	}{
		{"unchanged", was, []string{"a-0 4 2", "b-0 4 3", "c-0 3 4"}, 0, nil, 3},
		{"one is gone", was[1:], []string{"b-0 4 3", "c-0 3 4"}, 0, []string{"a-0 []: it is gone"}, 2},
		{"one has other replicas", append([]row{{"a", 0, 1, []int32{1, 3}, 100}}, was[1:]...), []string{"b-0 4 3", "c-0 3 4"}, 0,
			[]string{"a-0 [1 3]: it has changed since the plan was made, which found it on 1 2"}, 2},
		{"one has more replicas", append([]row{{"a", 0, 1, []int32{1, 2, 3}, 100}}, was[1:]...), []string{"b-0 4 3", "c-0 3 4"}, 0,
			[]string{"a-0 [1 2 3]: it has changed since the plan was made, which found it on 1 2"}, 2},
		{"one has another order", []row{was[0], was[1], {"c", 0, 3, []int32{1, 3}, 9}, was[3]}, []string{"a-0 4 2", "b-0 4 3"}, 0,
			[]string{"c-0 [1 3]: it has changed since the plan was made, which found it on 3 1"}, 2},
		{"one has the order that a cancel of its move leaves", append([]row{{"a", 0, 2, []int32{2, 1}, 100}}, was[1:]...),
			[]string{"a-0 4 2", "b-0 4 3", "c-0 3 4"}, 0, nil, 3},
		{"one is done", append([]row{{"a", 0, 4, []int32{4, 2}, 100}}, was[1:]...), []string{"b-0 4 3", "c-0 3 4"}, 1, nil, 2},
		{"all is done", []row{{"a", 0, 4, []int32{4, 2}, 100}, {"b", 0, 4, []int32{4, 3}, 10}, {"c", 0, 3, []int32{3, 4}, 9}}, nil, 3, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan()
			left := p.Remaining(cluster(t, 4, c.now...))
			var alone []string
			for _, l := range left.Header.LeftAlone {
				alone = append(alone, fmt.Sprintf("%s-%d %v: %s", l.Topic, l.Partition, l.Replicas, l.Why))
			}
			if diff := cmp.Diff(c.left, lists(left)) + cmp.Diff(c.alone, alone); diff != "" || left.Header.InPlace != c.inPlace || left.Header.Moves != c.moves {
				t.Errorf("%d in place, %d moves %s", left.Header.InPlace, left.Header.Moves, diff)
			}
			if diff := cmp.Diff(plan(), p); diff != "" {
				t.Errorf("the plan itself has changed: %s", diff)
			}
		})
	}
}

func TestAnElectionRemainsUntilThePreferredLeaderLeads(t *testing.T) {
	before := cluster(t, 3, row{"a", 0, 2, []int32{1, 2}, 1}, row{"b", 0, 2, []int32{1, 2}, 1})
	p := madeOf(t, before, "elect").Plan
	left := p.Remaining(cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, 1}, row{"b", 0, 2, []int32{1, 2}, 1}))
	if diff := cmp.Diff([]string{"b-0 1 2"}, lists(left)); diff != "" || left.Header.InPlace != 1 || left.Elections() != 1 {
		t.Errorf("%+v %s", left.Header, diff)
	}
}

func TestWhichDirectoriesOfAPlanAreNotUsedIsSaid(t *testing.T) {
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range int32(4) {
		dirs := state.Read([]state.LogDir{{Path: "/d0"}, {Path: "/d1"}}, time.Time{}, "test")
		if id == 2 { // broker 3
			dirs = state.Missing[[]state.LogDir]("no answer", time.Time{}, "test")
		}
		b.Broker(state.Broker{ID: id + 1, Alive: true, LogDirs: dirs})
	}
	if err := b.Topic("a", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Partition(0, 1, 1, []int32{1, 2, 3}, []int32{1, 2, 3}, nil); err != nil {
		t.Fatal(err)
	}
	b.Size("a", 0, 1, 10, 0)
	b.Size("a", 0, 2, 10, 1)
	s := b.Done()
	for _, c := range []struct{ name, replicas, dirs, note string }{
		{"any", "2,1,4", `"any","any","any"`, ""},
		{"the one that holds it", "2,1", `"/d1","/d0"`, ""},
		{"the one that holds it, written with a slash", "2,1", `"/d1/","/d0"`, ""},
		{"another one", "2,1", `"/d0","any"`, "log_dirs of 1 replica not used (a-0 on broker 2: /d0): in another directory by now: it stays there"},
		{"of a new replica", "2,4", `"/d1","/d0"`, "log_dirs of 1 replica not used (a-0 on broker 4: /d0): new: the broker chooses the directory"},
		{"of a broker that doesn't tell", "3,1", `"/d1","/d0"`, "log_dirs of 1 replica not used (a-0 on broker 3: /d1): in a directory that isn't known: it stays there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readFile(t, `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[`+c.replicas+`],"log_dirs":[`+c.dirs+`]}]}`)
			if err := p.Complete(s); err != nil {
				t.Fatal(err)
			}
			if note := strings.Join(p.Header.Notes, "\n"); note != c.note {
				t.Errorf("note %q, want %q", note, c.note)
			}
			if !slices.Equal(p.Partitions[0].Replicas, readFile(t, `{"partitions":[{"topic":"a","partition":0,"replicas":[`+c.replicas+`]}]}`).Partitions[0].Replicas) {
				t.Errorf("%v", p.Partitions)
			}
		})
	}
}

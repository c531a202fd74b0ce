package reassign

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kdeck/ops/change"
	"kdeck/protocol/alloctest"
)

// The cases are those of Kafka's ReassignPartitionsUnitTest.testMoveMap and of topicctl's throttles_test.
func TestThrottledReplicasAreSpelledAsKafkaDoes(t *testing.T) {
	for name, c := range map[string]struct {
		partition        int32
		sources, target  []int32
		leader, follower string
	}{
		"a replica replaced by another":       {0, []int32{1, 2, 3}, []int32{1, 2, 5}, "0:1,0:2,0:3", "0:5"},
		"half of them replaced":               {2, []int32{1, 2}, []int32{3, 4}, "2:1,2:2", "2:3,2:4"},
		"one left of two":                     {4, []int32{1, 2}, []int32{3}, "4:1,4:2", "4:3"},
		"more replicas":                       {5, []int32{1, 2}, []int32{3, 4, 5, 6}, "5:1,5:2", "5:3,5:4,5:5,5:6"},
		"the first replica is new":            {0, []int32{2, 3, 4}, []int32{1, 2, 3}, "0:2,0:3,0:4", "0:1"},
		"the middle one is new":               {3, []int32{1, 2, 3}, []int32{1, 7, 3}, "3:1,3:2,3:3", "3:7"},
		"all are new, in no particular order": {5, []int32{1, 5, 6}, []int32{8, 10, 9}, "5:1,5:5,5:6", "5:8,5:9,5:10"},
		"only another order":                  {1, []int32{1, 2, 3}, []int32{3, 2, 1}, "", ""},
		"fewer replicas":                      {1, []int32{1, 2, 3}, []int32{1, 2}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			leader, follower := throttledReplicas(c.partition, c.sources, c.target)
			if l, f := strings.Join(leader, ","), strings.Join(follower, ","); l != c.leader || f != c.follower {
				t.Errorf("leader %q, follower %q; want %q, %q", l, f, c.leader, c.follower)
			}
		})
	}
}

func TestARateOfOthersIsComeBackTo(t *testing.T) {
	str := func(s string) *string { return &s }
	type step struct {
		now   *string
		value string
		set   bool
	}
	for name, c := range map[string]struct {
		steps []step
		prior *string // of the entry in the end
		ours  string
		none  bool
	}{
		"nothing was set":                       {steps: []step{{nil, "10", true}}, prior: nil, ours: "10"},
		"others had set a rate":                 {steps: []step{{str("7"), "10", true}}, prior: str("7"), ours: "10"},
		"others had set the same":               {steps: []step{{str("10"), "10", false}}, none: true},
		"a second run at the same rate":         {steps: []step{{str("7"), "10", true}, {str("10"), "10", false}}, prior: str("7"), ours: "10"},
		"a second run at another rate":          {steps: []step{{str("7"), "10", true}, {str("10"), "20", true}}, prior: str("7"), ours: "10 20"},
		"the first run was killed before":       {steps: []step{{str("7"), "10", true}, {str("7"), "20", true}}, prior: str("7"), ours: "10 20"},
		"others changed it between":             {steps: []step{{str("7"), "10", true}, {str("8"), "20", true}}, prior: str("8"), ours: "20"},
		"others took ours away":                 {steps: []step{{str("7"), "10", true}, {nil, "20", true}}, prior: nil, ours: "20"},
		"a third run goes back to the first":    {steps: []step{{nil, "10", true}, {str("10"), "20", true}, {str("20"), "10", true}}, prior: nil, ours: "20 10"},
		"killed before the second was in place": {steps: []step{{nil, "10", true}, {str("10"), "20", true}, {str("10"), "20", true}}, prior: nil, ours: "10 20"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{}
			for i, s := range c.steps {
				if set := l.setRate(1, change.LeaderRate, s.now, s.value); set != s.set {
					t.Fatalf("step %d: set %v, want %v", i, set, s.set)
				}
			}
			e := l.rate(1, change.LeaderRate)
			if c.none {
				if e != nil {
					t.Fatalf("%+v", e)
				}
				return
			}
			if e == nil || !equal(e.Prior, c.prior) || strings.Join(e.Ours, " ") != c.ours {
				t.Fatalf("%+v", e)
			}
		})
	}
}

// Whoever adds and takes what, in the end a list holds what others put there.
func TestListsOfOthersAreLeftAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.SampledFrom([]string{"0:1", "0:2", "1:1", "1:3", "2:2", "3:4"})
		others := rapid.SliceOfDistinct(entry, rapid.ID).Draw(t, "others")
		set := len(others) > 0 || rapid.Bool().Draw(t, "set to nothing")
		value := func(list []string) *string {
			if !set && len(list) == 0 {
				return nil
			}
			v := strings.Join(list, ",")
			return &v
		}
		l, now := &ledger{}, slices.Clone(others)
		for range rapid.IntRange(0, 4).Draw(t, "runs") {
			want := rapid.SliceOfDistinct(entry, rapid.ID).Draw(t, "want")
			missing := l.addToList("t", change.LeaderReplicas, value(now), want)
			for _, m := range missing {
				if slices.Contains(now, m) {
					t.Fatalf("%s is added to %v", m, now)
				}
			}
			if rapid.Bool().Draw(t, "killed before it was sent") {
				continue
			}
			now = append(now, missing...)
			for _, w := range want {
				if !slices.Contains(now, w) {
					t.Fatalf("%s is not throttled: %v", w, now)
				}
			}
		}
		for _, e := range l.Lists {
			now = slices.DeleteFunc(now, func(s string) bool { return slices.Contains(e.Added, s) })
			if e.WasSet != set {
				t.Fatalf("was set: %v, want %v", e.WasSet, set)
			}
		}
		if !slices.Equal(now, others) {
			t.Fatalf("left %v, others had %v", now, others)
		}
	})
}

func TestAListThatThrottlesEverythingIsLeftAlone(t *testing.T) {
	all := "*"
	l := &ledger{}
	if missing := l.addToList("t", change.LeaderReplicas, &all, []string{"0:1"}); len(missing) > 0 || !l.empty() {
		t.Errorf("added %v, ledger %+v", missing, l)
	}
}

func TestLedgerOutlivesTheProcessAndGoesWhenItIsEmpty(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/ledger", 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := openLedger(dir, "Xy")
	if err != nil {
		t.Fatal(err)
	}
	prior := "7"
	l.setRate(3, change.LeaderRate, &prior, "10")
	l.addToList("t", change.LeaderReplicas, nil, []string{"0:1"})
	l.addMove(moveEntry{change.TopicPartition{Topic: "t", Partition: 0}, []int32{1}, []int32{2}})
	if err := l.save(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(ledgerPath(dir, "Xy")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := openLedger(dir, "Xy")
	if err != nil || *again.rate(3, change.LeaderRate).Prior != "7" || again.Lists[0].WasSet || !again.hasMove(change.TopicPartition{Topic: "t"}, []int32{2}) {
		t.Fatalf("%+v, %v", again, err)
	}
	again.Rates, again.Lists, again.Moves = nil, nil, nil
	if err := again.save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ledgerPath(dir, "Xy")); !os.IsNotExist(err) {
		t.Errorf("the empty ledger is still there: %v", err)
	}
}

func TestADamagedLedgerIsNotTakenForAnEmptyOne(t *testing.T) {
	for name, c := range map[string]struct{ content, word string }{
		"half a file":           {`{"version":1,"rates":[{"bro`, "damaged"},
		"a future version":      {`{"version":2,"cluster_id":"Xy"}`, "version 2"},
		"another cluster":       {`{"version":1,"cluster_id":"Ab"}`, `"Ab"`},
		"no value that is ours": {`{"version":1,"cluster_id":"Xy","rates":[{"broker":1,"config":"x","ours":[]}]}`, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(dir+"/ledger", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(ledgerPath(dir, "Xy"), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openLedger(dir, "Xy"); err == nil || !strings.Contains(err.Error(), c.word) {
				t.Errorf("error %v, want one with %q", err, c.word)
			}
		})
	}
}

func TestOnlyOneRunAtATimeOnACluster(t *testing.T) {
	dir := t.TempDir()
	held, err := lock(dir, "Xy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(dir, "Xy"); err == nil || !strings.Contains(err.Error(), "process") {
		t.Errorf("taken twice: %v", err)
	}
	other, err := lock(dir, "Ab")
	if err != nil {
		t.Errorf("another cluster: %v", err)
	} else {
		other.Close()
	}
	held.Close()
	again, err := lock(dir, "Xy")
	if err != nil {
		t.Fatalf("after it was let go: %v", err)
	}
	again.Close()
}

func FuzzLedger(f *testing.F) {
	f.Add(`{"version":1,"cluster_id":"Xy","rates":[{"broker":1,"config":"x","prior":null,"ours":["1"]}],"lists":[{"topic":"t","config":"y","added":["0:1"]}]}`)
	f.Add(`{"version":1,"cluster_id":"Xy","moves":[{"topic":"t","partition":0,"before":[1],"target":[2]}]}`)
	f.Fuzz(func(t *testing.T, content string) {
		defer alloctest.Bound(t, len(content))()
		dir := t.TempDir()
		if err := os.Mkdir(dir+"/ledger", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ledgerPath(dir, "Xy"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openLedger(dir, "Xy")
		if err != nil {
			return
		}
		rates, lists, moves := len(l.Rates), len(l.Lists), len(l.Moves)
		if err := l.save(); err != nil {
			t.Fatal(err)
		}
		again, err := openLedger(dir, "Xy")
		if err != nil || len(again.Rates) != rates || len(again.Lists) != lists || len(again.Moves) != moves {
			t.Fatalf("%+v becomes %+v, %v", l, again, err)
		}
	})
}

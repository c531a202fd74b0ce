package plan

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/state"
)

func judged(t *testing.T, s *state.Snapshot, file, words string) *Judgement {
	t.Helper()
	p, err := Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var stages []Stage
	if words != "" {
		if stages, err = Parse(strings.Fields(words)); err != nil {
			t.Fatal(err)
		}
	}
	j, err := Judge(context.Background(), s, p, stages)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// As kafka-reassign-partitions --generate and topicmappr write them: every partition of the topics, changed or not.
func TestPlansMadeElsewhereAreJudged(t *testing.T) {
	s := cluster(t, 6,
		row{"a", 0, 1, []int32{1, 2}, 100}, row{"a", 1, 2, []int32{2, 3}, 100}, row{"b", 0, 5, []int32{5, 3}, 10})
	elsewhere := func(a0, a1, b0 string) string {
		return `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[` + a0 + `],"log_dirs":["any","any"]},` +
			`{"topic":"b","partition":0,"replicas":[` + b0 + `]},{"topic":"a","partition":1,"replicas":[` + a1 + `]}]}`
	}
	for _, c := range []struct {
		name, file, words string
		moves, bound      int
		best              bool
		wrong             string // "" for nothing
	}{
		{"the best", elsewhere("6,2", "2,3", "5,3"), "drain 1", 1, 1, true, ""},
		{"moves that nothing asks for", elsewhere("4,6", "2,4", "5,3"), "drain 1", 3, 1, false, "a-1 is changed and nothing asks for it"},
		{"a drain that leaves something", elsewhere("1,2", "2,3", "5,3"), "drain 1", 0, 1, false, `a-0 has a replica on broker 1, which "drain 1" wants none on`},
		{"two in one rack", elsewhere("5,2", "2,3", "5,3"), "drain 1", 1, 1, false, "a-0 has 2 replicas in rack b and can do with 1"},
		{"no stages, nothing wrong", elsewhere("4,3", "3,2", "5,3"), "", 2, -1, false, ""},
		{"no stages, two in one rack", elsewhere("5,2", "2,3", "5,3"), "", 1, -1, false, "a-0 would have 2 replicas in one rack and has 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := judged(t, s, c.file, c.words)
			if c.wrong == "" && len(j.Wrong) > 0 || c.wrong != "" && !slices.Contains(j.Wrong, c.wrong) {
				t.Errorf("wrong: %q, want %q", j.Wrong, c.wrong)
			}
			if c.words == "" {
				if j.MovesBound != nil || j.Best != nil || j.Moves != c.moves {
					t.Errorf("%+v", j)
				}
				return
			}
			if j.Moves != c.moves || *j.MovesBound != c.bound || *j.Best != c.best {
				t.Errorf("%d moves of at least %d, best %v", j.Moves, *j.MovesBound, *j.Best)
			}
		})
	}
	if j := judged(t, s, elsewhere("2,1", "2,3", "5,3"), "leaders"); *j.Best || len(j.Wrong) > 0 ||
		!slices.Equal(j.Behind, []string{"preferred leaders are less level than they could be: up to 2 on one broker, and up to 1 would do"}) {
		t.Errorf("leaders: %+v", j)
	}
	if j := judged(t, s, elsewhere("1,2", "2,3", "5,3"), "elect"); len(j.Wrong) > 0 || j.LeaderChanges != 0 {
		t.Errorf("an election of what is led already: %+v", j)
	}
	own := madeOf(t, s, "drain 1 + balance count bytes + leaders")
	stages, _ := Parse(strings.Fields(strings.Join(own.Header.Stages, " + ")))
	if j, err := Judge(context.Background(), s, own.Plan, stages); err != nil || len(j.Wrong) > 0 || !*j.Best {
		t.Errorf("our own: %+v, %v", j, err)
	}
	own.Header.Before[0].Replicas = []int32{1, 6}
	if _, err := Judge(context.Background(), s, own.Plan, nil); err == nil || !strings.Contains(err.Error(), "changed since the plan was made") {
		t.Errorf("a plan that is out of date: %v", err)
	}
}

func TestAPlanIsBehindWhereBytesCouldBeMoreLevel(t *testing.T) {
	var rows []row
	for i := range int32(12) {
		rows = append(rows, row{"a", i, 1, []int32{1, 2}, 10})
	}
	s := cluster(t, 6, rows...)
	j := judged(t, s, `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1,3]}]}`, "balance bytes")
	if len(j.Wrong) > 0 || *j.Best || !slices.Equal(j.Behind, []string{"bytes are less level than they could be: up to 120B on one broker, and up to 40B would do"}) {
		t.Errorf("%+v", j)
	}
}

// ailing is a cluster with every trouble that a plan can run into.
func ailing(t *testing.T) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range int32(6) {
		dir := state.LogDir{Path: "/d", Total: 1000, Usable: 400}
		b.Broker(state.Broker{ID: id + 1, Alive: id != 5, LogDirs: state.Read([]state.LogDir{dir}, time.Time{}, "test")})
	}
	for _, p := range []struct {
		topic    string
		leader   int32
		replicas []int32
		isr      []int32
		size     int64
	}{
		{"gone", -1, []int32{6}, []int32{6}, 10}, {"large", 1, []int32{1, 2, 3}, []int32{1, 2, 3}, 350},
		{"lone", 1, []int32{1, 2, 6}, []int32{1}, 10}, {"thin", 1, []int32{1, 2, 3}, []int32{1, 2}, 10},
	} {
		if err := b.Topic(p.topic, [16]byte{}, false); err != nil {
			t.Fatal(err)
		}
		if err := b.Partition(0, p.leader, 1, p.replicas, p.isr, nil); err != nil {
			t.Fatal(err)
		}
		b.Config(p.topic, 2, nil)
	}
	s := b.Done()
	for topic, size := range map[string]int64{"large": 350, "lone": 100, "thin": 10} {
		b.Size(topic, 0, 1, size, -1)
	}
	return s
}

func TestRisksAndViolationsOfAPlanAreNamed(t *testing.T) {
	file := func(topic, replicas string) string {
		return `{"topic":"` + topic + `","partition":0,"replicas":[` + replicas + `]}`
	}
	for _, c := range []struct {
		name string
		rows []string
		says []string
	}{
		{"nothing", []string{file("large", "2,1,3")}, nil},
		{"one source", []string{file("lone", "1,2,4")}, []string{
			"1 replica out of sync or offline would stay (lone-0 on broker 2): a change can't end before all replicas are in sync",
			"1 partition can be copied from one replica only, because the others are offline or out of sync: if it is lost, the data is lost",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
		}},
		{"the last in sync goes", []string{file("lone", "2")}, []string{
			"1 partition would have fewer replicas than now (lone-0: 3 -> 1)",
			"1 partition would lose the last replica that is in sync or eligible to lead (lone-0 on 1): what the others lack could be lost",
			"1 replica out of sync or offline would stay (lone-0 on broker 2): a change can't end before all replicas are in sync",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
			"1 partition would refuse writes with acks=all (lone-0 has 1 replica and min.insync.replicas is 2)",
		}},
		{"the last in sync is copied first", []string{file("lone", "4")}, []string{
			"1 partition would have fewer replicas than now (lone-0: 3 -> 1)",
			"1 partition can be copied from one replica only, because the others are offline or out of sync: if it is lost, the data is lost",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
			"1 partition would refuse writes with acks=all (lone-0 has 1 replica and min.insync.replicas is 2)",
		}},
		{"at min ISR", []string{file("thin", "1,2,4")}, []string{"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all"}},
		{"fewer and more replicas", []string{file("large", "1,2,3,4"), file("lone", "1,2")}, []string{
			"1 replica out of sync or offline would stay (lone-0 on broker 2): a change can't end before all replicas are in sync",
			"1 partition would have fewer replicas than now (lone-0: 3 -> 2)",
			"1 partition would have more replicas than now (large-0: 3 -> 4)",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
			"broker 4 would have only 50B free of 1.00kB while it has the old and the new replicas",
		}},
		{"min ISR for ever", []string{file("large", "1,2")}, []string{
			"1 partition would have fewer replicas than now (large-0: 3 -> 2)",
			"1 partition would have exactly as many replicas as min.insync.replicas asks for: any broker's restart stops writes with acks=all",
		}},
		{"below min ISR", []string{file("large", "1")}, []string{
			"1 partition would have fewer replicas than now (large-0: 3 -> 1)",
			"1 partition would refuse writes with acks=all (large-0 has 1 replica and min.insync.replicas is 2)",
		}},
		{"nearly full", []string{file("large", "1,2,4")}, []string{"broker 4 would have only 50B free of 1.00kB while it has the old and the new replicas"}},
		{"full", []string{file("large", "1,2,4"), file("lone", "1,2,4")}, []string{
			"1 replica out of sync or offline would stay (lone-0 on broker 2): a change can't end before all replicas are in sync",
			"1 partition can be copied from one replica only, because the others are offline or out of sync: if it is lost, the data is lost",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
			"broker 4 would receive 450B and has 400B free: its disks would be full before anything has left it",
		}},
		{"a dead broker kept", []string{file("lone", "2,6")}, []string{
			"1 partition would lose the last replica that is in sync or eligible to lead (lone-0 on 1): what the others lack could be lost",
			"1 replica out of sync or offline would stay (lone-0 on broker 2): a change can't end before all replicas are in sync",
			"1 partition would have fewer replicas than now (lone-0: 3 -> 2)",
			"1 partition would keep a replica on broker 6, which is dead, and can't be moved until it is back: drain it as well",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
		}},
		{"a dead broker in another order", []string{file("lone", "2,1,6")}, nil},
		{"a dead target, and nobody to copy from", []string{file("thin", "1,2,6"), file("gone", "3")}, []string{
			"1 partition would keep a replica on broker 6, which is dead, and can't be moved until it is back: drain it as well",
			"thin-0 is given a replica on broker 6, which is dead", "gone-0 has no leader, so no broker can copy it",
			"1 partition at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := judged(t, ailing(t), `{"version":1,"partitions":[`+strings.Join(c.rows, ",")+`]}`, "")
			got := append(j.Wrong, j.Risks...)
			slices.Sort(got)
			slices.Sort(c.says)
			if !slices.Equal(got, c.says) {
				t.Errorf("said\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.says, "\n"))
			}
		})
	}
}

// anyCluster draws a small cluster of those brokers.
func anyCluster(t *rapid.T, brokers []int32) *state.Snapshot {
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for _, id := range brokers {
		b.Broker(state.Broker{ID: id, Rack: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "rack"), Alive: true})
	}
	for _, topic := range []string{"a", "all", "b", "pay.x", "t12", "y"} {
		if err := b.Topic(topic, [16]byte{}, false); err != nil {
			t.Fatal(err)
		}
		for id := range int32(rapid.IntRange(1, 4).Draw(t, "partitions")) {
			n := rapid.IntRange(1, 3).Draw(t, "replicas")
			replicas := rapid.Permutation(brokers).Draw(t, "on")[:n]
			if err := b.Partition(id, replicas[n-1], 1, replicas, replicas, nil); err != nil {
				t.Fatal(err)
			}
			b.Size(topic, id, replicas[0], rapid.Int64Range(1, 1000).Draw(t, "size"), -1)
		}
	}
	return b.Done()
}

func TestWhateverIsPlannedIsJudgedToBeRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brokers := []int32{1, 2, 3, 5, 8, 13, 21}
		var stages []Stage
		for range rapid.IntRange(1, 3).Draw(t, "stages") {
			stages = append(stages, anyStage(t, brokers))
		}
		if rapid.Bool().Draw(t, "limited") {
			stages = append(stages, &Limits{
				Moves: rapid.IntRange(-1, 9).Draw(t, "moves"), Bytes: rapid.Int64Range(-1, 9000).Draw(t, "bytes"), KeepLeaders: rapid.Bool().Draw(t, "keep"),
			})
		}
		words := inWords(stages)
		s := anyCluster(t, brokers)
		p, err := Make(context.Background(), s, stages)
		if err != nil {
			return
		}
		j, err := Judge(context.Background(), s, p.Plan, stages)
		if err != nil || len(j.Wrong) > 0 || len(j.Behind) > 0 || j.Moves != p.Header.Moves || *j.MovesBound > j.Moves || *j.LeaderChangesBound > j.LeaderChanges {
			t.Fatalf("%s: %v gives %v\n%+v, %v", words, p.Header.Before, p.Partitions, j, err)
		}
		if !*j.Best && !strings.Contains(words, "bytes") {
			t.Fatalf("%s: %v gives %v, which isn't the best", words, p.Header.Before, p.Partitions)
		}
		for i := range p.Partitions {
			if len(p.Because[i]) == 0 {
				t.Fatalf("%s: no reason for %v", words, &p.Partitions[i])
			}
		}
	})
}

package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/state"
)

// lagging is a cluster of four live brokers; broker 1 is in sync with some partitions and not with others.
func lagging(t *testing.T) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range int32(4) {
		b.Broker(state.Broker{ID: id + 1, Alive: true})
	}
	if err := b.Topic("t", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	for id, p := range []struct {
		leader                 int32
		replicas, isr, offline []int32
	}{
		{2, []int32{1, 2, 3}, []int32{2, 3}, nil}, {2, []int32{2, 1, 3}, []int32{2, 3}, nil}, {1, []int32{3, 2, 1}, []int32{1}, nil},
		{1, []int32{1, 2, 3}, []int32{1, 2, 3}, nil}, {1, []int32{1, 3, 2}, []int32{1}, []int32{3}},
		{-1, []int32{1, 2, 3}, nil, nil},
	} {
		if err := b.Partition(int32(id), p.leader, 1, p.replicas, p.isr, p.offline); err != nil {
			t.Fatal(err)
		}
	}
	b.ELR("t", 5, []int32{1}, nil)
	return b.Done()
}

func TestReplicasOutOfSyncGoFirstAndWhatStaysIsARisk(t *testing.T) {
	const late, last = "out of sync or offline would stay (", "would lose the last replica that is in sync or eligible to lead ("
	for _, c := range []struct {
		name, words string
		want        []string
		risks       []string // what they contain
	}{
		{"fewer replicas", "set-replication-factor 2 --topics t",
			[]string{"t-0 2 3", "t-1 2 3", "t-2 1 2", "t-3 1 3", "t-4 1 2"}, []string{"2 replicas " + late + "t-2 on broker 2, t-4 on broker 2)"}},
		{"a single replica", "set-replication-factor 1 --topics t", []string{"t-0 3", "t-1 2", "t-2 1", "t-3 1", "t-4 1"}, nil},
		{"a trim of one that lags here and leads there", "trim 1", []string{"t-0 2 3", "t-1 2 3", "t-2 3 2", "t-3 2 3", "t-4 3 2"},
			[]string{"2 partitions " + last + "t-2 on 1, t-4 on 1)", "4 replicas " + late + "t-2 on broker 3, t-2 on broker 2, t-4 on broker 3 and 1 more)"}},
		{"a drain of the only one in sync, which is copied first", "drain 1 --to 4", []string{"t-0 4 2 3", "t-1 2 4 3", "t-2 3 2 4", "t-3 4 2 3", "t-4 4 3 2"},
			[]string{"4 replicas " + late}},
		{"another order of the list", "demote 1", []string{"t-0 2 3 1", "t-3 2 3 1", "t-4 3 2 1", "t-5 2 3 1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := madeOf(t, lagging(t), c.words)
			if diff := cmp.Diff(c.want, lists(p.Plan)); diff != "" {
				t.Error(diff)
			}
			said := strings.Join(p.Header.Risks, "\n")
			for _, risk := range c.risks {
				if !strings.Contains(said, risk) {
					t.Errorf("%q isn't in\n%s", risk, said)
				}
			}
			if n := strings.Count(said, late) + strings.Count(said, last); n != len(c.risks) {
				t.Errorf("%d risks of replicas out of sync, want %d:\n%s", n, len(c.risks), said)
			}
		})
	}
	j := judged(t, lagging(t), `{"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}`, "set-replication-factor 2 --topics t")
	if want := "t-0 keeps its replica on broker 1, which is out of sync, and loses that on broker 3, which is in sync"; !strings.Contains(strings.Join(j.Behind, "\n"), want) || *j.Best {
		t.Errorf("%+v", j)
	}
	j = judged(t, lagging(t), `{"partitions":[{"topic":"t","partition":5,"replicas":[2,3]}]}`, "")
	if said := strings.Join(j.Risks, "\n"); !strings.Contains(said, last+"t-5 on 1)") {
		t.Errorf("the last eligible one is dropped, and the risks are\n%s", said)
	}
}

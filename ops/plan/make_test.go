package plan

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/state"
)

// madeOf plans a chain on a cluster, and checks that its file reads as the same plan.
func madeOf(t *testing.T, s *state.Snapshot, words string) *Proposal {
	t.Helper()
	stages, err := Parse(strings.Fields(words))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make(context.Background(), s, stages)
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := p.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if again.Write(&second); first.String() != second.String() {
		t.Error(cmp.Diff(first.String(), second.String()))
	}
	return p
}

func TestDrainBecomesAPlanWithItsHeader(t *testing.T) {
	s := cluster(t, 4,
		row{"a", 0, 1, []int32{1, 2}, 100},
		row{"a", 1, 2, []int32{2, 3}, 50},
		row{"b", 0, 3, []int32{3, 1}, 7},
	)
	p := madeOf(t, s, "drain 1 --to 4")
	bytes := int64(107)
	want := &Plan{
		Partitions: []Assignment{{"a", 0, []int32{4, 2}}, {"b", 0, []int32{3, 4}}},
		Header: &Header{
			ClusterID: "Xy", Stages: []string{"drain 1 --to 4"}, Moves: 2, MovesBound: 2, Bytes: &bytes, BytesBound: &bytes,
			LeaderChanges: 1, LeaderChangesBound: 1, Relaxed: p.Header.Relaxed, Before: []Assignment{{"a", 0, []int32{1, 2}}, {"b", 0, []int32{3, 1}}}, Drained: []int32{1},
		},
	}
	if diff := cmp.Diff(want, p.Plan); diff != "" {
		t.Error(diff)
	}
	if len(p.Loads) != 4 || p.Loads[0].After.Replicas != 0 {
		t.Errorf("loads %+v", p.Loads)
	}
	if d := p.Traffic.Time(107); d != time.Second {
		t.Errorf("takes %v at 107 B/s, want 1s: broker 4 receives all of it", d)
	}
}

func TestUnknownSizesAreNotCountedAsNone(t *testing.T) {
	p := madeOf(t, cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, -1}), "drain 1")
	if p.Header.Bytes != nil || p.Traffic.Unknown != 1 {
		t.Errorf("bytes %v, %d unknown", p.Header.Bytes, p.Traffic.Unknown)
	}
}

func TestADrainOfSomeTopicsDoesNotPromiseAnEmptyBroker(t *testing.T) {
	s := cluster(t, 4, row{"a", 0, 1, []int32{1, 2}, 1}, row{"b", 0, 1, []int32{1, 2}, 1})
	p := madeOf(t, s, "drain 1 --topics a.*")
	if len(p.Partitions) != 1 || p.Partitions[0].Topic != "a" || len(p.Header.Drained) != 0 {
		t.Errorf("%+v, drained %v", p.Partitions, p.Header.Drained)
	}
}

// unwell is a cluster with a move in flight, a broker that is dead and one that is cordoned.
func unwell(t *testing.T) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(1, time.Time{}, "test")
	for id := range int32(6) {
		b.Broker(state.Broker{ID: id + 1, Alive: id+1 != 2, Cordoned: state.Read(id+1 == 3, time.Time{}, "test")})
	}
	add := func(topic string, leader int32, replicas, isr []int32) {
		if err := b.Topic(topic, [16]byte{}, false); err != nil {
			t.Fatal(err)
		}
		if err := b.Partition(0, leader, 1, replicas, isr, nil); err != nil {
			t.Fatal(err)
		}
	}
	add("kept", 1, []int32{1, 2}, []int32{1})
	add("moving", 1, []int32{4, 5, 1}, []int32{5, 1})
	b.Moving("moving", 0, []int32{4}, []int32{1})
	add("stuck", -1, []int32{2}, []int32{2})
	b.ELR("stuck", 0, nil, []int32{2})
	add("well", 1, []int32{1, 4}, []int32{1, 4})
	return b.Done()
}

func TestAMoveInFlightCountsAsDone(t *testing.T) {
	p := madeOf(t, unwell(t), "drain 1")
	for _, a := range p.Partitions {
		if a.Topic == "moving" {
			t.Errorf("%v leaves broker 1 already, and is planned to go to %v", &a, a.Replicas)
		}
	}
	p = madeOf(t, unwell(t), "drain 4 --to 6")
	if diff := cmp.Diff([]Assignment{{"moving", 0, []int32{4, 5}}, {"well", 0, []int32{1, 4}}}, p.Header.Before); diff != "" {
		t.Error(diff)
	}
}

func TestDeadAndCordonedBrokersReceiveNothing(t *testing.T) {
	for _, words := range []string{"drain 1", "drain 4", "drain 1 4"} {
		for _, a := range madeOf(t, unwell(t), words).Partitions {
			for _, b := range a.Replicas {
				if at := unwell(t); b == 3 || b == 2 && a.Topic != "kept" {
					t.Errorf("%s: %v goes to broker %d of %d", words, &a, b, len(at.Brokers))
				}
			}
		}
	}
	stages, _ := Parse([]string{"drain", "1", "--to", "3"})
	if _, err := Make(context.Background(), unwell(t), stages); err == nil || !strings.Contains(err.Error(), "cordoned") {
		t.Errorf("--to 3: %v", err)
	}
}

func TestWhatCanNotBeMovedIsNamed(t *testing.T) {
	p := madeOf(t, unwell(t), "drain 2")
	if len(p.Header.Stuck) != 1 || p.Header.Stuck[0].Topic != "stuck" || !strings.Contains(p.Header.Stuck[0].Why, "last known eligible: 2") {
		t.Errorf("%+v", p.Header.Stuck)
	}
	if v := strings.Join(p.Header.Violations, "\n"); !strings.Contains(v, "1 partition can't be moved") {
		t.Errorf("violations %q", v)
	}
	p = madeOf(t, unwell(t), "drain 1")
	if v := strings.Join(p.Header.Violations, "\n"); !strings.Contains(v, "1 partition would keep a replica on broker 2, which is dead") {
		t.Errorf("violations %q", v)
	}
}

func TestNothingIsPlannedWhereMovesInFlightAreUnknown(t *testing.T) {
	s := cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, 1})
	s.Moves = state.Missing[int]("CLUSTER_AUTHORIZATION_FAILED", time.Time{}, "b1:9092")
	stages, _ := Parse([]string{"drain", "1"})
	if _, err := Make(context.Background(), s, stages); err == nil || !strings.Contains(err.Error(), "CLUSTER_AUTHORIZATION_FAILED") {
		t.Errorf("error %v", err)
	}
}

func TestAPlanIsCheckedAgainstTheCluster(t *testing.T) {
	s := cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, 100}, row{"b", 0, 2, []int32{2, 1}, 7})
	header := &Header{ClusterID: "Ab"}
	for name, c := range map[string]struct {
		plan *Plan
		word string
	}{
		"an unknown topic":     {&Plan{Partitions: []Assignment{{"c", 0, []int32{1}}}}, `topic "c"`},
		"an unknown partition": {&Plan{Partitions: []Assignment{{"a", 1, []int32{1}}}}, "a-1"},
		"an unknown broker":    {&Plan{Partitions: []Assignment{{"a", 0, []int32{9}}}}, "broker 9"},
		"another cluster":      {&Plan{Header: header}, `"Ab"`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.plan.Complete(s); err == nil || !strings.Contains(err.Error(), c.word) {
				t.Errorf("error %v, want one with %q", err, c.word)
			}
		})
	}
	p := &Plan{Partitions: []Assignment{{"b", 0, []int32{1, 2}}, {"a", 0, []int32{3, 2}}}}
	if err := p.Complete(s); err != nil {
		t.Fatal(err)
	}
	bytes := int64(100)
	want := &Header{ClusterID: "Xy", Moves: 1, MovesBound: 1, Bytes: &bytes, BytesBound: &bytes, LeaderChanges: 2, LeaderChangesBound: 2,
		Before: []Assignment{{"a", 0, []int32{1, 2}}, {"b", 0, []int32{2, 1}}}}
	if diff := cmp.Diff(want, p.Header); diff != "" {
		t.Error(diff)
	}
}

func TestReverseGoesBack(t *testing.T) {
	s := cluster(t, 4, row{"a", 0, 1, []int32{1, 2}, 100}, row{"b", 0, 3, []int32{3, 1}, 7})
	p := madeOf(t, s, "drain 1 --to 4").Plan
	r := p.Reverse()
	if diff := cmp.Diff(p.Header.Before, r.Partitions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(p.Partitions, r.Header.Before); diff != "" {
		t.Error(diff)
	}
	if r.Header.Moves != 2 || r.Header.LeaderChanges != 1 || r.Header.ClusterID != "Xy" {
		t.Errorf("%+v", r.Header)
	}
}

func TestAPlanThatIsGivenUpIsNoClash(t *testing.T) {
	s := cluster(t, 6, row{"a", 0, 1, []int32{1, 2}, 1})
	stages, err := Parse(strings.Fields("drain 1 + balance count"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := Make(ctx, s, stages); p != nil || err != context.Canceled {
		t.Errorf("%v, %v", p, err)
	}
}

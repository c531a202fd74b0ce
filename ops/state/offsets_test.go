package state

import (
	"testing"
	"time"
)

// logs makes a snapshot with one partition for each topic.
func logs(t *testing.T, ids map[string]byte, names ...string) *Snapshot {
	t.Helper()
	b := NewBuilder("c", time.Unix(0, 0), 0, 0)
	for _, name := range names {
		if err := b.Topic(name, [16]byte{ids[name]}, false); err != nil {
			t.Fatal(err)
		}
		if err := b.Partition(0, 1, 1, []int32{1}, []int32{1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return b.Done()
}

func TestOffsetsAreKeptFromTheLookBeforeUnlessTheTopicWasMadeAnew(t *testing.T) {
	first, later := time.Unix(100, 0), time.Unix(110, 0)
	was := logs(t, map[string]byte{"a": 1, "b": 2, "c": 3}, "a", "b", "c")
	old := NewOffsets(was)
	answer := old.Answer(OffsetAnswer{At: first, From: "broker 1"})
	for i := range 3 {
		old.Set(i, int64(10+i), NoOffset, answer)
		old.SetRate(i, 5)
	}
	is := logs(t, map[string]byte{"a": 1, "b": 9, "c": 3, "aa": 4}, "a", "aa", "b", "c")
	now := NewOffsets(is)
	now.Set(3, 40, NoOffset, now.Answer(OffsetAnswer{At: later, From: "broker 1"}))
	now.Keep(old)

	for _, tc := range []struct {
		topic  string
		offset int64
		at     time.Time
	}{{"a", 10, first}, {"c", 40, later}} {
		p, _ := is.FindPartition(tc.topic, 0)
		if r := now.Of(p); !r.Known || r.Value != tc.offset || !r.At.Equal(tc.at) {
			t.Errorf("%s ends at %+v, want %d of %v", tc.topic, r, tc.offset, tc.at)
		}
	}
	for _, topic := range []string{"aa", "b"} {
		p, _ := is.FindPartition(topic, 0)
		if r := now.Of(p); r.Known || r.Why == "" {
			t.Errorf("%s was not read, and ends at %+v", topic, r)
		}
	}
	a, _ := is.FindPartition("a", 0)
	if r := now.Rate(a); !r.Known || r.Value != 5 {
		t.Errorf("the rate was not kept: %+v", r)
	}
	c, _ := was.FindPartition("c", 0) // of the snapshot before
	if r := now.Of(c); r.Value != 40 {
		t.Errorf("c of the snapshot before ends at %+v", r)
	}
	if b, _ := was.FindPartition("b", 0); now.Of(b).Known {
		t.Error("a partition of a topic that is gone has the end of its successor")
	}
	if at, known := now.Oldest(); !known || !at.Equal(first) {
		t.Errorf("the oldest is of %v", at)
	}
	if (*Offsets)(nil).Of(a).Known {
		t.Error("without a look an end is known")
	}
}

package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// leaders are brokers that answer ListOffsets as a test wants.
type leaders struct {
	answer func(addr string, req *kmsg.ListOffsetsRequest, resp *kmsg.ListOffsetsResponse) error

	mu    sync.Mutex
	asked []string
}

func (l *leaders) Any(context.Context, kmsg.Request) (kmsg.Response, string, error) {
	return nil, "", errors.New("only a leader knows where its logs end")
}

// Ask answers with the offset 1000 times the broker's number plus the partition's.
func (l *leaders) Ask(_ context.Context, addr string, r kmsg.Request) (kmsg.Response, error) {
	req := r.(*kmsg.ListOffsetsRequest)
	l.mu.Lock()
	l.asked = append(l.asked, addr)
	l.mu.Unlock()
	resp := kmsg.NewPtrListOffsetsResponse()
	resp.Version = 7
	for _, t := range req.Topics {
		of := kmsg.NewListOffsetsResponseTopic()
		of.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewListOffsetsResponseTopicPartition()
			rp.Partition, rp.Offset, rp.Timestamp = p.Partition, 1000*int64(addr[1]-'0')+int64(p.Partition), -1
			of.Partitions = append(of.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, of)
	}
	return resp, l.answer(addr, req, resp)
}

// led is a cluster of three brokers b1 to b3 with a topic of partitions that they lead in turn; the last one has no leader.
func led(t *testing.T, partitions int) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("c", time.Unix(0, 0), 0, 0)
	for id := int32(1); id <= 3; id++ {
		b.Broker(state.Broker{ID: id, Host: fmt.Sprintf("b%d", id), Port: 9092, Alive: true, Answered: state.Read(time.Millisecond, time.Time{}, "")})
	}
	if err := b.Topic("orders", [16]byte{1}, false); err != nil {
		t.Fatal(err)
	}
	for i := range partitions {
		leader := int32(i%3) + 1
		if i == partitions-1 {
			leader = -1
		}
		if err := b.Partition(int32(i), leader, 1, []int32{1, 2, 3}, []int32{1, 2, 3}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return b.Done()
}

func TestTheEndsOfLogsTakeOneRequestForEachLeader(t *testing.T) {
	snap := led(t, 7)
	l := &leaders{answer: func(addr string, req *kmsg.ListOffsetsRequest, resp *kmsg.ListOffsetsResponse) error {
		switch of := &resp.Topics[0]; addr {
		case "b2:9092":
			return errors.New("no answer in time")
		case "b3:9092":
			of.Partitions[0].ErrorCode = 6
			of.Partitions = append(of.Partitions[:1], kmsg.ListOffsetsResponseTopicPartition{Partition: 0, Offset: 99}) // which nobody asked of it
		case "b1:9092":
			of.Partitions = append(of.Partitions, kmsg.ListOffsetsResponseTopicPartition{Partition: 77, Offset: 5}) // which there isn't
		}
		return nil
	}}
	ends := Ends(t.Context(), l, snap, nil, Options{})
	slices.Sort(l.asked)
	if want := "b1:9092 b2:9092 b3:9092"; strings.Join(l.asked, " ") != want {
		t.Errorf("asked %v, want each leader once", l.asked)
	}
	for i, want := range []string{"1000", "no answer in time", "NOT_LEADER_OR_FOLLOWER", "1003", "no answer in time", "its leader left it out of the answer", "the partition has no leader"} {
		r := ends.Of(snap.Partition(i))
		got := r.Why
		if r.Known {
			got = fmt.Sprint(r.Value)
		}
		if got != want {
			t.Errorf("partition %d ends at %q, want %q", i, got, want)
		}
	}
}

func TestOnlyThePartitionsThatAreWantedAreAsked(t *testing.T) {
	snap := led(t, 7)
	l := &leaders{answer: func(_ string, req *kmsg.ListOffsetsRequest, _ *kmsg.ListOffsetsResponse) error {
		if len(req.Topics) != 1 || len(req.Topics[0].Partitions) != 1 || req.Topics[0].Partitions[0].Timestamp != 1234 {
			return fmt.Errorf("asked for %+v", req.Topics)
		}
		return nil
	}}
	one := Offsets(t.Context(), l, snap, func(yield func(int, int64) bool) { yield(4, 1234) }, Options{})
	if r := one.Of(snap.Partition(4)); !r.Known || r.Value != 2004 || len(l.asked) != 1 {
		t.Errorf("%+v, asked %v", r, l.asked)
	}
	if r := one.Of(snap.Partition(0)); r.Known || r.Why != "not asked for" {
		t.Errorf("a partition that wasn't asked for: %+v", r)
	}
}

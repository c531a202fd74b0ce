package watch

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// The times that stand for a place in the log in [Offsets] (ListOffsetsRequest.java).
const (
	Latest       = -1 // the end: the offset that the next record gets
	Earliest     = -2 // the first offset that is still there
	MaxTimestamp = -3 // the record with the largest timestamp (KIP-734, Kafka 3.0)
)

// Offsets asks for offsets of partitions of a snapshot: with one ListOffsets for each leader, of all at the same time, each with a deadline of
// its own (0: [DefaultDeadline]). millis gives the time, in ms since 1970, or one of the constants, for each partition by its index; of a time the
// answer is the first record that isn't older. What can't be read is unknown, with the reason.
func Offsets(ctx context.Context, s Asker, snap *state.Snapshot, millis iter.Seq2[int, int64], o Options) *state.Offsets {
	return offsets(ctx, s, snap, millis, readUncommitted, o)
}

// The isolation levels of ListOffsets (IsolationLevel.java): with readCommitted the end is the last stable offset.
const (
	readUncommitted int8 = iota
	readCommitted
)

func offsets(ctx context.Context, s Asker, snap *state.Snapshot, millis iter.Seq2[int, int64], isolation int8, o Options) *state.Offsets {
	o = o.orDefaults()
	out := state.NewOffsets(snap)
	leaders := map[int32]*leaderOffsets{}
	none := out.Answer(state.OffsetAnswer{At: o.Now(), Why: "the partition has no leader"})
	for i, at := range millis {
		p := snap.Partition(i)
		id := p.Leader()
		if id < 0 {
			out.Set(i, state.NoOffset, state.NoOffset, none)
			continue
		}
		if leaders[id] == nil {
			leaders[id] = &leaderOffsets{id: id, req: newListOffsets(isolation), at: map[partitionOf]int{}}
		}
		leaders[id].add(p, at)
	}
	turns := make(chan struct{}, maxAtOnce)
	var asking sync.WaitGroup
	for id, l := range leaders {
		b := snap.Broker(id)
		asking.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			l.ask(ctx, s, b, o)
		})
	}
	asking.Wait()
	for _, l := range leaders {
		l.addTo(out)
	}
	return out
}

// Ends asks where all partitions of a snapshot end that want is true of; nil: all.
func Ends(ctx context.Context, s Asker, snap *state.Snapshot, want func(state.Partition) bool, o Options) *state.Offsets {
	return Offsets(ctx, s, snap, at(snap, want, Latest), o)
}

// at yields the partitions that want is true of, with one time for all.
func at(snap *state.Snapshot, want func(state.Partition) bool, millis int64) iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for i := range snap.NumPartitions() {
			if (want == nil || want(snap.Partition(i))) && !yield(i, millis) {
				return
			}
		}
	}
}

func newListOffsets(isolation int8) *kmsg.ListOffsetsRequest {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID, req.IsolationLevel = -1, isolation
	return req
}

type partitionOf struct {
	topic string
	id    int32
}

// leaderOffsets is what one leader is asked for, and its answer.
type leaderOffsets struct {
	id     int32
	req    *kmsg.ListOffsetsRequest
	at     map[partitionOf]int // where each partition stands in the snapshot
	resp   *kmsg.ListOffsetsResponse
	answer state.OffsetAnswer
}

func (l *leaderOffsets) add(p state.Partition, millis int64) {
	topic := p.Topic().Name()
	if n := len(l.req.Topics); n == 0 || l.req.Topics[n-1].Topic != topic {
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic = topic
		l.req.Topics = append(l.req.Topics, t)
	}
	t := &l.req.Topics[len(l.req.Topics)-1]
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp, rp.CurrentLeaderEpoch = p.ID(), millis, -1
	t.Partitions = append(t.Partitions, rp)
	l.at[partitionOf{topic, p.ID()}] = p.Index()
}

func (l *leaderOffsets) ask(ctx context.Context, s Asker, b *state.Broker, o Options) {
	l.answer = state.OffsetAnswer{From: fmt.Sprintf("broker %d", l.id)}
	addr := ""
	if b != nil {
		addr = address(b.Host, b.Port)
	}
	if addr == "" {
		l.answer.At, l.answer.Why = o.Now(), fmt.Sprintf("no address of its leader, broker %d, is known", l.id)
		return
	}
	if !b.Answered.Known {
		l.answer.At, l.answer.Why = o.Now(), cmp.Or(b.Answered.Why, "its leader gives no answer")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	before := o.Now()
	answer, err := s.Ask(ctx, addr, l.req)
	// The leader read its logs some time between; halfway is wrong by half of it at the most.
	l.answer.At = before.Add(o.Now().Sub(before) / 2)
	resp, ok := answer.(*kmsg.ListOffsetsResponse)
	switch {
	case err != nil:
		l.answer.Why = reason(err)
	case !ok:
		l.answer.Why = nonsense("it lists no offsets").Error()
	case resp.Version < 1:
		l.answer.Why = "it is older than Kafka 0.10.1 and gives no single offset"
	default:
		l.resp = resp
	}
}

// addTo takes the answer into the others, each partition once, and none that wasn't asked for.
func (l *leaderOffsets) addTo(out *state.Offsets) {
	whole := out.Answer(l.answer)
	if l.resp == nil {
		for _, i := range l.at {
			out.Set(i, state.NoOffset, state.NoOffset, whole)
		}
		return
	}
	refusals := map[int16]int{}
	for _, t := range l.resp.Topics {
		for _, p := range t.Partitions {
			of := partitionOf{t.Topic, p.Partition}
			i, asked := l.at[of]
			if !asked {
				continue
			}
			delete(l.at, of)
			answer := whole
			if p.ErrorCode == 0 && (p.Offset < state.NoOffset || p.Offset == math.MaxInt64) {
				p.ErrorCode = kerr.UnknownServerError.Code
			}
			if p.ErrorCode != 0 {
				if refusals[p.ErrorCode] == 0 {
					refused := l.answer
					refused.Why = refusal(p.ErrorCode, describeTopic)
					refusals[p.ErrorCode] = out.Answer(refused)
				}
				answer = refusals[p.ErrorCode]
			}
			out.Set(i, p.Offset, p.Timestamp, answer)
		}
	}
	if len(l.at) > 0 {
		left := l.answer
		left.Why = "its leader left it out of the answer"
		answer := out.Answer(left)
		for _, i := range l.at {
			out.Set(i, state.NoOffset, state.NoOffset, answer)
		}
	}
}

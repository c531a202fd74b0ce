package compare

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// whatOffsets is what wasn't read where a broker doesn't tell of its logs.
const whatOffsets = "log offsets"

// What ListOffsets is asked with: a consumer is answered by the leader alone; what debugs replicas is answered by any copy, with the end
// of its own log (KafkaApis: fetchOnlyFromLeader = replicaId != DEBUGGING_REPLICA_ID).
const (
	asConsumer = -1
	asDebugger = -2

	latest   = -1
	earliest = -2
)

// notTheLeader are the errors of a broker that is asked as the leader, and isn't.
var notTheLeader = []int16{kerr.NotLeaderForPartition.Code, kerr.UnknownTopicOrPartition.Code, kerr.LeaderNotAvailable.Code,
	kerr.ReplicaNotAvailable.Code, kerr.KafkaStorageError.Code, kerr.OffsetNotAvailable.Code}

// mostListed is how many partitions are asked for in one request, so that it keeps a broker busy for no more than a moment.
const mostListed = 1000

// offsets asks every broker for its own copies of the partitions, by topic, that of returns for it. Copies that it doesn't have are left
// out.
func (a *asker) offsets(ctx context.Context, of func(broker int32) map[string][]int32) map[Replica]Offsets {
	var mu sync.Mutex
	told := map[Replica]Offsets{}
	a.each(ctx, atOnce, whatOffsets, func(n node) error {
		partitions := of(n.id)
		if len(partitions) == 0 {
			return nil
		}
		committed, err := a.listOffsets(ctx, n, asConsumer, latest, partitions)
		if err != nil {
			return err
		}
		ends, err := a.listOffsets(ctx, n, asDebugger, latest, partitions)
		if err != nil {
			return err
		}
		starts, err := a.listOffsets(ctx, n, asDebugger, earliest, partitions)
		if err != nil {
			return err
		}
		var refused error
		mu.Lock()
		defer mu.Unlock()
		for r, c := range committed {
			end, ended := ends[r]
			start, started := starts[r]
			switch leads := c.code == 0; {
			case !leads && !slices.Contains(notTheLeader, c.code):
				refused = fmt.Errorf("ListOffsets: %w", kerr.ErrorForCode(c.code))
			case ended && started && (leads || end.code == 0):
				told[r] = Offsets{Leads: leads, Start: start.offset, End: end.offset, HighWatermark: c.offset}
			}
		}
		return refused
	})
	return told
}

type listedOffset struct {
	offset int64 // -1 where there is an error
	code   int16
}

func (a *asker) listOffsets(ctx context.Context, n node, as int32, at int64, partitions map[string][]int32) (map[Replica]listedOffset, error) {
	listed := map[Replica]listedOffset{}
	req, asked := kmsg.NewListOffsetsRequest(), 0
	send := func() error {
		if asked == 0 {
			return nil
		}
		resp, err := a.session.AskBroker(ctx, n.addr, kafka.Identity{Broker: n.id, ClusterID: a.clusterID}, &req, nil)
		if err != nil {
			return err
		}
		got, ok := resp.(*kmsg.ListOffsetsResponse)
		if !ok {
			return errors.New("answered nonsense: it lists no offsets")
		}
		for i := range got.Topics {
			for _, p := range got.Topics[i].Partitions {
				o := listedOffset{max(-1, p.Offset), p.ErrorCode}
				if p.ErrorCode != 0 {
					o.offset = -1
				}
				listed[Replica{n.id, got.Topics[i].Topic, p.Partition}] = o
			}
		}
		req.Topics, asked = nil, 0
		return nil
	}
	req.ReplicaID = as
	for _, name := range slices.Sorted(maps.Keys(partitions)) {
		for some := range slices.Chunk(partitions[name], mostListed) {
			if asked+len(some) > mostListed {
				if err := send(); err != nil {
					return nil, err
				}
			}
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = name
			for _, id := range some {
				p := kmsg.NewListOffsetsRequestTopicPartition()
				p.Partition, p.Timestamp, p.CurrentLeaderEpoch = id, at, -1
				t.Partitions = append(t.Partitions, p)
			}
			req.Topics, asked = append(req.Topics, t), asked+len(some)
		}
	}
	return listed, send()
}

// mostSuspects is how many partitions are asked about again, whose copies seem to contradict each other.
const mostSuspects = 200

// logs compares the copies of the chosen partitions: who acts as the leader, and where each copy's log ends. All are asked for twice, and what
// then contradicts itself once more, with the metadata before and after.
func (s *scan) logs(ctx context.Context, a *asker, o Options) (found []Difference, left int) {
	ask := func() map[Replica]Offsets {
		return a.offsets(ctx, func(broker int32) map[string][]int32 { return partitionsOf(maps.Keys(s.assigned[broker])) })
	}
	before := ask()
	suspects := s.contradicting(before, ask())
	if left = max(0, len(suspects)-mostSuspects); left > 0 {
		suspects = suspects[:mostSuspects]
	}
	if len(suspects) == 0 {
		return nil, 0
	}
	partitions := partitionsOf(slices.Values(suspects))
	topics := slices.Sorted(maps.Keys(partitions))
	first := a.look(ctx, topics)
	again := func() map[Replica]Offsets {
		return a.offsets(ctx, func(int32) map[string][]int32 { return partitions })
	}
	before = again()
	if len(first) == 0 || !o.Rest(ctx) {
		return nil, left
	}
	after := again()
	last := a.look(ctx, topics)
	for _, r := range suspects {
		of := func(told map[Replica]Offsets) map[int32]Offsets {
			copies := map[int32]Offsets{}
			for id := range first {
				if o, ok := told[Replica{id, r.Topic, r.Partition}]; ok {
					copies[id] = o
				}
			}
			return copies
		}
		found = append(found, Judge(r.Topic, r.Partition, []Look{first, last}, of(before), of(after))...)
	}
	return found, left
}

// partitionsOf lists the partitions of replicas by topic, each once.
func partitionsOf(replicas iter.Seq[Replica]) map[string][]int32 {
	seen, partitions := map[Replica]bool{}, map[string][]int32{}
	for r := range replicas {
		if r.Broker = 0; !seen[r] {
			seen[r] = true
			partitions[r.Topic] = append(partitions[r.Topic], r.Partition)
		}
	}
	return partitions
}

// contradicting are the partitions whose copies may contradict each other, by what the broker says of leaders and ISRs that answered first.
// Their Broker is 0.
func (s *scan) contradicting(before, after map[Replica]Offsets) []Replica {
	leaders := map[Replica]Replica{}
	for _, replicas := range s.assigned {
		for r, role := range replicas {
			if role.leads {
				leaders[Replica{0, r.Topic, r.Partition}] = r
			}
		}
	}
	odd := map[Replica]bool{}
	for r, was := range before {
		is, again := after[r]
		of := Replica{0, r.Topic, r.Partition}
		leader, led := leaders[of]
		if !again || !led {
			continue
		}
		first, asked := before[leader]
		last, askedAgain := after[leader]
		switch {
		case !asked || !askedAgain:
		case r == leader:
			if !was.Leads && !is.Leads {
				odd[of] = true
			}
		case was.Leads && is.Leads, was.End > last.End, s.assigned[r.Broker][r].inSync && first.HighWatermark > is.End:
			odd[of] = true
		}
	}
	return slices.SortedFunc(maps.Keys(odd), compareReplicas)
}

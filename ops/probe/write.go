package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
)

// The newest versions that name topics by their names; later ones name them by ids, which change when a topic is made anew.
const (
	produceByName = 12
	fetchByName   = 12
)

// The requests' values for acks.
const (
	acksLeader = 1
	acksAll    = -1
)

// maxPoll is how long a fetch waits at the broker for a record, at the longest.
const maxPoll = 500 * time.Millisecond

// writeAndRead writes a record through the leader of the home's partition and reads it back: with acks=1 and acks=all by turns.
func (h *home) writeAndRead(ctx context.Context, s *Sample, again bool) *failure {
	part, has := h.p.layout.Load().Home(h.broker)
	if !has {
		return &failure{stage: Produce, outcome: Failed, err: fmt.Errorf("broker %d isn't the preferred leader of any partition any more", h.broker)}
	}
	s.Partition = part.ID
	if part.Leader < 0 {
		return &failure{stage: Produce, outcome: Failed, again: true, err: fmt.Errorf("partition %d of %s has no leader", part.ID, h.p.o.Topic)}
	}
	timed := s // of the broker that the attempt belongs to
	switch {
	case !again:
		s.Broker = part.Leader
	case part.Leader != s.Broker: // the leader has changed: from here on the times are another broker's
		timed = &Sample{}
		s.took = [numStages]time.Duration{}
	}
	if h.isMuted(part.Leader) {
		return errMuted()
	}
	c, f := h.connect(ctx, part.Leader, timed)
	if f != nil {
		return f
	}
	if f := h.answer(ctx, c, timed); f != nil {
		return f
	}
	turns := []int16{acksLeader, acksAll}
	if !h.p.o.Once {
		turns = turns[h.ticks%2:][:1]
	}
	for _, acks := range turns {
		if f := h.writeOne(ctx, c, part, acks, timed); f != nil {
			return f
		}
	}
	return nil
}

func (h *home) writeOne(ctx context.Context, c *protocol.Conn, part Partition, acks int16, s *Sample) *failure {
	stage := Produce
	if acks == acksAll {
		stage = ProduceAll
	}
	start := h.p.o.Now()
	seq := h.log.begin(start)
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis = acks, int32(h.p.o.Deadline.Milliseconds())
	t := kmsg.NewProduceRequestTopic()
	t.Topic = h.p.o.Topic
	p := kmsg.NewProduceRequestTopicPartition()
	p.Partition, p.Records = part.ID, batchOf(start, payload{h.p.o.Instance, h.broker, seq}.String())
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	resp, took, f := h.exchange(ctx, c, part.Leader, stage, req, produceByName)
	if f != nil {
		return f // it may be in the log all the same
	}
	answered, ok := resp.(*kmsg.ProduceResponse)
	if !ok || len(answered.Topics) != 1 || len(answered.Topics[0].Partitions) != 1 {
		return &failure{stage: stage, outcome: Failed, err: fmt.Errorf("broker %d answered nonsense to Produce", part.Leader)}
	}
	result := &answered.Topics[0].Partitions[0]
	if f := refused(stage, "Produce with acks="+map[int16]string{acksLeader: "1", acksAll: "all"}[acks], part.Leader, result.ErrorCode); f != nil {
		h.log.forget(seq)
		return f
	}
	s.mark(stage, took)
	h.log.acknowledged(seq, part.Leader, part.ID, result.BaseOffset)
	return h.readUntil(ctx, c, part, seq, start, acks, s)
}

// readUntil fetches until a record of its own is read. What is read on the way is noted.
func (h *home) readUntil(ctx context.Context, c *protocol.Conn, part Partition, seq uint64, start time.Time, acks int16, s *Sample) *failure {
	var took time.Duration
	for {
		deadline, _ := ctx.Deadline()
		left := deadline.Sub(h.p.o.Now())
		req := fetchRequest(h.p.o.Topic, part.ID, h.log.next)
		req.MinBytes, req.MaxWaitMillis = 1, int32(max(0, min(maxPoll, left)).Milliseconds())
		resp, once, f := h.exchange(ctx, c, part.Leader, Fetch, req, fetchByName)
		if f != nil {
			if f.outcome == Failed && ctx.Err() != nil {
				f.outcome, f.stage = Late, EndToEnd
			}
			return f
		}
		took += once
		answered, f := fetched(resp, part.Leader)
		if f != nil {
			h.log.lostPlace(f.err)
			f.again = false // it is written: only its reading failed
			return f
		}
		lost, duplicated := h.log.read(answered.RecordBatches, h.p.o.Now())
		for _, broker := range lost {
			h.p.count(broker, func(t *tally) { t.lost++ })
		}
		if duplicated > 0 {
			h.p.count(part.Leader, func(t *tally) { t.duplicated += int64(duplicated) })
		}
		if h.log.has(seq) {
			switch {
			case acks == acksAll:
				s.mark(Fetch, took)
			case s.Retries == 0:
				s.mark(EndToEnd, h.p.o.Now().Sub(start))
			}
			return nil
		}
		if ctx.Err() != nil {
			return &failure{stage: EndToEnd, outcome: Late, err: fmt.Errorf("the record was acknowledged by broker %d, and not to be read within %v", part.Leader, h.p.o.Deadline)}
		}
	}
}

func fetchRequest(topic string, partition int32, offset int64) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = 1 << 20
	t := kmsg.NewFetchRequestTopic()
	t.Topic = topic
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes = partition, offset, 1<<20
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

// fetched is what a broker answers of the one partition that it was asked for.
func fetched(resp kmsg.Response, broker int32) (*kmsg.FetchResponseTopicPartition, *failure) {
	r, ok := resp.(*kmsg.FetchResponse)
	if !ok {
		return nil, &failure{stage: Fetch, outcome: Failed, err: fmt.Errorf("broker %d answered nonsense to Fetch", broker)}
	}
	code := r.ErrorCode
	if code == 0 && len(r.Topics) == 1 && len(r.Topics[0].Partitions) == 1 {
		p := &r.Topics[0].Partitions[0]
		if code = p.ErrorCode; code == 0 {
			return p, nil
		}
	}
	if f := refused(Fetch, "Fetch", broker, code); f != nil {
		return nil, f
	}
	return nil, &failure{stage: Fetch, outcome: Failed, err: fmt.Errorf("broker %d answered Fetch without the partition", broker)}
}

package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// lookOnly asks a broker without writing anything: for the brokers, and where a topic is named and the broker leads a partition of it,
// for the partition's end and its last record.
func (h *home) lookOnly(ctx context.Context, s *Sample, _ bool) *failure {
	if h.isMuted(h.broker) {
		return errMuted()
	}
	c, f := h.connect(ctx, h.broker, s)
	if f != nil {
		return f
	}
	if f := h.answer(ctx, c, s); f != nil {
		return f
	}
	resp, took, f := h.exchange(ctx, c, h.broker, Metadata, kafka.BrokersRequest(), kafka.BrokersRequest().MaxVersion())
	if f != nil {
		return f
	}
	if _, ok := resp.(*kmsg.MetadataResponse); !ok {
		return &failure{stage: Metadata, outcome: Failed, err: fmt.Errorf("broker %d answered nonsense to Metadata", h.broker)}
	}
	s.mark(Metadata, took)
	part, leads := h.p.layout.Load().Led(h.broker)
	if !leads {
		return nil
	}
	s.Partition = part.ID
	req := kmsg.NewPtrListOffsetsRequest()
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic = h.p.o.Topic
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.Timestamp, p.MaxNumOffsets = part.ID, -1, 1 // the end
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	resp, took, f = h.exchange(ctx, c, h.broker, ListOffsets, req, req.MaxVersion())
	if f != nil {
		return f
	}
	listed, ok := resp.(*kmsg.ListOffsetsResponse)
	if !ok || len(listed.Topics) != 1 || len(listed.Topics[0].Partitions) != 1 {
		return &failure{stage: ListOffsets, outcome: Failed, err: fmt.Errorf("broker %d answered nonsense to ListOffsets", h.broker)}
	}
	end := &listed.Topics[0].Partitions[0]
	if f := refused(ListOffsets, "ListOffsets", h.broker, end.ErrorCode); f != nil {
		return f
	}
	s.mark(ListOffsets, took)
	from := end.Offset
	if len(end.OldStyleOffsets) > 0 { // v0
		from = end.OldStyleOffsets[0]
	}
	fetch := fetchRequest(h.p.o.Topic, part.ID, max(0, from-1))
	fetch.MinBytes, fetch.MaxWaitMillis = 0, 0
	resp, took, f = h.exchange(ctx, c, h.broker, Fetch, fetch, fetchByName)
	if f != nil {
		return f
	}
	if _, f := fetched(resp, h.broker); f != nil && !errors.Is(f.err, kerr.OffsetOutOfRange) { // a log without records has no last one
		return f
	}
	s.mark(Fetch, took)
	return nil
}

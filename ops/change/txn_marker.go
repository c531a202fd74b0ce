package change

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// OpenTransaction is a transaction that is open in one partition, as the partition's leader knows it.
type OpenTransaction struct {
	TopicPartition
	Leader           int32 `json:"leader"`
	ProducerID       int64 `json:"producer_id"`
	ProducerEpoch    int16 `json:"producer_epoch"`
	CoordinatorEpoch int32 `json:"coordinator_epoch"` // of the producer's last marker; -1: it had none
	StartOffset      int64 `json:"start_offset"`
}

// AbortTransaction has the leader of a partition write the marker that aborts a transaction, past its coordinator (KIP-664). It can't
// be undone: read_committed consumers never see its records. As Kafka's own tool does, it sends the coordinator epoch that the
// leader knows, and 0 where the leader knows none, which is not above that of any coordinator.
func (d *Door) AbortTransaction(ctx context.Context, t OpenTransaction) error {
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch, marker.Committed = t.ProducerID, t.ProducerEpoch, false
	marker.CoordinatorEpoch = max(0, t.CoordinatorEpoch)
	topic := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	topic.Topic, topic.Partitions = t.Topic, []int32{t.Partition}
	marker.Topics = append(marker.Topics, topic)
	req.Markers = append(req.Markers, marker)
	var refusal error
	err := d.toBroker(ctx, t.Leader, &call{
		once: true, // a marker that is written twice may end the producer's next transaction
		req:  req, before: t, undo: "none: an aborted transaction can't be taken back",
		result: func(resp kmsg.Response) ([]string, error) {
			refusal = errLeftOut
			for _, m := range resp.(*kmsg.WriteTxnMarkersResponse).Markers {
				for _, answered := range m.Topics {
					for _, p := range answered.Partitions {
						if m.ProducerID == t.ProducerID && answered.Topic == t.Topic && p.Partition == t.Partition {
							refusal = refused(p.ErrorCode, nil)
						}
					}
				}
			}
			if refusal != nil {
				return []string{t.String() + ": " + refusal.Error()}, nil
			}
			return nil, nil
		},
	})
	if err != nil {
		return err
	}
	return refusal
}

package ask

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// coordinatorTopics are the internal topics that a broker makes when somebody first asks for a coordinator of that type
// (KafkaApis.getCoordinator), by FindCoordinator's keyType.
var coordinatorTopics = map[int64]string{0: "__consumer_offsets", 1: "__transaction_state", 2: "__share_group_state"}

// firstUse tells whether a request that only makes something at its first use would make it now. Where the internal topic is
// there, a FindCoordinator only reads. Where that isn't known, it may not.
func (r *Resolver) firstUse(ctx context.Context, m *message.Message, e protocol.Effect) protocol.Effect {
	if e.Class != protocol.ClassROX || m.API.Name != "FindCoordinator" {
		return e
	}
	kind, _ := m.Root.Get("keyType") // v0 has none, and asks for a group's
	number, _ := kind.(int64)
	topic := coordinatorTopics[number]
	if err := r.topicExists(ctx, topic); err != nil {
		e.Why = fmt.Sprintf("a broker that is asked makes the topic %s unless it is there, and %v", topic, err)
		return e
	}
	e.Class, e.Does = protocol.ClassRO, ""
	return e
}

// topicExists returns nil where a topic exists, and else what is known of it. Asking makes no topic.
func (r *Resolver) topicExists(ctx context.Context, name string) error {
	req := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(name)
	req.Topics = append(req.Topics, topic)
	meta, err := r.metadata(ctx, req)
	if err != nil {
		return err
	}
	for _, t := range meta.Topics {
		if t.Topic != nil && *t.Topic == name && t.ErrorCode == 0 {
			return nil
		}
		if t.ErrorCode != 0 && t.ErrorCode != 3 { // UNKNOWN_TOPIC_OR_PARTITION
			return fmt.Errorf("whether it is there isn't known (error code %d)", t.ErrorCode)
		}
	}
	return fmt.Errorf("it isn't there")
}

package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

// errUnknownTopic is Kafka's UNKNOWN_TOPIC_OR_PARTITION.
const errUnknownTopic = 3

// NewTopic is a topic that is to be made.
type NewTopic struct {
	Name     string
	Replicas [][]int32   // of each partition, the preferred leader first
	Configs  [][2]string // names and values
}

// CreateTopic makes a topic. undo is the command that deletes it again.
func (d *Door) CreateTopic(ctx context.Context, t NewTopic, undo config.CommandLine) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = t.Name, -1, -1 // as the assignment has it
	for i, replicas := range t.Replicas {
		a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		a.Partition, a.Replicas = int32(i), replicas
		topic.ReplicaAssignment = append(topic.ReplicaAssignment, a)
	}
	for _, c := range t.Configs {
		rc := kmsg.NewCreateTopicsRequestTopicConfig()
		rc.Name, rc.Value = c[0], &c[1]
		topic.Configs = append(topic.Configs, rc)
	}
	req.Topics = append(req.Topics, topic)
	return d.changeTopic(ctx, &call{
		req: req, before: "there was no topic " + t.Name, undo: undo,
		tookEffect: func(ctx context.Context) bool {
			n, err := d.partitions(ctx, t.Name)
			return err == nil && n == len(t.Replicas)
		},
		result: func(resp kmsg.Response) ([]string, error) {
			for _, r := range resp.(*kmsg.CreateTopicsResponse).Topics {
				if r.Topic == t.Name {
					return nil, refused(r.ErrorCode, r.ErrorMessage)
				}
			}
			return nil, errLeftOut
		},
	})
}

// AddPartitions adds partitions to a topic that has so many before. They can't be taken away again.
func (d *Door) AddPartitions(ctx context.Context, topic string, before int, replicas [][]int32) error {
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = topic, int32(before+len(replicas))
	for _, r := range replicas {
		a := kmsg.NewCreatePartitionsRequestTopicAssignment()
		a.Replicas = r
		t.Assignment = append(t.Assignment, a)
	}
	req.Topics = append(req.Topics, t)
	return d.changeTopic(ctx, &call{
		req: req, before: map[string]any{"topic": topic, "partitions": before}, undo: "none: partitions can't be taken away from a topic",
		tookEffect: func(ctx context.Context) bool {
			n, err := d.partitions(ctx, topic)
			return err == nil && n == int(t.Count)
		},
		result: func(resp kmsg.Response) ([]string, error) {
			for _, r := range resp.(*kmsg.CreatePartitionsResponse).Topics {
				if r.Topic == topic {
					return nil, refused(r.ErrorCode, r.ErrorMessage)
				}
			}
			return nil, errLeftOut
		},
	})
}

// DeleteTopic deletes a topic. One that isn't there any more is no error. undo is the command that makes it again, without its records.
func (d *Door) DeleteTopic(ctx context.Context, topic string, before any, undo config.CommandLine) error {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	req.TopicNames = []string{topic} // up to v5
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = &topic
	req.Topics = append(req.Topics, t)
	return d.changeTopic(ctx, &call{
		req: req, before: before, undo: undo,
		result: func(resp kmsg.Response) ([]string, error) {
			for _, r := range resp.(*kmsg.DeleteTopicsResponse).Topics {
				if r.Topic != nil && *r.Topic == topic {
					if r.ErrorCode == errUnknownTopic {
						return nil, nil
					}
					return nil, refused(r.ErrorCode, r.ErrorMessage)
				}
			}
			return nil, errLeftOut
		},
	})
}

func (d *Door) changeTopic(ctx context.Context, c *call) error {
	err := d.toAny(ctx, c)
	if errors.Is(err, errTookEffect) {
		return nil
	}
	return err
}

// partitions asks how many partitions a topic has; 0 where it isn't there.
func (d *Door) partitions(ctx context.Context, topic string) (int, error) {
	req := kafka.BrokersRequest()
	req.AllowAutoTopicCreation = false
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &topic
	req.Topics = append(req.Topics, t)
	resp, addr, err := d.session.Any(ctx, req)
	if err != nil {
		return 0, err
	}
	meta := resp.(*kmsg.MetadataResponse)
	i := slices.IndexFunc(meta.Topics, func(t kmsg.MetadataResponseTopic) bool { return t.Topic != nil && *t.Topic == topic })
	if i < 0 {
		return 0, fmt.Errorf("%s: leaves topic %s out of its answer", addr, topic)
	}
	return len(meta.Topics[i].Partitions), nil
}

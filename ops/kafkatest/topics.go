package kafkatest

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topic describes a topic to create.
type Topic struct {
	Name       string
	Partitions int               // ignored with Assignment
	Replicas   int               // ignored with Assignment
	Assignment [][]int32         // replicas by partition, the preferred leader first
	Configs    map[string]string // topic configs by Kafka's names
}

// CreateTopics creates topics and waits until every running broker lists their
// partitions with a leader.
func (c *Cluster) CreateTopics(ctx context.Context, topics ...Topic) error {
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = 5_000
	for _, t := range topics {
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = t.Name, int32(t.Partitions), int16(t.Replicas)
		for partition, replicas := range t.Assignment {
			a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
			a.Partition, a.Replicas = int32(partition), replicas
			topic.ReplicaAssignment = append(topic.ReplicaAssignment, a)
			topic.NumPartitions, topic.ReplicationFactor = -1, -1
		}
		for name, value := range t.Configs {
			config := kmsg.NewCreateTopicsRequestTopicConfig()
			config.Name, config.Value = name, &value
			topic.Configs = append(topic.Configs, config)
		}
		request.Topics = append(request.Topics, topic)
	}
	serving := c.answering()
	if len(serving) == 0 {
		return errors.New("creating topics: no broker runs")
	}
	answer, err := c.ask(ctx, serving[0], request) // which hands it to the controller
	if err != nil {
		return err
	}
	names := make([]string, 0, len(topics))
	for _, t := range answer.(*kmsg.CreateTopicsResponse).Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			why := ""
			if t.ErrorMessage != nil {
				why = ": " + *t.ErrorMessage
			}
			return fmt.Errorf("creating topic %s: %w%s", t.Topic, err, why)
		}
		names = append(names, t.Topic)
	}
	return c.awaitTopics(ctx, names)
}

func (c *Cluster) awaitTopics(ctx context.Context, names []string) error {
	return poll(ctx, fmt.Sprintf("leaders of topics %v", names), func(ctx context.Context) (error, error) {
		for _, n := range c.answering() {
			metadata, err := c.metadata(ctx, n, names...)
			if err != nil {
				return err, nil
			}
			for _, t := range metadata.Topics {
				if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
					return fmt.Errorf("topic %s at broker %d: %w", *t.Topic, n.ID, err), nil
				}
				for _, p := range t.Partitions {
					if p.Leader < 0 {
						return fmt.Errorf("%s-%d has no leader at broker %d", *t.Topic, p.Partition, n.ID), nil
					}
				}
			}
		}
		return nil, nil
	})
}

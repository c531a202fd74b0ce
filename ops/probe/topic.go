package probe

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// ReadLayout asks one broker who leads what of a topic; "" for the brokers alone.
func ReadLayout(ctx context.Context, session *kafka.Session, topic string) (*Layout, error) {
	req := kafka.BrokersRequest()
	req.AllowAutoTopicCreation = false
	if topic != "" {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &topic
		req.Topics = append(req.Topics, t)
	}
	resp, addr, err := session.Any(ctx, req)
	if err != nil {
		return nil, err
	}
	meta, ok := resp.(*kmsg.MetadataResponse)
	if !ok {
		return nil, fmt.Errorf("%s: answered nonsense: it is no Metadata answer", addr)
	}
	return layoutOf(topic, meta), nil
}

func layoutOf(topic string, meta *kmsg.MetadataResponse) *Layout {
	l := &Layout{Topic: topic}
	if meta.ClusterID != nil {
		l.ClusterID = *meta.ClusterID
	}
	for _, b := range meta.Brokers {
		if b.NodeID < 0 || b.Port <= 0 {
			continue
		}
		broker := Broker{ID: b.NodeID, Addr: net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))}
		if b.Rack != nil {
			broker.Rack = *b.Rack
		}
		l.Brokers = append(l.Brokers, broker)
	}
	slices.SortFunc(l.Brokers, func(x, y Broker) int { return cmp.Compare(x.ID, y.ID) })
	l.Brokers = slices.CompactFunc(l.Brokers, func(x, y Broker) bool { return x.ID == y.ID })
	for _, t := range meta.Topics {
		if t.Topic == nil || *t.Topic != topic || topic == "" {
			continue
		}
		switch t.ErrorCode {
		case 0, kerr.LeaderNotAvailable.Code:
			l.Exists, l.TopicID = true, t.TopicID
		case kerr.UnknownTopicOrPartition.Code:
		default:
			l.Err = kerr.ErrorForCode(t.ErrorCode)
		}
		for _, p := range t.Partitions {
			l.Partitions = append(l.Partitions, Partition{p.Partition, max(-1, p.Leader), p.Replicas, p.ISR})
		}
	}
	slices.SortStableFunc(l.Partitions, func(x, y Partition) int { return cmp.Compare(x.ID, y.ID) })
	return l
}

// NoTopicError says that the topic isn't there.
type NoTopicError struct{ Topic string }

func (e *NoTopicError) Error() string { return fmt.Sprintf("there is no topic %s", e.Topic) }

// NotProbeTopicError says that a topic isn't a probe's, or can't be told to be one: nothing is written to it.
type NotProbeTopicError struct{ Topic, Why string }

func (e *NotProbeTopicError) Error() string {
	return fmt.Sprintf("%s isn't taken for a probe's topic: %s", e.Topic, e.Why)
}

// CheckTopic makes sure that a topic was made for probes: its configs are those of [Creation.Configs]. Where the configs may not be
// read, only [DefaultTopic] is taken for one.
func CheckTopic(ctx context.Context, session *kafka.Session, topic string) error {
	req := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, topic
	for _, c := range marks() {
		r.ConfigNames = append(r.ConfigNames, c.Name)
	}
	req.Resources = append(req.Resources, r)
	resp, addr, err := session.Any(ctx, req)
	if err != nil {
		return err
	}
	described, ok := resp.(*kmsg.DescribeConfigsResponse)
	if !ok || len(described.Resources) != 1 {
		return fmt.Errorf("%s: answered nonsense to DescribeConfigs of topic %s", addr, topic)
	}
	switch code := described.Resources[0].ErrorCode; {
	case code == kerr.UnknownTopicOrPartition.Code:
		return &NoTopicError{topic}
	case code == kerr.TopicAuthorizationFailed.Code && topic == DefaultTopic:
		return nil
	case code != 0:
		return &NotProbeTopicError{topic, fmt.Sprintf("its configs can't be read (%v; it takes DESCRIBE_CONFIGS on the topic)", kerr.ErrorForCode(code))}
	}
	for _, want := range marks() {
		got := slices.IndexFunc(described.Resources[0].Configs, func(c kmsg.DescribeConfigsResponseResourceConfig) bool {
			return c.Name == want.Name && c.Value != nil && *c.Value == want.Value
		})
		if got < 0 {
			return &NotProbeTopicError{topic, fmt.Sprintf("a probe's has %s=%s, and this one hasn't", want.Name, want.Value)}
		}
	}
	return nil
}

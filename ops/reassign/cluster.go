package reassign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// cluster reads the state that the executor decides by.
type cluster struct {
	session *kafka.Session
	look    func(context.Context) (*state.Snapshot, error)
	snap    *state.Snapshot // of the last look

	limited     bool // the last answer of othersLimit
	listsReadAt time.Time
}

// refresh looks at the whole cluster.
func (c *cluster) refresh(ctx context.Context) error {
	snap, err := c.look(ctx)
	if err != nil {
		return err
	}
	c.snap = snap
	return nil
}

// reassignment is a reassignment in progress, as the controller lists it.
type reassignment struct {
	replicas, adding, removing []int32
}

// target returns the replicas after it.
func (f reassignment) target() []int32 { return without(f.replicas, f.removing) }

// original returns the replicas if it is cancelled.
func (f reassignment) original() []int32 { return without(f.replicas, f.adding) }

func without[T comparable](list, drop []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return slices.Contains(drop, one) })
}

func errorOf(code int16, message *string) error {
	if code == 0 {
		return nil
	}
	if message != nil && *message != "" {
		return fmt.Errorf("%w: %s", kerr.ErrorForCode(code), *message)
	}
	return kerr.ErrorForCode(code)
}

// ongoing returns all reassignments in progress. Brokers forward the question to the controller, so that a broker whose
// metadata is old can't answer it wrongly; one that can't reach the controller says so, and another is asked.
func (c *cluster) ongoing(ctx context.Context) (map[change.TopicPartition]reassignment, error) {
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	req.TimeoutMillis = int32(kafka.DefaultTimeout.Milliseconds())
	resp, _, err := c.askFreshest(ctx, req, func(resp kmsg.Response) error {
		r := resp.(*kmsg.ListPartitionReassignmentsResponse)
		return errorOf(r.ErrorCode, r.ErrorMessage)
	})
	if err != nil {
		return nil, fmt.Errorf("the reassignments in progress can't be listed: %w", err)
	}
	list := map[change.TopicPartition]reassignment{}
	for _, t := range resp.(*kmsg.ListPartitionReassignmentsResponse).Topics {
		for _, p := range t.Partitions {
			list[change.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = reassignment{p.Replicas, p.AddingReplicas, p.RemovingReplicas}
		}
	}
	return list, nil
}

// partitionState is a partition as the metadata shows it.
type partitionState struct {
	leader        int32
	replicas, isr []int32
}

// partitions reads the topics' partitions and the live brokers. The brokers that were the furthest with the metadata at
// the last look are asked first: one that lags behind would show finished moves as unfinished.
func (c *cluster) partitions(ctx context.Context, topics []string) (map[change.TopicPartition]partitionState, map[int32]bool, error) {
	req := kafka.BrokersRequest()
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	resp, addr, err := c.askFreshest(ctx, req, anyAnswer)
	if err != nil {
		return nil, nil, err
	}
	r := resp.(*kmsg.MetadataResponse)
	list, live := map[change.TopicPartition]partitionState{}, map[int32]bool{}
	for _, b := range r.Brokers {
		live[b.NodeID] = true
	}
	for _, t := range r.Topics {
		if t.Topic == nil {
			continue
		}
		if t.ErrorCode == kerr.UnknownTopicOrPartition.Code {
			continue // deleted meanwhile
		}
		if err := errorOf(t.ErrorCode, nil); err != nil {
			return nil, nil, fmt.Errorf("%s: metadata of topic %s: %w", addr, *t.Topic, err)
		}
		for _, p := range t.Partitions {
			list[change.TopicPartition{Topic: *t.Topic, Partition: p.Partition}] = partitionState{p.Leader, p.Replicas, p.ISR}
		}
	}
	return list, live, nil
}

func addrOf(b *state.Broker) string { return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))) }

func anyAnswer(kmsg.Response) error { return nil }

// askFreshest asks the live brokers, the one with the newest metadata first, until accept takes an answer.
func (c *cluster) askFreshest(ctx context.Context, req kmsg.Request, accept func(kmsg.Response) error) (kmsg.Response, string, error) {
	var live []*state.Broker
	for i := range c.snap.Brokers {
		if b := &c.snap.Brokers[i]; b.Alive && b.Host != "" {
			live = append(live, b)
		}
	}
	slices.SortStableFunc(live, func(a, b *state.Broker) int {
		return cmp.Compare(b.MetadataOffset.Or(-1), a.MetadataOffset.Or(-1))
	})
	var errs []error
	for _, b := range live {
		resp, err := c.session.Ask(ctx, addrOf(b), req)
		if err == nil {
			if err = accept(resp); err == nil {
				return resp, addrOf(b), nil
			}
			err = fmt.Errorf("%s: %w", addrOf(b), err)
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("no live broker is known"))
	}
	return nil, "", errors.Join(errs...)
}

// maxDescribed is how many resources one request describes at the most.
const maxDescribed = 500

// topicConfigs reads the configs that are set on the topics themselves. Configs that are not set are left out.
func (c *cluster) topicConfigs(ctx context.Context, topics []string, names ...string) (map[string]map[string]string, error) {
	set := map[string]map[string]string{}
	for chunk := range slices.Chunk(topics, maxDescribed) {
		req := kmsg.NewPtrDescribeConfigsRequest()
		for _, t := range chunk {
			r := kmsg.NewDescribeConfigsRequestResource()
			r.ResourceType, r.ResourceName, r.ConfigNames = kmsg.ConfigResourceTypeTopic, t, names
			req.Resources = append(req.Resources, r)
		}
		resp, addr, err := c.askFreshest(ctx, req, anyAnswer)
		if err != nil {
			return nil, err
		}
		for _, r := range resp.(*kmsg.DescribeConfigsResponse).Resources {
			if err := errorOf(r.ErrorCode, r.ErrorMessage); err != nil {
				return nil, fmt.Errorf("%s: configs of topic %s: %w", addr, r.ResourceName, err)
			}
			set[r.ResourceName] = setOnItself(r.Configs, kmsg.ConfigSourceDynamicTopicConfig)
		}
	}
	return set, nil
}

// othersLimit tells whether others limit moves: lists of throttled replicas name replicas for them. All lists count, because
// others add none that is on a list already for us. Where the lists can't be read they may limit some.
func (c *cluster) othersLimit(ctx context.Context, l *ledger) bool {
	if time.Since(c.listsReadAt) < keepInterval {
		return c.limited
	}
	c.limited = c.readOthersLimit(ctx, l)
	c.listsReadAt = time.Now()
	return c.limited
}

func (c *cluster) readOthersLimit(ctx context.Context, l *ledger) bool {
	topics := make([]string, 0, c.snap.NumTopics())
	for i := range c.snap.NumTopics() {
		topics = append(topics, c.snap.Topic(i).Name())
	}
	now, err := c.topicConfigs(ctx, topics, lists...)
	if err != nil {
		return true
	}
	for t, set := range now {
		for _, config := range lists {
			if l.hasOthers(t, config, configValue(set, config)) {
				return true
			}
		}
	}
	return false
}

// brokerConfigs reads dynamic configs that are set on a broker itself, from that broker.
func (c *cluster) brokerConfigs(ctx context.Context, broker int32, names ...string) (map[string]string, error) {
	configs, err := c.describeBroker(ctx, broker, names...)
	if err != nil {
		return nil, err
	}
	return setOnItself(configs, kmsg.ConfigSourceDynamicBrokerConfig), nil
}

// describeBroker asks a broker for configs of its own.
func (c *cluster) describeBroker(ctx context.Context, broker int32, names ...string) ([]kmsg.DescribeConfigsResponseResourceConfig, error) {
	b := c.snap.Broker(broker)
	if b == nil || b.Host == "" {
		return nil, &change.DeadError{Broker: broker}
	}
	req := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName, r.ConfigNames = kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(broker)), names
	req.Resources = append(req.Resources, r)
	resp, err := c.session.Ask(ctx, addrOf(b), req)
	if err != nil {
		return nil, err
	}
	told := resp.(*kmsg.DescribeConfigsResponse).Resources
	if len(told) != 1 {
		return nil, fmt.Errorf("%s: asked for the configs of broker %d, it answered with %d resources", addrOf(b), broker, len(told))
	}
	if err := errorOf(told[0].ErrorCode, told[0].ErrorMessage); err != nil {
		return nil, fmt.Errorf("%s: configs of broker %d: %w", addrOf(b), broker, err)
	}
	return told[0].Configs, nil
}

func setOnItself(configs []kmsg.DescribeConfigsResponseResourceConfig, source kmsg.ConfigSource) map[string]string {
	set := map[string]string{}
	for _, c := range configs {
		if c.Source == source && c.Value != nil {
			set[c.Name] = *c.Value
		}
	}
	return set
}

// sizes reads how many bytes a broker's log dirs hold of some partitions, or of all if none are given. Of a replica that is being
// moved between two log dirs the second copy counts only where there is no first one.
func (c *cluster) sizes(ctx context.Context, broker int32, of []change.TopicPartition) (map[change.TopicPartition]int64, error) {
	b := c.snap.Broker(broker)
	if b == nil || b.Host == "" {
		return nil, &change.DeadError{Broker: broker}
	}
	req := kmsg.NewPtrDescribeLogDirsRequest()
	for _, tp := range of {
		i := slices.IndexFunc(req.Topics, func(t kmsg.DescribeLogDirsRequestTopic) bool { return t.Topic == tp.Topic })
		if i < 0 {
			t := kmsg.NewDescribeLogDirsRequestTopic()
			t.Topic = tp.Topic
			req.Topics = append(req.Topics, t)
			i = len(req.Topics) - 1
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, tp.Partition)
	}
	resp, err := c.session.AskBroker(ctx, addrOf(b), kafka.Identity{Broker: broker, ClusterID: c.snap.ClusterID}, req, nil)
	if err != nil {
		return nil, err
	}
	r := resp.(*kmsg.DescribeLogDirsResponse)
	if err := errorOf(r.ErrorCode, nil); err != nil {
		return nil, fmt.Errorf("%s: log dirs of broker %d: %w", addrOf(b), broker, err)
	}
	if len(r.Dirs) == 0 {
		// Kafka answers without any dir, and without an error before v3, to a client that may not describe the cluster.
		return nil, fmt.Errorf("%s: broker %d lists no log dir", addrOf(b), broker)
	}
	sizes := map[change.TopicPartition]int64{}
	for _, d := range r.Dirs {
		for _, t := range d.Topics {
			for _, p := range t.Partitions {
				tp := change.TopicPartition{Topic: t.Topic, Partition: p.Partition}
				if _, first := sizes[tp]; !p.IsFuture || !first {
					sizes[tp] = p.Size
				}
			}
		}
	}
	return sizes, nil
}

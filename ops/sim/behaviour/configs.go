package behaviour

import (
	"errors"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	leaderRate       = "leader.replication.throttled.rate"
	followerRate     = "follower.replication.throttled.rate"
	leaderReplicas   = "leader.replication.throttled.replicas"
	followerReplicas = "follower.replication.throttled.replicas"
)

// alter changes one config of a resource, asking a broker, and returns the error.
func (l *lab) alter(at int32, kind kmsg.ConfigResourceType, resource, name string, op kmsg.IncrementalAlterConfigOp, value string) int16 {
	l.Helper()
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kind, resource
	c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	c.Name, c.Op = name, op
	if op != kmsg.IncrementalAlterConfigOpDelete {
		c.Value = kmsg.StringPtr(value)
	}
	r.Configs = append(r.Configs, c)
	req.Resources = append(req.Resources, r)
	return askBroker[*kmsg.IncrementalAlterConfigsResponse](l, at, req).Resources[0].ErrorCode
}

// config reads one config back; nil if it isn't described.
func (l *lab) config(at int32, kind kmsg.ConfigResourceType, resource, name string) *kmsg.DescribeConfigsResponseResourceConfig {
	l.Helper()
	req := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName, r.ConfigNames = kind, resource, []string{name}
	req.Resources = append(req.Resources, r)
	got := askBroker[*kmsg.DescribeConfigsResponse](l, at, req).Resources[0]
	l.wantCode("describing "+resource, got.ErrorCode, nil)
	for i := range got.Configs {
		if got.Configs[i].Name == name {
			return &got.Configs[i]
		}
	}
	return nil
}

// awaitConfig waits until a broker describes the config with the value; "" stands for a config that isn't set.
func (l *lab) awaitConfig(at int32, kind kmsg.ConfigResourceType, resource, name, value string, source kmsg.ConfigSource) {
	l.Helper()
	l.await(name+" of "+resource+" is "+value, func() bool {
		c := l.config(at, kind, resource, name)
		if value == "" && (c == nil || c.Value == nil) {
			return true
		}
		return c != nil && c.Value != nil && *c.Value == value && c.Source == source
	})
}

var configs = []Behaviour{
	{"a topic's list of throttled replicas is set, appended to, subtracted from and deleted", body(func(l *lab) {
		l.create("b-throttled", nil, []int32{1, 2})
		topic := kmsg.ConfigResourceTypeTopic
		for _, step := range []struct {
			op          kmsg.IncrementalAlterConfigOp
			value, want string
		}{
			{kmsg.IncrementalAlterConfigOpSet, "0:1,0:2", "0:1,0:2"},
			{kmsg.IncrementalAlterConfigOpAppend, "0:3", "0:1,0:2,0:3"},
			{kmsg.IncrementalAlterConfigOpSubtract, "0:1", "0:2,0:3"},
			{kmsg.IncrementalAlterConfigOpSet, "*", "*"},
		} {
			l.wantCode("changing it", l.alter(1, topic, "b-throttled", leaderReplicas, step.op, step.value), nil)
			l.awaitConfig(2, topic, "b-throttled", leaderReplicas, step.want, kmsg.ConfigSourceDynamicTopicConfig)
		}
		l.wantCode("deleting it", l.alter(1, topic, "b-throttled", leaderReplicas, kmsg.IncrementalAlterConfigOpDelete, ""), nil)
		l.awaitConfig(2, topic, "b-throttled", leaderReplicas, "", kmsg.ConfigSourceDefaultConfig)
		l.wantCode("a list that isn't one", l.alter(1, topic, "b-throttled", leaderReplicas, kmsg.IncrementalAlterConfigOpSet, "zero:one"), kerr.InvalidConfig)
		l.wantCode("an unknown config", l.alter(1, topic, "b-throttled", "no.such.config", kmsg.IncrementalAlterConfigOpSet, "1"), kerr.InvalidConfig)
		l.wantCode("appending to a number", l.alter(1, topic, "b-throttled", "retention.ms", kmsg.IncrementalAlterConfigOpAppend, "1"), kerr.InvalidConfig)
		l.wantCode("an unknown topic", l.alter(1, topic, "b-nowhere", leaderReplicas, kmsg.IncrementalAlterConfigOpSet, "*"), kerr.UnknownTopicOrPartition)
	})},
	{"a broker's own configs are changed and described by that broker alone", body(func(l *lab) {
		broker := kmsg.ConfigResourceTypeBroker
		l.wantCode("another broker's", l.alter(1, broker, "2", leaderRate, kmsg.IncrementalAlterConfigOpSet, "1000000"), kerr.InvalidRequest)
		req := kmsg.NewPtrDescribeConfigsRequest()
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName = broker, "2"
		req.Resources = append(req.Resources, r)
		l.wantCode("describing another broker's", askBroker[*kmsg.DescribeConfigsResponse](l, 1, req).Resources[0].ErrorCode, kerr.InvalidRequest)
		for _, name := range []string{leaderRate, followerRate} {
			if c := l.config(2, broker, "2", name); c != nil && c.Value != nil && c.Source == kmsg.ConfigSourceDynamicBrokerConfig {
				l.Errorf("%s is %s before anybody set it", name, *c.Value)
			}
			l.wantCode("its own", l.alter(2, broker, "2", name, kmsg.IncrementalAlterConfigOpSet, "1000000"), nil)
			l.awaitConfig(2, broker, "2", name, "1000000", kmsg.ConfigSourceDynamicBrokerConfig)
			l.wantCode("deleting it", l.alter(2, broker, "2", name, kmsg.IncrementalAlterConfigOpDelete, ""), nil)
			l.awaitConfig(2, broker, "2", name, "", kmsg.ConfigSourceDefaultConfig)
		}
		l.wantCode("no number", l.alter(2, broker, "2", leaderRate, kmsg.IncrementalAlterConfigOpSet, "fast"), kerr.InvalidRequest)
		if c := l.config(3, broker, "3", "node.id"); c == nil || c.Value == nil || *c.Value != strconv.Itoa(3) {
			l.Errorf("node.id of broker 3: %+v", c)
		}
	})},
	{"a producer with acks=all is refused below min.insync.replicas", body(func(l *lab) {
		l.create("b-minisr", map[string]string{"min.insync.replicas": "3"}, []int32{1, 2, 3})
		l.awaitConfig(1, kmsg.ConfigResourceTypeTopic, "b-minisr", "min.insync.replicas", "3", kmsg.ConfigSourceDynamicTopicConfig)
		l.produce("b-minisr", 0, 100)
		l.kill(3)
		l.awaitPartition(1, "b-minisr", 0, "loses a replica", func(p *kmsg.MetadataResponseTopicPartition) bool { return sameSet(p.ISR, []int32{1, 2}) })
		l.wantCode("a record for all replicas", l.produceOnce("b-minisr", 0, -1), kerr.NotEnoughReplicas)
		l.wantCode("a record for the leader", l.produceOnce("b-minisr", 0, 1), nil)
	})},
}

// produceOnce produces one record without retries and returns the error code of the answer.
func (l *lab) produceOnce(topic string, partition int32, acks int) int16 {
	l.Helper()
	required := kgo.AllISRAcks()
	if acks == 1 {
		required = kgo.LeaderAck()
	}
	cl := l.client(kgo.RequiredAcks(required), kgo.DisableIdempotentWrite(), kgo.RecordRetries(0), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer cl.Close()
	for range 20 {
		err := cl.ProduceSync(l.ctx, &kgo.Record{Topic: topic, Partition: partition, Value: []byte("x")}).FirstErr()
		var e *kerr.Error
		switch {
		case err == nil:
			return 0
		case errors.As(err, &e):
			return e.Code
		}
		l.Pass(100 * time.Millisecond) // the client knows only dead brokers so far
	}
	l.Fatalf("%s-%d can't be written to", topic, partition)
	return 0
}

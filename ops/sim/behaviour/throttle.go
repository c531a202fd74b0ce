package behaviour

import (
	"context"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var throttling = []Behaviour{
	{"a throttle slows a move down until it is removed", body(func(l *lab) {
		const bytes, rate = 30_000_000, 500_000
		l.create("b-slow", nil, []int32{1, 2})
		l.produce("b-slow", 0, bytes)
		l.throttle("b-slow", rate)
		l.wantCode("moving", l.move("b-slow", 0, []int32{1, 3}), nil)
		l.await("some bytes have arrived", func() bool { return l.logBytes(3, "b-slow") > 0 })
		l.Pass(3 * time.Second)
		if n := l.logBytes(3, "b-slow"); n > bytes*2/3 {
			l.Errorf("%d of %d bytes arrived within seconds at %d bytes a second", n, bytes, rate)
		}
		if n := len(l.moves("b-slow", 0)); n != 1 {
			l.Errorf("%d moves in progress, want 1", n)
		}
		l.unthrottle("b-slow")
		l.awaitMoved("b-slow", 0, 1, 3)
	})},
	{"a throttle on one side is enough, and it slows down only listed replicas", body(func(l *lab) {
		const bytes, rate = 30_000_000, 500_000
		l.create("b-listed", nil, []int32{1, 2}, []int32{1, 2})
		l.produce("b-listed", 0, bytes)
		l.produce("b-listed", 1, bytes)
		id := strconv.Itoa(3)
		l.Cleanup(func() { l.clear("b-listed", 3) })
		l.wantCode("rate", l.alter(3, kmsg.ConfigResourceTypeBroker, id, followerRate, kmsg.IncrementalAlterConfigOpSet, strconv.Itoa(rate)), nil)
		l.wantCode("replicas", l.alter(1, kmsg.ConfigResourceTypeTopic, "b-listed", followerReplicas, kmsg.IncrementalAlterConfigOpSet, "0:3"), nil)
		l.awaitConfig(3, kmsg.ConfigResourceTypeBroker, id, followerRate, strconv.Itoa(rate), kmsg.ConfigSourceDynamicBrokerConfig)
		l.awaitConfig(3, kmsg.ConfigResourceTypeTopic, "b-listed", followerReplicas, "0:3", kmsg.ConfigSourceDynamicTopicConfig)
		l.wantCode("moving", l.move("b-listed", 0, []int32{1, 3}), nil)
		l.wantCode("moving", l.move("b-listed", 1, []int32{1, 3}), nil)
		l.awaitMoved("b-listed", 1, 1, 3)
		if n := len(l.moves("b-listed", 0)); n != 1 {
			l.Errorf("%d moves of the throttled partition in progress, want 1", n)
		}
		l.clear("b-listed", 3)
		l.awaitMoved("b-listed", 0, 1, 3)
	})},
}

// throttle sets a rate for leaders and followers on all brokers, and lists all replicas of the topic.
func (l *lab) throttle(topic string, rate int) {
	l.Helper()
	l.Cleanup(func() { l.unthrottle(topic) })
	for i := range int32(Brokers) {
		id := strconv.Itoa(int(i + 1))
		for _, name := range []string{leaderRate, followerRate} {
			l.wantCode(name, l.alter(i+1, kmsg.ConfigResourceTypeBroker, id, name, kmsg.IncrementalAlterConfigOpSet, strconv.Itoa(rate)), nil)
			l.awaitConfig(i+1, kmsg.ConfigResourceTypeBroker, id, name, strconv.Itoa(rate), kmsg.ConfigSourceDynamicBrokerConfig)
		}
	}
	for _, name := range []string{leaderReplicas, followerReplicas} {
		l.wantCode(name, l.alter(1, kmsg.ConfigResourceTypeTopic, topic, name, kmsg.IncrementalAlterConfigOpSet, "*"), nil)
		for i := range int32(Brokers) {
			l.awaitConfig(i+1, kmsg.ConfigResourceTypeTopic, topic, name, "*", kmsg.ConfigSourceDynamicTopicConfig)
		}
	}
}

func (l *lab) unthrottle(topic string) {
	for i := range int32(Brokers) {
		l.clear(topic, i+1)
	}
}

// clear removes the throttles of a broker and a topic. It has a client of its own, because it also runs after the body.
func (l *lab) clear(topic string, id int32) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	again := &lab{TB: l.TB, Cluster: l.Cluster, ctx: ctx}
	again.cl = again.client()
	defer again.cl.Close()
	for _, name := range []string{leaderRate, followerRate} {
		again.alter(id, kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(id)), name, kmsg.IncrementalAlterConfigOpDelete, "")
	}
	for _, name := range []string{leaderReplicas, followerReplicas} {
		again.alter(id, kmsg.ConfigResourceTypeTopic, topic, name, kmsg.IncrementalAlterConfigOpDelete, "")
	}
}

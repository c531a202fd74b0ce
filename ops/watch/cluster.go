package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// clusterView is what DescribeCluster says of brokers that Metadata leaves out because they are fenced.
type clusterView struct {
	brokers map[int32]kmsg.DescribeClusterResponseBroker
	at      time.Time
	from    string
	fenced  bool   // the answer tells fenced brokers (v2: KIP-1073, Kafka 4.0)
	why     string // if not, why
}

// askCluster asks for the fenced brokers, then asks these themselves: a fenced broker still answers.
func (l *look) askCluster(ctx context.Context) {
	req := kmsg.NewPtrDescribeClusterRequest()
	req.EndpointType, req.IncludeFencedBrokers = 1, true

	answer, from, err := l.askAny(ctx, req)
	c := &clusterView{brokers: map[int32]kmsg.DescribeClusterResponseBroker{}, at: l.o.Now(), from: from}
	resp, ok := answer.(*kmsg.DescribeClusterResponse)
	switch {
	case err != nil:
		c.why = reason(err)
	case !ok:
		c.why = nonsense("it describes no cluster").Error()
	case resp.ErrorCode != 0:
		c.why = refusal(resp.ErrorCode, describeCluster)
	case resp.ClusterID != l.metadata.clusterID:
		c.why = nonsense("it is of another cluster").Error()
	case len(resp.Brokers) > maxBrokers:
		c.why = nonsense(fmt.Sprintf("it lists %d brokers, and clusters of more than %d aren't read", len(resp.Brokers), maxBrokers)).Error()
	case resp.Version < 2:
		c.why = "this Kafka doesn't tell fenced brokers from dead ones (4.0 and later do)"
	default:
		c.fenced = true
		for _, b := range resp.Brokers {
			if _, twice := c.brokers[b.NodeID]; b.NodeID >= 0 && !twice {
				c.brokers[b.NodeID] = b
			}
		}
	}
	if !c.fenced && l.metadata.namesMissing() {
		l.miss(-1, state.WhatFenced, c.why)
	}
	l.cluster = c
	for id, b := range c.brokers {
		if !l.metadata.ids[id] {
			l.asking.Go(func() { l.askBroker(ctx, id, address(b.Host, b.Port)) })
		}
	}
}

// fencedReading says whether a broker is fenced. Metadata lists no broker that is.
func (c *clusterView) fencedReading(id int32, alive bool, at time.Time, from string) state.Reading[bool] {
	if c != nil && c.fenced {
		b, registered := c.brokers[id]
		return state.Read(registered && b.IsFenced, c.at, c.from)
	}
	switch {
	case alive:
		return state.Read(false, at, from)
	case c == nil:
		return state.Missing[bool]("not asked in this look, which asked for eligible leader replicas instead", at, "")
	}
	return state.Missing[bool](c.why, c.at, c.from)
}

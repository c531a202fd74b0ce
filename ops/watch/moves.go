package watch

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// moves are the reassignments in progress, as the controller lists them.
type moves struct {
	n      state.Reading[int]
	topics []kmsg.ListPartitionReassignmentsResponseTopic
}

// askMoves asks for all reassignments: a null list of topics. A broker forwards the request to
// the controller, so where the request before it hung, this one is not worth the wait.
func (l *look) askMoves(ctx context.Context) {
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	req.Topics = nil
	req.TimeoutMillis = int32(l.o.Deadline.Milliseconds())

	m := &moves{}
	var answer kmsg.Response
	from, err := l.metadata.from, l.quorum.hung
	if err == nil {
		answer, from, err = l.askAny(ctx, req)
	}
	resp, ok := answer.(*kmsg.ListPartitionReassignmentsResponse)
	switch {
	case err != nil:
		m.n = state.Missing[int](reason(err), l.o.Now(), from)
	case !ok:
		m.n = state.Missing[int](nonsense("it lists no reassignments").Error(), l.o.Now(), from)
	case resp.ErrorCode != 0:
		m.n = state.Missing[int](refusal(resp.ErrorCode, describeCluster), l.o.Now(), from)
	default:
		m.topics = resp.Topics
		n := 0
		for i := range m.topics {
			n += len(m.topics[i].Partitions)
		}
		m.n = state.Read(n, l.o.Now(), from)
	}
	if !m.n.Known {
		l.miss(-1, state.WhatMoves, m.n.Why)
	}
	l.moves = m
}

func (m *moves) addTo(b *state.Builder) {
	for i := range m.topics {
		for _, p := range m.topics[i].Partitions {
			b.Moving(m.topics[i].Topic, p.Partition, p.AddingReplicas, p.RemovingReplicas)
		}
	}
}

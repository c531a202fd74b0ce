package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/protocol"
)

// quorum is what the leader of the metadata quorum says of it, with the times put on kdeck's clock.
type quorum struct {
	leader  state.Reading[int32]
	voters  []state.Voter
	fetched map[int32]time.Time // last fetch of each node that the leader knows; zero: none since it became the leader
	seen    time.Time           // when that was
	timed   bool                // the answer has times (DescribeQuorum v1, Kafka 3.3)
	hung    error               // nobody answered in time
}

// askQuorum asks for the quorum's leader: the only true answer to who the controller is. A broker forwards the request.
func (l *look) askQuorum(ctx context.Context) {
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)

	answer, from, err := l.askAny(ctx, req)
	if err != nil {
		l.missQuorum(reason(err), from)
		if protocol.CauseOf(err) == protocol.Timeout {
			l.quorum.hung = err
			l.miss(-1, state.WhatActive, "DescribeQuorum, which brokers forward to the controller: "+reason(err))
		}
		return
	}
	resp, ok := answer.(*kmsg.DescribeQuorumResponse)
	switch {
	case ok && resp.ErrorCode != 0:
		l.missQuorum(refusal(resp.ErrorCode, describeCluster), from)
		return
	case !ok || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1:
		l.missQuorum(nonsense("it does not describe the quorum").Error(), from)
		return
	}
	p := &resp.Topics[0].Partitions[0]
	switch p.ErrorCode {
	case 0:
	case kerr.LeaderNotAvailable.Code, kerr.NotLeaderForPartition.Code, kerr.RequestTimedOut.Code, kerr.NotController.Code:
		l.missQuorum(errorName(p.ErrorCode), from)
		l.miss(-1, state.WhatActive, "DescribeQuorum, which brokers forward to the controller: "+errorName(p.ErrorCode))
		return
	default:
		l.missQuorum(refusal(p.ErrorCode, describeCluster), from)
		return
	}
	if n := len(p.Observers) + len(p.CurrentVoters); n > 2*maxBrokers { // brokers and controllers
		l.missQuorum(nonsense(fmt.Sprintf("it lists %d nodes", n)).Error(), from)
		return
	}
	l.quorum = readQuorum(resp.Version, p, l.o.Now(), from)
}

func (l *look) missQuorum(why, from string) {
	l.miss(-1, state.WhatController, why)
	l.quorum = &quorum{leader: state.Missing[int32](why, l.o.Now(), from)}
}

// readQuorum puts the leader's times on kdeck's clock. The leader gives its own present time as its last fetch; that is taken
// for now, so that ages are right however much the two clocks differ.
func readQuorum(version int16, p *kmsg.DescribeQuorumResponseTopicPartition, now time.Time, from string) *quorum {
	q := &quorum{
		leader: state.Read(max(-1, p.LeaderID), now, from), fetched: map[int32]time.Time{}, seen: now, timed: version >= 1,
	}
	var theirNow int64
	for _, list := range [][]kmsg.DescribeQuorumResponseTopicPartitionReplicaState{p.CurrentVoters, p.Observers} {
		for i := range list {
			theirNow = max(theirNow, list[i].LastFetchTimestamp)
		}
	}
	at := func(ms int64) time.Time {
		if ms <= 0 {
			return time.Time{}
		}
		return now.Add(-time.Duration(min(theirNow-ms, maxAge.Milliseconds())) * time.Millisecond)
	}
	for _, r := range p.Observers {
		q.fetched[r.ReplicaID] = at(r.LastFetchTimestamp)
	}
	for _, r := range p.CurrentVoters {
		v := state.Voter{ID: r.ReplicaID, LogEndOffset: max(-1, r.LogEndOffset)}
		if v.ID != p.LeaderID {
			v.LastFetch, v.LastCaughtUp = at(r.LastFetchTimestamp), at(r.LastCaughtUpTimestamp)
		}
		q.voters = append(q.voters, v)
		q.fetched[v.ID] = at(r.LastFetchTimestamp)
	}
	return q
}

// maxAge bounds how long ago a fetch can have been, so that a nonsensical time can't overflow.
const maxAge = 10 * 365 * 24 * time.Hour

// silentSince says since when the quorum's leader has missed a broker's fetches. It forgets one that is silent for five
// minutes (LeaderState.OBSERVER_SESSION_TIMEOUT_MS).
func (q *quorum) silentSince(broker int32) state.Reading[time.Time] {
	from := fmt.Sprintf("controller %d", q.leader.Value)
	switch at, known := q.fetched[broker]; {
	case !q.leader.Known:
		return state.Missing[time.Time]("the quorum's leader was not read: "+q.leader.Why, q.leader.At, q.leader.From)
	case !q.timed:
		return state.Missing[time.Time]("this Kafka gives no times of last fetches (3.3 and later do)", q.seen, from)
	case !known:
		return state.Missing[time.Time]("the quorum's leader has forgotten it: silent for more than 5 minutes, or never seen", q.seen, from)
	case at.IsZero():
		return state.Missing[time.Time]("it has not fetched since this controller became the leader of the quorum", q.seen, from)
	default:
		return state.Read(at, q.seen, from)
	}
}

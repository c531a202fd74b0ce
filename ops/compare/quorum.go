package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Quorum is the metadata quorum as its leader describes it, and whom each controller takes for the leader.
type Quorum struct {
	ClusterID     string
	Taken         time.Time
	From          string // who answered
	Leader        int32  // -1: none
	Epoch         int32
	HighWatermark int64
	Timed         bool // there are times of last fetches (DescribeQuorum v1, Kafka 3.3)
	Nodes         []QuorumNode
	Unknown       []state.Unknown
}

// QuorumNode is a voter or an observer.
type QuorumNode struct {
	ID     int32
	Voter  bool
	Addr   string // of a controller; "" unknown
	LogEnd int64  // -1 unknown
	// LastFetch and LastCaughtUp are on kdeck's clock; zero: unknown, or not since the leader has led.
	LastFetch, LastCaughtUp time.Time
	// Says is whom the node itself takes for the leader, of a controller that could be asked; -1: nobody.
	Says state.Reading[int32]
}

// ReadQuorum asks who the quorum's leader is, through a broker or a controller, and then every controller by itself. Errors are those of
// asking, and [*NoQuorumError].
func ReadQuorum(ctx context.Context, session *kafka.Session, now func() time.Time) (*Quorum, error) {
	q := &Quorum{Leader: -1, Epoch: -1, HighWatermark: -1}
	addrs := map[int32]string{}
	q.controllers(ctx, session, addrs)
	resp, err := q.describe(ctx, session, addrs)
	if err != nil {
		return nil, err
	}
	q.Taken = now()
	if err := q.read(resp, addrs); err != nil {
		return nil, err
	}
	if q.ClusterID == "" {
		if resp, _, err := session.Any(ctx, kafka.BrokersRequest()); err == nil {
			if meta, ok := resp.(*kmsg.MetadataResponse); ok && meta.ClusterID != nil {
				q.ClusterID = *meta.ClusterID
			}
		}
	}
	q.ask(ctx, session, now)
	return q, ctx.Err()
}

// NoQuorumError says that the metadata quorum can't be described, and why.
type NoQuorumError struct{ Why string }

func (e *NoQuorumError) Error() string { return "DescribeQuorum: " + e.Why }

func quorumRequest() *kmsg.DescribeQuorumRequest {
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)
	return req
}

// describe asks a broker, which forwards the request to the leader, or the controllers one after the other until the leader is found.
func (q *Quorum) describe(ctx context.Context, session *kafka.Session, addrs map[int32]string) (*kmsg.DescribeQuorumResponse, error) {
	answer, from, err := session.Any(ctx, quorumRequest())
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.DescribeQuorumResponse)
	if !ok {
		return nil, &NoQuorumError{from + " answered nonsense"}
	}
	q.From = from
	if p := partitionOfQuorum(resp); p == nil || p.ErrorCode != kerr.NotLeaderForPartition.Code {
		return resp, nil
	}
	for _, id := range slices.Sorted(maps.Keys(addrs)) {
		answer, err := session.Ask(ctx, addrs[id], quorumRequest())
		if err != nil {
			continue // it is asked again below, and then the failure is said
		}
		if other, ok := answer.(*kmsg.DescribeQuorumResponse); ok {
			if p := partitionOfQuorum(other); p != nil && p.ErrorCode == 0 {
				q.From = addrs[id]
				return other, nil
			}
		}
	}
	return resp, nil
}

func partitionOfQuorum(resp *kmsg.DescribeQuorumResponse) *kmsg.DescribeQuorumResponseTopicPartition {
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return nil
	}
	return &resp.Topics[0].Partitions[0]
}

// read takes over what the leader says. It gives its own present time as its last fetch; that is taken for now, so that ages are right
// however much the two clocks differ.
func (q *Quorum) read(resp *kmsg.DescribeQuorumResponse, addrs map[int32]string) error {
	for _, n := range resp.Nodes {
		for _, l := range n.Listeners {
			if addrs[n.NodeID] == "" {
				addrs[n.NodeID] = net.JoinHostPort(l.Host, strconv.Itoa(int(l.Port)))
			}
		}
	}
	p := partitionOfQuorum(resp)
	switch {
	case resp.ErrorCode != 0:
		return &NoQuorumError{fmt.Sprintf("%s answered %v (the ACL DESCRIBE on CLUSTER is needed)", q.From, kerr.ErrorForCode(resp.ErrorCode))}
	case p == nil:
		return &NoQuorumError{q.From + " describes no quorum"}
	case slices.Contains([]int16{kerr.LeaderNotAvailable.Code, kerr.NotLeaderForPartition.Code, kerr.RequestTimedOut.Code, kerr.NotController.Code}, p.ErrorCode):
		for id := range addrs {
			q.Nodes = append(q.Nodes, QuorumNode{ID: id, Voter: true, Addr: addrs[id], LogEnd: -1})
		}
		q.sort()
		q.Unknown = append(q.Unknown, state.Unknown{Node: -1, What: state.WhatController, Why: fmt.Sprintf("%s answered %v", q.From, kerr.ErrorForCode(p.ErrorCode))})
		return nil
	case p.ErrorCode != 0:
		return &NoQuorumError{fmt.Sprintf("%s answered %v", q.From, kerr.ErrorForCode(p.ErrorCode))}
	}
	q.Leader, q.Epoch, q.HighWatermark, q.Timed = max(-1, p.LeaderID), p.LeaderEpoch, p.HighWatermark, resp.Version >= 1
	var theirNow int64
	for _, s := range slices.Concat(p.CurrentVoters, p.Observers) {
		theirNow = max(theirNow, s.LastFetchTimestamp)
	}
	at := func(ms int64) time.Time {
		if ms <= 0 || !q.Timed {
			return time.Time{}
		}
		return q.Taken.Add(-time.Duration(min(theirNow-ms, mostAge.Milliseconds())) * time.Millisecond)
	}
	add := func(s kmsg.DescribeQuorumResponseTopicPartitionReplicaState, voter bool) {
		q.Nodes = append(q.Nodes, QuorumNode{ID: s.ReplicaID, Voter: voter, Addr: addrs[s.ReplicaID], LogEnd: max(-1, s.LogEndOffset),
			LastFetch: at(s.LastFetchTimestamp), LastCaughtUp: at(s.LastCaughtUpTimestamp)})
	}
	for _, s := range p.CurrentVoters {
		add(s, true)
	}
	for _, s := range p.Observers {
		add(s, false)
	}
	q.sort()
	return nil
}

// mostAge bounds ages, so that a nonsensical time can't overflow.
const mostAge = 10 * 365 * 24 * time.Hour

func (q *Quorum) sort() {
	slices.SortFunc(q.Nodes, func(a, b QuorumNode) int {
		if a.Voter != b.Voter {
			return map[bool]int{true: -1, false: 1}[a.Voter]
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// controllers asks the controllers that are configured for all controllers: a controller lists them, brokers only from Kafka 3.9 on.
func (q *Quorum) controllers(ctx context.Context, session *kafka.Session, addrs map[int32]string) {
	for _, addr := range session.Cluster().Controllers {
		resp, err := describeControllers(ctx, session, addr)
		if err != nil {
			continue // who doesn't answer is said when it is asked by itself
		}
		q.ClusterID = resp.ClusterID
		for _, b := range resp.Brokers {
			addrs[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
		}
		return
	}
}

// endpointControllers asks for controllers (KIP-919). A broker refuses it.
const endpointControllers = 2

func describeControllers(ctx context.Context, session *kafka.Session, addr string) (*kmsg.DescribeClusterResponse, error) {
	req := kmsg.NewPtrDescribeClusterRequest()
	req.EndpointType = endpointControllers
	answer, err := session.Ask(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.DescribeClusterResponse)
	switch {
	case !ok:
		return nil, errors.New("answered nonsense: it describes no cluster")
	case resp.ErrorCode == kerr.ClusterAuthorizationFailed.Code:
		return nil, fmt.Errorf("DescribeCluster: %w: a controller tells it to who has ALTER on CLUSTER", kerr.ErrorForCode(resp.ErrorCode))
	case resp.ErrorCode != 0:
		return nil, fmt.Errorf("DescribeCluster: %w", kerr.ErrorForCode(resp.ErrorCode))
	}
	return resp, nil
}

// ask asks every voter, on a connection of its own, whom it takes for the leader. What a broker answers to that is forwarded, and one
// opinion however often it is asked.
func (q *Quorum) ask(ctx context.Context, session *kafka.Session, now func() time.Time) {
	var all sync.WaitGroup
	for i := range q.Nodes {
		n := &q.Nodes[i]
		if !n.Voter {
			continue
		}
		if n.Addr == "" {
			n.Says = state.Missing[int32]("the brokers don't tell where it listens (they do from Kafka 3.9 on): give --bootstrap-controller", now(), "")
			continue
		}
		all.Go(func() {
			resp, err := describeControllers(ctx, session, n.Addr)
			if err != nil {
				n.Says = state.Missing[int32](strings.TrimSpace(err.Error()), now(), n.Addr)
				return
			}
			n.Says = state.Read(max(-1, resp.ControllerID), now(), n.Addr)
		})
	}
	all.Wait()
	for _, n := range q.Nodes {
		if n.Voter && !n.Says.Known {
			q.Unknown = append(q.Unknown, state.Unknown{Node: n.ID, What: state.WhatController, Why: n.Says.Why})
		}
	}
}

// KeepsUp tells whether a node fetches from the leader. Without times, its log must have an end that is known.
func (q *Quorum) KeepsUp(n QuorumNode) bool {
	switch {
	case n.ID == q.Leader:
		return true
	case q.Leader < 0 || n.LogEnd < 0:
		return false
	}
	return !q.Timed || !n.LastFetch.IsZero() && q.Taken.Sub(n.LastFetch) <= health.SilentAfter
}

// Lag is how many records a node lacks of the leader's log.
func (q *Quorum) Lag(n QuorumNode) (records int64, known bool) {
	for _, l := range q.Nodes {
		if l.ID == q.Leader && l.LogEnd >= 0 && n.LogEnd >= 0 {
			return max(0, l.LogEnd-n.LogEnd), true
		}
	}
	return 0, false
}

// Winners are the voters that could win if the leader failed now. One wins that gets the votes of a majority of all voters; a voter that
// keeps up votes for whoever has a log that is no shorter than its own (KIP-595).
func (q *Quorum) Winners() (ids []int32) {
	var left []QuorumNode
	voters := 0
	for _, n := range q.Nodes {
		if n.Voter {
			if voters++; n.ID != q.Leader && q.KeepsUp(n) {
				left = append(left, n)
			}
		}
	}
	for _, candidate := range left {
		votes := 0
		for _, n := range left {
			if n.LogEnd <= candidate.LogEnd {
				votes++
			}
		}
		if 2*votes > voters {
			ids = append(ids, candidate.ID)
		}
	}
	return ids
}

// Split are the voters that take another node than the quorum's leader for the leader.
func (q *Quorum) Split() (ids []int32) {
	for _, n := range q.Nodes {
		if n.Voter && n.Says.Known && n.Says.Value != q.Leader {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

package ask

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// Node is one node that a request goes to.
type Node struct {
	Name string // as it was asked for: "3", "controller 3001", or the address
	Addr string // host:port, as it is advertised

	broker bool // it must be the broker of that id
	id     int32
}

// brokerNode is a broker that is asked for by id.
func brokerNode(id int32, addr string) Node {
	return Node{Name: strconv.Itoa(int(id)), Addr: addr, broker: true, id: id}
}

// Resolver finds the nodes that targets mean. It only reads, and asks each thing once.
type Resolver struct {
	session     *kafka.Session
	clusterID   string // as a broker told, or ""
	brokers     map[int32]string
	controllers map[int32]string
	active      int32 // controller
}

// NewResolver makes a resolver that asks over a session.
func NewResolver(session *kafka.Session) *Resolver { return &Resolver{session: session} }

// ClusterID is the id of the cluster, or "" as long as no answer had it.
func (r *Resolver) ClusterID() string { return r.clusterID }

// Addresses are those that the brokers advertise, as far as they are known.
func (r *Resolver) Addresses() []string { return slices.Sorted(maps.Values(r.brokers)) }

// Brokers asks a broker for the cluster's id and its brokers, unless they are known.
func (r *Resolver) Brokers(ctx context.Context) error {
	if r.brokers != nil {
		return nil
	}
	_, err := r.metadata(ctx, kafka.BrokersRequest())
	return err
}

// One returns the node that targets mean. It is an error where they mean several.
func (r *Resolver) One(ctx context.Context, targets []Target) (Node, error) {
	nodes, err := r.Resolve(ctx, targets)
	if err != nil {
		return Node{}, err
	}
	if len(nodes) != 1 {
		words := make([]string, len(targets))
		for i, t := range targets {
			words[i] = t.word
		}
		return Node{}, fmt.Errorf("--to %s means %d nodes, and only one can be asked here", strings.Join(words, ","), len(nodes))
	}
	return nodes[0], nil
}

// Resolve returns the nodes that targets mean, each once. It is an error where one doesn't exist.
func (r *Resolver) Resolve(ctx context.Context, targets []Target) ([]Node, error) {
	var nodes []Node
	for _, t := range targets {
		found, err := r.find(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	return nodes, nil
}

func (r *Resolver) find(ctx context.Context, t Target) ([]Node, error) {
	switch t.kind {
	case toAddress:
		return []Node{{Name: t.addr, Addr: t.addr}}, nil
	case toController, toControllers:
		if err := r.askControllers(ctx); err != nil {
			return nil, err
		}
		return r.controller(t)
	case toLeader:
		return r.leader(ctx, t)
	case toCoordinator:
		return r.coordinator(ctx, t)
	}
	if err := r.Brokers(ctx); err != nil {
		return nil, err
	}
	if t.kind == toAll {
		var all []Node
		for _, id := range slices.Sorted(maps.Keys(r.brokers)) {
			all = append(all, brokerNode(id, r.brokers[id]))
		}
		return all, nil
	}
	if addr, ok := r.brokers[t.id]; ok {
		return []Node{brokerNode(t.id, addr)}, nil
	}
	return nil, fmt.Errorf("--to %d: there is no such broker; there are %s (a node that isn't listed: host:port; a controller: controller:%d)",
		t.id, ids(r.brokers), t.id)
}

func ids(of map[int32]string) string {
	words := []string{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		words = append(words, strconv.Itoa(int(id)))
	}
	return strings.Join(words, ", ")
}

func hostPort(host string, port int32) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }

func (r *Resolver) metadata(ctx context.Context, req *kmsg.MetadataRequest) (*kmsg.MetadataResponse, error) {
	resp, _, err := r.session.Any(ctx, req)
	if err != nil {
		return nil, err
	}
	meta := resp.(*kmsg.MetadataResponse)
	if meta.ClusterID != nil {
		r.clusterID = *meta.ClusterID
	}
	r.brokers = map[int32]string{}
	for _, b := range meta.Brokers {
		r.brokers[b.NodeID] = hostPort(b.Host, b.Port)
	}
	return meta, nil
}

func (r *Resolver) leader(ctx context.Context, t Target) ([]Node, error) {
	req := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(t.name)
	req.Topics = append(req.Topics, topic)
	meta, err := r.metadata(ctx, req)
	if err != nil {
		return nil, err
	}
	for _, found := range meta.Topics {
		for _, p := range found.Partitions {
			if p.Partition != t.partition {
				continue
			}
			if addr, ok := r.brokers[p.Leader]; ok {
				return []Node{brokerNode(p.Leader, addr)}, nil
			}
			return nil, fmt.Errorf("--to %s: the partition has no leader that is alive", t.word)
		}
	}
	return nil, fmt.Errorf("--to %s: there is no such partition", t.word)
}

func (r *Resolver) coordinator(ctx context.Context, t Target) ([]Node, error) {
	if err := r.topicExists(ctx, coordinatorTopics[0]); err != nil {
		return nil, fmt.Errorf("--to %s: a broker that is asked for a group's coordinator makes the topic %s unless it is there, and %w: give a broker's id",
			t.word, coordinatorTopics[0], err)
	}
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorKey, req.CoordinatorKeys = t.name, []string{t.name}
	resp, _, err := r.session.Any(ctx, req)
	if err != nil {
		return nil, err
	}
	found := resp.(*kmsg.FindCoordinatorResponse)
	id, host, port, code := found.NodeID, found.Host, found.Port, found.ErrorCode
	for _, c := range found.Coordinators {
		id, host, port, code = c.NodeID, c.Host, c.Port, c.ErrorCode
	}
	if code != 0 {
		return nil, fmt.Errorf("--to %s: the group has no coordinator (error code %d)", t.word, code)
	}
	return []Node{brokerNode(id, hostPort(host, port))}, nil
}

// askControllers asks the controllers that are configured who they are, or else a broker.
func (r *Resolver) askControllers(ctx context.Context) error {
	if r.controllers != nil {
		return nil
	}
	var failed error
	for _, addr := range r.session.Cluster().Controllers {
		req := kmsg.NewPtrDescribeClusterRequest()
		req.EndpointType = 2
		resp, err := r.session.Ask(ctx, addr, req)
		if err != nil {
			failed = err
			continue
		}
		described := resp.(*kmsg.DescribeClusterResponse)
		r.controllers, r.active, r.clusterID = map[int32]string{}, described.ControllerID, described.ClusterID
		for _, b := range described.Brokers {
			r.controllers[b.NodeID] = hostPort(b.Host, b.Port)
		}
		return nil
	}
	if failed != nil {
		return failed
	}
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = []kmsg.DescribeQuorumRequestTopicPartition{{}}
	req.Topics = append(req.Topics, topic)
	resp, _, err := r.session.Any(ctx, req)
	if err != nil {
		return err
	}
	quorum := resp.(*kmsg.DescribeQuorumResponse)
	r.controllers, r.active = map[int32]string{}, activeOnly
	for _, t := range quorum.Topics {
		for _, p := range t.Partitions {
			r.active = p.LeaderID
		}
	}
	for _, n := range quorum.Nodes {
		for _, l := range n.Listeners {
			r.controllers[n.NodeID] = hostPort(l.Host, int32(l.Port))
			break
		}
	}
	if len(r.controllers) == 0 {
		return fmt.Errorf("the brokers don't say where the controllers listen (they do from Kafka 3.9 on): give --bootstrap-controller host:port")
	}
	return nil
}

func (r *Resolver) controller(t Target) ([]Node, error) {
	if t.kind == toControllers {
		var all []Node
		for _, id := range slices.Sorted(maps.Keys(r.controllers)) {
			all = append(all, Node{Name: fmt.Sprintf("controller %d", id), Addr: r.controllers[id]})
		}
		return all, nil
	}
	id := t.id
	if id == activeOnly {
		id = r.active
	}
	if addr, ok := r.controllers[id]; ok {
		return []Node{{Name: fmt.Sprintf("controller %d", id), Addr: addr}}, nil
	}
	if t.id == activeOnly {
		return nil, fmt.Errorf("--to controller: the quorum has no leader now; its controllers are %s", ids(r.controllers))
	}
	return nil, fmt.Errorf("--to %s: there is no such controller; there are %s", t.word, ids(r.controllers))
}

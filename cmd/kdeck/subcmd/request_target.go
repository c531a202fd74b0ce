package subcmd

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

// A target is one word of --to, read but not looked up.
type target struct {
	word      string
	kind      targetKind
	id        int32  // of a broker or controller
	addr      string // host:port
	name      string // of a topic or group
	partition int32
}

type targetKind uint8

const (
	toBroker targetKind = iota
	toAddress
	toController   // the active one, or the one of an id
	toLeader       // leader-of:topic/0
	toCoordinator  // coordinator:group
	toAll          // the brokers
	toControllers  // all of them
	activeOnly     = -1
	targetExamples = "3, host:port, controller, controller:3001, leader-of:topic/0, coordinator:group, a list with commas, all, controllers"
)

// many reports whether a target stands for more nodes than one.
func (t target) many() bool { return t.kind == toAll || t.kind == toControllers }

// parseTargets reads --to; nothing is looked up.
func parseTargets(list string) ([]target, error) {
	var targets []target
	for word := range strings.SplitSeq(list, ",") {
		t, err := parseTarget(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func parseTarget(word string) (target, error) {
	t := target{word: word, id: activeOnly}
	scheme, rest, _ := strings.Cut(word, ":")
	switch strings.ToLower(scheme) {
	case "all":
		t.kind = toAll
		return t, noRest(word, rest)
	case "controllers":
		t.kind = toControllers
		return t, noRest(word, rest)
	case "controller":
		t.kind = toController
		if !strings.Contains(word, ":") {
			return t, nil
		}
		id, err := strconv.ParseInt(rest, 10, 32)
		if err != nil || id < 0 {
			return t, refused("--to %s: a controller's id is a number, controller:3001", word)
		}
		t.id = int32(id)
		return t, nil
	case "leader-of":
		t.kind = toLeader
		at := strings.LastIndexByte(rest, '/')
		if at <= 0 {
			return t, refused("--to %s: write leader-of:topic/0", word)
		}
		p, err := strconv.ParseInt(rest[at+1:], 10, 32)
		if err != nil || p < 0 {
			return t, refused("--to %s: %q is no partition: write leader-of:topic/0", word, rest[at+1:])
		}
		t.name, t.partition = rest[:at], int32(p)
		return t, nil
	case "coordinator":
		if rest == "" {
			return t, refused("--to %s: write coordinator:group", word)
		}
		t.kind, t.name = toCoordinator, rest
		return t, nil
	}
	if id, err := strconv.ParseInt(word, 10, 32); err == nil && id >= 0 {
		t.kind, t.id = toBroker, int32(id)
		return t, nil
	}
	addrs, err := config.Addresses(word)
	if err != nil {
		return t, refused("--to %q is no node: write %s", word, targetExamples)
	}
	t.kind, t.addr = toAddress, addrs[0]
	return t, nil
}

func noRest(word, rest string) error {
	if rest != "" {
		return refused("--to %s: nothing follows the word", word)
	}
	return nil
}

// peer is one node that a request goes to.
type peer struct {
	name string // as it was asked for: "3", "controller 3001", or the address
	addr string
}

// resolver looks targets up. What it asks is read-only and asked once.
type resolver struct {
	session     *kafka.Session
	clusterID   string // as a broker told, or ""
	brokers     map[int32]string
	controllers map[int32]string
	active      int32 // controller
}

// resolve returns the nodes that targets stand for, each once, and refuses what doesn't exist.
func (r *resolver) resolve(ctx context.Context, targets []target) ([]peer, error) {
	var peers []peer
	for _, t := range targets {
		found, err := r.find(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			if !slices.Contains(peers, p) {
				peers = append(peers, p)
			}
		}
	}
	return peers, nil
}

func (r *resolver) find(ctx context.Context, t target) ([]peer, error) {
	switch t.kind {
	case toAddress:
		return []peer{{t.addr, t.addr}}, nil
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
	if err := r.askBrokers(ctx); err != nil {
		return nil, err
	}
	if t.kind == toAll {
		var all []peer
		for _, id := range slices.Sorted(maps.Keys(r.brokers)) {
			all = append(all, peer{strconv.Itoa(int(id)), r.brokers[id]})
		}
		return all, nil
	}
	if addr, ok := r.brokers[t.id]; ok {
		return []peer{{t.word, addr}}, nil
	}
	return nil, refused("--to %d: there is no such broker; there are %s (a node that isn't listed: host:port; a controller: controller:%d)",
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

func (r *resolver) askBrokers(ctx context.Context) error {
	if r.brokers != nil {
		return nil
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	_, err := r.metadata(ctx, req)
	return err
}

func (r *resolver) metadata(ctx context.Context, req *kmsg.MetadataRequest) (*kmsg.MetadataResponse, error) {
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

func (r *resolver) leader(ctx context.Context, t target) ([]peer, error) {
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
				return []peer{{strconv.Itoa(int(p.Leader)), addr}}, nil
			}
			return nil, refused("--to %s: the partition has no leader that is alive", t.word)
		}
	}
	return nil, refused("--to %s: there is no such partition", t.word)
}

func (r *resolver) coordinator(ctx context.Context, t target) ([]peer, error) {
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
		return nil, refused("--to %s: the group has no coordinator (error code %d)", t.word, code)
	}
	return []peer{{strconv.Itoa(int(id)), hostPort(host, port)}}, nil
}

// askControllers asks the controllers that are configured who they are, or else a broker.
func (r *resolver) askControllers(ctx context.Context) error {
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
		return refused("the brokers don't say where the controllers listen (they do from Kafka 3.9 on): give --bootstrap-controller host:port")
	}
	return nil
}

func (r *resolver) controller(t target) ([]peer, error) {
	if t.kind == toControllers {
		var all []peer
		for _, id := range slices.Sorted(maps.Keys(r.controllers)) {
			all = append(all, peer{fmt.Sprintf("controller %d", id), r.controllers[id]})
		}
		return all, nil
	}
	id := t.id
	if id == activeOnly {
		id = r.active
	}
	if addr, ok := r.controllers[id]; ok {
		return []peer{{fmt.Sprintf("controller %d", id), addr}}, nil
	}
	if t.id == activeOnly {
		return nil, refused("--to controller: the quorum has no leader now; its controllers are %s", ids(r.controllers))
	}
	return nil, refused("--to %s: there is no such controller; there are %s", t.word, ids(r.controllers))
}

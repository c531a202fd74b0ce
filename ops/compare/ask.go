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

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// How many brokers are asked at the same time, and how many answers with the metadata of all topics may be held: that of 100,000
// partitions takes 50 MB.
const (
	atOnce      = 64
	wholeAtOnce = 2
)

// node is a broker to be asked.
type node struct {
	id   int32
	addr string
}

// asker asks brokers. One that failed isn't asked again.
type asker struct {
	session   *kafka.Session
	clusterID string
	version   int16 // of Metadata, the same for all
	nodes     []node

	known   map[int32]bool // every broker that was ever listed
	mu      sync.Mutex
	unknown []state.Unknown
	refused map[string]bool // topics that a broker may not tell of
}

// UnknownBrokerError says that there is no broker of an id.
type UnknownBrokerError struct {
	ID    int32
	Known []int32
}

func (e *UnknownBrokerError) Error() string {
	return fmt.Sprintf("there is no broker %d; there are %s", e.ID, strings.ReplaceAll(ids(e.Known), " ", ", "))
}

// newAsker finds the brokers, and the newest version of Metadata that all of them serve that answer. only are the brokers to be asked;
// nil for all.
func newAsker(ctx context.Context, session *kafka.Session, only []int32) (*asker, error) {
	a := &asker{session: session, known: map[int32]bool{}, refused: map[string]bool{}}
	resp, _, err := session.Any(ctx, kafka.BrokersRequest())
	if err != nil {
		return nil, err
	}
	meta := resp.(*kmsg.MetadataResponse)
	if meta.ClusterID != nil {
		a.clusterID = *meta.ClusterID
	}
	a.learn(meta.Brokers)
	var known []int32
	for _, n := range a.nodes {
		known = append(known, n.id)
	}
	for _, id := range only {
		if !slices.Contains(known, id) {
			return nil, &UnknownBrokerError{id, known}
		}
	}
	if only != nil {
		a.nodes = slices.DeleteFunc(a.nodes, func(n node) bool { return !slices.Contains(only, n.id) })
	}
	a.version = kmsg.NewPtrMetadataRequest().MaxVersion()
	var mu sync.Mutex
	a.each(ctx, atOnce, state.WhatAnswer, func(n node) error {
		versions, err := session.Versions(ctx, n.addr)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if _, newest, ok := protocol.VersionRange(versions, kmsg.Metadata.Int16()); ok {
			a.version = min(a.version, newest)
		}
		return nil
	})
	if a.version < 4 {
		return nil, fmt.Errorf("a broker serves Metadata up to v%d only, in which it would create the topics that it is asked for: compare needs Kafka 0.11 or later", a.version)
	}
	return a, ctx.Err()
}

// learn adds brokers that aren't known yet.
func (a *asker) learn(brokers []kmsg.MetadataResponseBroker) {
	for _, b := range brokers {
		if b.NodeID >= 0 && b.Port > 0 && !a.known[b.NodeID] {
			a.known[b.NodeID] = true
			a.nodes = append(a.nodes, node{b.NodeID, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))})
		}
	}
	slices.SortFunc(a.nodes, func(x, y node) int { return cmp.Compare(x.id, y.id) })
}

// asked is how many brokers there are to be asked.
func (a *asker) asked(o Options) int {
	if o.Brokers != nil {
		return len(o.Brokers)
	}
	return len(a.known)
}

// each calls do for every broker, for so many at the same time. A broker that fails is noted, and left out from then on, unless what it
// was asked for says nothing of the rest: what is then another word than [state.WhatAnswer].
func (a *asker) each(ctx context.Context, most int, what string, do func(node) error) {
	turns := make(chan struct{}, most)
	errs := make([]error, len(a.nodes))
	var all sync.WaitGroup
	for i, n := range a.nodes {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(n)
			}
		})
	}
	all.Wait()
	failed := map[int32]bool{}
	for i, n := range a.nodes {
		if errs[i] != nil {
			a.miss(n.id, what, errs[i])
			failed[n.id] = what == state.WhatAnswer
		}
	}
	a.nodes = slices.DeleteFunc(a.nodes, func(n node) bool { return failed[n.id] })
}

func (a *asker) miss(id int32, what string, err error) {
	why := strings.TrimSpace(err.Error())
	if e, ok := errors.AsType[*kafka.IdentityError](err); ok {
		why = e.Reason()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := (state.Unknown{Node: id, What: what, Why: why}); !slices.Contains(a.unknown, u) {
		a.unknown = append(a.unknown, u)
	}
}

// sortedUnknown is what wasn't read, by broker.
func (a *asker) sortedUnknown() []state.Unknown {
	slices.SortFunc(a.unknown, func(x, y state.Unknown) int {
		return cmp.Or(cmp.Compare(x.Node, y.Node), strings.Compare(x.What, y.What), strings.Compare(x.Why, y.Why))
	})
	return a.unknown
}

// look asks every broker for its view of some topics.
func (a *asker) look(ctx context.Context, topics []string) Look {
	var mu sync.Mutex
	l := Look{}
	a.each(ctx, atOnce, state.WhatAnswer, func(n node) error {
		v, err := a.view(ctx, n, topics)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		l[n.id] = v
		return nil
	})
	return l
}

// whole asks every broker for the metadata of all topics, and gives one answer after the other to use. Where more is set, it goes on to
// the brokers that only some list.
func (a *asker) whole(ctx context.Context, more bool, use func(v *View, meta *kmsg.MetadataResponse)) {
	var mu sync.Mutex
	done, turns := map[int32]bool{}, make(chan struct{}, wholeAtOnce)
	for asked := -1; asked != len(a.known); {
		asked = len(a.known)
		var listed []kmsg.MetadataResponseBroker
		a.each(ctx, atOnce, state.WhatAnswer, func(n node) error {
			mu.Lock()
			seen := done[n.id]
			mu.Unlock()
			if seen {
				return nil
			}
			req := kmsg.NewPtrMetadataRequest()
			req.Topics = nil
			return a.ask(ctx, n, req, turns, func(v *View, meta *kmsg.MetadataResponse) {
				mu.Lock()
				defer mu.Unlock()
				done[n.id] = true
				listed = append(listed, meta.Brokers...)
				use(v, meta)
			})
		})
		if more {
			a.learn(listed)
		}
	}
}

// view asks one broker for its view of some topics.
func (a *asker) view(ctx context.Context, n node, topics []string) (v *View, err error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // not null, which stands for all
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	err = a.ask(ctx, n, req, nil, func(told *View, meta *kmsg.MetadataResponse) {
		v = told
		v.Topics = make(map[string]Topic, len(topics))
		for i := range meta.Topics {
			if name, t, ok := a.topic(n.id, &meta.Topics[i]); ok {
				v.Topics[name] = t
			}
		}
	})
	return v, err
}

// ask sends a Metadata request to one broker, and asks for the offset of its metadata before and after it. It waits for a turn when the
// broker has shown that it lives, so that one that is silent takes none, and keeps it until use has returned; nil: there are no turns.
func (a *asker) ask(ctx context.Context, n node, req *kmsg.MetadataRequest, turns chan struct{}, use func(*View, *kmsg.MetadataResponse)) error {
	req.AllowAutoTopicCreation = false
	req.SetVersion(a.version)
	before, err := a.session.Refresh(ctx, n.addr)
	if err != nil {
		return err
	}
	if turns != nil {
		turns <- struct{}{}
		defer func() { <-turns }()
	}
	resp, err := a.session.AskBroker(ctx, n.addr, kafka.Identity{Broker: n.id, ClusterID: a.clusterID}, req, nil)
	if err != nil {
		return err
	}
	meta, ok := resp.(*kmsg.MetadataResponse)
	switch {
	case !ok:
		return errors.New("answered nonsense: it is no Metadata answer")
	case meta.ErrorCode != 0:
		return fmt.Errorf("answered Metadata with %w", kerr.ErrorForCode(meta.ErrorCode))
	}
	after, err := a.session.Refresh(ctx, n.addr)
	if err != nil {
		return err
	}
	v := &View{Broker: n.id, Before: offsetOf(before), After: offsetOf(after), Brokers: map[int32]string{}, Features: map[string]int16{}, listed: meta.Brokers}
	if meta.ClusterID != nil {
		v.ClusterID = *meta.ClusterID
	}
	for _, b := range meta.Brokers {
		at := net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
		if b.Rack != nil && *b.Rack != "" {
			at += " in rack " + *b.Rack
		}
		v.Brokers[b.NodeID] = at
	}
	for _, f := range after.FinalizedFeatures {
		v.Features[f.Name] = f.MaxVersionLevel
	}
	use(v, meta)
	return nil
}

// offsetOf is the offset of a broker's metadata: its FinalizedFeaturesEpoch, which in KRaft is that of its metadata image; -1 where it
// doesn't tell (ApiVersions before v3).
func offsetOf(v *kmsg.ApiVersionsResponse) int64 {
	if v.Version < 3 {
		return -1
	}
	return max(-1, v.FinalizedFeaturesEpoch)
}

// topic reads one topic of an answer. ok is false for a topic that the broker doesn't know, or may not tell of, which is noted.
func (a *asker) topic(broker int32, in *kmsg.MetadataResponseTopic) (name string, t Topic, ok bool) {
	if in.Topic == nil || *in.Topic == "" {
		return "", t, false
	}
	switch in.ErrorCode {
	case 0, kerr.LeaderNotAvailable.Code:
	case kerr.UnknownTopicOrPartition.Code:
		return *in.Topic, t, false
	default:
		a.miss(broker, state.WhatMetadata, fmt.Errorf("topic %s: %w", *in.Topic, kerr.ErrorForCode(in.ErrorCode)))
		a.mu.Lock()
		a.refused[*in.Topic] = true
		a.mu.Unlock()
		return *in.Topic, t, false
	}
	t = Topic{ID: in.TopicID, Partitions: make([]PartitionView, len(in.Partitions))}
	for i := range in.Partitions {
		p := &in.Partitions[i]
		t.Partitions[i] = PartitionView{p.Partition, max(-1, p.Leader), max(-1, p.LeaderEpoch), p.Replicas, asSet(p.ISR), asSet(p.OfflineReplicas)}
	}
	slices.SortStableFunc(t.Partitions, func(x, y PartitionView) int { return cmp.Compare(x.ID, y.ID) })
	return *in.Topic, t, true
}

// asSet sorts a list of brokers whose order means nothing. The list may be another answer's too.
func asSet(list []int32) []int32 {
	if slices.IsSorted(list) {
		return list
	}
	return slices.Sorted(slices.Values(list))
}

// disks asks brokers for the replicas in their log dirs. topics are those to be listed, with their partitions; nil for all. keep takes
// what a broker holds, and returns what is to be kept of it.
func (a *asker) disks(ctx context.Context, topics map[string][]int32, keep func(broker int32, d Disk) Disk) map[int32]Disk {
	req := kmsg.NewPtrDescribeLogDirsRequest()
	req.Topics = nil
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := kmsg.NewDescribeLogDirsRequestTopic()
		t.Topic, t.Partitions = name, topics[name]
		req.Topics = append(req.Topics, t)
	}
	var mu sync.Mutex
	held := map[int32]Disk{}
	a.each(ctx, atOnce, state.WhatLogDirs, func(n node) error {
		resp, err := a.session.AskBroker(ctx, n.addr, kafka.Identity{Broker: n.id, ClusterID: a.clusterID}, req, nil)
		if err != nil {
			return err
		}
		d, err := diskOf(n.id, resp)
		if err != nil {
			return err
		}
		d = keep(n.id, d)
		mu.Lock()
		defer mu.Unlock()
		held[n.id] = d
		return nil
	})
	return held
}

func diskOf(broker int32, resp kmsg.Response) (d Disk, err error) {
	dirs, ok := resp.(*kmsg.DescribeLogDirsResponse)
	switch {
	case !ok:
		return d, errors.New("answered nonsense: it describes no log dirs")
	case dirs.ErrorCode != 0:
		return d, fmt.Errorf("DescribeLogDirs: %w", kerr.ErrorForCode(dirs.ErrorCode))
	case len(dirs.Dirs) == 0: // before v3, who may not ask gets an empty list (KAFKA-12637)
		return d, errors.New("DescribeLogDirs lists none: the ACL DESCRIBE on CLUSTER is needed")
	}
	d.Held = map[Replica]Log{}
	for i := range dirs.Dirs {
		dir := &dirs.Dirs[i]
		d.Failed = d.Failed || dir.ErrorCode != 0
		for j := range dir.Topics {
			for _, p := range dir.Topics[j].Partitions {
				if !p.IsFuture {
					d.Held[Replica{broker, dir.Topics[j].Topic, p.Partition}] = Log{dir.Dir, max(0, p.Size)}
				}
			}
		}
	}
	return d, nil
}

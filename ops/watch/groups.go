package watch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

const (
	describeGroup = "DESCRIBE on GROUP"
	offsetsTopic  = "__consumer_offsets"
)

// describedAtOnce is how many groups of a kind one coordinator is asked to describe in one look; the others keep what was read before.
// Offsets are always those of all groups.
const describedAtOnce = 1000

// GroupsOptions says which groups are read.
type GroupsOptions struct {
	Only []string      // by their ids; none: all
	Prev *state.Groups // of the look before, nil if there was none
	// OffsetsOnly keeps the members that were read before: only offsets are read again.
	OffsetsOnly bool
	ListOnly    bool // neither members nor offsets
	NoMembers   bool // offsets, and of members nothing
	// In are the partitions, by topic, of which offsets are read; nil: all. Of share groups it is always all.
	In map[string][]int32
}

// Groups reads consumer groups: who they are from each broker, which lists those that it coordinates; then, of each coordinator, the
// members by kind and all committed offsets in one OffsetFetch. Lags and statuses are left to ops/lag.
func Groups(ctx context.Context, s Asker, snap *state.Snapshot, g GroupsOptions, o Options) *state.Groups {
	l := &groupsLook{s: s, snap: snap, o: o.orDefaults(), g: g, groups: map[string]*state.Group{}, topicNames: topicNames(snap)}
	l.at = l.o.Now()
	l.list(ctx)
	l.findMissing(ctx)
	if !g.ListOnly {
		l.each(func(b *state.Broker, of []*state.Group) { l.askCoordinator(ctx, b, of) })
	}
	out := &state.Groups{At: l.at, Unknown: l.unknown}
	for _, g := range l.groups {
		g.Index()
	}
	out.Groups = slices.SortedFunc(maps.Values(l.groups), func(a, b *state.Group) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Unknown, func(a, b state.Unknown) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), strings.Compare(a.Why, b.Why))
	})
	return out
}

// groupsLook is one look at the groups in progress.
type groupsLook struct {
	s    Asker
	snap *state.Snapshot
	o    Options
	g    GroupsOptions
	at   time.Time

	topicNames map[[16]byte]string

	mu      sync.Mutex // guards what follows
	groups  map[string]*state.Group
	unknown []state.Unknown
	failed  map[int32]string // brokers that didn't list their groups, and why
}

func topicNames(snap *state.Snapshot) map[[16]byte]string {
	names := make(map[[16]byte]string, snap.NumTopics())
	for i := range snap.NumTopics() {
		t := snap.Topic(i)
		names[t.ID()] = t.Name()
	}
	return names
}

func brokerName(id int32) string { return fmt.Sprintf("broker %d", id) }

// ask sends one request to a broker, within its deadline.
func (l *groupsLook) ask(ctx context.Context, b *state.Broker, req kmsg.Request) (kmsg.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	return l.s.Ask(ctx, address(b.Host, b.Port), req)
}

// asked are the brokers that can be asked: those that answered the look that made the snapshot, so that a silent one isn't waited for again.
func (l *groupsLook) asked() []*state.Broker {
	var all []*state.Broker
	for i := range l.snap.Brokers {
		b := &l.snap.Brokers[i]
		switch {
		case !b.Alive || address(b.Host, b.Port) == "":
		case !b.Answered.Known:
			why := cmp.Or(b.Answered.Why, "it gives no answer")
			l.failed[b.ID] = why
			l.miss(b.ID, state.WhatGroups, why)
		default:
			all = append(all, b)
		}
	}
	return all
}

func (l *groupsLook) miss(node int32, what, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unknown = append(l.unknown, state.Unknown{Node: node, What: what, Why: why})
}

// list asks brokers which groups they coordinate.
func (l *groupsLook) list(ctx context.Context) {
	l.failed = map[int32]string{}
	var wanted map[string]bool
	brokers := l.asked()
	if len(l.g.Only) == 0 {
		l.noCoordinators()
	} else {
		wanted = map[string]bool{}
		for _, id := range l.g.Only {
			wanted[id] = true
		}
		if at, ok := l.coordinators(ctx, l.g.Only); ok {
			brokers = slices.DeleteFunc(brokers, func(b *state.Broker) bool { return !at[b.ID] })
		}
	}
	turns := make(chan struct{}, maxAtOnce)
	var asking sync.WaitGroup
	for _, b := range brokers {
		asking.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			l.listOf(ctx, b, wanted)
		})
	}
	asking.Wait()
}

// noCoordinators says of how many partitions of the offsets' topic nobody lists the groups: they have no leader.
func (l *groupsLook) noCoordinators() {
	t, ok := l.snap.FindTopic(offsetsTopic)
	if !ok {
		return
	}
	leaderless := 0
	for first, n := t.Range(); n > 0; n-- {
		if l.snap.Partition(first + n - 1).Leaderless() {
			leaderless++
		}
	}
	if leaderless > 0 {
		l.miss(-1, state.WhatGroups, fmt.Sprintf("%d partitions of %s have no leader: groups whose offsets they keep have no coordinator, and nobody lists them", leaderless, offsetsTopic))
	}
}

func (l *groupsLook) listOf(ctx context.Context, b *state.Broker, wanted map[string]bool) {
	answer, err := l.ask(ctx, b, kmsg.NewPtrListGroupsRequest())
	resp, ok := answer.(*kmsg.ListGroupsResponse)
	why := ""
	switch {
	case err != nil:
		why = reason(err)
	case !ok:
		why = nonsense("it lists no groups").Error()
	case resp.ErrorCode != 0:
		why = refusal(resp.ErrorCode, describeCluster)
	}
	if why != "" {
		l.mu.Lock()
		l.failed[b.ID] = why
		l.mu.Unlock()
		l.miss(b.ID, state.WhatGroups, why)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range resp.Groups {
		if wanted == nil || wanted[g.Group] {
			l.groups[g.Group] = &state.Group{ID: g.Group, Kind: kindOf(g.GroupType), Protocol: g.ProtocolType, State: g.GroupState, Coordinator: b.ID, Epoch: -1}
		}
	}
}

// kindOf reads a group's type; brokers before Kafka 3.8 give none, and have no other kind.
func kindOf(word string) state.GroupKind {
	if word == "" {
		return state.ClassicGroup
	}
	return state.GroupKind(strings.ToLower(word))
}

// coordinators asks any broker who coordinates the groups. What comes out is false where that can't be told, or where the question would create
// the offsets' topic.
func (l *groupsLook) coordinators(ctx context.Context, ids []string) (at map[int32]bool, ok bool) {
	found := l.findCoordinators(ctx, ids)
	at = map[int32]bool{}
	for _, c := range found {
		if c.ErrorCode == 0 {
			at[c.NodeID] = true
		} else {
			return nil, false
		}
	}
	return at, len(found) == len(ids)
}

func (l *groupsLook) findCoordinators(ctx context.Context, ids []string) []kmsg.FindCoordinatorResponseCoordinator {
	if _, exists := l.snap.FindTopic(offsetsTopic); !exists || len(ids) == 0 {
		return nil // the first FindCoordinator creates the topic
	}
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorType, req.CoordinatorKeys, req.CoordinatorKey = 0, ids, ids[0]
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	answer, _, err := l.s.Any(ctx, req)
	resp, ok := answer.(*kmsg.FindCoordinatorResponse)
	switch {
	case err != nil || !ok:
		return nil
	case resp.Version < 4 && len(ids) == 1:
		return []kmsg.FindCoordinatorResponseCoordinator{{Key: ids[0], NodeID: resp.NodeID, ErrorCode: resp.ErrorCode}}
	}
	return resp.Coordinators
}

// findMissing says of groups that nobody lists why: their coordinator is dead, loads, or may not tell. They keep what was read before.
func (l *groupsLook) findMissing(ctx context.Context) {
	missing := map[string]*state.Group{}
	if len(l.g.Only) > 0 {
		for _, id := range l.g.Only {
			missing[id] = nil
		}
	}
	if l.g.Prev != nil && (len(l.failed) > 0 || l.dead()) {
		for _, g := range l.g.Prev.Groups {
			if len(l.g.Only) == 0 || slices.Contains(l.g.Only, g.ID) {
				missing[g.ID] = g
			}
		}
	}
	for id := range l.groups {
		delete(missing, id)
	}
	if len(missing) == 0 {
		return
	}
	ids := slices.Sorted(maps.Keys(missing))
	for _, c := range l.findCoordinators(ctx, ids) {
		g, asked := missing[c.Key]
		if !asked {
			continue
		}
		why := ""
		switch failed := l.failed[c.NodeID]; {
		case c.ErrorCode != 0:
			why = fmt.Sprintf("nobody coordinates it: %s", refusal(c.ErrorCode, describeGroup))
			c.NodeID = -1
		case failed != "":
			why = fmt.Sprintf("its coordinator, broker %d, doesn't list its groups: %s", c.NodeID, failed)
		default:
			continue // the coordinator lives and doesn't list it: there is no such group any more
		}
		kept := &state.Group{ID: c.Key, Kind: "", Coordinator: c.NodeID, Epoch: -1}
		if g != nil {
			*kept = *g
			kept.Coordinator, kept.GroupLag = c.NodeID, state.GroupLag{}
		}
		l.silent(kept, why)
		l.groups[c.Key] = kept
	}
}

// dead tells whether a broker is known that isn't alive.
func (l *groupsLook) dead() bool {
	return slices.ContainsFunc(l.snap.Brokers, func(b state.Broker) bool { return !b.Alive })
}

// silent says of a group why its members and offsets aren't known, or not those of now.
func (l *groupsLook) silent(g *state.Group, why string) {
	from := brokerName(g.Coordinator)
	if g.Members.Known {
		g.Members.Why = why
	} else {
		g.Members = state.Missing[[]state.Member](why, l.at, from)
	}
	if g.Partitions.Known {
		g.Partitions.Value = slices.Clone(g.Partitions.Value) // what is made of them is noted there, and others still look at the old ones
		g.Partitions.Why = why
	} else {
		g.Partitions = state.Missing[[]state.GroupPartition](why, l.at, from)
	}
}

// each does something for each coordinator and its groups, at the same time.
func (l *groupsLook) each(do func(b *state.Broker, of []*state.Group)) {
	by := map[int32][]*state.Group{}
	for _, g := range l.groups {
		if g.Members.Why == "" {
			by[g.Coordinator] = append(by[g.Coordinator], g)
		}
	}
	turns := make(chan struct{}, maxAtOnce)
	var asking sync.WaitGroup
	for id, of := range by {
		b := l.snap.Broker(id)
		if b == nil {
			continue
		}
		slices.SortFunc(of, func(a, b *state.Group) int { return cmp.Compare(a.ID, b.ID) })
		asking.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			do(b, of)
		})
	}
	asking.Wait()
}

// askCoordinator asks one coordinator for the members and offsets of its groups. The groups are this call's alone.
func (l *groupsLook) askCoordinator(ctx context.Context, b *state.Broker, of []*state.Group) {
	byKind := map[state.GroupKind][]*state.Group{}
	for _, g := range of {
		byKind[g.Kind] = append(byKind[g.Kind], g)
	}
	owned := map[*state.Group]owners{}
	for _, kind := range []state.GroupKind{state.ClassicGroup, state.ConsumerGroup, state.ShareGroup, state.StreamsGroup} {
		if groups := l.due(byKind[kind], owned); len(groups) > 0 {
			l.describe(ctx, b, kind, groups, owned)
		}
		delete(byKind, kind)
	}
	for kind, groups := range byKind {
		for _, g := range groups {
			why := fmt.Sprintf("kdeck doesn't know groups of the kind %s", printable.Escape(string(kind)))
			g.Members = state.Missing[[]state.Member](why, l.at, brokerName(b.ID))
		}
	}
	l.fetchOffsets(ctx, b, of, owned)
	l.fetchShareOffsets(ctx, b, of, owned)
}

// due are the groups to be described in this look; the others keep what was read before.
func (l *groupsLook) due(groups []*state.Group, owned map[*state.Group]owners) []*state.Group {
	if l.g.NoMembers {
		return nil
	}
	if !l.g.OffsetsOnly && len(groups) <= describedAtOnce || l.g.Prev == nil {
		return groups[:min(len(groups), 10*describedAtOnce)]
	}
	var due []*state.Group
	slices.SortStableFunc(groups, func(a, b *state.Group) int { return l.described(a).Compare(l.described(b)) })
	for _, g := range groups {
		old := l.g.Prev.Find(g.ID)
		if old == nil || !old.Members.Known || !l.g.OffsetsOnly && len(due) < describedAtOnce {
			due = append(due, g)
			continue
		}
		keepMembers(g, old, owned)
	}
	return due
}

// keepMembers gives a group the members that were read before, and what they own.
func keepMembers(g, old *state.Group, owned map[*state.Group]owners) {
	g.Members, g.Epoch = old.Members, old.Epoch
	own := owners{}
	for _, p := range old.Partitions.Value {
		if p.Member >= 0 {
			own[partitionOf{p.Topic, p.Partition}] = p.Member
		}
	}
	owned[g] = own
}

// described is when a group was described last.
func (l *groupsLook) described(g *state.Group) time.Time {
	if old := l.g.Prev.Find(g.ID); old != nil && old.Members.Known {
		return old.Members.At
	}
	return time.Time{}
}

// owners are the indexes of the members that own partitions.
type owners map[partitionOf]int32

func (o owners) give(m *state.Member, member int, topic string, partitions []int32) {
	for _, p := range partitions {
		if _, twice := o[partitionOf{topic, p}]; !twice {
			o[partitionOf{topic, p}] = int32(member)
			m.Owns++
		}
	}
}

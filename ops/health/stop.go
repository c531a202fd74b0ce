package health

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Stopping finds out what would happen if nodes were stopped: brokers, controllers, or nodes that are both. Every broker's view of the
// partitions is given to it with [Stopping.View]; [Stopping.Answer] sums up.
type Stopping struct {
	s       *state.Snapshot
	nodes   []int32
	minISR  map[string]int // of topics; 0: unknown
	elr     map[partitionOf][]int32
	views   []int32 // the brokers whose views were given
	would   map[stopped][]int32
	already map[partitionOf]bool // without a leader, whatever is stopped
}

type partitionOf struct {
	topic string
	id    int32
}

func (p partitionOf) String() string { return fmt.Sprintf("%s/%d", p.topic, p.id) }

// stopped is what would become of one partition.
type stopped struct {
	kind string
	partitionOf
}

// The kinds of reasons against a stop. They stand in the JSON: new ones are added, none is renamed.
const (
	StopOffline      = "offline"       // a partition would have no replica left that may lead it
	StopUnderMinISR  = "under-min-isr" // it would have fewer in sync than min.insync.replicas: writes with acks=all would be refused
	StopFewer        = "fewer-in-sync" // it has fewer already, and would lose another one in sync
	StopCoordinators = "coordinators"  // a partition that coordinates groups or transactions would have one replica in sync left, of three or more
	StopQuorum       = "quorum"        // the metadata quorum would lose its majority
	StopMoves        = "moves"         // a reassignment in progress has a replica on the broker
	StopCatchingUp   = "catching-up"   // another replica of a partition that would lose one is not in sync yet, though its broker is alive: it was restarted, or is slow
	StopUnknown      = "unknown"       // something that could say no isn't known
)

// StopReason is one reason against a stop.
type StopReason struct {
	Kind       string   `json:"kind"`
	Sentence   string   `json:"sentence"`
	Partitions []string `json:"partitions"` // TOPIC/PARTITION, all of them
}

// StopAnswer says whether nodes can be stopped.
type StopAnswer struct {
	Nodes   []int32
	Safe    bool // there is no reason against it
	Known   bool // false: the only reasons against it are that something isn't known
	Reasons []StopReason
	Notes   []string // what is no reason against it, and good to know
	Views   []int32  // the brokers whose views were looked at
}

// NewStopping begins with the nodes to be stopped, and what is known of the cluster besides its brokers' views of the partitions.
func NewStopping(s *state.Snapshot, nodes []int32) *Stopping {
	st := &Stopping{s: s, nodes: nodes, minISR: map[string]int{}, elr: map[partitionOf][]int32{}, would: map[stopped][]int32{}, already: map[partitionOf]bool{}}
	for i := range s.NumTopics() {
		t := s.Topic(i)
		st.minISR[t.Name()], _ = t.MinISR()
	}
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		if elr := p.AppendELR(nil); len(elr) > 0 {
			st.elr[partitionOf{p.Topic().Name(), p.ID()}] = elr
		}
	}
	return st
}

// View begins the view of one broker. The function that it returns takes that broker's partitions; alive tells which brokers it takes for
// alive. A replica in offline is on a log dir that failed, or on a broker that isn't alive.
func (st *Stopping) View(by int32, alive func(broker int32) bool) func(topic string, partition, leader int32, replicas, isr, offline []int32) {
	st.views = append(st.views, by)
	return func(topic string, partition, leader int32, replicas, isr, offline []int32) {
		p := partitionOf{topic, partition}
		if leader < 0 {
			st.already[p] = true
			return
		}
		online := func(id int32) bool { return alive(id) && !slices.Contains(offline, id) }
		for _, kind := range st.effects(p, online, replicas, isr) {
			at := stopped{kind, p}
			st.would[at] = append(st.would[at], by)
		}
	}
}

// effects are what a stop does to a partition that has a leader. online tells which replicas could lead it. When brokers are fenced, they leave its ISR; the leader is then one of
// the rest or, where none is left, an eligible leader replica (KIP-966; ReplicationControlManager, PartitionChangeBuilder).
func (st *Stopping) effects(p partitionOf, online func(int32) bool, replicas, isr []int32) (kinds []string) {
	before, after := 0, 0
	for _, id := range isr {
		if online(id) {
			before++
			if !slices.Contains(st.nodes, id) {
				after++
			}
		}
	}
	if after == before {
		return nil
	}
	least, known := st.minISR[p.topic]
	switch eligible := slices.ContainsFunc(st.elr[p], func(id int32) bool { return online(id) && !slices.Contains(st.nodes, id) }); {
	case after == 0 && !eligible:
		return []string{StopOffline}
	case !known || least == 0:
		kinds = append(kinds, StopUnknown)
	case before >= least && after < least:
		kinds = append(kinds, StopUnderMinISR)
	case after < least:
		kinds = append(kinds, StopFewer)
	}
	if after == 1 && len(replicas) >= 3 && coordinates(p.topic) {
		kinds = append(kinds, StopCoordinators)
	}
	return kinds
}

// coordinates tells whether the leaders of a topic's partitions are the coordinators of groups or transactions.
func coordinates(topic string) bool {
	return topic == "__consumer_offsets" || topic == "__transaction_state" || topic == "__share_group_state"
}

// Answer sums up.
func (st *Stopping) Answer() StopAnswer {
	a := StopAnswer{Nodes: st.nodes, Views: st.views}
	reason := func(kind string, partitions []string, sentence string, args ...any) {
		a.Reasons = append(a.Reasons, StopReason{kind, fmt.Sprintf(sentence, args...), append([]string{}, partitions...)})
	}
	for _, k := range []struct{ kind, one, more string }{
		{StopOffline, "would go offline: it has no other replica in sync", "would go offline: they have no other replica in sync"},
		{StopUnderMinISR, "would go under min.insync.replicas: writes with acks=all would be refused", ""},
		{StopFewer, "is under min.insync.replicas already, and would lose another replica in sync", "are under min.insync.replicas already, and would lose another replica in sync"},
		{StopCoordinators, "that coordinates groups or transactions would have one replica in sync left", "that coordinate groups or transactions would have one replica in sync left"},
		{StopUnknown, "has a replica in sync there, and its min.insync.replicas isn't known", "have a replica in sync there, and their min.insync.replicas isn't known"},
	} {
		names, alone := st.partitionsOf(k.kind)
		if len(names) > 0 {
			reason(k.kind, names, "%s %s%s", format.Count(len(names), "partition"), verb(len(names), k.one, cmp.Or(k.more, k.one)), alone)
		}
	}
	st.quorum(&a, reason)
	st.moves(&a, reason)
	st.others(&a, reason)
	if n := len(st.already); n > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%s %s no leader already, whatever is stopped", format.Count(n, "partition"), verb(n, "has", "have")))
	}
	a.Safe = len(a.Reasons) == 0
	a.Known = a.Safe || slices.ContainsFunc(a.Reasons, func(r StopReason) bool { return r.Kind != StopUnknown })
	return a
}

// partitionsOf are the partitions that a stop has one effect on, and which brokers see that, if not all do.
func (st *Stopping) partitionsOf(kind string) (names []string, alone string) {
	var all []partitionOf
	seenBy := map[int32]bool{}
	some := false
	for at, by := range st.would {
		if at.kind != kind {
			continue
		}
		all = append(all, at.partitionOf)
		if some = some || len(by) < len(st.views); len(by) < len(st.views) {
			for _, id := range by {
				seenBy[id] = true
			}
		}
	}
	slices.SortFunc(all, func(x, y partitionOf) int { return cmp.Or(strings.Compare(x.topic, y.topic), cmp.Compare(x.id, y.id)) })
	for _, p := range all {
		names = append(names, p.String())
	}
	if some {
		alone = fmt.Sprintf(" (not all brokers see it alike; %s %s of some what others don't)", brokers(slices.Sorted(maps.Keys(seenBy))), verb(len(seenBy), "says", "say"))
	}
	return names, alone
}

type sayReason func(kind string, partitions []string, sentence string, args ...any)

// quorum says whether a majority of the voters would be left that keep up.
func (st *Stopping) quorum(a *StopAnswer, reason sayReason) {
	if !st.s.Controller.Known {
		reason(StopUnknown, nil, "Who the voters of the metadata quorum are isn't known: %s", words(st.s.Controller.Why))
		return
	}
	if st.s.Controller.Value < 0 {
		reason(StopQuorum, nil, "The metadata quorum has no leader: no other leader could be elected for what is stopped")
		return
	}
	silent := SilentVoters(st.s)
	left, among := 0, 0
	for _, v := range st.s.Voters {
		switch {
		case slices.Contains(st.nodes, v.ID):
			among++
		case !slices.ContainsFunc(silent, func(s state.Voter) bool { return s.ID == v.ID }):
			left++
		}
	}
	if of := len(st.s.Voters); among > 0 && 2*left <= of {
		reason(StopQuorum, nil, "%d of %s of the metadata quorum would be left, and %d are needed: no leader could be elected, nothing changed", left, format.Count(of, "voter"), of/2+1)
	} else if among > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%d of %s of the metadata quorum would be left, and %d are needed", left, format.Count(of, "voter"), of/2+1))
	}
}

// moves says which reassignments have a replica on a node.
func (st *Stopping) moves(a *StopAnswer, reason sayReason) {
	if !st.s.Moves.Known {
		reason(StopUnknown, nil, "Whether partitions are being moved isn't known: %s", words(st.s.Moves.Why))
		return
	}
	var there []string
	elsewhere := 0
	for i := range st.s.NumPartitions() {
		p := st.s.Partition(i)
		if !p.Moving() {
			continue
		}
		if slices.ContainsFunc(st.nodes, p.Has) {
			there = append(there, partitionOf{p.Topic().Name(), p.ID()}.String())
		} else {
			elsewhere++
		}
	}
	if n := len(there); n > 0 {
		reason(StopMoves, there, "%s %s being moved with a replica there: the move would stop until it is back", format.Count(n, "partition"), verb(n, "is", "are"))
	}
	if elsewhere > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%s %s being moved between other brokers", format.Count(elsewhere, "partition"), verb(elsewhere, "is", "are")))
	}
}

// others says what is with the brokers that would be left.
func (st *Stopping) others(a *StopAnswer, reason sayReason) {
	behind := map[int32]bool{}
	var late []string
	elsewhere := 0
	for i := range st.s.NumPartitions() {
		p := st.s.Partition(i)
		var missing []int32
		for id := range p.Missing() {
			if b := st.s.Broker(id); b != nil && b.Alive && !slices.Contains(st.nodes, id) {
				missing = append(missing, id)
			}
		}
		switch loses := slices.ContainsFunc(p.AppendISR(nil), func(id int32) bool { return slices.Contains(st.nodes, id) }); {
		case len(missing) == 0:
		case !loses:
			elsewhere++
		default:
			late = append(late, partitionOf{p.Topic().Name(), p.ID()}.String())
			for _, id := range missing {
				behind[id] = true
			}
		}
	}
	if len(behind) > 0 {
		ids := slices.Sorted(maps.Keys(behind))
		reason(StopCatchingUp, late, "%s %s not in sync yet for %s that would lose another replica in sync: restarted or slow, and not to be counted on", capital(brokers(ids)), verb(len(ids), "is", "are"), format.Count(len(late), "partition"))
	}
	if elsewhere > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%s %s a replica on another broker that is not in sync, and would lose none", format.Count(elsewhere, "partition"), verb(elsewhere, "has", "have")))
	}
	for i := range st.s.Brokers {
		b := &st.s.Brokers[i]
		asked := slices.Contains(st.nodes, b.ID)
		switch {
		case asked && !b.Alive:
			a.Notes = append(a.Notes, fmt.Sprintf("broker %d is not alive as it is", b.ID))
		case !asked && !b.Alive:
			a.Notes = append(a.Notes, fmt.Sprintf("broker %d, which isn't asked about, is down", b.ID))
		case !asked && b.Alive && !slices.Contains(st.views, b.ID):
			reason(StopUnknown, nil, "Broker %d is alive to the cluster and doesn't answer kdeck: whether it can be counted on isn't known: %s", b.ID, words(cmp.Or(b.Answered.Why, "it gave no metadata")))
		}
	}
}

package health

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

const (
	// unsettledLooks is how many looks in a row a group may be rebalancing before that is a finding, of the ten that are kept.
	unsettledLooks = 5
	// sameBroker is from how many groups on the lag on one broker's partitions is the broker's.
	sameBroker = 3
	// mostOf is which share of a lag makes its holder the finding.
	mostOf = 0.8
	// groupsNamed is how many groups one finding names.
	groupsNamed = 5
	// groupsFiltered is how many groups one finding leads to.
	groupsFiltered = 50
)

// groups judges consumer groups: who stands still though it has members, whom nobody coordinates, who never settles. A consumer that hangs by itself is its
// owner's and only informs; where Kafka may be why, it is a warning. What Kafka has to do with it is part of the sentence.
func (j *judge) groups() {
	if j.State.Groups == nil {
		return
	}
	var stuck, behind []*state.Group
	for _, g := range j.State.Groups.Groups {
		switch {
		case g.Rebalances >= unsettledLooks && !g.RebalancingSince.IsZero():
			j.unsettled(g)
		case g.Status == state.GroupWarn:
			behind = append(behind, g)
		case (g.Status == state.GroupStalled || g.Status == state.GroupStopped) && len(g.Members.Value) > 0:
			stuck = append(stuck, g)
		}
	}
	j.groupsLeft()
	late := slices.Concat(stuck, behind)
	blamed := j.slowBroker(late)
	for _, g := range late {
		if !blamed[g] && !j.heldUp(g) {
			j.lateGroup(g)
		}
	}
}

// heldUp tells whether a group only stands still where a transaction holds up readers of committed records, and has read up to it: that transaction is
// the finding, and not the group.
func (j *judge) heldUp(g *state.Group) bool {
	if j.State.Transactions == nil {
		return false
	}
	held := false
	for i := range g.Partitions.Value {
		p := &g.Partitions.Value[i]
		if p.Status <= state.GroupOK {
			continue
		}
		h := j.State.Transactions.In(p.Topic, p.Partition)
		if h == nil || p.Committed > h.LastStable || h.LastStable-p.Committed > 1 { // the marker that ends a transaction takes an offset
			return false
		}
		held = true
	}
	return held
}

func ofGroup(id string) state.Subject { return state.Subject{Kind: state.OfGroup, Name: id} }

// groupFilter is the filter that shows one group.
func groupFilter(id string) string { return "group:/^" + format.Pattern(id) + "$/" }

// groupsFilter is the filter that shows those groups, one at least.
func groupsFilter(ids iter.Seq[string]) string {
	var patterns []string
	for id := range ids {
		patterns = append(patterns, format.Pattern(id))
	}
	return "group:/^(" + strings.Join(patterns, "|") + ")$/"
}

// ids are those of groups.
func ids(groups []*state.Group) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, g := range groups {
			if !yield(g.ID) {
				return
			}
		}
	}
}

// lateGroup says that a group stands still or falls behind, and whose the lag is.
func (j *judge) lateGroup(g *state.Group) {
	f := state.Finding{
		Severity: state.SeverityInfo, Subject: ofGroup(g.ID), Scope: "group " + name(g.ID), Fault: "client",
		Next: "kdeck groups " + format.Shell(g.ID), Pane: "groups", Filter: groupFilter(g.ID),
		Evidence: []string{line(g.Why)},
	}
	lag := fmt.Sprintf("%s records to read", format.Thousands(g.Lag.Value))
	if g.Behind.Known {
		lag += ", the oldest " + behind(g) + " old"
	}
	switch g.Status {
	case state.GroupWarn:
		f.Code, f.Sentence = GroupBehind, fmt.Sprintf("Group %s falls behind: %s", name(g.ID), lag)
		if g.Forecast != "" {
			f.Evidence = append(f.Evidence, "at the rates of the last looks it "+g.Forecast)
		}
	default:
		f.Code, f.Sentence = GroupStuck, fmt.Sprintf("Group %s has %s and does not get on: %s", name(g.ID), format.Count(len(g.Members.Value), "member"), lag)
	}
	if m, share := j.holder(g); m != nil {
		f.Sentence += fmt.Sprintf("; %s of it are held by one member, %s at %s", format.Share(share), name(m.Client), name(m.Host))
	}
	if g.Rebalancing() {
		f.Sentence += "; it is rebalancing (" + name(g.State) + ")"
	}
	if ill := j.illLeaders(g); len(ill) > 0 {
		f.Severity, f.Fault = state.SeverityWarning, "kafka"
		f.Sentence += fmt.Sprintf("; Kafka may be why: %s", ill[0])
		f.Evidence = append(f.Evidence, ill...)
	} else {
		f.Sentence += "; its brokers are well: the consumer is why"
	}
	j.find(f)
}

// behind writes a group's lag in time.
func behind(g *state.Group) string {
	switch d := format.Duration(g.Behind.Value); {
	case g.BehindAtLeast:
		return "more than " + d
	case state.Rough(g.Behind.Value, g.BehindWithin):
		return "about " + d
	default:
		return d
	}
}

// holder is the member that holds nearly all of a group's lag, and which share; nil where none does, or there is only one.
func (j *judge) holder(g *state.Group) (*state.Member, float64) {
	if len(g.Members.Value) < 2 || g.Lag.Value <= 0 {
		return nil, 0
	}
	of := make([]int64, len(g.Members.Value))
	for i := range g.Partitions.Value {
		if p := &g.Partitions.Value[i]; p.Member >= 0 && int(p.Member) < len(of) {
			of[p.Member] += max(0, p.Lag)
		}
	}
	for i, lag := range of {
		if share := float64(lag) / float64(g.Lag.Value); share >= mostOf {
			return &g.Members.Value[i], share
		}
	}
	return nil, 0
}

// illLeaders says what is wrong with the brokers that lead what a group is behind in.
func (j *judge) illLeaders(g *state.Group) (why []string) {
	leaderless := 0
	seen := map[int32]bool{}
	for i := range g.Partitions.Value {
		p := &g.Partitions.Value[i]
		part, ok := j.s.FindPartition(p.Topic, p.Partition)
		switch {
		case !ok:
		case part.Leaderless():
			leaderless++
		case p.Lag > 0:
			seen[part.Leader()] = true
		}
	}
	if leaderless > 0 {
		why = append(why, format.Count(leaderless, "partition")+" that it reads have no leader")
	}
	for _, b := range j.busy {
		if seen[b.id] {
			why = append(why, b.sentence)
		}
	}
	for i := range j.s.Brokers {
		if b := &j.s.Brokers[i]; seen[b.ID] && (!b.Alive || !b.Answered.Known) {
			why = append(why, fmt.Sprintf("broker %d, which leads what it reads, does not answer", b.ID))
		}
	}
	return why
}

// slowBroker finds the broker whose partitions nearly all lag of several groups is on: that broker is the finding, and not the groups. It returns the groups
// that are explained so.
func (j *judge) slowBroker(late []*state.Group) map[*state.Group]bool {
	on := map[int32][]*state.Group{}
	for _, g := range late {
		of := map[int32]int64{}
		for i := range g.Partitions.Value {
			p := &g.Partitions.Value[i]
			if part, ok := j.s.FindPartition(p.Topic, p.Partition); ok && p.Lag > 0 && p.Status > state.GroupOK {
				of[part.Leader()] += p.Lag
			}
		}
		for id, lag := range of {
			if id >= 0 && float64(lag) >= mostOf*float64(g.Lag.Value) {
				on[id] = append(on[id], g)
			}
		}
	}
	blamed := map[*state.Group]bool{}
	for id, groups := range on {
		if len(groups) < sameBroker || len(j.s.Brokers) < 2 {
			continue
		}
		names := ""
		for i, g := range groups {
			blamed[g] = true
			if i < groupsNamed {
				names += ", " + name(g.ID)
			}
		}
		if n := len(groups) - groupsNamed; n > 0 {
			names += fmt.Sprintf(" and %s more", format.Thousands(n))
		}
		f := state.Finding{
			Code: GroupsOnBroker, Severity: state.SeverityWarning, Subject: ofBroker(id), Scope: fmt.Sprintf("broker %d", id), Fault: "kafka",
			Sentence: fmt.Sprintf("%s lag on partitions that broker %d leads, and hardly on others: the broker is slow for its readers", format.Count(len(groups), "group"), id),
			Evidence: []string{"the groups: " + names[2:]},
			Next:     "kdeck groups --lagging", Pane: "groups", Filter: groupsFilter(ids(groups)),
		}
		j.find(f)
	}
	return blamed
}

// unsettled says that a group rebalances without an end.
func (j *judge) unsettled(g *state.Group) {
	j.find(state.Finding{
		Code: GroupUnsettled, Severity: state.SeverityInfo, Subject: ofGroup(g.ID), Scope: "group " + name(g.ID), Fault: "client",
		Since:    state.Read(g.RebalancingSince, j.now, "kdeck"),
		Sentence: fmt.Sprintf("Group %s does not settle: at %d of the last 10 looks it was rebalancing or had other members", name(g.ID), g.Rebalances),
		Evidence: []string{fmt.Sprintf("its state is %s, with %s; %s records to read", or(name(g.State), "unknown"), format.Count(len(g.Members.Value), "member"), format.Thousands(g.Lag.Value)),
			"members that take longer than max.poll.interval.ms over their records, or come and go, make it so"},
		Next: "kdeck groups " + format.Shell(g.ID), Pane: "groups", Filter: groupFilter(g.ID),
	})
}

// coordinators says whose commits fail: the partition of __consumer_offsets that keeps a group's offsets has no leader, or too few replicas in sync, and
// commits take all of those (GroupMetadataManager.storeOffsets).
func (j *judge) coordinators() {
	if j.State.Groups == nil {
		return
	}
	var leaderless, under []*state.Group
	var evidence []string
	for g, p := range keptIn(j.State) {
		short, _ := p.UnderMinISR()
		switch {
		case p.Leaderless():
			leaderless = append(leaderless, g)
		case short:
			under = append(under, g)
		default:
			continue
		}
		if len(evidence) < groupsNamed {
			evidence = append(evidence, fmt.Sprintf("group %s is kept in __consumer_offsets-%d, with %d of %d replicas in sync", name(g.ID), p.ID(), p.ISRSize(), p.ReplicationFactor()))
		}
	}
	all := slices.Concat(leaderless, under)
	if len(all) == 0 {
		return
	}
	what := "commits of " + format.Count(len(all), "group") + " fail"
	if len(all) == 1 {
		what = "commits of group " + name(all[0].ID) + " fail"
	}
	severity := state.SeverityWarning
	why := "too few replicas of the partition that keeps their offsets are in sync"
	if len(leaderless) > 0 {
		severity, why = state.SeverityCritical, "the partition that keeps their offsets has no leader"
	}
	j.find(state.Finding{
		Code: GroupUncoordinated, Severity: severity, Scope: format.Count(len(all), "group"), Fault: "kafka",
		Sentence: capital(what) + ": " + why, Evidence: evidence,
		Next: "kdeck partitions --topic __consumer_offsets", Pane: "groups", Filter: groupsFilter(ids(all[:min(len(all), groupsFiltered)])),
	})
}

// keptIn goes through the groups, which are known, with the partition that keeps the offsets of each.
func keptIn(st *state.State) iter.Seq2[*state.Group, state.Partition] {
	return func(yield func(*state.Group, state.Partition) bool) {
		t, ok := st.Snapshot.FindTopic("__consumer_offsets")
		if !ok {
			return
		}
		first, n := t.Range()
		if n == 0 {
			return
		}
		for _, g := range st.Groups.Groups {
			if !yield(g, st.Snapshot.Partition(first+int(PartitionOfGroup(g.ID, n)))) {
				return
			}
		}
	}
}

// PartitionOfGroup is the partition of __consumer_offsets, of n, that keeps a group's offsets: the hash of Java's String.hashCode, made positive
// (GroupMetadataManager.partitionFor, Utils.abs).
func PartitionOfGroup(id string, n int) int32 {
	var h int32
	for _, u := range utf16.Encode([]rune(id)) {
		h = 31*h + int32(u)
	}
	return (h & 0x7fffffff) % int32(n)
}

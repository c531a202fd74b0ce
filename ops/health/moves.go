package health

import (
	"fmt"
	"iter"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// moves judges reassignments in progress, and throttles that a finished one left behind.
func (j *judge) moves() {
	c := j.scan
	if n := c.moving.n; n > 0 {
		j.find(state.Finding{
			Code: Moving, Severity: state.SeverityInfo, Scope: format.Count(n, "partition"),
			Sentence: fmt.Sprintf("%s %s being reassigned", format.Count(n, "partition"), verb(n, "is", "are")),
			Evidence: c.show(c.moving), Next: "kdeck moves", Pane: "moves", Filter: "is:moving",
		})
	}
	j.stuckMoves()
	j.leftoverThrottles()
}

// leftoverThrottles judges the lists of throttled replicas of topics that nothing of moves.
func (j *judge) leftoverThrottles() {
	c := j.scan
	if n := len(c.throttled); n > 0 {
		first := j.s.Topic(int(c.throttled[0])).Name()
		f := state.Finding{
			Code: LeftoverThrottle, Severity: state.SeverityInfo, Scope: format.Count(n, "topic"),
			Sentence: fmt.Sprintf("%s %s throttled replicas though no replica of %s is moving (such as %s)",
				format.Count(n, "topic"), verb(n, "lists", "list"), verb(n, "it", "them"), name(first)),
			Evidence: []string{"leader.replication.throttled.replicas or follower.replication.throttled.replicas is set"},
			Next:     "kdeck throttles", Pane: "partitions",
		}
		if n == 1 {
			f.Filter = "topic:" + format.Pattern(first)
		}
		if c.slowed > 0 {
			f.Severity, f.Next = state.SeverityWarning, "kdeck throttles clear"
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s of them %s under-replicated partitions, which such a throttle slows down",
				format.Thousands(c.slowed), verb(c.slowed, "has", "have")))
		}
		j.find(f)
	}
}

// Stuck says why a move can't end; "" where it can.
func Stuck(p state.Partition) string {
	switch {
	case p.Leaderless():
		return "no leader"
	case sourceless(p):
		return "its leader is dead"
	}
	for _, why := range blocked(p) {
		return why
	}
	if b, crossed := crossed(p); crossed {
		return fmt.Sprintf("broker %d is to be added and removed at once, which never ends: cancel it", b)
	}
	return ""
}

// crossed finds a replica that a move adds and removes. The controller makes that of a move in flight that another one replaces by fewer
// replicas, and waits for what is added to be in sync among those that stay
// (PartitionReassignmentReplicas.maybeCompleteReassignment).
func crossed(p state.Partition) (broker int32, found bool) {
	for r := range p.Replicas() {
		if r.Adding && r.Removing {
			return r.Broker, true
		}
	}
	return 0, false
}

// sourceless tells whether the partition has no live leader that its new replicas could copy from.
func sourceless(p state.Partition) bool {
	return p.Leaderless() || !p.Snapshot().Broker(p.Leader()).Alive
}

// blocked yields the brokers that can't take the replica that a move adds to them, and why not in words. Kafka accepts such a move,
// and it hangs.
func blocked(p state.Partition) iter.Seq2[int32, string] {
	return func(yield func(int32, string) bool) {
		for r := range p.Replicas() {
			if !r.Adding || r.InSync {
				continue
			}
			if ok, why := p.Snapshot().Broker(r.Broker).MayReceive(); !ok && !yield(r.Broker, fmt.Sprintf("broker %d is %s", r.Broker, why)) {
				return
			}
		}
	}
}

// unblock is what lets moves go on whose targets can't take replicas: dead ones are started again. Else the moves are cancelled, and none that goes on.
func (j *judge) unblock(targets tally) string {
	cancel, stuck := "kdeck moves cancel", j.scan.stuck
	switch {
	case stuck.n <= examples:
		for _, i := range stuck.first[:stuck.n] {
			p := j.s.Partition(int(i))
			cancel += " " + shell(fmt.Sprintf("%s/%d", p.Topic().Name(), p.ID()))
		}
	case stuck.n == j.scan.moving.n:
		cancel += " --all"
	default:
		cancel = "kdeck moves"
	}
	ids := targets.most()
	for _, id := range ids {
		if j.s.Broker(id).Alive {
			return cancel
		}
	}
	return fmt.Sprintf("start %s again; if %s can't be started: %s", brokers(ids), verb(len(ids), "it", "they"), cancel)
}

// stuckMoves judges the moves that can't finish.
func (j *judge) stuckMoves() {
	c := j.scan
	n := c.stuck.n
	if n == 0 {
		return
	}
	f := state.Finding{
		Code: StuckMove, Severity: state.SeverityWarning, Scope: format.Count(n, "move"), Fault: "kafka",
		Sentence: fmt.Sprintf("%s can't finish", format.Count(n, "move")),
		Next:     "kdeck moves", Pane: "moves", Filter: "is:moving",
	}
	targets := tally{}
	for i := range c.brokers {
		if m := c.brokers[i].blocks; m > 0 {
			b := &j.s.Brokers[i]
			targets[b.ID] = m
			_, why := b.MayReceive()
			f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d, the target of %s, is %s", b.ID, format.Count(m, "move"), why))
		}
	}
	if len(targets) > 0 {
		f.Sentence += fmt.Sprintf(": %s can't take replicas", brokers(targets.most()))
		f.Next = j.unblock(targets)
	}
	if m := c.sourceless.n; m > 0 {
		f.Sentence += fmt.Sprintf(": %s of them %s no leader to copy from", format.Thousands(m), verb(m, "has", "have"))
	}
	if m := c.crossed.n; m > 0 {
		f.Sentence += fmt.Sprintf(": %s of them %s and %s the same replica", format.Thousands(m), verb(m, "adds", "add"), verb(m, "removes", "remove"))
		first := j.s.Partition(int(c.crossed.first[0]))
		f.Next = fmt.Sprintf("kdeck moves cancel %s/%d", shell(first.Topic().Name()), first.ID())
	}
	f.Evidence = append(f.Evidence, c.show(c.stuck)...)
	j.find(f)
}

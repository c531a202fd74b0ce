package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// A Change is one thing that became different in the cluster, summed up: "broker 7 left the ISR of 41 partitions".
type Change struct {
	At       time.Time // of the snapshot that showed it
	Severity state.Severity
	Sentence string
	// Pane and Filter lead to the rows that it is about, as those of a [state.Finding] do.
	Pane, Filter string
}

// A PartitionChange is a partition whose leader or in-sync replicas changed.
type PartitionChange struct {
	At         time.Time // of the snapshot that showed it
	Topic      string
	Partition  int32
	OldLeader  int32 // -1 none
	Leader     int32 // -1 none
	Epoch      int32 // the new leader epoch
	OldISR     []int32
	ISR        []int32
	LeaderOnly bool // the ISR is the same
}

// comparison collects what is different between two snapshots, to be summed up in few sentences.
type comparison struct {
	old, now       *state.Snapshot
	lines          []Change
	lost, regained map[int32]int // partitions whose ISR a broker left or joined
	leaderless     int           // partitions that lost their last leader
	led            int           // that have one again
	elected        int           // whose leader is another
	began, ended   int           // reassignments
	oldISR, newISR []int32       // scratch
}

func (c *comparison) say(sev state.Severity, pane, filter, format string, args ...any) {
	c.lines = append(c.lines, Change{At: c.now.Taken, Severity: sev, Pane: pane, Filter: filter, Sentence: fmt.Sprintf(format, args...)})
}

// sumUp returns the sentences, the gravest last: a reader takes the latest first.
func (c *comparison) sumUp() []Change {
	count := func(n int, sev state.Severity, filter, format string) {
		if n > 0 {
			c.say(sev, "partitions", filter, format, partitions(n))
		}
	}
	count(c.began, state.SeverityInfo, "is:moving", "reassignment began: %s")
	count(c.ended, state.SeverityOK, "", "reassignment ended: %s")
	count(c.elected, state.SeverityInfo, "", "another leader: %s")
	count(c.led, state.SeverityOK, "", "a leader again: %s")
	count(c.leaderless, state.SeverityCritical, "is:leaderless", "no leader any more: %s")
	for _, id := range slices.Sorted(maps.Keys(c.regained)) {
		c.say(state.SeverityOK, "partitions", fmt.Sprintf("broker:%d", id), "broker %d joined the ISR of %s", id, partitions(c.regained[id]))
	}
	for _, id := range slices.Sorted(maps.Keys(c.lost)) {
		c.say(state.SeverityWarning, "partitions", fmt.Sprintf("missing:%d", id), "broker %d left the ISR of %s", id, partitions(c.lost[id]))
	}
	slices.SortStableFunc(c.lines, func(a, b Change) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	slices.Reverse(c.lines)
	return c.lines
}

func partitions(n int) string { return format.Count(n, "partition") }

func (c *comparison) brokers() {
	for i := range c.now.Brokers {
		b := &c.now.Brokers[i]
		was := c.old.Broker(b.ID)
		filter := fmt.Sprintf("id:%d", b.ID)
		switch {
		case was == nil:
			c.say(state.SeverityInfo, "brokers", filter, "broker %d is new", b.ID)
			continue
		case was.Alive && !b.Alive:
			c.say(state.SeverityCritical, "brokers", filter, "broker %d died or was fenced", b.ID)
		case !was.Alive && b.Alive:
			c.say(state.SeverityOK, "brokers", filter, "broker %d is back", b.ID)
		case b.Alive && was.Answered.Known && !b.Answered.Known:
			c.say(state.SeverityWarning, "brokers", filter, "broker %d stopped answering: %s", b.ID, b.Answered.Why)
		case b.Alive && !was.Answered.Known && b.Answered.Known:
			c.say(state.SeverityOK, "brokers", filter, "broker %d answers again", b.ID)
		}
		if n, before := offlineDirs(b), offlineDirs(was); n > before {
			c.say(state.SeverityCritical, "brokers", filter, "broker %d has %d log dirs offline, %d more than before", b.ID, n, n-before)
		} else if n < before && b.LogDirs.Known {
			c.say(state.SeverityOK, "brokers", filter, "broker %d has %d log dirs offline, %d less than before", b.ID, n, before-n)
		}
	}
	for i := range c.old.Brokers {
		if id := c.old.Brokers[i].ID; c.now.Broker(id) == nil {
			c.say(state.SeverityInfo, "brokers", "", "broker %d is gone", id)
		}
	}
	if c.old.Controller.Known && c.now.Controller.Known && c.old.Controller.Value != c.now.Controller.Value {
		c.say(state.SeverityInfo, "brokers", "", "the controller is %d now, it was %d", c.now.Controller.Value, c.old.Controller.Value)
	}
}

func offlineDirs(b *state.Broker) (n int) {
	for _, d := range b.LogDirs.Value {
		if d.Error != "" {
			n++
		}
	}
	return n
}

func (c *comparison) topics() {
	if created := missingTopics(c.now, c.old); len(created) > 0 {
		c.say(state.SeverityInfo, "partitions", "", "created: %s", some(created))
	}
	if deleted := missingTopics(c.old, c.now); len(deleted) > 0 {
		c.say(state.SeverityInfo, "partitions", "", "deleted: %s", some(deleted))
	}
}

// missingTopics returns the names of the topics that are in a and not in b, in order.
func missingTopics(a, b *state.Snapshot) (names []string) {
	for i := range a.NumTopics() {
		name := a.Topic(i).Name()
		if _, ok := b.FindTopic(name); !ok {
			names = append(names, name)
		}
	}
	return names
}

func some(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("topics %s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	if len(names) == 1 {
		return "topic " + names[0]
	}
	return "topics " + strings.Join(names, ", ")
}

func (c *comparison) partition(was, now state.Partition) {
	switch {
	case !was.Leaderless() && now.Leaderless():
		c.leaderless++
	case was.Leaderless() && !now.Leaderless():
		c.led++
	case was.Leader() != now.Leader():
		c.elected++
	}
	switch {
	case !was.Moving() && now.Moving():
		c.began++
	case was.Moving() && !now.Moving() && c.now.Moves.Known:
		c.ended++
	}
	if c.sameISR(was, now) {
		return
	}
	for _, id := range c.oldISR {
		if !slices.Contains(c.newISR, id) && now.Has(id) {
			c.lost[id]++
		}
	}
	for _, id := range c.newISR {
		if !slices.Contains(c.oldISR, id) {
			c.regained[id]++
		}
	}
}

// changed is how a partition changed whose leader or ISR did.
func (c *comparison) changed(was, now state.Partition, sameISR bool) PartitionChange {
	return PartitionChange{
		At: c.now.Taken, Topic: now.Topic().Name(), Partition: now.ID(),
		OldLeader: was.Leader(), Leader: now.Leader(), Epoch: now.LeaderEpoch(),
		OldISR: was.AppendISR(nil), ISR: now.AppendISR(nil), LeaderOnly: sameISR,
	}
}

// sameISR reads both ISRs into the scratch and compares them as sets.
func (c *comparison) sameISR(was, now state.Partition) bool {
	c.oldISR, c.newISR = was.AppendISR(c.oldISR[:0]), now.AppendISR(c.newISR[:0])
	slices.Sort(c.oldISR)
	slices.Sort(c.newISR)
	return slices.Equal(c.oldISR, c.newISR)
}

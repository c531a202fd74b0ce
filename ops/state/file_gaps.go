package state

import (
	"fmt"
	"slices"
)

// gaps counts, by field, what a snapshot file leaves out that can be done without. People and scripts write such files. What is
// left out is unknown, and named with the field that would give it.
type gaps map[string]int

// check notes the fields that a topic leaves out. Those without which nothing can be said of a partition are an error.
func (g gaps) check(t *fileTopic) error {
	if t.Configs == nil && t.MinISR == 0 {
		g["configs"]++
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		field := ""
		switch {
		case len(p.Replicas) == 0:
			return fmt.Errorf("topic %q: partition %d has no replicas", t.Name, p.ID)
		case p.Leader == nil:
			field = "leader"
		case p.ISR == nil:
			field = "isr"
		}
		if field != "" {
			return fmt.Errorf("topic %q: partition %d has no %q", t.Name, p.ID, field)
		}
		if p.Adding == nil || p.Removing == nil {
			g["adding"]++
		}
	}
	return nil
}

// moves is the number of partitions being reassigned: the file's, or else counted where every partition says whether it is. A null
// says that it is unknown.
func (g gaps) moves(n *int, s *Snapshot) Reading[int] {
	if n != nil || g["moves"] == 0 || g["adding"] > 0 {
		moves := readingOf(n, s.Taken, "moves")
		if n == nil && g["adding"] > 0 {
			moves.Why += fmt.Sprintf(`, and "adding" and "removing" not for each partition (%d lack them)`, g["adding"])
		}
		return moves
	}
	moving := 0
	for i := range s.NumPartitions() {
		if s.Partition(i).Moving() {
			moving++
		}
	}
	return Read(moving, s.Taken, "snapshot")
}

// tell adds to the unknown what a file leaves out that wasn't saved by kdeck, which lists the unknown itself.
func (g gaps) tell(s *Snapshot) {
	if g["unknown"] == 0 {
		return
	}
	say := func(what, why string) {
		if !slices.ContainsFunc(s.Unknown, func(u Unknown) bool { return u.What == what }) {
			s.Unknown = append(s.Unknown, Unknown{Node: -1, What: what, Why: why})
		}
	}
	if g["cluster_id"] > 0 {
		say(WhatClusterID, `the snapshot doesn't give "cluster_id": a plan made of it can't be carried out`)
	}
	if g["taken_at"] > 0 {
		say(WhatTime, `the snapshot doesn't give "taken_at": ages can't be told`)
	}
	if n := g["configs"]; n > 0 {
		say(WhatTopicConfigs, fmt.Sprintf(`the snapshot doesn't give "configs" of %d of %d topics, with min.insync.replicas`, n, s.NumTopics()))
	}
	if !s.Moves.Known {
		say(WhatMoves, s.Moves.Why)
	}
}

package reassign

import "time"

// keepsOld tells whether a reassignment to these replicas, in place of one in flight, would go on adding or removing what that one does:
// of the two lists the controller leaves one alone for which the new reassignment has nothing
// (ReplicationControlManager.changePartitionReassignment). What it adds and removes at once never ends, so the one in flight has to be
// cancelled first.
func (f reassignment) keepsOld(target []int32) bool {
	return len(f.adding) > 0 && len(without(target, f.replicas)) == 0 ||
		len(f.removing) > 0 && len(without(f.replicas, target)) == 0
}

// flyingTo returns where the reassignment in flight leads.
func (m *move) flyingTo() []int32 {
	if m.supersedes {
		return m.before
	}
	return m.target
}

// awaitCancel looks after a move that takes the place of one in flight, whose cancel was sent and which is still listed. If that goes on
// for long the cancel was lost, and is sent again when its turn comes.
func (e *Executor) awaitCancel(m *move) {
	if time.Since(m.takenBackAt) >= cancelTimeout {
		m.state = pending
		e.queue = append(e.queue, m)
	}
}

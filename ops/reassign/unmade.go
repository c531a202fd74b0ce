package reassign

import "time"

// silence is how long log dirs may not have been listed before what they showed is forgotten.
const silence = 3 * progressInterval

// unmade is a new replica of a move that its broker hasn't made, though it is alive.
type unmade struct {
	since time.Time
	until time.Time // when its log dirs were listed last
}

// noteMade keeps whether a broker has made the new replica of a move, by what its log dirs list. A broker whose log dir fails while it
// makes a replica doesn't make it again before it restarts, and the metadata calls such a replica online
// (HostedPartition.Offline in ReplicaManager.getOrCreatePartition).
func (e *Executor) noteMade(m *move, broker int32, made bool) {
	r, now := replica{m.tp, broker}, time.Now()
	if made {
		delete(e.unmade, r)
		return
	}
	u, known := e.unmade[r]
	switch {
	case known && now.Sub(u.until) < silence:
	case m.measured:
		u.since = now
	default:
		u.since = m.submittedAt
	}
	u.until = now
	e.unmade[r] = u
}

// unmadeFor tells for how long a live broker hasn't made the new replica of a move; 0: it has, or that is unknown.
func (e *Executor) unmadeFor(m *move, broker int32) time.Duration {
	u, known := e.unmade[replica{m.tp, broker}]
	if !known || !e.alive(broker) {
		return 0
	}
	return u.until.Sub(u.since)
}

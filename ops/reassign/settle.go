package reassign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kdeck/ops/change"
)

// metadataLag is how long a broker's metadata may lag behind the controller.
const metadataLag = 10 * time.Second

// settle finds out which of the moves in flight have ended, and how. The ledger is to be saved afterwards.
func (e *Executor) settle(ctx context.Context, ongoing map[change.TopicPartition]reassignment) error {
	var ended []*move
	for _, m := range e.moves {
		if m.state != inFlight && m.state != stalled {
			continue
		}
		f, found := ongoing[m.tp]
		switch {
		case !found:
			ended = append(ended, m)
		case slices.Equal(f.target(), m.target):
			m.endedAt, m.unconfirmed = time.Time{}, false
		case m.supersedes && m.takenBack > 0 && slices.Equal(f.target(), m.before):
			e.awaitCancel(m)
		case m.unconfirmed && slices.Equal(f.target(), m.before):
			m.state, m.unconfirmed = pending, false // it was never taken, and what it was to replace is still in flight
		default:
			e.skip(m, fmt.Sprintf("another reassignment took the place of ours: it goes to %v", f.target()))
			e.ledger.dropMoves(m.tp)
		}
	}
	if len(ended) > 0 {
		now, _, err := e.c.partitions(ctx, topicsOf(ended))
		if err != nil {
			return err
		}
		for _, m := range ended {
			e.conclude(m, now)
		}
	}
	return nil
}

func topicsOf(moves []*move) []string {
	topics := map[string]bool{}
	for _, m := range moves {
		topics[m.tp.Topic] = true
	}
	return sortedKeys(topics)
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// conclude settles a move that the controller no longer lists. It is done if the metadata shows its target. Anything else is
// believed only after [metadataLag].
func (e *Executor) conclude(m *move, now map[change.TopicPartition]partitionState) {
	p, ok := now[m.tp]
	if ok && slices.Equal(p.replicas, m.target) {
		e.ledger.dropMoves(m.tp)
		if m.givenUp != "" {
			e.skip(m, m.givenUp)
			return
		}
		m.state, m.movedInRun = moved, true
		e.emit(Moved{m.event()})
		return
	}
	if ok && m.takenBack > 0 && sameReplicas(p.replicas, m.sources) {
		e.cameBack(m, p.replicas)
		return
	}
	if m.endedAt.IsZero() {
		m.endedAt = time.Now()
	}
	if time.Since(m.endedAt) < metadataLag {
		return
	}
	e.ledger.dropMoves(m.tp)
	switch {
	case !ok:
		e.skip(m, "it is gone")
	case m.unconfirmed && slices.Equal(p.replicas, m.before):
		m.state, m.unconfirmed = pending, false // it was never taken
	default:
		e.skip(m, fmt.Sprintf("its reassignment ended with the replicas %v: it was cancelled or replaced", p.replicas))
	}
}

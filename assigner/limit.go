package assigner

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"kdeck/assigner/flow"
)

// Limit demands that a plan moves no more than this. If what has to move is more, that is an error. Moves that only make brokers
// more level are made as far as the limit allows: a move is weighed against the sum of squares of loads, at the lowest rate at
// which the plan stays within the limit. So no plan with as few moves is more level.
type Limit struct {
	Moves int   // most replicas that may move; negative: no limit
	Bytes int64 // most bytes that may be copied, as far as sizes are known; negative: no limit
}

func (d Limit) String() string {
	var words []string
	if d.Moves >= 0 {
		words = append(words, fmt.Sprintf("--max-moves %d", d.Moves))
	}
	if d.Bytes >= 0 {
		words = append(words, fmt.Sprintf("--max-bytes %d", d.Bytes))
	}
	return strings.Join(words, " ")
}

func (d Limit) check(*model) error { return nil }

func (d Limit) apply(m *model) error {
	if d.Moves >= 0 && (m.limit.Moves < 0 || d.Moves < m.limit.Moves) {
		m.limit.Moves = d.Moves
	}
	if d.Bytes >= 0 && (m.limit.Bytes < 0 || d.Bytes < m.limit.Bytes) {
		m.limit.Bytes = d.Bytes
	}
	return nil
}

// moved returns what the replica sets move.
func (p *placement) moved() (moves int, bytes int64) {
	for k, i := range p.items {
		before := p.m.replicasOf(int(i))
		for _, b := range p.sets.Of(k) {
			if !slices.Contains(before, b) {
				moves++
				bytes += max(0, p.m.part(int(i)).Bytes)
			}
		}
	}
	return moves, bytes
}

func (p *placement) withinLimit() bool {
	moves, bytes := p.moved()
	limit := p.m.limit
	return (limit.Moves < 0 || moves <= limit.Moves) && (limit.Bytes < 0 || bytes <= limit.Bytes)
}

// keepToLimit solves again if the plan exceeds its limit.
func (p *placement) keepToLimit(ctx context.Context, f *flow.Problem) error {
	limit := p.m.limit
	if limit.Moves >= 0 && p.bound > limit.Moves {
		return &LimitError{Limit: limit.String(), Needs: count(p.bound, "move")}
	}
	if limit.Bytes >= 0 && p.least.Known > limit.Bytes {
		return &LimitError{Limit: limit.String(), Needs: fmt.Sprintf("%d bytes copied", p.least.Known)}
	}
	if p.withinLimit() {
		return nil
	}
	moves, bytes := p.moved()
	// At the highest rate, which is more than any move can gain, only what has to move moves.
	highest := 4 * (slices.Max(p.base()) + int64(len(p.items)) + int64(p.largestTopic) + 1)
	var err error
	rate := 1 + sort.Search(int(highest)-1, func(r int) bool {
		if err == nil {
			err = p.solveAt(ctx, f, int64(r)+1)
		}
		return err != nil || p.withinLimit()
	})
	if err == nil {
		err = p.solveAt(ctx, f, int64(rate))
	}
	if err != nil {
		return err
	}
	now, copied := p.moved()
	p.relaxations = append(p.relaxations, fmt.Sprintf("%s: the most level plan takes %s and %d bytes; this one is the most level with %s and %d bytes",
		limit, count(moves, "move"), bytes, count(now, "move"), copied))
	return nil
}

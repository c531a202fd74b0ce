package reassign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
)

// maxExamples is how many of many partitions a message names.
const maxExamples = 5

// finish elects the preferred leaders, puts the throttle back, counts what drained brokers still hold, and returns how the
// run ended.
func (e *Executor) finish(ctx context.Context) End {
	end := End{Undo: e.undo, Stuck: len(e.o.Plan.Header.Stuck)}
	if ctx.Err() != nil {
		end.Why = append(end.Why, "abandoned: moves in flight and throttles are left as they are")
	} else {
		e.fail(e.untilWritten(ctx, false, func() error { return e.settleLast(ctx) }))
		e.enter("preferred leaders are elected")
		e.fail(e.untilWritten(ctx, false, func() error { return e.elect(ctx) }))
		e.enter("brokers that died are waited for")
		e.awaitAway(ctx)
		e.enter("the throttle is put back")
		end.Why = append(end.Why, e.putBack(ctx)...)
		e.enter("drained brokers are looked at")
		if !slices.ContainsFunc(e.moves, func(m *move) bool { return m.state < moved }) {
			end.Proofs = e.prove(ctx)
		}
		end.Why = append(end.Why, e.uncordon(ctx)...)
	}
	e.judge(&end, ctx.Err() != nil)
	return end
}

// settleLast finds out about moves that ended since they were looked at last, such as those that were no longer waited for.
func (e *Executor) settleLast(ctx context.Context) error {
	if !slices.ContainsFunc(e.moves, func(m *move) bool { return m.state == inFlight || m.state == stalled }) {
		return nil
	}
	ongoing, err := e.c.ongoing(ctx)
	if err != nil {
		return nil // the same question comes before the throttle is put back, and its error is told there
	}
	if e.settle(ctx, ongoing) != nil {
		return nil // as before
	}
	return e.save()
}

func (e *Executor) judge(end *End, abandoned bool) {
	byWhy := map[string][]string{}
	for _, m := range e.moves {
		switch m.state {
		case moved:
			end.Moved++
		case skipped:
			end.Skipped++
			byWhy[m.skippedWhy] = append(byWhy[m.skippedWhy], m.tp.String())
		default:
			end.Left++
		}
	}
	end.Why = append(end.Why, whySkipped(byWhy)...)
	if end.Left > 0 && e.failed == nil && !abandoned {
		end.Why = append(end.Why, format.Count(end.Left, "partition")+" not moved")
	}
	for _, line := range e.o.Plan.Header.StuckByReason() {
		end.Why = append(end.Why, "can't be moved: "+line)
	}
	for _, p := range end.Proofs {
		if !p.Empty() {
			end.Why = append(end.Why, "not proven to be empty: "+p.String())
		}
	}
	end.Result = Done
	if abandoned || end.Left+end.Skipped+end.Stuck+len(end.Why) > 0 {
		end.Result = Partial
	}
	if e.failed != nil && !abandoned {
		end.Result, end.Error = Failed, e.failed.Error()
	}
	if end.Left > 0 || !e.ledger.empty() {
		for _, c := range []config.CommandLine{e.o.Finish, e.o.Cancel} {
			if c != "" {
				end.Next = append(end.Next, c)
			}
		}
	}
}

// whySkipped says which partitions were skipped, by reason, those of the most partitions first.
func whySkipped(byWhy map[string][]string) (lines []string) {
	reasons := slices.SortedFunc(maps.Keys(byWhy), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byWhy[b]), len(byWhy[a])), strings.Compare(a, b))
	})
	more := 0
	for i, why := range reasons {
		if i < maxExamples {
			lines = append(lines, fmt.Sprintf("skipped %s: %s", examples(byWhy[why]), why))
		} else {
			more += len(byWhy[why])
		}
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("skipped %s for other reasons, which were said then", format.Count(more, "partition")))
	}
	return lines
}

// examples names the first of some partitions, and counts the others.
func examples(partitions []string) string {
	names := strings.Join(partitions[:min(maxExamples, len(partitions))], ", ")
	if more := len(partitions) - maxExamples; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}

// elect asks for the election of the preferred leaders of moved partitions, where those are in sync and don't lead yet.
func (e *Executor) elect(ctx context.Context) error {
	var arrived []*move
	for _, m := range e.moves {
		if m.state == moved {
			arrived = append(arrived, m)
		}
	}
	if len(arrived) == 0 {
		return nil
	}
	now, _, err := e.c.partitions(ctx, topicsOf(arrived))
	if err != nil {
		return fmt.Errorf("no preferred leaders were elected: %w", err)
	}
	var partitions []change.TopicPartition
	var leaders []int32
	for _, m := range arrived {
		p, ok := now[m.tp]
		if ok && len(p.replicas) > 0 && p.leader != p.replicas[0] && slices.Contains(p.isr, p.replicas[0]) {
			partitions, leaders = append(partitions, m.tp), append(leaders, p.leader)
		}
	}
	if len(partitions) == 0 {
		return nil
	}
	errs, failed := e.door.ElectLeaders(ctx, partitions, leaders)
	ev := Elected{}
	for i, err := range errs {
		switch {
		case err == nil:
			ev.Partitions++
		case errors.Is(err, change.ErrNotTaken), failed != nil && change.Uncertain(err):
		default:
			ev.Failed = append(ev.Failed, fmt.Sprintf("%v: %v", partitions[i], err))
		}
	}
	if failed == nil || ev.Partitions+len(ev.Failed) > 0 {
		e.emit(ev)
	}
	if failed != nil {
		return fmt.Errorf("preferred leaders were elected for %d of %d partitions: %w", ev.Partitions, len(partitions), failed)
	}
	return nil
}

// restorer returns what puts back the settings that the run's ledger holds.
func (e *Executor) restorer() *restorer {
	return &restorer{c: e.c, door: e.door, ledger: e.ledger, emit: e.emit}
}

// putBack puts the throttle back if none of our moves is in flight. Otherwise why says what keeps it.
func (e *Executor) putBack(ctx context.Context) (why []string) {
	r := e.restorer()
	err := e.untilWritten(ctx, false, func() (err error) {
		why, err = r.putBack(ctx)
		return err
	})
	if err != nil {
		e.fail(fmt.Errorf("the throttle stays: %w", err))
	}
	return why
}

// uncordon puts the cordons back, after the proof: until then nothing new lands on the drained brokers.
func (e *Executor) uncordon(ctx context.Context) (why []string) {
	r := e.restorer()
	err := e.untilWritten(ctx, false, func() (err error) {
		why, err = r.uncordon(ctx, everyBroker)
		return err
	})
	if err != nil {
		e.fail(fmt.Errorf("a cordon stays: %w", err))
	}
	return why
}

// prove counts what the drained brokers still hold. A broker deletes replicas some time after it lost them, so prove waits up
// to [emptyingTimeout]. It does not wait for replicas that the metadata still assigns to a broker, and an interrupted run
// looks only once.
func (e *Executor) prove(ctx context.Context) []Proof {
	deadline := time.Now().Add(emptyingTimeout)
	for pace := pollInterval / 10; ; pace = min(2*pace, pollInterval) {
		proofs, waiting, err := e.count(ctx)
		if err == nil && !waiting || ctx.Err() != nil || e.stopping() || !time.Now().Before(deadline) {
			if err != nil {
				e.fail(fmt.Errorf("whether the drained brokers are empty isn't known: %w", err))
			}
			return proofs
		}
		e.wait(ctx, pace)
	}
}

// count looks once. waiting says that a broker's log dirs hold more than the metadata assigns to it.
func (e *Executor) count(ctx context.Context) (proofs []Proof, waiting bool, err error) {
	if len(e.o.Plan.Header.Drained) == 0 {
		return nil, false, nil
	}
	if err := e.c.refresh(ctx); err != nil {
		return nil, false, err
	}
	for _, b := range e.o.Plan.Header.Drained {
		p := Proof{Broker: b, Alive: e.alive(b)}
		assigned := map[change.TopicPartition]bool{}
		for i := range e.c.snap.NumPartitions() {
			if at := e.c.snap.Partition(i); at.Has(b) {
				tp := change.TopicPartition{Topic: at.Topic().Name(), Partition: at.ID()}
				assigned[tp] = true
				p.example(tp.String())
			}
		}
		p.Metadata = len(assigned)
		if p.Alive {
			held, err := e.c.sizes(ctx, b, nil)
			if err == nil {
				n := len(held) // future replicas too, which move between two log dirs of the broker
				p.LogDirs = &n
				for tp := range held {
					if !assigned[tp] {
						waiting = true
					}
				}
			}
			waiting = waiting || err != nil
		}
		proofs = append(proofs, p)
	}
	return proofs, waiting, nil
}

func (p *Proof) example(s string) {
	if len(p.Examples) < maxExamples {
		p.Examples = append(p.Examples, s)
	}
}

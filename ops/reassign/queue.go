package reassign

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// maxQueue is how many of the moves that wait a run tells of.
const maxQueue = 200

// queued are the first of the moves that wait, in the order in which they are submitted, each with why it isn't submitted now. Where
// the whole run submits nothing for now, that is why.
func (e *Executor) queued(submits bool) (queue []state.RunMove) {
	slots := e.slots()
	for _, m := range e.queue {
		if m.state != pending {
			continue
		}
		if len(queue) == maxQueue {
			break
		}
		told := m.told()
		if told.Why == "" && submits {
			told.Why = e.whyWaits(m, slots)
		}
		queue = append(queue, told)
	}
	return queue
}

// whyWaits says why a move isn't submitted now. Those before it that there is room for have their slots.
func (e *Executor) whyWaits(m *move, slots *plan.Slots) string {
	if e.needsDead(m) {
		dead := slices.IndexFunc(m.target, func(b int32) bool { return !e.alive(b) })
		if dead < 0 {
			return "a log dir with a replica of it failed"
		}
		return fmt.Sprintf("broker %d is dead", m.target[dead])
	}
	if b, full := e.fullTarget(m); full {
		return fmt.Sprintf("the disks of broker %d may be given %s more, and it has %s", b, format.Bytes(max(0, e.disks.free[b])), format.Bytes(m.size))
	}
	if why := slots.WhyNot(m.copy()); why != "" {
		return why
	}
	slots.Start(m.copy())
	return "it is submitted next"
}

package watch

import (
	"context"

	"kdeck/ops/state"
	"kdeck/protocol"
)

// inParts is in how many parts a coordinator is asked again that didn't answer about all of its groups in time.
const inParts = 8

// inTime calls ask for all groups, and where that takes longer than the deadline for one part of them after the other: a busy coordinator may need longer for one
// answer about thousands of groups, and each part has a deadline of its own. It gives up, and calls fail for what is left, when even a part isn't
// answered in time; or at any other error.
func inTime(ctx context.Context, groups []*state.Group, ask func(part []*state.Group) error, fail func(rest []*state.Group, err error)) {
	if len(groups) == 0 {
		return
	}
	err := ask(groups)
	if len(groups) > 1 && protocol.CauseOf(err) == protocol.Timeout && ctx.Err() == nil {
		err = nil
		for n := (len(groups) + inParts - 1) / inParts; len(groups) > 0; groups = groups[min(n, len(groups)):] {
			if err = ask(groups[:min(n, len(groups))]); err != nil {
				break
			}
		}
	}
	if err != nil {
		fail(groups, err)
	}
}

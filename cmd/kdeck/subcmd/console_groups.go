package subcmd

import (
	"context"
	"time"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

// groupReadTime is how long the console waits for what leaders tell of a group that is opened.
const groupReadTime = 15 * time.Second

// groupReader finds out when the records were written that a group has to read which is opened in the console.
func groupReader(session *kafka.Session, now func() time.Time) func(context.Context, *state.Group, *state.GroupRead, *state.Offsets) *state.GroupRead {
	return func(ctx context.Context, g *state.Group, before *state.GroupRead, ends *state.Offsets) *state.GroupRead {
		ctx, cancel := context.WithTimeout(ctx, groupReadTime)
		defer cancel()
		return watch.Exact(ctx, session, g, before, ends, watch.Options{Now: now})
	}
}

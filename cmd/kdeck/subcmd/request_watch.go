package subcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kdeck/ops/ask"
	"kdeck/protocol/message"
)

// watch sends the request again at each interval, and shows what changed.
func (f *fanout) watch(ctx context.Context, m *message.Message) error {
	if err := f.show(m); err != nil {
		return err
	}
	tick := time.NewTicker(f.o.watch)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return f.outcome()
		}
		before := make([]ask.Reply, len(f.Replies))
		for i, l := range f.Replies {
			before[i] = *l
		}
		f.Again(ctx, m)
		if ctx.Err() != nil {
			continue // what was cut short is no change
		}
		if err := f.showChanges(before); err != nil {
			return err
		}
	}
}

// showChanges writes the fields in which the answers differ from the ones before.
func (f *fanout) showChanges(before []ask.Reply) error {
	var out strings.Builder
	for i, l := range f.Replies {
		was := before[i]
		switch {
		case l.Err != nil && (was.Err == nil || was.Err.Error() != l.Err.Error()):
			fmt.Fprintf(&out, "%s  node %s: %s\n", f.env.Now().Format("15:04:05"), l.Name, f.env.safe(l.Err.Error()))
		case l.Err == nil && was.Err != nil:
			fmt.Fprintf(&out, "%s  node %s answers again\n", f.env.Now().Format("15:04:05"), l.Name)
		case l.Err == nil && l.Got != nil && was.Got != nil:
			if changed := message.Differences(was.Got, l.Got, f.ignore()); len(changed) > 0 {
				fmt.Fprintf(&out, "%s  node %s:\n", f.env.Now().Format("15:04:05"), l.Name)
				f.printer().Differences(&out, changed, "  ")
			}
		}
	}
	_, err := f.env.Out.Write([]byte(out.String()))
	return err
}

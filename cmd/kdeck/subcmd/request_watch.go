package subcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kdeck/protocol/message"
)

// watch asks again and again, and shows what changed.
func (f *fanout) watch(ctx context.Context, m *message.Message) error {
	if err := f.show(m); err != nil {
		return err
	}
	tick := time.NewTicker(f.o.watch)
	defer tick.Stop()
	signals, stop := f.env.Interrupts()
	defer stop()
	for {
		select {
		case <-tick.C:
		case <-signals:
			return f.outcome()
		case <-ctx.Done():
			return f.outcome()
		}
		f.seen = nil
		before := make([]*line, len(f.lines))
		for i, l := range f.lines {
			was := *l
			before[i] = &was
			l.err = nil
		}
		f.each(ctx, func(ctx context.Context, l *line) error {
			if l.conn == nil || !l.conn.Usable() {
				if err := f.connect(ctx, l); err != nil {
					return err
				}
			}
			return f.exchange(ctx, l, m)
		})
		if err := f.showChanges(before); err != nil {
			return err
		}
	}
}

// showChanges writes what nodes answered otherwise than before.
func (f *fanout) showChanges(before []*line) error {
	var out strings.Builder
	for i, l := range f.lines {
		was := before[i]
		switch {
		case l.err != nil && (was.err == nil || was.err.Error() != l.err.Error()):
			fmt.Fprintf(&out, "%s  node %s: %s\n", f.env.Now().Format("15:04:05"), l.name, f.env.safe(l.err.Error()))
		case l.err == nil && was.err != nil:
			fmt.Fprintf(&out, "%s  node %s answers again\n", f.env.Now().Format("15:04:05"), l.name)
		case l.err == nil && l.got != nil && was.got != nil:
			if changed := message.Differences(was.got, l.got, f.ignore()); len(changed) > 0 {
				fmt.Fprintf(&out, "%s  node %s:\n", f.env.Now().Format("15:04:05"), l.name)
				f.printer().Differences(&out, changed, "  ")
			}
		}
	}
	_, err := f.env.Out.Write([]byte(out.String()))
	return err
}

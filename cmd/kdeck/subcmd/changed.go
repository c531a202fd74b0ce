package subcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/audit"
	"kdeck/ops/format"
	"kdeck/ops/history"
	"kdeck/ops/looks"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newChanged(env *Env, g *globals) *cobra.Command {
	since := ""
	cmd := &cobra.Command{
		Use:     "changed [--since TIME|FILE]",
		Short:   "What is different since the cluster was last healthy?",
		Example: "  kdeck changed\n  kdeck changed --since 30m\n  kdeck changed --since before.json -o json",
		Long: "changed compares the cluster with an earlier look at it: brokers, leaders, in-sync replicas, topics, configs, quotas and features;\n" +
			"and says what kdeck itself changed from this machine since then. status and the console keep a look at a cluster every\n" +
			"ten minutes on this machine, a dozen of them, and the last at which it was healthy, which is compared with where --since\n" +
			"says nothing else. A FILE is one of kdeck snapshot save. Of a cluster with more than " + format.Thousands(looks.MaxPartitions) + " partitions no looks are kept.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runChanged(cmd.Context(), env, g, since) },
	}
	cmd.Flags().StringVar(&since, "since", "", "compare with a saved cluster, by its `FILE`, or with this one as it was at a time: 10m, 2h, a date, 2026-11-30T10:00:00Z")
	return cmd
}

func runChanged(ctx context.Context, env *Env, g *globals, since string) error {
	var old *state.State
	at, timeErr := view.Since(since, env.Now())
	if since != "" && timeErr != nil {
		var err error
		if old, err = savedBefore(since, timeErr); err != nil {
			return err
		}
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	why := "when that was saved"
	if old == nil {
		if old, why, err = env.keptLook(src.snapshot.ClusterID, since, at); err != nil {
			return err
		}
	}
	if was, is := old.Snapshot.ClusterID, src.snapshot.ClusterID; was != is {
		return refused("changed: --since %s is of cluster %s, and this is cluster %s: nothing is compared", since, was, is)
	}
	now := src.state()
	if src.live {
		addSettings(ctx, src.session, now, watch.Options{Now: env.Now, Deadline: src.deadline})
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	d := history.Between(old, now)
	acted, err := env.actedSince(src, old.Snapshot.Taken)
	if err != nil {
		d.Unknown = append(d.Unknown, state.Unknown{Node: -1, What: "what kdeck changed", Why: err.Error()})
	}
	if now.Settings != nil {
		d.Unknown = append(d.Unknown, now.Settings.Unknown...)
	}
	if g.document() {
		return env.document(g, view.ChangedAnswer(old, now, d, acted))
	}
	return env.writeChanged(g, src, old, why, d, acted)
}

// savedBefore reads the file that --since names, which is no time.
func savedBefore(path string, timeErr error) (*state.State, error) {
	s, err := savedState("changed: --since", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused("changed: --since %w; and there is no file of that name", timeErr)
	}
	return s, err
}

// keptLook is the look that is compared with, and what it stands for in words.
func (e *Env) keptLook(cluster, since string, at time.Time) (*state.State, string, error) {
	dir, err := e.stateDir()
	if err != nil {
		return nil, "", err
	}
	list, err := looks.List(dir, cluster, e.Now())
	if err != nil {
		return nil, "", failed(err)
	}
	if len(list) == 0 {
		return nil, "", refused("changed: no earlier look at cluster %s is kept on this machine: kdeck status and the console keep one every ten minutes; compare with a saved cluster instead: --since FILE", cluster)
	}
	var l looks.Look
	var why string
	found := true
	switch {
	case since == "":
		if l, found = looks.Healthy(list); found {
			why = "when kdeck last kept a look at the healthy cluster"
		} else {
			l, why = list[len(list)-1], "the oldest look that is kept: none of them was healthy"
		}
	default:
		if l, found = looks.Before(list, at); found {
			why = "the latest look that is kept from before " + at.UTC().Format(time.DateTime) + "Z"
		} else {
			l, why = list[len(list)-1], "the oldest look that is kept: there is none from before "+at.UTC().Format(time.DateTime)+"Z"
		}
	}
	s, err := l.Load()
	if err != nil {
		return nil, "", failed(fmt.Errorf("changed: the look of %sZ that is kept: %w", l.Taken.UTC().Format(time.DateTime), err))
	}
	return s, why, nil
}

// actedSince is what kdeck did to the cluster from this machine since then, the latest first.
func (e *Env) actedSince(src *source, since time.Time) ([]history.Change, error) {
	dir, err := e.stateDir()
	if err != nil || !src.live {
		return nil, nil // nothing can have been changed from here
	}
	recent, err := audit.Recent(dir, src.snapshot.ClusterID, since)
	if err != nil {
		return nil, err
	}
	return history.Actions(recent, since), nil
}

// changesNamed is how many changes of a kind are written; JSON has all.
const changesNamed = 40

func (e *Env) writeChanged(g *globals, src *source, old *state.State, why string, d *history.Differences, acted []history.Change) error {
	var b strings.Builder
	taken := old.Snapshot.Taken
	fmt.Fprintf(&b, "since %sZ, %s ago: %s\n", taken.UTC().Format(time.DateTime), format.Duration(src.now.Sub(taken)), e.safe(why))
	if len(d.List) == 0 {
		b.WriteString("\nnothing is different in brokers, topics and partitions" + map[bool]string{true: ", nor in configs, quotas and features", false: ""}[len(d.Unknown) == 0] + "\n")
	}
	what, n := "", 0
	for _, c := range d.List {
		if c.What != what {
			what, n = c.What, 0
			fmt.Fprintf(&b, "\n%s\n", what)
		}
		if n++; n <= changesNamed {
			fmt.Fprintf(&b, "      %s\n", e.safe(c.Sentence))
		} else if n == changesNamed+1 {
			b.WriteString("      and more: -o json has all\n")
		}
	}
	if len(acted) > 0 {
		b.WriteString("\nchanged from this machine by kdeck\n")
	}
	for i, c := range acted {
		if i == changesNamed {
			fmt.Fprintf(&b, "      and %s more: kdeck audit\n", format.Thousands(len(acted)-i))
			break
		}
		fmt.Fprintf(&b, "      %sZ  %s\n", c.At.UTC().Format(time.DateTime), e.safe(c.Sentence))
	}
	if _, err := e.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	e.sayUnknown(&state.Snapshot{Unknown: append(src.snapshot.Unknown[:len(src.snapshot.Unknown):len(src.snapshot.Unknown)], d.Unknown...)})
	return nil
}

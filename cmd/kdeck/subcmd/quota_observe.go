package subcmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/tenant"
	"kdeck/ops/watch"
)

type observeOptions struct {
	changeOptions
	by         string
	off        bool
	requestLog string
	hold       time.Duration // --for
}

func newQuotaObserve(env *Env, g *globals) *cobra.Command {
	o := &observeOptions{}
	cmd := &cobra.Command{
		Use:     "observe",
		Short:   "Make brokers count the thread time of every client, without limiting any",
		Example: "  kdeck quota observe\n  kdeck quota observe --by client --execute\n  kdeck quota observe --request-log 7 --for 30s --execute",
		Long: "A broker counts how much of its threads' time each client takes only where a request_percentage quota exists. observe\n" +
			"sets one for a name that nobody has: from then on every broker counts every client, and throttles none. --off removes\n" +
			"the record; a broker goes on counting until it is restarted.\n" +
			"--request-log makes one broker log every request for a time, for kdeck tenants --request-log; with --off it ends the\n" +
			"logging that an earlier kdeck could not end.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.requestLog != "" {
				return runRequestLogger(cmd.Context(), env, g, o)
			}
			return runObserve(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.by, "by", "", "count by `user|client|both`; without it by user, or by client where nobody authenticates")
	f.StringVar(&o.requestLog, "request-log", "", "make this `BROKER` log every request")
	f.DurationVar(&o.hold, "for", 0, "with --request-log: for this `TIME`, such as 30s")
	f.BoolVar(&o.off, "off", false, "remove the record; with --request-log: end the logging")
	return cmd
}

// shape is how brokers are to count, by the flag or by the cluster's listeners.
func (o *observeOptions) shape(configs map[string]string) (tenant.Shape, error) {
	anonymous, known := tenant.Anonymous(configs)
	nobody := anonymous && known
	var names []string
	for _, by := range tenant.Observable {
		names = append(names, by.String())
	}
	switch i := slices.Index(names, o.by); {
	case o.by == "" && nobody:
		return tenant.ByClient, nil
	case o.by == "":
		return tenant.ByUser, nil
	case tenant.Observable[i] == tenant.ByUser && nobody:
		return 0, refused("nobody authenticates on this cluster's listeners: every user is ANONYMOUS, and counting by user would show one tenant. Take --by client")
	default:
		return tenant.Observable[i], nil
	}
}

// check refuses flags that don't go together.
func (o *observeOptions) check(g *globals) error {
	switch {
	case o.hold != 0:
		return refused("--for goes with --request-log: the record that observes stays until --off")
	case !slices.Contains([]string{"", "user", "client", "both"}, o.by):
		return refused("--by %s: user, client or both%s", o.by, didYouMean(o.by, []string{"user", "client", "both"}))
	case o.off && o.by != "":
		return refused("--off removes whichever record there is: leave --by out")
	}
	return nil
}

func runObserve(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	if err := o.check(g); err != nil {
		return err
	}
	src, quotas, err := env.quotas(ctx, g, &o.changeOptions)
	if err != nil {
		return err
	}
	q := &quotaChange{verb: "quota observe", undo: g.command("quota", "observe", "--off", "--execute")}
	if o.off {
		q.verb, q.undo, q.notes = "quota observe --off", "", []string{"a broker goes on counting until it is restarted"}
		q.Change, err = quotas.Unobserve()
	} else {
		var by tenant.Shape
		if by, err = o.shape(watch.AnyBrokerConfigs(ctx, src.session, src.snapshot)); err != nil {
			return err
		}
		q.notes = observeNotes(by)
		q.Change, err = quotas.Observe(by)
	}
	if err != nil {
		return refused("%w", err)
	}
	return env.perform(ctx, g, &o.changeOptions, env.quotaAction(g, src, q))
}

func observeNotes(by tenant.Shape) []string {
	what := by.String()
	if by == tenant.ByBoth {
		what = "user and client id"
	}
	notes := []string{
		fmt.Sprintf("every broker then counts thread time by %s; nobody has the name in the record, so nobody is throttled", what),
		"a broker of Kafka 3.9 that had request quotas at another level since it was started counts by that level too",
	}
	if by != tenant.ByUser {
		notes = append(notes, "each random client id makes a series of its own, for an hour: exporters' pages grow with them")
	}
	return notes
}

package subcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/audit"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/lag"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newStatus(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Is the cluster well? Verdict, findings, evidence",
		Example: "  kdeck status\n  kdeck status -o json",
		Long: "status reads the cluster once, and the brokers' exporters where the context names them, each within --timeout, and\n" +
			"says what it found, and what kdeck itself changed from this machine in the last 15 minutes. Where a consumer group has\n" +
			"records to read that are older than " + format.Duration(lag.Old) + ", it looks at that group again 5 seconds later, to see whether it gets on. A group that\n" +
			"stands still, or a transaction that holds readers up, is said beside the verdict: \"HEALTHY, one group stopped\".\n" +
			"It exits 0 when the verdict is healthy, 1 when it is anything else, unknown included, and 2 when it could not look.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStatus(cmd.Context(), env, g) },
	}
}

func runStatus(ctx context.Context, env *Env, g *globals) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	in := health.Input{State: src.state()}
	if src.live {
		in.State.Groups, in.State.Transactions = env.clients(ctx, src, false)
		in.State.Now = env.Now()
		if err := ctx.Err(); err != nil {
			return err
		}
		held, _ := env.heldChanges(src.snapshot.ClusterID) // doctor reports a journal that can't be read
		in.Overdue, _ = watch.Held(ctx, src.session, held, src.now)
		if in.State.MetricsConfigured {
			poller := env.poller(src)
			defer poller.Close()
			ctx, cancel := context.WithTimeout(ctx, g.timeout)
			defer cancel()
			watch.PollAndQuotas(ctx, src.session, poller, env.Now, in.State)
		}
	}
	s := in.State
	if src.live {
		s.Audit = env.recentChanges(ctx, src)
	}
	s.Verdict, s.Findings = health.Judge(in)
	if g.document() {
		err = env.document(g, view.Status(s))
	} else {
		err = writeStatus(env, g, src, s)
	}
	if err == nil && s.Verdict != state.VerdictHealthy {
		return answerNo()
	}
	return err
}

// clients looks at who reads and who writes, a second time at groups that may stand still. members says that the members of all groups are read.
func (e *Env) clients(ctx context.Context, src *source, members bool) (*state.Groups, *state.Transactions) {
	again := func(suspects, groups int) bool {
		fmt.Fprintf(e.Err, "%s of %s %s records to read that are older than %s; looking again in %s to see whether they get on\n",
			format.Thousands(suspects), format.Count(groups, "group"), map[bool]string{true: "has", false: "have"}[suspects == 1], format.Duration(lag.Old), format.Duration(e.Apart))
		return e.rest(ctx, e.Apart)
	}
	return watch.Clients(ctx, src.session, src.snapshot, watch.ClientsOptions{Members: members, Again: again}, watch.Options{Now: e.Now})
}

// rest waits, and tells whether the context has not ended.
func (e *Env) rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func writeStatus(env *Env, g *globals, src *source, st *state.State) error {
	var b strings.Builder
	word := func(s string) string {
		if env.color(g) {
			return paint(s)
		}
		return s
	}
	s := src.snapshot
	answering, known := st.Answering()
	controller := format.Unknown
	if s.Controller.Known {
		controller = fmt.Sprint(s.Controller.Value)
	}
	fmt.Fprintf(&b, "%s%s  %s  cluster %s  controller %s  %d of %d brokers answer  %d topics  %d partitions\n",
		word(strings.ToUpper(string(st.Verdict))), health.Headline(st.Findings), env.safe(src.name), env.safe(s.ClusterID), controller, answering, known, s.NumTopics(), s.NumPartitions())
	env.writeFindings(&b, g, st.Now, st.Findings)
	signs := view.Signs(st)
	if len(signs) > 0 { // without a severity: that of a sign is its colour in the console, and no finding's
		b.WriteString("\nin the metrics, and no part of the verdict:\n")
	}
	for _, sign := range signs {
		fmt.Fprintf(&b, "      broker %d: %s\n", sign.Broker, env.safe(sign.Sentence))
	}
	env.writeChanges(&b, st)
	_, err := env.Out.Write([]byte(b.String()))
	return err
}

// changesShown is how many of kdeck's changes the status has.
const changesShown = 5

// writeChanges writes what kdeck itself changed a short while ago.
func (e *Env) writeChanges(b *strings.Builder, st *state.State) {
	if !st.Audit.Known && st.Audit.Why != "" {
		fmt.Fprintf(b, "\n%s what kdeck changed from this machine: %s\n", format.Unknown, e.safe(st.Audit.Why))
	}
	changes := history.Actions(&state.Audit{Actions: view.RecentActions(st)}, time.Time{})
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(b, "\nchanged from this machine in the last %d minutes, no part of the verdict:\n", view.Recently/time.Minute)
	for _, c := range changes[:min(len(changes), changesShown)] {
		fmt.Fprintf(b, "      %sZ  %s\n", c.At.UTC().Format(time.TimeOnly), e.safe(c.Sentence))
	}
	if n := len(changes) - changesShown; n > 0 {
		fmt.Fprintf(b, "      and %s more: kdeck audit --since %dm\n", format.Thousands(n), view.Recently/time.Minute)
	}
}

// recentChanges reads from the end of the journal what kdeck did a short while ago. A run that is on is asked how far it is.
func (e *Env) recentChanges(ctx context.Context, src *source) state.Reading[*state.Audit] {
	dir, err := e.stateDir()
	if err != nil {
		return state.Reading[*state.Audit]{} // nothing can have been changed from here
	}
	recent, err := audit.Recent(dir, src.snapshot.ClusterID, src.now.Add(-view.Recently))
	if err != nil {
		return state.Missing[*state.Audit](err.Error(), src.now, dir)
	}
	e.tellOpen(ctx, recent, src.snapshot.ClusterID)
	for i := range recent.Actions {
		a := &recent.Actions[i]
		if now, told := strings.CutPrefix(a.Why, "it is "); told && a.Result == state.ActionOpen {
			what, _, _ := strings.Cut(a.What, ": ")
			a.What = what + ": " + now
		}
	}
	return state.Read(recent, src.now, dir)
}

// writeFindings writes findings with what they rest on and what to do.
func (e *Env) writeFindings(b *strings.Builder, g *globals, now time.Time, findings []state.Finding) {
	for _, f := range findings {
		severity := view.SeverityWord(f.Severity)
		if e.color(g) {
			severity = paint(severity)
		}
		fmt.Fprintf(b, "\n%s  %s", severity, e.safe(f.Sentence))
		if f.Since.Known {
			fmt.Fprintf(b, "  (%s)", format.Duration(now.Sub(f.Since.Value)))
		}
		b.WriteByte('\n')
		for _, line := range f.Evidence {
			fmt.Fprintf(b, "      %s\n", e.safe(line))
		}
		if f.Next != "" {
			fmt.Fprintf(b, "      next: %s\n", e.safe(f.Next))
		}
	}
}

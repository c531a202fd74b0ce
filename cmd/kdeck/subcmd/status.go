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
	"kdeck/ops/sightings"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newStatus(env *Env, g *globals) *cobra.Command {
	strict := false
	o := &exonerateOptions{}
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Is the cluster well? Verdict, findings, evidence",
		Example: "  kdeck status\n  kdeck status --strict -o json\n  kdeck status --exonerate orders",
		Long: "status reads the cluster once, and the brokers' exporters where the context names them, each within --timeout, and\n" +
			"says what it found, and what kdeck itself changed from this machine in the last 15 minutes. Where partitions miss only replicas\n" +
			"that are alive, or answers took long, it looks again, up to three times 5 seconds apart: what is over by then is no fault. Exporters\n" +
			"are read twice, " + watch.BetweenPolls.String() + " apart, and up to twice more where threads have little time left. Where a consumer group has\n" +
			"records to read that are older than " + format.Duration(lag.Nearly) + ", it looks at that group again 5 seconds later, up to three times, to see whether it gets on. A group that\n" +
			"stands still, or a transaction that holds readers up, is said beside the verdict: \"HEALTHY, one group stopped\".\n" +
			"What was not looked at is said with the verdict: \"HEALTHY as far as the protocol tells; threads, quotas and connections not looked at: no metrics\".\n" +
			"What comes from something else stands below it: a broker that is down explains the partitions that miss it. The first three causes are\n" +
			"shown whole, and the others in a line each; -o wide shows all of them whole, and -o json says of each what explains it.\n" +
			"Of a saved cluster (--snapshot) it says what was said when that was saved.\n" +
			"It exits 0 when the verdict is healthy, 1 when it is anything else, unknown included, and 2 when it could not look.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.topic != "" && o.tenant != "":
				return refused("status: --exonerate and --tenant: a text for a ticket is about a topic or about a tenant, not both")
			case o.given() && strict:
				return refused("status: --strict with --exonerate or --tenant: what was not looked at stands in the text")
			}
			return runStatus(cmd.Context(), env, g, strict, o)
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 also where something was not looked at, such as threads and quotas without metrics")
	cmd.Flags().StringVar(&o.topic, "exonerate", "", "write the text for a ticket that asks whether Kafka is at fault for this `TOPIC`; exits 1 where it can't be cleared")
	cmd.Flags().StringVar(&o.tenant, "tenant", "", "the same for all topics of this `TENANT`, by the rules of the context")
	return cmd
}

func runStatus(ctx context.Context, env *Env, g *globals, strict bool, o *exonerateOptions) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	s, err := env.assess(ctx, g, src, false)
	if err != nil {
		return err
	}
	if o.given() {
		return env.exonerate(g, src, s, o)
	}
	if src.live {
		s.Audit = env.recentChanges(ctx, src)
	}
	if g.document() {
		err = env.document(g, view.Status(s))
	} else {
		err = writeStatus(env, g, src, s)
	}
	if src.live {
		_ = env.keepLook(ctx, src.session, s) // the answer is there: changed says what is kept
	}
	if err == nil && (s.Verdict != state.VerdictHealthy || strict && len(health.NotLookedAt(s)) > 0) {
		return answerNo()
	}
	return err
}

// assess reads what a verdict rests on beside the snapshot, and judges all of it. Of a saved cluster it is what was said of it. members says that the members
// of all groups are read.
func (e *Env) assess(ctx context.Context, g *globals, src *source, members bool) (*state.State, error) {
	if !src.live {
		s := src.state()
		s.Verdict, s.Findings = health.Recall(s)
		return s, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var polls *watch.Polls
	if watch.MetricsConfigured(src.session.Cluster().Metrics) {
		poller := e.poller(src)
		defer poller.Close()
		polls = watch.StartPolls(ctx, poller, src.snapshot, e.Now, g.timeout)
	}
	in, err := e.lookAgain(ctx, src)
	if err != nil {
		return nil, err
	}
	in.State.Groups, in.State.Transactions = e.clients(ctx, src, members)
	in.State.Now = e.Now()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	held, _ := e.heldChanges(src.snapshot.ClusterID) // doctor reports a journal that can't be read
	in.Overdue, _ = watch.Held(ctx, src.session, held, src.now)
	if polls != nil {
		in.Samples = polls.Finish(ctx, in.State, func(ctx context.Context, d time.Duration) bool { return e.rest(ctx, min(d, e.Apart)) }, e.pollAgain(ctx))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		watch.ThrottlingQuotas(ctx, src.session, in.State)
	}
	earlier, keep := e.sightings()
	in.Earlier = earlier(src.snapshot.ClusterID)
	in.State.Verdict, in.State.Findings = health.Judge(in)
	keep(src.snapshot.ClusterID, in.Earlier.Next(in.State, true))
	return in.State, nil
}

// pollAgain waits for the next poll of brokers that may be short of time.
func (e *Env) pollAgain(ctx context.Context) func([]int32) bool {
	return func(short []int32) bool {
		fmt.Fprintf(e.Err, "threads of %s %s have little time left; reading the metrics again in %s to see whether that lasts\n",
			map[bool]string{true: "broker", false: "brokers"}[len(short) == 1], view.IDs(short), format.Duration(e.Apart))
		return e.rest(ctx, e.Apart)
	}
}

// sightings read and keep what looks at a cluster have shown. Where this machine keeps nothing, or can't, ages are told less well and nothing else changes.
func (e *Env) sightings() (earlier func(string) *health.Sightings, keep func(string, *health.Sightings)) {
	dir, err := e.stateDir()
	if err != nil {
		return func(string) *health.Sightings { return nil }, func(string, *health.Sightings) {}
	}
	return func(cluster string) *health.Sightings { return sightings.Load(dir, cluster, e.Now()) },
		func(cluster string, s *health.Sightings) { _ = sightings.Save(dir, cluster, s, e.Now()) }
}

// lookAgain looks at a cluster again where one look can't tell whether what it saw lasts: where partitions miss only replicas that are alive, or a broker was
// behind in the metadata, or slow to answer. It ends as soon as that is decided, after [state.Calm.OutOfSync] looks at the latest; src has the last of them then.
func (e *Env) lookAgain(ctx context.Context, src *source) (health.Input, error) {
	calm := src.session.Cluster().Calm.OrDefaults()
	in := health.Input{Unsynced: (*health.Unsynced)(nil).Look(src.snapshot, calm), Answers: (*health.AnswerTimes)(nil).Look(src.snapshot)}
	for looks := 1; looks < max(calm.OutOfSync, health.SlowLooks); looks++ {
		open, stale, slow := in.Unsynced.Open(), looks == 1 && health.PerhapsStale(src.snapshot), in.Answers.Open()
		switch {
		case open > 0:
			fmt.Fprintf(e.Err, "%s %s replicas that are alive; looking again in %s to see whether that lasts\n",
				format.Count(open, "partition"), map[bool]string{true: "misses", false: "miss"}[open == 1], format.Duration(e.Apart))
		case stale:
			fmt.Fprintf(e.Err, "a broker is behind the others in the metadata; looking again in %s to see whether that lasts\n", format.Duration(e.Apart))
		case slow:
			fmt.Fprintf(e.Err, "answers took long; looking again in %s to see whether that lasts\n", format.Duration(e.Apart))
		}
		if open == 0 && !stale && !slow || !e.rest(ctx, e.Apart) {
			break
		}
		next, err := e.looker(src)(ctx)
		if err != nil {
			return in, fmt.Errorf("%s: %w", src.name, err)
		}
		in.Before, src.snapshot, src.now = src.snapshot, next, e.Now()
		in.Unsynced, in.Answers = in.Unsynced.Look(next, calm), in.Answers.Look(next)
	}
	in.State = src.state()
	return in, ctx.Err()
}

// clients looks at who reads and who writes, and again at groups that may stand still. members says that the members of all groups are read.
func (e *Env) clients(ctx context.Context, src *source, members bool) (*state.Groups, *state.Transactions) {
	again := func(suspects, groups int) bool {
		fmt.Fprintf(e.Err, "%s of %s %s records to read that are older than %s; looking again in %s to see whether they get on\n",
			format.Thousands(suspects), format.Count(groups, "group"), map[bool]string{true: "has", false: "have"}[suspects == 1], format.Duration(lag.Nearly), format.Duration(e.Apart))
		return e.rest(ctx, e.Apart)
	}
	return watch.Clients(ctx, src.session, src.snapshot, watch.ClientsOptions{Members: members, Again: again}, e.watching(src))
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
		word(strings.ToUpper(string(st.Verdict))), health.Headline(st), env.safe(src.name), env.safe(s.ClusterID), controller, answering, known, s.NumTopics(), s.NumPartitions())
	if !src.live {
		fmt.Fprintf(&b, "as of %sZ, when the cluster was saved\n", s.Taken.UTC().Format(time.DateTime))
	}
	env.writeCauses(&b, g, st.Now, st.Findings)
	if list := health.NotLookedAt(st); len(list) > 0 && st.Verdict != state.VerdictHealthy {
		fmt.Fprintf(&b, "\n%s\n", health.UnlookedWords(list))
	}
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

// causesShown is how many causes a status shows whole: whoever has more to do looks at these first.
const causesShown = 3

// writeCauses writes findings by what causes them: the first causes whole, each with what it explains in a line; the others in a line each, or whole too in a
// wide answer.
func (e *Env) writeCauses(b *strings.Builder, g *globals, now time.Time, findings []state.Finding) {
	causes := health.Causes(findings)
	whole := causesShown
	if g.output == outWide {
		whole = len(causes)
	}
	for _, c := range causes[:min(whole, len(causes))] {
		e.writeFindings(b, g, now, []state.Finding{c.Finding})
		if g.output == outWide {
			e.writeFindings(b, g, now, c.Explains)
			continue
		}
		for i, f := range c.Explains {
			lead := "explains: "
			if i > 0 {
				lead = "          "
			}
			fmt.Fprintf(b, "      %s%s  %s\n", lead, e.severity(g, f), e.safe(f.Sentence))
		}
	}
	if len(causes) <= whole {
		return
	}
	fmt.Fprintf(b, "\nand %s; -o wide shows the evidence of all:\n", format.Count(len(causes)-whole, "more finding"))
	for _, c := range causes[whole:] {
		for _, f := range append([]state.Finding{c.Finding}, c.Explains...) {
			fmt.Fprintf(b, "%s  %s\n", e.severity(g, f), e.safe(f.Sentence))
		}
	}
}

// severity is the word for how bad a finding is.
func (e *Env) severity(g *globals, f state.Finding) string {
	word := view.SeverityWord(f.Severity)
	if e.color(g) {
		return paint(word)
	}
	return word
}

// writeFindings writes findings with what they rest on and what to do.
func (e *Env) writeFindings(b *strings.Builder, g *globals, now time.Time, findings []state.Finding) {
	for _, f := range findings {
		fmt.Fprintf(b, "\n%s  %s", e.severity(g, f), e.safe(f.Sentence))
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

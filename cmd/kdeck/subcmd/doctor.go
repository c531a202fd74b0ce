package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newDoctor(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "What kdeck can't see and why, with the rules to add; what was left behind",
		Long: "doctor says for each broker which metrics its exporter gives, and prints what to add to its configuration. It also\n" +
			"looks for what earlier work left behind: replication throttles, stuck moves, future replicas, limits that were to be\n" +
			"taken back; and for topics and brokers that are configured to fail.\n" +
			"It exits 1 when something was left behind or a broker's metrics can't be reached.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), env, g) },
	}
}

// pillarRow is one pillar of one broker.
type pillarRow struct {
	broker  int32
	dialect string
	state.Pillar
}

func runDoctor(ctx context.Context, env *Env, g *globals) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	use := env.usage(ctx, src, quotas)
	pillars := use.pillars()
	remarks := health.Doctor(env.doctorInput(ctx, g, src, quotas, use))
	if g.document() {
		err = env.document(g, doctorAnswer(src.snapshot, use, pillars, remarks))
	} else {
		err = writeDoctor(env, g, use, pillars, remarks)
	}
	if err != nil {
		return err
	}
	unwell := slices.ContainsFunc(remarks, func(f state.Finding) bool { return f.Severity != state.SeverityInfo })
	if unwell || slices.ContainsFunc(pillars, func(p pillarRow) bool { return p.Have == state.Unreachable }) {
		return answerNo()
	}
	return nil
}

func (u *clientUsage) pillars() []pillarRow {
	var rows []pillarRow
	for _, a := range u.answers {
		if a.Err != nil {
			rows = append(rows, pillarRow{a.ID, "", state.Pillar{Name: whatMetrics, Have: state.Unreachable, Why: a.Err.Error()}})
			continue
		}
		for _, p := range a.Broker.Coverage.Pillars {
			rows = append(rows, pillarRow{a.ID, a.Broker.Coverage.Dialect, p})
		}
		if c := a.Broker.Coverage; c.Bad > 0 {
			rows = append(rows, pillarRow{a.ID, c.Dialect, state.Pillar{Name: "bad lines", Have: state.Available,
				Why: fmt.Sprintf("%d of %d lines make no sense, the first begins %q", c.Bad, c.Lines, c.FirstBad)}})
		}
	}
	return rows
}

// doctorInput gathers what is judged.
func (e *Env) doctorInput(ctx context.Context, g *globals, src *source, quotas *tenant.Quotas, use *clientUsage) health.DoctorInput {
	s := src.state()
	s.Quotas = state.Read(quotas, s.Now, src.name)
	in := health.DoctorInput{Input: health.Input{State: s}, Configs: use.configs, LogLevels: loggerLevels(ctx, src),
		Unobserve: g.command("quota", "observe", "--off")}
	held, err := heldChanges(src.snapshot.ClusterID)
	in.JournalErr = err
	in.Overdue = overdue(ctx, src.session, held, src.now)
	for _, h := range held {
		if src.now.Before(h.Until) {
			in.Held = append(in.Held, health.Overdue{What: h.What, Until: h.Until, Undo: h.Undo})
		}
	}
	return in
}

// loggerLevels reads the levels of the brokers' request loggers. It asks all at once, each within a deadline of its own.
// A broker that doesn't tell is left out.
func loggerLevels(ctx context.Context, src *source) map[int32]string {
	levels := make([]string, len(src.snapshot.Brokers))
	var all sync.WaitGroup
	for i := range src.snapshot.Brokers {
		b := &src.snapshot.Brokers[i]
		addr, ok := src.session.Addr(b.ID)
		if !ok || !b.Answered.Known {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, watch.DefaultDeadline)
			defer cancel()
			levels[i], _ = watch.LoggerLevel(ctx, src.session, addr, b.ID, change.RequestLogger)
		})
	}
	all.Wait()
	byBroker := map[int32]string{}
	for i, level := range levels {
		if level != "" {
			byBroker[src.snapshot.Brokers[i].ID] = level
		}
	}
	return byBroker
}

// pillarJSON is one pillar of an answer.
type pillarJSON struct {
	Broker  int32      `json:"broker"`
	Dialect string     `json:"dialect"`
	Pillar  string     `json:"pillar"`
	Have    state.Have `json:"have"`
	Why     string     `json:"why"`
	Rule    string     `json:"rule"`
}

// doctorJSON is the answer of `kdeck doctor`.
type doctorJSON struct {
	view.Envelope
	Pillars []pillarJSON    `json:"pillars"`
	Remarks []state.Finding `json:"remarks"`
}

func doctorAnswer(s *state.Snapshot, use *clientUsage, pillars []pillarRow, remarks []state.Finding) doctorJSON {
	doc := doctorJSON{view.EnvelopeOf(s), []pillarJSON{}, view.Findings(remarks)}
	doc.Unknown = append(doc.Unknown, use.missing...)
	for _, p := range pillars {
		doc.Pillars = append(doc.Pillars, pillarJSON{p.broker, p.dialect, p.Name, p.Have, p.Why, p.Rule})
	}
	return doc
}

func writeDoctor(env *Env, g *globals, use *clientUsage, pillars []pillarRow, remarks []state.Finding) error {
	cell := func(head string, get func(pillarRow) string) view.Column[pillarRow] {
		return view.Column[pillarRow]{Head: head, Cell: get}
	}
	err := table(env, g, []view.Column[pillarRow]{
		cell("BROKER", func(p pillarRow) string { return fmt.Sprint(p.broker) }),
		cell("PILLAR", func(p pillarRow) string { return p.Name }),
		cell("HAVE", func(p pillarRow) string { return string(p.Have) }),
		cell("EXPORTER", func(p pillarRow) string { return p.dialect }),
		cell("WHY", func(p pillarRow) string { return p.Why }),
	}, pillars)
	if err != nil {
		return err
	}
	var b strings.Builder
	var rules []string
	for _, p := range pillars {
		if p.Rule != "" && !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	if len(rules) > 0 {
		fmt.Fprintf(&b, "\nadd to the JMX exporter's rules, before the others:\n%s\n", strings.Join(rules, "\n"))
	}
	env.writeFindings(&b, g, use.state.Now, remarks)
	if _, err := env.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	for _, u := range use.missing {
		if u.What == whatConfigs {
			fmt.Fprintf(env.Err, "unknown: %s of broker %d: %s\n", u.What, u.Node, env.safe(u.Why))
		}
	}
	return nil
}

package subcmd

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newDoctor(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		Short:   "What kdeck can't see and why, with the rules to add; what was left behind",
		Example: "  kdeck doctor\n  kdeck doctor -o wide",
		Long: "doctor looks for what earlier work left behind: replication throttles, moves that can't end, replicas between log\n" +
			"dirs, limits that were to be taken back; and for topics and brokers that are configured to fail. It says which\n" +
			"metrics the brokers' exporters don't give, and prints what to add to their configuration.\n\n" +
			"What is amiss comes first, the worst before the rest; what is well is one line. -o wide also shows each thing that was\n" +
			"looked at, and what each exporter gives.\n\n" +
			"It exits 1 when something was left behind or a broker's metrics can't be reached.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), env, g) },
	}
}

func runDoctor(ctx context.Context, env *Env, g *globals) error {
	if err := refuseSavedQuotas(g); err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	var unread []state.Unknown
	quotas := state.Missing[*tenant.Quotas]("", src.now, "")
	if q, err := watch.Quotas(ctx, src.session); err == nil {
		quotas = state.Read(q, src.now, src.name)
	} else { // a request that a broker doesn't serve, or an ACL that is missing: the other checks are made
		quotas.Why = err.Error()
		unread = append(unread, state.Unknown{Node: -1, What: state.WhatQuotas, Why: quotas.Why})
	}
	use := env.usage(ctx, src, quotas)
	use.missing = append(unread, use.missing...)
	in := env.doctorInput(ctx, g, src, use)
	pillars, checks := view.Pillars(use.State), health.Examine(in)
	if g.document() {
		err = env.document(g, view.DoctorAnswer(src.snapshot, use.missing, pillars, checks))
	} else {
		err = writeDoctor(env, g, use, pillars, checks)
	}
	if err != nil {
		return err
	}
	unwell := slices.ContainsFunc(health.Found(checks), func(f state.Finding) bool { return f.Severity != state.SeverityInfo })
	if unwell || slices.ContainsFunc(pillars, func(p view.Pillar) bool { return p.Have == state.Unreachable }) {
		return answerNo()
	}
	return nil
}

// doctorInput gathers what is judged.
func (e *Env) doctorInput(ctx context.Context, g *globals, src *source, use *clientUsage) health.DoctorInput {
	levels, unread := watch.LoggerLevels(ctx, src.session, src.snapshot, change.RequestLogger)
	use.missing = append(use.missing, unread...)
	in := health.DoctorInput{Input: health.Input{State: use.State}, Configs: use.configs, LogLevels: levels, Unread: use.missing,
		Unasked: unasked(src), Unobserve: string(g.command("quota", "observe", "--off"))}
	held, err := e.heldChanges(src.snapshot.ClusterID)
	in.JournalErr = err
	in.Overdue, in.Held = watch.Held(ctx, src.session, held, src.now)
	return in
}

// unasked says of brokers why their machines can't be asked as the context says: what they advertise is no host, or the program isn't here. nil: it doesn't say how.
func unasked(src *source) map[int32]string {
	look := src.session.Cluster().Host
	if look == "" {
		return nil
	}
	why := map[int32]string{}
	for i := range src.snapshot.Brokers {
		b := &src.snapshot.Brokers[i]
		of, err := look.Of(b.ID, b.Host)
		if err == nil && of.URL == "" {
			_, err = exec.LookPath(of.Words[0])
		}
		if err != nil {
			why[b.ID] = err.Error()
		}
	}
	return why
}

// writeDoctor writes what is amiss, then what was not looked at, then what is well.
func writeDoctor(env *Env, g *globals, use *clientUsage, pillars []view.Pillar, checks []health.Check) error {
	var b strings.Builder
	env.writeFindings(&b, g, use.Now, health.Found(checks))
	text := strings.TrimPrefix(b.String(), "\n")
	b.Reset()
	b.WriteString(text)
	groups := gapsOf(pillars)
	if len(groups) > 0 {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		into := *env
		into.Out = &b
		if err := table(&into, g, gapColumns(), groups); err != nil {
			return err
		}
	}
	var rules []string
	for _, p := range pillars {
		if p.Rule != "" && !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	if len(rules) > 0 {
		fmt.Fprintf(&b, "\nadd to the JMX exporter's rules, before the others:\n%s\n", strings.Join(rules, "\n"))
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	for _, c := range checks {
		if c.Unknown != "" {
			fmt.Fprintf(&b, "unknown  %s: %s\n", c.Name, env.safe(c.Unknown))
		}
	}
	b.WriteString(wellLine(pillars, checks))
	if g.output == outWide {
		if err := writeLooked(&b, env, g, pillars, checks); err != nil {
			return err
		}
	}
	if _, err := env.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	for _, u := range use.missing {
		if u.What == state.WhatConfigs {
			fmt.Fprintf(env.Err, "unknown: %s of broker %d: %s\n", env.safe(u.What), u.Node, env.safe(u.Why))
		}
	}
	return nil
}

// wellLine says what is well: of which checks and of which groups of metrics nothing is to be said.
func wellLine(pillars []view.Pillar, checks []health.Check) string {
	var names []string
	for _, c := range checks {
		if c.Well() {
			names = append(names, c.Name)
		}
	}
	groups, brokers := map[string]bool{}, map[int32]bool{}
	for _, p := range pillars {
		if p.Have == state.Available && p.Why == "" {
			groups[p.Name], brokers[p.Broker] = true, true
		}
	}
	line := fmt.Sprintf("well: %s", format.Count(len(names), "check"))
	if len(names) > 0 {
		line += " (" + strings.Join(names, ", ") + ")"
	}
	if len(groups) > 0 {
		line += fmt.Sprintf("; %s of metrics on %s", format.Count(len(groups), "group"), format.Count(len(brokers), "broker"))
	}
	return line + "\n"
}

// writeLooked writes each check and each group of metrics with what came of it.
func writeLooked(b *strings.Builder, env *Env, g *globals, pillars []view.Pillar, checks []health.Check) error {
	into := *env
	into.Out = b
	b.WriteByte('\n')
	err := table(&into, g, []view.Column[health.Check]{
		{Head: "LOOKED AT", Cell: func(c health.Check) string { return c.Name }},
		{Head: "FOUND", Cell: func(c health.Check) string {
			switch {
			case len(c.Findings) > 0:
				return format.Count(len(c.Findings), "remark")
			case c.Unknown != "":
				return format.Unknown
			}
			return "ok"
		}},
	}, checks)
	if err != nil || len(pillars) == 0 {
		return err
	}
	b.WriteByte('\n')
	return table(&into, g, view.PillarColumns(), pillars)
}

// gap is a group of metrics that some brokers' exporters lack for the same reason.
type gap struct {
	view.Pillar
	brokers []int32
}

// gapsOf are the groups of metrics of which something is to be said. One that doesn't apply to a broker is none.
func gapsOf(pillars []view.Pillar) (gaps []gap) {
	for _, p := range pillars {
		if p.Have == state.NotApplicable || p.Have == state.Available && p.Why == "" {
			continue
		}
		at := slices.IndexFunc(gaps, func(g gap) bool {
			return g.Name == p.Name && g.Have == p.Have && g.Dialect == p.Dialect && g.Why == p.Why
		})
		if at < 0 {
			at, gaps = len(gaps), append(gaps, gap{Pillar: p})
		}
		gaps[at].brokers = append(gaps[at].brokers, p.Broker)
	}
	return gaps
}

func gapColumns() []view.Column[gap] {
	return []view.Column[gap]{
		{Head: "GROUP", Cell: func(g gap) string { return g.Name }},
		{Head: "HAVE", Cell: func(g gap) string { return string(g.Have) }},
		{Head: "BROKERS", Cell: func(g gap) string { return view.IDs(g.brokers) }},
		{Head: "EXPORTER", Cell: func(g gap) string { return g.Dialect }},
		{Head: "WHY", Cell: func(g gap) string { return g.Why }},
	}
}

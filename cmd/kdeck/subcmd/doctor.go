package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/state"
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

func runDoctor(ctx context.Context, env *Env, g *globals) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	use := env.usage(ctx, src, quotas)
	pillars := view.Pillars(use.State)
	remarks := health.Doctor(env.doctorInput(ctx, g, src, use))
	if g.document() {
		err = env.document(g, view.DoctorAnswer(src.snapshot, use.missing, pillars, remarks))
	} else {
		err = writeDoctor(env, g, use, pillars, remarks)
	}
	if err != nil {
		return err
	}
	unwell := slices.ContainsFunc(remarks, func(f state.Finding) bool { return f.Severity != state.SeverityInfo })
	if unwell || slices.ContainsFunc(pillars, func(p view.Pillar) bool { return p.Have == state.Unreachable }) {
		return answerNo()
	}
	return nil
}

// doctorInput gathers what is judged.
func (e *Env) doctorInput(ctx context.Context, g *globals, src *source, use *clientUsage) health.DoctorInput {
	in := health.DoctorInput{Input: health.Input{State: use.State}, Configs: use.configs,
		LogLevels: watch.LoggerLevels(ctx, src.session, src.snapshot, change.RequestLogger),
		Unobserve: g.command("quota", "observe", "--off")}
	held, err := e.heldChanges(src.snapshot.ClusterID)
	in.JournalErr = err
	in.Overdue, in.Held = watch.Held(ctx, src.session, held, src.now)
	return in
}

func writeDoctor(env *Env, g *globals, use *clientUsage, pillars []view.Pillar, remarks []state.Finding) error {
	if err := table(env, g, view.PillarColumns(), pillars); err != nil {
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
	env.writeFindings(&b, g, use.Now, remarks)
	if _, err := env.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	for _, u := range use.missing {
		if u.What == state.WhatConfigs {
			fmt.Fprintf(env.Err, "unknown: %s of broker %d: %s\n", u.What, u.Node, env.safe(u.Why))
		}
	}
	return nil
}

package subcmd

import (
	"cmp"
	"context"
	"errors"
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/assigner"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

func newPlan(env *Env, g *globals) *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan [-] STAGE … [+ STAGE …]",
		Short: "Plan moves; nothing is changed",
		Long: "plan works out which replicas have to move, and no more than have to, and prints the plan.\n" +
			"With -o json that is a file for `kdeck apply`, which kafka-reassign-partitions reads too.\n\n" +
			"Stages are joined by + and make one plan: what one asks for, the others keep. Where the first word is -, the\n" +
			"stages of the plan on standard input come first. Arguments come before flags, and lists behind flags have commas.\n\n" +
			"Stages:\n" + plan.Usage() + "\n" +
			"Flags of every stage:\n" +
			"  --topics RE, --exclude-topics RE       only topics whose whole name matches, or doesn't\n" +
			"Flags that bind the whole plan:\n" +
			"  --max-moves N, --max-bytes SIZE        limits: moves that no stage needs are left out; a plan that needs more is refused\n" +
			"  --keep-leaders                         keep preferred leaders, except on brokers that are emptied or dead\n" +
			"Of a limit that the plan on standard input has as well, the tighter one holds.\n\n" +
			"It exits 1 when something that ought to move can't be moved, or when a plan that is checked is wrong.",
		Example: "  kdeck plan drain 7\n  kdeck plan drain 7 --to 8,9 -o json > drain7.json\n" +
			"  kdeck plan drain 7 + balance count + leaders --simulate 200MB\n  kdeck plan drain 7 -o json | kdeck plan - leaders\n" +
			"  kdeck plan --check reassign.json drain 7",
		RunE: func(cmd *cobra.Command, words []string) error {
			if err := o.parse(words, cmd.Flags()); err != nil {
				return err
			}
			if helped, err := lateFlags(cmd, g); helped || err != nil {
				return err
			}
			return runPlan(cmd.Context(), env, g, o)
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		flag, unknown := strings.CutPrefix(err.Error(), "unknown flag: ")
		ofStage := func(verb string) bool { return slices.Contains(plan.FlagsOf(verb), flag) }
		if unknown && slices.ContainsFunc(plan.Verbs(), ofStage) {
			return refused("plan: %s before the first stage: a stage comes before its flags", flag)
		}
		return flagError(cmd, err)
	})
	f := cmd.Flags()
	f.SetInterspersed(false) // the words from the first stage on are for the grammar of stages
	f.StringVar(&o.whyWord, "why", "", "only say which stages the change of this `TOPIC/PARTITION` serves")
	f.StringVar(&o.check, "check", "", "judge the plan in this `FILE` instead, by the stages given or by its own")
	f.StringVar(&o.simulate, "simulate", "", "show a timeline, each broker copying this `SIZE` a second in and out")
	return cmd
}

func runPlan(ctx context.Context, env *Env, g *globals, o *planOptions) error {
	before, err := o.readBefore(env)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if o.check != "" {
		return checkPlan(ctx, env, g, src, o)
	}
	if before != nil {
		if err := before.CheckUnchanged(src.snapshot); err != nil {
			return refused("-: %w", err)
		}
	}
	if err := o.checkWhy(src.snapshot); err != nil {
		return err
	}
	p, err := propose(ctx, src, o.stages)
	if err != nil {
		return err
	}
	if o.why != nil {
		return showWhy(env, g, src, p, o)
	}
	if o.rate > 0 {
		p.Header.Simulation = p.Traffic.Simulate(o.rate, 0)
	}
	if src.live {
		phrase := plan.ApplyPhrase(p.Plan, src.name)
		p.Header.Confirm = &phrase
	}
	if err := showPlan(env, g, src, p, false, ""); err != nil {
		return err
	}
	if len(p.Header.Stuck) > 0 {
		return answerNo()
	}
	return nil
}

// largePlan is a number of partitions whose plan may take more than the 1 GiB that kdeck stays below otherwise.
const largePlan = 200_000

// propose plans the stages.
func propose(ctx context.Context, src *source, stages []plan.Stage) (*plan.Proposal, error) {
	if src.snapshot.NumPartitions() > largePlan {
		debug.SetMemoryLimit(math.MaxInt64) // below a limit that it can't keep to, the collector would take half of the time
	}
	p, err := plan.Make(ctx, src.snapshot, stages)
	if err != nil {
		return nil, refusedByPlanner(src.snapshot, err)
	}
	return p, nil
}

// refusedByPlanner adds to an error of the planner what was probably meant.
func refusedByPlanner(s *state.Snapshot, err error) error {
	var broker *assigner.UnknownBrokerError
	var topic *plan.NoTopicError
	var rack *plan.NoRackError
	switch {
	case errors.As(err, &rack):
		return refused("%w%s; there are %s", err, didYouMean(rack.Rack, rack.Known), cmp.Or(strings.Join(rack.Known, ", "), "no racks"))
	case errors.As(err, &broker):
		return refused("%w; there are %s", err, brokerIDs(s))
	case errors.As(err, &topic):
		return refused("%w%s", err, didYouMean(topic.Expression, topicNames(s)))
	}
	return refused("%w", err)
}

package subcmd

import (
	"context"
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/view"
)

type checkJSON struct {
	view.Envelope
	*plan.Judgement
}

// checkPlan judges the plan in a file by the given stages, or by the stages in the file. The answer is no where something is
// wrong.
func checkPlan(ctx context.Context, env *Env, g *globals, src *source, o *planOptions) error {
	p, err := env.readPlan(o.check)
	if err != nil {
		return err
	}
	stages := o.stages
	if words, err := p.Words(); err == nil && len(stages) == 0 {
		if stages, err = plan.Parse(words); err != nil {
			return refusedByGrammar(err)
		}
	}
	j, err := plan.Judge(ctx, src.snapshot, p, stages)
	if err != nil {
		return refused("%s: %w", o.check, refusedByPlanner(src.snapshot, err))
	}
	if g.document() {
		err = env.document(g, checkJSON{view.EnvelopeOf(src.snapshot), j})
	} else {
		_, err = env.Out.Write([]byte(judgement(env, j)))
	}
	if err == nil && len(j.Wrong) > 0 {
		return answerNo()
	}
	return err
}

// maxWrong is how many wrong things are listed for people.
const maxWrong = 20

func judgement(env *Env, j *plan.Judgement) string {
	var b strings.Builder
	for i, w := range j.Wrong {
		if i == maxWrong {
			fmt.Fprintf(&b, "         and %d more, all of them with -o json\n", len(j.Wrong)-i)
			break
		}
		fmt.Fprintf(&b, "WRONG    %s\n", env.safe(w))
	}
	for _, line := range j.Behind {
		fmt.Fprintf(&b, "behind   %s\n", env.safe(line))
	}
	for _, r := range j.Risks {
		fmt.Fprintf(&b, "risk     %s\n", env.safe(r))
	}
	fmt.Fprintf(&b, "moves    %d", j.Moves)
	if j.MovesBound != nil {
		fmt.Fprintf(&b, " (%d would do)", *j.MovesBound)
	}
	bytes := format.Unknown
	if j.Bytes != nil {
		bytes = format.Bytes(*j.Bytes)
	}
	fmt.Fprintf(&b, "\nbytes    %s\nleaders  %s get another preferred leader", bytes, format.Count(j.LeaderChanges, "partition"))
	if j.LeaderChangesBound != nil && *j.LeaderChangesBound < j.LeaderChanges {
		fmt.Fprintf(&b, " (at least %d have to)", *j.LeaderChangesBound)
	}
	b.WriteByte('\n')
	switch {
	case len(j.Wrong) > 0:
		fmt.Fprintf(&b, "verdict  %s wrong\n", format.Count(len(j.Wrong), "thing"))
	case j.Best == nil:
		b.WriteString("verdict  nothing is wrong with it; whether it serves, stages would tell: kdeck plan --check FILE STAGE …\n")
	case *j.Best:
		fmt.Fprintf(&b, "verdict  it does what %q asks for, and no plan does it better\n", strings.Join(j.Stages, " + "))
	default:
		fmt.Fprintf(&b, "verdict  it does what %q asks for, and a better plan can be had: kdeck plan\n", strings.Join(j.Stages, " + "))
	}
	return b.String()
}

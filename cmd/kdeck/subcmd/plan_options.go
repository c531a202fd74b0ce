package subcmd

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// planOptions is what the words of kdeck plan ask for.
type planOptions struct {
	stages []plan.Stage
	piped  bool   // the stages of the plan on standard input come before
	check  string // the file of a plan to be judged

	whyWord  string // --why, as it was typed
	why      *namedPartition
	simulate string // --simulate, as it was typed
	rate     int64  // in bytes a second; 0: no simulation
}

// namedPartition is a partition as it was typed.
type namedPartition struct {
	topic string
	id    int32
}

// parse reads the stages and the flags behind them. It doesn't look at the cluster or at files.
func (o *planOptions) parse(words []string, flags *pflag.FlagSet) (err error) {
	if len(words) > 0 && words[0] == "-" {
		o.piped = true
		if words = words[1:]; len(words) > 1 && words[0] == "+" {
			words = words[1:]
		}
	}
	if len(words) > 0 {
		if o.stages, err = plan.ParseMore(words, flags); err != nil {
			return refusedByGrammar(err)
		}
	}
	if len(o.stages) == 0 && !o.piped && o.check == "" {
		_, err := plan.Parse(nil)
		return refusedByGrammar(err)
	}
	if o.whyWord != "" {
		if o.why, err = parsePartition(o.whyWord); err != nil {
			return err
		}
	}
	if o.simulate != "" {
		switch o.rate, err = format.ParseBytes(o.simulate); {
		case err != nil:
			return refused("plan: --simulate: %w", err)
		case o.rate == 0:
			return refused("plan: --simulate %s: nothing would ever arrive", o.simulate)
		}
	}
	switch {
	case o.check == "-":
		return refused("plan: --check -: a plan to be checked is read from a file")
	case o.check != "" && (o.piped || o.why != nil || o.rate > 0):
		return refused("plan: --check judges the plan in its file: it goes with stages, and with nothing else")
	case o.why != nil && o.rate > 0:
		return refused("plan: --why and --simulate are answers of their own: one at a time")
	}
	return nil
}

func parsePartition(word string) (*namedPartition, error) {
	i := strings.LastIndex(word, "/")
	n, err := strconv.ParseInt(word[i+1:], 10, 32)
	if i <= 0 || err != nil || n < 0 {
		return nil, refused("plan: --why: %q is no partition: TOPIC/PARTITION was expected", word)
	}
	return &namedPartition{word[:i], int32(n)}, nil
}

// checkWhy refuses a partition that the cluster doesn't have.
func (o *planOptions) checkWhy(s *state.Snapshot) error {
	if o.why == nil {
		return nil
	}
	if _, ok := s.FindTopic(o.why.topic); !ok {
		return refused("plan: --why: no topic %q%s", o.why.topic, didYouMean(o.why.topic, topicNames(s)))
	}
	if _, ok := s.FindPartition(o.why.topic, o.why.id); !ok {
		return refused("plan: --why: topic %q has no partition %d", o.why.topic, o.why.id)
	}
	return nil
}

// readBefore reads the plan on standard input, if the first word is -, and puts its stages before the others.
func (o *planOptions) readBefore(env *Env) (*plan.Plan, error) {
	if !o.piped {
		return nil, nil
	}
	if env.InTerminal {
		return nil, refused("plan -: the plan to go on with comes by a pipe: kdeck plan STAGE … -o json | kdeck plan - …")
	}
	before, err := env.readPlan("-")
	if err != nil {
		return nil, err
	}
	if _, err := before.Words(); err != nil {
		return nil, refused("-: %w", err)
	}
	if o.stages, err = before.Chain(o.stages); err != nil {
		return nil, refusedByGrammar(err)
	}
	return before, nil
}

package subcmd

import (
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// planOptions are the words of kdeck plan, the global flags taken out.
type planOptions struct {
	words  []string     // of the stages
	stages []plan.Stage // those words, read
	piped  bool         // the stages of the plan on standard input come before
	check  string       // the file of a plan to be judged
	why    *namedPartition
	rate   int64 // to simulate at, bytes a second; 0: don't
}

// namedPartition is a partition as it was typed.
type namedPartition struct {
	topic string
	id    int32
}

// parsePlan reads the words without looking at anything.
func parsePlan(words []string) (*planOptions, error) {
	o := &planOptions{}
	words, flags, err := takePlanFlags(words)
	if err != nil {
		return nil, err
	}
	if o.check = flags["check"]; o.check == "-" {
		return nil, refused("plan: --check -: a plan to be checked is read from a file")
	}
	if word, ok := flags["why"]; ok {
		if o.why, err = parsePartition(word); err != nil {
			return nil, err
		}
	}
	if word, ok := flags["simulate"]; ok {
		switch o.rate, err = format.ParseBytes(word); {
		case err != nil:
			return nil, refused("plan: --simulate: %w", err)
		case o.rate == 0:
			return nil, refused("plan: --simulate %s: nothing would ever arrive", word)
		}
	}
	if len(words) > 0 && words[0] == "-" {
		o.piped = true
		if words = words[1:]; len(words) > 1 && words[0] == "+" {
			words = words[1:]
		}
	}
	switch {
	case o.check != "" && (o.piped || o.why != nil || o.rate > 0):
		return nil, refused("plan: --check judges the plan in its file: it goes with stages, and with nothing else")
	case o.why != nil && o.rate > 0:
		return nil, refused("plan: --why and --simulate are answers of their own: one at a time")
	}
	if o.words = words; !o.piped && (len(words) > 0 || o.check == "") {
		o.stages, err = parseStages(words)
	}
	return o, err
}

// planFlags are the flags of the command, which no stage has. Each takes a value.
var planFlags = []string{"check", "simulate", "why"}

// takePlanFlags takes the flags of the command out of the words. Behind the first word of a stage no other word may follow
// their value: in "drain 7 --why a/0 8" the 8 must not be drained.
func takePlanFlags(words []string) (rest []string, flags map[string]string, err error) {
	flags = map[string]string{}
	last := ""
	for i := 0; i < len(words); i++ {
		name, value, inline := strings.Cut(words[i], "=")
		known := false
		for _, f := range planFlags {
			known = known || name == "--"+f
		}
		if !known {
			if last != "" && len(rest) > 0 && words[i] != "+" && !strings.HasPrefix(words[i], "--") {
				return nil, nil, refused("plan: %q after %s: arguments come before flags", words[i], last)
			}
			last = ""
			rest = append(rest, words[i])
			continue
		}
		if !inline {
			if i++; i == len(words) || strings.HasPrefix(words[i], "--") {
				return nil, nil, refused("plan: %s needs a value", name)
			}
			value = words[i]
		}
		if _, twice := flags[name[2:]]; twice || value == "" {
			return nil, nil, refused("plan: %s %s: it takes one value, once", name, value)
		}
		flags[name[2:]], last = value, name
	}
	return rest, flags, nil
}

func parsePartition(word string) (*namedPartition, error) {
	i := strings.LastIndex(word, "/")
	n, err := strconv.ParseInt(word[i+1:], 10, 32)
	if i <= 0 || err != nil || n < 0 {
		return nil, refused("plan: --why: %q is no partition: TOPIC/PARTITION was expected", word)
	}
	return &namedPartition{word[:i], int32(n)}, nil
}

// has refuses a partition that isn't there.
func (o *planOptions) has(s *state.Snapshot) error {
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

// readBefore reads the plan on standard input where there is one, and puts its stages before the others.
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
	if o.stages, err = before.Chain(o.words); err != nil {
		return nil, refusedByGrammar(err)
	}
	return before, nil
}

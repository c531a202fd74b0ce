package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// A Stage is one step of a chain, read from its words.
type Stage interface {
	// String returns the stage in canonical words, as a plan file holds them. [Parse] reads them as the same stage.
	String() string
	// phrase returns what is done and to what, without the flags that every stage has. "": nothing by itself.
	phrase() string
	topics() Topics
	demands() []assigner.Demand
}

// clusterChecker is a stage that checks the cluster for what the planner doesn't check.
type clusterChecker interface {
	checkCluster(s *state.Snapshot) error
}

// drainer is a stage that moves all replicas off brokers.
type drainer interface {
	drainedBrokers() []int32
}

// stageVerb is a stage as the command line knows it.
type stageVerb struct {
	usage   string   // its arguments and its own flags
	summary string   // what it brings about
	flags   []string // its own, without the flags that every stage has
	parse   func(args []string, flags flagWords, topics Topics) (Stage, error)
}

// verbs are the stages by the word that each begins with.
var verbs = map[string]stageVerb{
	"drain":                  {"BROKER…|--rack RACK [--to B,B]", "move all replicas off (alias: remove)", []string{"to", "rack"}, parseDrain},
	"replace":                {"BROKER --with BROKER", "the other takes over its replicas", []string{"with"}, parseReplace},
	"balance":                {"[count] [bytes] [topics]", "level replicas, bytes, each topic's", nil, parseBalance},
	"racks":                  {"", "spread partitions evenly over racks", nil, parseRacks},
	"leaders":                {"", "level the leaders (alias: reorder)", nil, parseLeaders},
	"demote":                 {"BROKER…", "prefer other leaders; no data moves", nil, parseDemote},
	"set-replication-factor": {"N --topics RE", "give each partition N replicas", nil, parseReplicationFactor},
	"clone":                  {"BROKER… --to BROKER", "add a copy of their replicas there", []string{"to"}, parseClone},
	"trim":                   {"BROKER…", "remove replicas and add no others", nil, parseTrim},
	"elect":                  {"", "make preferred replicas lead now", nil, parseElect},
}

// aliases are other names of stages.
var aliases = map[string]string{"remove": "drain", "reorder": "leaders"}

// Verbs returns the words that a stage may begin with, sorted.
func Verbs() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for v := range verbs {
			if !yield(v) {
				return
			}
		}
		for v := range aliases {
			if !yield(v) {
				return
			}
		}
	})
}

// Usage returns the arguments of each stage and what it does, a line each.
func Usage() string {
	var b strings.Builder
	for _, v := range slices.Sorted(maps.Keys(verbs)) {
		fmt.Fprintf(&b, "  %-38s %s\n", strings.TrimSpace(v+" "+verbs[v].usage), verbs[v].summary)
	}
	return b.String()
}

// UnknownWordError names a word that is unknown in its place, and the words that are known there.
type UnknownWordError struct {
	Word  string
	What  string // "stage", "flag", …
	Known []string
}

func (e *UnknownWordError) Error() string {
	if e.What == "flag" {
		return fmt.Sprintf("no flag %q: it has %s", e.Word, strings.Join(e.Known, ", "))
	}
	return fmt.Sprintf("no %s %q: one of %s", e.What, e.Word, strings.Join(e.Known, ", "))
}

// Parse reads a chain of stages, joined by "+". Nothing is guessed: an error names the first word that is not understood.
// Limits are flags of any stage, but bind the whole plan: they become one [Limits] at the end.
func Parse(words []string) ([]Stage, error) {
	stages, err := ParseMore(words, nil)
	if err != nil {
		return nil, err
	}
	if _, limits := stages[0].(*Limits); limits { // there is at least one: words that make nothing of either are refused
		return nil, fmt.Errorf("no stage given, only limits: one of %s", strings.Join(Verbs(), ", "))
	}
	return stages, nil
}

// ParseMore reads words that go on with a chain: limits may stand alone. Flags of the command, which may stand behind any
// stage, are parsed into command; nil where there are none.
func ParseMore(words []string, command *pflag.FlagSet) (stages []Stage, err error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("no stage given: one of %s", strings.Join(Verbs(), ", "))
	}
	limits := flagWords{}
	for n, rest, more := 1, words, true; more; n++ {
		end := slices.Index(rest, "+")
		here := rest
		if more = end >= 0; more {
			here, rest = rest[:end], rest[end+1:]
		}
		empty := len(here) == 0
		if !empty {
			before := len(limits)
			s, err := parseStage(here, limits, command)
			if err != nil {
				return nil, err
			}
			if s != nil {
				stages = append(stages, s)
			}
			empty = s == nil && len(limits) == before && (n > 1 || more) // flags of the command alone make no stage
		}
		if empty {
			return nil, fmt.Errorf("stage %d is empty: a stage belongs on both sides of +", n)
		}
	}
	if len(limits) > 0 {
		l, err := parseLimits(limits)
		if err != nil {
			return nil, err
		}
		stages = append(stages, l)
	}
	return stages, nil
}

// parseStage reads one stage and takes out its limits and the flags of the command; nil where there is nothing else.
func parseStage(words []string, limits flagWords, command *pflag.FlagSet) (Stage, error) {
	if strings.HasPrefix(words[0], "-") {
		if args, _, err := parseWords(words, nil, limits, command); err != nil || len(args) == 0 {
			return nil, err
		}
	}
	v, ok := verbs[verbOf(words[0])]
	if !ok {
		return nil, &UnknownWordError{Word: words[0], What: "stage", Known: Verbs()}
	}
	s, err := v.read(words[1:], limits, command)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", words[0], err)
	}
	return s, nil
}

// verbOf is the verb that a word stands for.
func verbOf(word string) string {
	if verb, ok := aliases[word]; ok {
		return verb
	}
	return word
}

func (v stageVerb) read(words []string, limits flagWords, command *pflag.FlagSet) (Stage, error) {
	args, flags, err := parseWords(words, v.flagNames(), limits, command)
	if err != nil {
		return nil, err
	}
	topics, err := parseTopics(flags)
	if err != nil {
		return nil, err
	}
	return v.parse(args, flags, topics)
}

// flagNames are the flags of a stage, without those that bind the whole plan.
func (v stageVerb) flagNames() []string {
	return slices.Concat(v.flags, []string{topicsFlag, excludeTopicsFlag})
}

// ArgumentsOf is how the arguments of a verb are written, its own flags included: "BROKER… [--to BROKER,BROKER]".
func ArgumentsOf(verb string) string { return verbs[verbOf(verb)].usage }

// FlagsOf are the flags that may follow a verb, with their dashes; nil for a verb that there isn't.
func FlagsOf(verb string) []string {
	v, ok := verbs[verbOf(verb)]
	if !ok {
		return nil
	}
	return dashed(slices.Concat(v.flagNames(), limitFlags))
}

// noArguments is for stages that take none.
func noArguments(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is one word too many: it takes flags only", args[0])
	}
	return nil
}

// brokerArguments are the arguments of stages that take brokers.
func brokerArguments(args []string) ([]int32, error) {
	if len(args) == 0 {
		return nil, errors.New("no broker given")
	}
	return BrokerIDs(args)
}

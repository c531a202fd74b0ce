package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// A Stage is one step of a chain, read from its words.
type Stage interface {
	// String is the stage in its canonical words: what a plan file keeps, and what reads as the same stage again.
	String() string
	// phrase is the part that is typed to confirm it: what is done and to what, without the flags. "" for none.
	phrase() string
	topics() Topics
	demands() []assigner.Demand
}

// clusterChecker is a stage that can be wrong for a cluster in ways that the planner doesn't see.
type clusterChecker interface {
	checkCluster(s *state.Snapshot) error
}

// drainer is a stage that leaves brokers without a replica.
type drainer interface {
	drainedBrokers() []int32
}

// stageVerb is how a stage is asked for.
type stageVerb struct {
	usage   string   // its arguments and its own flags
	summary string   // what it brings about
	flags   []string // its own; those for topics every stage has
	parse   func(args []string, flags flagWords, topics Topics) (Stage, error)
}

// verbs are the stages by the word that each begins with.
var verbs = map[string]stageVerb{
	"drain":                  {"BROKER… [--to BROKER,BROKER]", "nothing left on these brokers (alias: remove)", []string{"to"}, parseDrain},
	"replace":                {"BROKER --with BROKER", "one broker takes over what another holds, as it stands", []string{"with"}, parseReplace},
	"balance":                {"[count] [bytes] [topics]", "level brokers: replicas, bytes, each topic by itself", nil, parseBalance},
	"racks":                  {"", "partitions spread over the racks as evenly as can be", nil, parseRacks},
	"leaders":                {"", "level preferred leaders; no data moves (alias: reorder)", nil, parseLeaders},
	"demote":                 {"BROKER…", "these brokers preferred as leaders of nothing; no data moves", nil, parseDemote},
	"set-replication-factor": {"N --topics RE", "so many replicas of each partition", nil, parseReplicationFactor},
	"clone":                  {"BROKER… --to BROKER", "one more replica of all they hold, on that broker", []string{"to"}, parseClone},
	"trim":                   {"BROKER…", "their replicas dropped, and no others for them", nil, parseTrim},
	"elect":                  {"", "the preferred leaders lead; no list changes", nil, parseElect},
}

// aliases are other words for stages.
var aliases = map[string]string{"remove": "drain", "reorder": "leaders"}

// Verbs lists the words that a stage may begin with, in order.
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

// Usage lists how each stage is asked for and what it brings about, a line each.
func Usage() string {
	var b strings.Builder
	for _, v := range slices.Sorted(maps.Keys(verbs)) {
		fmt.Fprintf(&b, "  %-38s %s\n", strings.TrimSpace(v+" "+verbs[v].usage), verbs[v].summary)
	}
	return b.String()
}

// UnknownWordError names a word that is none of those which could stand in its place.
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

// Parse reads a chain of stages, joined by "+". Nothing is guessed: a word that has no place is refused by name. Limits,
// which are flags of any stage, bind the whole plan and become one [Limits] at the end.
func Parse(words []string) ([]Stage, error) {
	stages, limits, err := parseChain(words)
	switch {
	case err != nil:
		return nil, err
	case len(stages) == 0:
		return nil, fmt.Errorf("no stage given, but limits: one of %s", strings.Join(Verbs(), ", "))
	case limits != nil:
		stages = append(stages, limits)
	}
	return stages, nil
}

// parseChain reads stages and, apart from them, the limits; nil where there are none.
func parseChain(words []string) (stages []Stage, limits *Limits, err error) {
	if len(words) == 0 {
		return nil, nil, fmt.Errorf("no stage given: one of %s", strings.Join(Verbs(), ", "))
	}
	flags := flagWords{}
	for n, rest, more := 1, words, true; more; n++ {
		end := slices.Index(rest, "+")
		here := rest
		if more = end >= 0; more {
			here, rest = rest[:end], rest[end+1:]
		}
		if len(here) == 0 {
			return nil, nil, fmt.Errorf("stage %d is empty: a stage belongs on both sides of +", n)
		}
		s, err := parseStage(here, flags)
		if err != nil {
			return nil, nil, err
		}
		if s != nil {
			stages = append(stages, s)
		}
	}
	if len(flags) > 0 {
		limits, err = parseLimits(flags)
	}
	return stages, limits, err
}

// parseStage reads one stage and takes out its limits; nil where there is nothing else.
func parseStage(words []string, limits flagWords) (Stage, error) {
	if strings.HasPrefix(words[0], "--") {
		flags, err := flagsOf(words)
		if err == nil {
			err = flags.moveLimits(limits)
		}
		if err == nil {
			err = flags.only(limitFlags)
		}
		return nil, err
	}
	name := words[0]
	if other, ok := aliases[name]; ok {
		name = other
	}
	v, ok := verbs[name]
	if !ok {
		return nil, &UnknownWordError{Word: name, What: "stage", Known: Verbs()}
	}
	s, err := v.read(words[1:], limits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", words[0], err)
	}
	return s, nil
}

func (v stageVerb) read(words []string, limits flagWords) (Stage, error) {
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "--") })
	if at < 0 {
		at = len(words)
	}
	flags, err := flagsOf(words[at:])
	if err != nil {
		return nil, err
	}
	if err := flags.moveLimits(limits); err != nil {
		return nil, err
	}
	if err := flags.only(append(slices.Clone(v.flags), topicsFlag, excludeTopicsFlag)); err != nil {
		return nil, err
	}
	topics, err := parseTopics(flags)
	if err != nil {
		return nil, err
	}
	return v.parse(words[:at], flags, topics)
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
	return brokerIDs(args)
}

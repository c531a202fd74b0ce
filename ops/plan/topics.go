package plan

import (
	"fmt"
	"regexp"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Topics limits a stage to the topics that match Only and don't match Except. Both are regular expressions for a whole name. An
// empty Only matches all topics, an empty Except none.
type Topics struct {
	Only, Except string
}

// The flags of every stage.
const (
	topicsFlag        = "topics"
	excludeTopicsFlag = "exclude-topics"
)

func parseTopics(flags flagWords) (Topics, error) {
	for _, name := range []string{topicsFlag, excludeTopicsFlag} {
		if re, ok := flags[name]; ok {
			if _, err := format.WholeName(re); err != nil || re == "" || strings.ContainsAny(re, " \t\n") {
				return Topics{}, fmt.Errorf("--%s: %q is not a regular expression for topics", name, re)
			}
		}
	}
	return Topics{Only: flags[topicsFlag], Except: flags[excludeTopicsFlag]}, nil
}

// flags returns the flags that [parseTopics] reads.
func (t Topics) flags() string {
	var s string
	if t.Only != "" {
		s += " --" + topicsFlag + " " + t.Only
	}
	if t.Except != "" {
		s += " --" + excludeTopicsFlag + " " + t.Except
	}
	return s
}

func (t Topics) topics() Topics { return t }

// all tells whether all topics are chosen.
func (t Topics) all() bool { return t == Topics{} }

func (t Topics) forPlanner() assigner.Topics {
	return assigner.Topics{Only: anchored(t.Only), Except: anchored(t.Except)}
}

// anchored compiles an expression that [parseTopics] has checked; nil for none.
func anchored(re string) *regexp.Regexp {
	if re == "" {
		return nil
	}
	whole, err := format.WholeName(re)
	if err != nil {
		panic(err) // it was checked
	}
	return whole
}

// NoTopicError names an expression that no topic of the cluster matches. It is an error because a misspelt expression would
// change too little or too much.
type NoTopicError struct {
	Stage      string // in its words
	Flag       string // without dashes
	Expression string
}

func (e *NoTopicError) Error() string {
	s := fmt.Sprintf("%s: --%s: no topic matches %q", e.Stage, e.Flag, e.Expression)
	if strings.Contains(e.Expression, ",") {
		s += ": it is a regular expression, not a list: write a|b for a,b"
	}
	return s
}

// matcher returns a function that tells whether a topic is chosen.
func (t Topics) matcher() func(topic string) bool {
	only, except := anchored(t.Only), anchored(t.Except)
	return func(topic string) bool {
		return (only == nil || only.MatchString(topic)) && (except == nil || !except.MatchString(topic))
	}
}

// checkMatches refuses expressions that match no topic.
func (t Topics) checkMatches(s *state.Snapshot, stage string) error {
	only, except := anchored(t.Only), anchored(t.Except)
	matched, excluded, left := false, false, false
	for i := range s.NumTopics() {
		name := s.Topic(i).Name()
		in, out := only == nil || only.MatchString(name), except != nil && except.MatchString(name)
		matched, excluded, left = matched || in, excluded || out, left || in && !out
	}
	switch {
	case only != nil && !matched:
		return &NoTopicError{stage, topicsFlag, t.Only}
	case except != nil && !excluded:
		return &NoTopicError{stage, excludeTopicsFlag, t.Except}
	case !t.all() && !left:
		return fmt.Errorf("%s: --%s %s leaves no topic", stage, excludeTopicsFlag, t.Except)
	}
	return nil
}

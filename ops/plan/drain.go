package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"kdeck/assigner"
)

// Drain leaves no replica on Brokers. What they hold goes to the brokers in To, or to any other if that is empty.
type Drain struct {
	Brokers []int32
	To      []int32
	// Topics and ExcludeTopics are regular expressions for whole names: only topics that match the one and not the
	// other are drained. Empty means all, and none.
	Topics, ExcludeTopics string
}

func parseDrain(args []string, flags flagWords) (Stage, error) {
	if err := flags.only("to", "topics", "exclude-topics"); err != nil {
		return nil, err
	}
	brokers, err := brokerIDs(args)
	if err != nil {
		return nil, err
	}
	if len(brokers) == 0 {
		return nil, errors.New("no broker given")
	}
	d := &Drain{Brokers: brokers}
	if list, ok := flags["to"]; ok {
		if d.To, err = brokerIDs([]string{list}); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	d.Topics, d.ExcludeTopics = flags["topics"], flags["exclude-topics"]
	for _, name := range []string{"topics", "exclude-topics"} {
		if re, ok := flags[name]; ok {
			if _, err := regexp.Compile(re); err != nil || re == "" || strings.ContainsAny(re, " \t\n") {
				return nil, fmt.Errorf("--%s: %q is not a regular expression for topics", name, re)
			}
		}
	}
	for _, b := range d.To {
		if slices.Contains(d.Brokers, b) {
			return nil, fmt.Errorf("--to: broker %d is itself being drained", b)
		}
	}
	return d, nil
}

func (d *Drain) String() string {
	s := d.phrase()
	if len(d.To) > 0 {
		s += " --to " + joinIDs(d.To, ",")
	}
	if d.Topics != "" {
		s += " --topics " + d.Topics
	}
	if d.ExcludeTopics != "" {
		s += " --exclude-topics " + d.ExcludeTopics
	}
	return s
}

func (d *Drain) phrase() string { return "drain " + joinIDs(d.Brokers, " ") }

// whole tells whether nothing is to be left on the brokers.
func (d *Drain) whole() bool { return d.Topics == "" && d.ExcludeTopics == "" }

func (d *Drain) demand() assigner.Demand {
	return assigner.Drain{Brokers: d.Brokers, To: d.To, Topics: assigner.Topics{Only: anchored(d.Topics), Except: anchored(d.ExcludeTopics)}}
}

// anchored compiles an expression that was checked when its words were read; nil for none.
func anchored(re string) *regexp.Regexp {
	if re == "" {
		return nil
	}
	return regexp.MustCompile("^(?:" + re + ")$")
}

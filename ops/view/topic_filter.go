package view

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// topicIs are the words of a filter that are true of some topics.
var topicIs = map[string]func(*TopicRow) bool{
	"ok":       func(r *TopicRow) bool { return r.State == "ok" },
	"internal": func(r *TopicRow) bool { return r.Internal() },
	"empty":    (*TopicRow).Empty,
	"unread":   func(r *TopicRow) bool { return r.Listed && len(r.Groups) == 0 },
	"stuck": func(r *TopicRow) bool {
		return slices.ContainsFunc(r.Groups, func(g *state.Group) bool { return g.Status == state.GroupStalled || g.Status == state.GroupStopped })
	},
	"compacted": func(r *TopicRow) bool { return r.Config != nil && strings.Contains(r.Config.Policy, "compact") },
}

// TopicFilterWords are the words and fields that a filter of topics may name.
func TopicFilterWords() []string {
	var words []string
	for _, w := range slices.Sorted(maps.Keys(topicIs)) {
		words = append(words, "is:"+w)
	}
	words = append(words, "tenant:", "group:")
	for _, c := range TopicColumns() {
		words = append(words, c.Name+":")
	}
	return words
}

// NamesInternal tells whether a filter is after Kafka's own topics too: it names topics, or is:internal. Without that they are left out.
func NamesInternal(f Filter) bool {
	return slices.ContainsFunc(f, func(t Term) bool {
		return t.Field == "is" && strings.EqualFold(t.Value, "internal") || !t.Not && (t.Field == "" || t.Field == "topic")
	})
}

// MatchTopics makes a filter a test of rows: a bare word means what topics are called before it means anything else, topic: is a regular expression for the
// whole name, group: one for the whole id of a group that reads the topic, and tenant: for the tenant that it is put to. Kafka's own topics pass where
// internal is set, or the filter is after them: see [NamesInternal].
func MatchTopics(rows []*TopicRow, f Filter, rules tenant.Rules, internal bool) (func(*TopicRow) bool, error) {
	var tests []func(*TopicRow) bool
	var rest Filter
	for _, t := range f {
		var test func(*TopicRow) bool
		switch t.Field {
		case "topic", "group":
			re, err := wholeName(t)
			if err != nil {
				return nil, err
			}
			test = func(r *TopicRow) bool { return re.MatchString(r.Name()) }
			if t.Field == "group" {
				test = func(r *TopicRow) bool {
					return slices.ContainsFunc(r.Groups, func(g *state.Group) bool { return re.MatchString(g.ID) })
				}
			}
		case "tenant":
			if err := knownTenant(t, rules); err != nil {
				return nil, err
			}
			test = func(r *TopicRow) bool {
				of := who(rules.OfTopic(r.Name()))
				if t.Re != nil {
					return t.Re.MatchString(of)
				}
				return strings.EqualFold(of, t.Value)
			}
		case "is":
			if test = topicIs[strings.ToLower(t.Value)]; test == nil {
				return nil, &FieldError{"is:" + t.Value, TopicFilterWords()}
			}
		default:
			if t.Field != "" && Find(TopicColumns(), t.Field) == nil {
				return nil, &FieldError{t.Field + ":", TopicFilterWords()}
			}
			rest = append(rest, t)
			continue
		}
		tests = append(tests, func(r *TopicRow) bool { return test(r) != t.Not })
	}
	names := func(r *TopicRow) []string { return []string{r.Name()} }
	named, err := MatchNamed(TopicColumns(), rows, names, rest)
	if err != nil {
		return nil, err
	}
	internal = internal || NamesInternal(f)
	return func(r *TopicRow) bool {
		return (internal || !r.Internal()) && !slices.ContainsFunc(tests, func(test func(*TopicRow) bool) bool { return !test(r) }) && named(r)
	}, nil
}

// remembered is a test of names by a regular expression, each name once: a thousand groups may read the same hundred topics. It may be called at the same
// time from anywhere.
func remembered(re *regexp.Regexp) func(name string) bool {
	var known sync.Map
	return func(name string) bool {
		if is, ok := known.Load(name); ok {
			return is.(bool)
		}
		is := re.MatchString(name)
		known.Store(name, is)
		return is
	}
}

// wholeName is the regular expression of a term, which without slashes is one for the whole name.
func wholeName(t Term) (*regexp.Regexp, error) {
	if t.Re != nil {
		return t.Re, nil
	}
	re, err := format.WholeName(t.Value)
	if err != nil {
		return nil, fmt.Errorf("filter: %s:%s is not a regular expression", t.Field, t.Value)
	}
	return re, nil
}

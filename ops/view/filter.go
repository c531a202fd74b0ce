package view

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// A Term is one word of a filter.
type Term struct {
	Not   bool
	Field string         // before the colon; "" for a bare word
	Value string         // lower case for a bare word
	Re    *regexp.Regexp // of /…/; Value is then its source
}

// A Filter is what a row must satisfy: all of its terms.
type Filter []Term

// ParseFilter reads a filter: words that must all occur, /regular expressions/, field:value, and ! before any of
// them for the inverse. A value with blanks stands in double quotes.
func ParseFilter(s string) (Filter, error) {
	var f Filter
	for rest := strings.TrimSpace(s); rest != ""; rest = strings.TrimSpace(rest) {
		var t Term
		if rest, t.Not = strings.CutPrefix(rest, "!"); t.Not && rest == "" {
			return nil, fmt.Errorf("filter: nothing stands behind %q", "!")
		}
		if field, value, ok := strings.Cut(rest, ":"); ok && isWord(field) {
			t.Field, rest = strings.ToLower(field), value
		}
		var err error
		switch {
		case strings.HasPrefix(rest, "/"):
			end := strings.Index(rest[1:], "/")
			if end < 0 {
				end = len(rest) - 1
			}
			t.Value = rest[1 : end+1]
			rest = rest[min(end+2, len(rest)):]
			t.Re, err = regexp.Compile("(?i)" + t.Value)
			if err != nil {
				_, why, _ := strings.Cut(err.Error(), ": ")
				return nil, fmt.Errorf("filter: /%s/ is not a regular expression: %s", t.Value, why)
			}
		case strings.HasPrefix(rest, `"`):
			t.Value, rest, _ = strings.Cut(rest[1:], `"`)
		default:
			t.Value, rest, _ = strings.Cut(rest, " ")
		}
		if t.Value == "" {
			return nil, fmt.Errorf("filter: nothing stands behind %q", t.Field+":")
		}
		if t.Field == "" && t.Re == nil {
			t.Value = strings.ToLower(t.Value)
		}
		f = append(f, t)
	}
	return f, nil
}

func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == ""
}

// A FieldError names a filter field or value that rows of this kind don't have, and those that they have.
type FieldError struct {
	Word  string
	Known []string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("filter: unknown %q; there are %s", e.Word, strings.Join(e.Known, ", "))
}

// partitionFields are the fields that a filter of partitions understands: some of its own, and every column.
func partitionFields(columns []Column[state.Partition]) []string {
	known := []string{"is", "broker", "tenant"}
	for i := range columns {
		known = append(known, columns[i].Name)
	}
	return known
}

var partitionIs = map[string]func(state.Partition) bool{
	"urp":           state.Partition.UnderReplicated,
	"under-min-isr": func(p state.Partition) bool { under, _ := p.UnderMinISR(); return under },
	"at-min-isr":    func(p state.Partition) bool { at, _ := p.AtMinISR(); return at },
	// A partition is offline where it has no leader, as Kafka counts (OfflinePartitionsCount); a replica, on a dead broker or a
	// failed log dir.
	"offline":          state.Partition.Leaderless,
	"leaderless":       state.Partition.Leaderless,
	"offline-replicas": state.Partition.HasOffline,
	"moving":           state.Partition.Moving,
	"preferred-not-leading": func(p state.Partition) bool {
		return p.Leader() >= 0 && p.Preferred() != p.Leader()
	},
	"ok": func(p state.Partition) bool { return PartitionState(p) == "ok" },
}

// MatchPartitions makes a filter into a test of the partitions of one snapshot. Topic names are tested once a
// topic, not once a partition. rules tell the tenants that topics are put to.
func MatchPartitions(s *state.Snapshot, f Filter, rules tenant.Rules) (func(state.Partition) bool, error) {
	topics := make([]bool, s.NumTopics())
	for i := range topics {
		topics[i] = true
	}
	var tests []func(state.Partition) bool
	onTopics := func(not bool, match func(name string) bool) {
		for i := range topics {
			topics[i] = topics[i] && match(s.Topic(i).Name()) != not
		}
	}
	for _, t := range f {
		var test func(state.Partition) bool
		switch t.Field {
		case "":
			if t.Re != nil {
				onTopics(t.Not, t.Re.MatchString)
			} else {
				onTopics(t.Not, func(name string) bool { return strings.Contains(strings.ToLower(name), t.Value) })
			}
			continue
		case "topic":
			re, err := wholeName(t)
			if err != nil {
				return nil, err
			}
			onTopics(t.Not, re.MatchString)
			continue
		case "tenant":
			if err := knownTenant(t, rules); err != nil {
				return nil, err
			}
			onTopics(t.Not, func(name string) bool {
				of := who(rules.OfTopic(name))
				if t.Re != nil {
					return t.Re.MatchString(of)
				}
				return strings.EqualFold(of, t.Value)
			})
			continue
		case "is":
			if test = partitionIs[strings.ToLower(t.Value)]; test == nil {
				return nil, &FieldError{"is:" + t.Value, partitionIsWords()}
			}
		case "missing", "broker", "leader":
			id, err := strconv.ParseInt(t.Value, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("filter: %s:%s is not a broker id", t.Field, t.Value)
			}
			test = onBroker(t.Field, int32(id))
		default:
			columns := PartitionColumns()
			c := Find(columns, t.Field)
			if c == nil {
				return nil, &FieldError{t.Field + ":", partitionFields(columns)}
			}
			positive := t
			positive.Not = false
			test = func(p state.Partition) bool { return matchTerm(columns, positive, p) }
		}
		if t.Not {
			positive := test
			test = func(p state.Partition) bool { return !positive(p) }
		}
		tests = append(tests, test)
	}
	return func(p state.Partition) bool {
		if !topics[p.Topic().Index()] {
			return false
		}
		for _, test := range tests {
			if !test(p) {
				return false
			}
		}
		return true
	}, nil
}

// knownTenant refuses a tenant that no topic is ever put to; - stands for none.
func knownTenant(t Term, rules tenant.Rules) error {
	names := rules.WithTopics()
	if len(names) == 0 {
		return fmt.Errorf("filter: tenant:%s: no rule puts a topic to a tenant; in the context, tenants: {NAME: {topic: REGEX}}", t.Value)
	}
	if t.Re != nil || t.Value == who("") || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, t.Value) }) {
		return nil
	}
	known := make([]string, len(names))
	for i, n := range names {
		known[i] = "tenant:" + n
	}
	return &FieldError{"tenant:" + t.Value, known}
}

func onBroker(field string, id int32) func(state.Partition) bool {
	switch field {
	case "leader":
		return func(p state.Partition) bool { return p.Leader() == id }
	case "missing":
		return func(p state.Partition) bool {
			for m := range p.Missing() {
				if m == id {
					return true
				}
			}
			return false
		}
	}
	return func(p state.Partition) bool { return p.Has(id) }
}

// PartitionFilterWords are the words and fields that a filter of partitions may name.
func PartitionFilterWords() []string {
	words := append(partitionIsWords(), "broker:", "tenant:")
	for _, c := range PartitionColumns() {
		words = append(words, c.Name+":")
	}
	return words
}

func partitionIsWords() []string {
	words := make([]string, 0, len(partitionIs))
	for w := range partitionIs {
		words = append(words, "is:"+w)
	}
	slices.Sort(words)
	return words
}

// MatchRow makes a filter into a test of rows by their cells: a bare word or /…/ is looked for in all of them,
// field:value in the column of that name.
func MatchRow[R any](columns []Column[R], f Filter) (func(R) bool, error) {
	for _, t := range f {
		if t.Field != "" && Find(columns, t.Field) == nil {
			known := make([]string, len(columns))
			for i := range columns {
				known[i] = columns[i].Name
			}
			return nil, &FieldError{t.Field + ":", known}
		}
	}
	return func(r R) bool {
		for _, t := range f {
			if matchTerm(columns, t, r) == t.Not {
				return false
			}
		}
		return true
	}, nil
}

func matchTerm[R any](columns []Column[R], t Term, r R) bool {
	for i := range columns {
		c := &columns[i]
		if t.Field != "" && c.Name != t.Field {
			continue
		}
		cell := c.Cell(r)
		switch {
		case t.Re != nil && t.Re.MatchString(cell),
			t.Re == nil && t.Field != "" && strings.EqualFold(cell, t.Value),
			t.Re == nil && t.Field == "" && strings.Contains(strings.ToLower(cell), t.Value):
			return true
		}
	}
	return false
}

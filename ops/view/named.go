package view

import (
	"slices"
	"strconv"
	"strings"
)

// MatchNamed makes a filter into a test of rows, as [MatchRow] does. But a bare word means what a row is called before it means
// anything else: a number, the rows with exactly that number as a name; or else a word, the rows with a name that contains it.
// Only a word that no row is called by is looked for in all cells. names returns what a row is called: an id, a host, a topic.
func MatchNamed[R any](columns []Column[R], rows []R, names func(R) []string, f Filter) (func(R) bool, error) {
	rest, err := MatchRow(columns, slices.DeleteFunc(slices.Clone(f), Term.bare))
	if err != nil {
		return nil, err
	}
	var words []func(R) bool
	for _, t := range f {
		if t.bare() {
			test := matchWord(columns, rows, names, t)
			words = append(words, func(r R) bool { return test(r) != t.Not })
		}
	}
	return func(r R) bool {
		for _, test := range words {
			if !test(r) {
				return false
			}
		}
		return rest(r)
	}, nil
}

// bare tells of a word without a field.
func (t Term) bare() bool { return t.Field == "" && t.Re == nil }

// matchWord returns the first of the tests that any row passes.
func matchWord[R any](columns []Column[R], rows []R, names func(R) []string, t Term) func(R) bool {
	named := func(r R) bool {
		return slices.ContainsFunc(names(r), func(name string) bool { return strings.Contains(strings.ToLower(name), t.Value) })
	}
	tests := []func(R) bool{named}
	if _, err := strconv.Atoi(t.Value); err == nil {
		tests = []func(R) bool{func(r R) bool { return slices.Contains(names(r), t.Value) }, named}
	}
	for _, test := range tests {
		if slices.ContainsFunc(rows, test) {
			return test
		}
	}
	anywhere := t
	anywhere.Not = false
	return func(r R) bool { return matchTerm(columns, anywhere, r) }
}

// BrokerNames are what a broker is called: its id and its host.
func BrokerNames(r BrokerRow) []string { return []string{strconv.Itoa(int(r.ID)), r.Host} }

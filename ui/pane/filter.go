package pane

import (
	"slices"
	"strings"

	"kdeck/ops/view"
	"kdeck/ui/table"
)

// Match returns the filter as a test of rows; nil where every row passes.
func (l *List[R]) Match() func(R) bool {
	if len(l.terms) == 0 && l.spec.Match == nil {
		return nil
	}
	match, err := l.parse(l.terms)
	if err != nil { // SetFilter took it, but perhaps for other columns, or before what it names was known
		return func(R) bool { return false }
	}
	return match
}

func (l *List[R]) parse(terms view.Filter) (func(R) bool, error) {
	if l.spec.Match != nil {
		return l.spec.Match(&l.Scene, terms)
	}
	if l.spec.Names != nil {
		return view.MatchNamed(plainColumns(l.Table), l.named, l.spec.Names, terms)
	}
	return view.MatchRow(plainColumns(l.Table), terms)
}

// Filter implements [Rows].
func (l *List[R]) Filter() string { return l.filter }

// Terms returns the terms of the filter.
func (l *List[R]) Terms() view.Filter { return l.terms }

// SetFilter implements [Rows]. It closes the detail.
func (l *List[R]) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := l.parse(terms); err != nil {
		return nil, err
	}
	l.closeDetail()
	l.filter, l.terms, l.same = strings.TrimSpace(s), terms, false
	if !l.ready() {
		return nil, nil
	}
	return l.Fill(), nil
}

// ToggleWord adds a word to the filter, or removes it.
func (l *List[R]) ToggleWord(word string) []Effect {
	words := strings.Fields(l.filter)
	if i := slices.Index(words, word); i >= 0 {
		words = slices.Delete(words, i, i+1)
	} else {
		words = append(words, word)
	}
	effects, err := l.SetFilter(strings.Join(words, " "))
	return append(effects, Fail(err)...)
}

// FilterWords implements [Rows].
func (l *List[R]) FilterWords() []string {
	var words []string
	if l.spec.Words != nil {
		words = l.spec.Words()
	}
	if l.spec.Match == nil {
		words = append(words, fieldWords(l.Table)...)
	}
	return words
}

// fieldWords returns the columns of a table as a filter names them: "topic:".
func fieldWords(t table.Any) []string {
	words := t.Names()
	for i := range words {
		words[i] += ":"
	}
	return words
}

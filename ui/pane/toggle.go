package pane

import (
	"slices"
	"strings"
)

// toggleWord puts a word into a pane's filter, or takes it out.
func ToggleWord(p Pane, word string) []Effect {
	words := strings.Fields(p.Filter())
	if i := slices.Index(words, word); i >= 0 {
		words = slices.Delete(words, i, i+1)
	} else {
		words = append(words, word)
	}
	effects, err := p.SetFilter(strings.Join(words, " "))
	if err != nil {
		return []Effect{Say{err.Error(), true}}
	}
	return effects
}

package plan

import (
	"slices"
	"strings"
)

// TakesBrokers tells whether the arguments of a stage are brokers.
func TakesBrokers(verb string) bool { return strings.HasPrefix(ArgumentsOf(verb), "BROKER") }

// ChoicesOf are the words that a stage takes as arguments, without those that are there already; nil where it takes none, or
// anything.
func ChoicesOf(verb string, there []string) (choices []string) {
	for _, w := range strings.Fields(ArgumentsOf(verb)) {
		w = strings.Trim(w, "[]")
		if w == strings.ToLower(w) && !strings.HasPrefix(w, "--") && !slices.Contains(there, w) {
			choices = append(choices, w)
		}
	}
	return choices
}

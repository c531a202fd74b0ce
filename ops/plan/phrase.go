package plan

import (
	"fmt"
	"strings"
)

// Phrase is what is typed to carry out stages in one command: "drain 7 prod-eu-1". cluster is the context's name, or
// without a context the first bootstrap address as it was typed.
func Phrase(stages []Stage, cluster string) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = s.phrase()
	}
	return strings.Join(words, " + ") + " " + cluster
}

// ApplyPhrase is what is typed to carry out a plan: "apply 12 moves prod-eu-1".
func ApplyPhrase(moves int, cluster string) string {
	return fmt.Sprintf("apply %s %s", count(moves, "move"), cluster)
}

// count writes a number and its noun in the plural that it needs.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

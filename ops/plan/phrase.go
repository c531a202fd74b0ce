package plan

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
)

// Phrase returns the phrase to type before stages are carried out in one command: "drain 7 prod-eu-1". cluster is the name of
// the context, or the first bootstrap address as it was typed.
func Phrase(stages []Stage, cluster string) string {
	var words []string
	for _, s := range stages {
		if p := s.phrase(); p != "" {
			words = append(words, p)
		}
	}
	return strings.Join(words, " + ") + " " + cluster
}

// ApplyPhrase returns the phrase to type before a plan is carried out: "apply 12 moves prod-eu-1". If the plan moves nothing, the
// phrase counts its changes or elections. The plan must have a header.
func ApplyPhrase(p *Plan, cluster string) string {
	n, noun := p.Header.Moves, "move"
	if n == 0 && len(p.Partitions) > 0 {
		n, noun = len(p.Partitions), "change"
		if p.Elections() == n {
			noun = "election"
		}
	}
	return fmt.Sprintf("apply %d %s %s", n, format.Plural(n, noun), cluster)
}

package plan

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/format"
)

// Phrase returns the phrase to type before stages are carried out in one command, with all that says what they hit:
// "drain 7 --to 8,9 prod-eu-1". last is what is done to the same brokers when the stages are carried out; "" for nothing:
// "drain 7 and unregister prod-eu-1". cluster is the name of the context, or the first bootstrap address as it was typed.
func Phrase(stages []Stage, last, cluster string) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = s.String()
	}
	phrase := strings.Join(words, " + ")
	if last != "" {
		phrase += " and " + last
	}
	return phrase + " " + cluster
}

// ApplyPhrase returns the phrase to type before a plan is carried out: "apply 12 moves #a91f3c prod-eu-1". If the plan moves
// nothing, the phrase counts its changes or elections. The number and the fingerprint are those of the partitions in the plan, with
// the lists that it found and those that it wants: nothing that a file says of itself is believed. The plan must have a header.
func ApplyPhrase(p *Plan, cluster string) string { return phraseOf("apply", p, cluster) }

func phraseOf(verb string, p *Plan, cluster string) string {
	n, noun := p.moves(), "move"
	if n == 0 && len(p.Partitions) > 0 {
		n, noun = len(p.Partitions), "change"
		if p.Elections() == n {
			noun = "election"
		}
	}
	whole := make([]string, len(p.Partitions))
	for i := range p.Partitions {
		whole[i] = fmt.Sprint(&p.Partitions[i], p.Header.Before[i].Replicas, p.Partitions[i].Replicas)
	}
	return format.Phrase(verb+" "+format.Count(n, noun), nil, "", whole, cluster)
}

// moves counts the brokers that get a replica which they don't have.
func (p *Plan) moves() (n int) {
	for i := range p.Partitions {
		for _, b := range p.Partitions[i].Replicas {
			if !slices.Contains(p.Header.Before[i].Replicas, b) {
				n++
			}
		}
	}
	return n
}

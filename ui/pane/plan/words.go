package plan

import (
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/plan"
)

// complete returns the completions of a stage that is being typed.
func (p *Pane) complete(line string) []string {
	words := strings.Fields(line)
	last := ""
	if len(words) > 0 && !strings.HasSuffix(line, " ") {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	if i := lastIndex(words, "+"); i >= 0 {
		words = words[i+1:]
	}
	done := line[:strings.LastIndexByte(line, ' ')+1]
	list := last[:strings.LastIndexByte(last, ',')+1] // of brokers: only the part after the comma is completed
	var offers []string
	for _, w := range p.stageWords(words, last) {
		if w = list + w; strings.HasPrefix(w, last) && w != last {
			offers = append(offers, done+w)
		}
	}
	return offers
}

func lastIndex(words []string, word string) int {
	for i := len(words) - 1; i >= 0; i-- {
		if words[i] == word {
			return i
		}
	}
	return -1
}

// stageWords returns the words that may follow the given words of a stage.
func (p *Pane) stageWords(words []string, last string) []string {
	if len(words) == 0 {
		return plan.Verbs()
	}
	before := words[len(words)-1]
	switch {
	case strings.HasPrefix(before, "--") && strings.Contains(before, "topics"):
		return p.topicWords(last)
	case before == "--to", before == "--with":
		return p.brokerWords(nil)
	case strings.HasPrefix(before, "--"):
		return nil
	case strings.HasPrefix(last, "--"):
		return plan.FlagsOf(words[0])
	}
	if plan.TakesBrokers(words[0]) {
		return p.brokerWords(words[1:])
	}
	return plan.ChoicesOf(words[0], words[1:])
}

func (p *Pane) brokerWords(except []string) []string {
	snap := p.Scene.Snapshot()
	if snap == nil {
		return nil
	}
	var ids []string
	for i := range snap.Brokers {
		if id := strconv.Itoa(int(snap.Brokers[i].ID)); !slices.Contains(except, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *Pane) topicWords(prefix string) []string {
	const max = 100
	snap := p.Scene.Snapshot()
	if snap == nil {
		return nil
	}
	var names []string
	for i := 0; i < snap.NumTopics() && len(names) < max; i++ {
		if name := snap.Topic(i).Name(); strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names
}

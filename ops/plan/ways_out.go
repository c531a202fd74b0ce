package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// maxNamedTopics is how many topics a way out names in one command.
const maxNamedTopics = 10

// waysOut says what can be done about partitions that a drain can't move because too few brokers may hold them. No command is
// named that would be refused.
func waysOut(s *state.Snapshot, stages []Stage, stuck []assigner.Stuck) []string {
	room := map[string]int{} // by topic: how many replicas each of its partitions has brokers for
	for _, p := range stuck {
		if p.Short == nil {
			continue
		}
		if n, ok := room[p.Topic]; !ok || len(p.Short.Brokers) < n {
			room[p.Topic] = len(p.Short.Brokers)
		}
	}
	if len(room) == 0 {
		return nil
	}
	topics := slices.Sorted(maps.Keys(room))
	said := []string{"more brokers: start one, or let one receive replicas that may not, and drain again"}
	byRoom := map[int][]string{}
	for _, topic := range topics {
		if !LegalTopic(topic) {
			continue // it may be no expression
		}
		byRoom[room[topic]] = append(byRoom[room[topic]], topic)
	}
	for _, n := range slices.Sorted(maps.Keys(byRoom)) {
		fewer := &ReplicationFactor{Factor: n, Topics: Topics{Only: anyOf(byRoom[n])}}
		if n == 0 || len(byRoom[n]) > maxNamedTopics || fewer.checkCluster(s) != nil || changesReplication(stages) {
			continue
		}
		said = append(said, "fewer replicas: kdeck plan "+shell(inWords(append([]Stage{fewer}, stages...))))
	}
	if without := excluding(s, stages, topics); without != nil {
		said = append(said, "the rest alone: kdeck plan "+shell(inWords([]Stage{without})))
	}
	return said
}

// changesReplication tells whether a stage sets the number of replicas already: two that do can't be met together.
func changesReplication(stages []Stage) bool {
	return slices.ContainsFunc(stages, func(s Stage) bool { _, ok := s.(*ReplicationFactor); return ok })
}

// excluding returns the drain without some topics, or nil where it isn't the only stage or nothing would be left.
func excluding(s *state.Snapshot, stages []Stage, topics []string) Stage {
	illegal := func(topic string) bool { return !LegalTopic(topic) } // such a name may be no expression
	if len(stages) != 1 || len(topics) > maxNamedTopics || slices.ContainsFunc(topics, illegal) {
		return nil
	}
	drain, ok := stages[0].(*Drain)
	if !ok {
		return nil
	}
	without := *drain
	without.Except = anyOf(topics)
	if drain.Except != "" {
		without.Except += "|" + drain.Except
	}
	if without.checkMatches(s, without.phrase()) != nil {
		return nil
	}
	return &without
}

// anyOf is an expression for any of some topics.
func anyOf(topics []string) string {
	var quoted []string
	for _, topic := range topics {
		quoted = append(quoted, regexp.QuoteMeta(topic))
	}
	return strings.Join(quoted, "|")
}

func inWords(stages []Stage) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = s.String()
	}
	return strings.Join(words, " + ")
}

// shell quotes the words that a shell would change.
func shell(words string) string {
	all := strings.Fields(words)
	for i, w := range all {
		if strings.ContainsAny(w, `|\*?()[]{}$^&;<>`) {
			all[i] = fmt.Sprintf("'%s'", w)
		}
	}
	return strings.Join(all, " ")
}

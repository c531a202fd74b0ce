package requests

import (
	"fmt"
	"strconv"
	"strings"

	"kdeck/protocol/message"
)

// mostOffers is how many completions are gathered: more than a screen shows are as good as none.
const mostOffers = 50

// offers are what a line that is typed into a row may become: targets, versions, what the cluster has of that kind, or
// the words of the field. Of a list with commas it is the last word.
func (r *Pane) offers(f *form, row formRow, line string) []string {
	var of []string
	switch row.kind {
	case formVersion:
		from, to := f.api.Versions.From, f.api.Versions.To
		if f.served != nil {
			from, to = f.served.From, f.served.To
		}
		for v := to; v >= from; v-- {
			of = append(of, strconv.Itoa(int(v)))
		}
		return beginning(of, "", line)
	case formTo:
		before, word := lastWord(line)
		return beginning(r.targets(word), before, word)
	}
	before, word := "", line
	if row.field.Array && !strings.Contains(row.path[strings.LastIndexByte(row.path, '.')+1:], "[") {
		before, word = lastWord(line)
	}
	kind := row.field.Entity
	if row.kind == formList {
		kind = listEntity(f, row)
	}
	switch {
	case kind == "topicName":
		return r.topics(before, word)
	case kind == "brokerId":
		of = r.brokers()
	case kind == "groupId":
		of = r.groups
	case row.field.Kind == message.Bool:
		of = []string{"true", "false"}
	default:
		of = row.field.Words()
	}
	return beginning(of, before, word)
}

// listEntity is what the words of a list of structs name.
func listEntity(f *form, row formRow) string {
	if message.NamesTopic(f.api.API, row.path) {
		return "topicName"
	}
	for i := range row.field.Fields {
		if of := &row.field.Fields[i]; of.Entity != "" && of.Versions.Holds(f.message.Version) {
			return of.Entity
		}
	}
	return ""
}

func lastWord(line string) (before, word string) {
	at := strings.LastIndexByte(line, ',') + 1
	return line[:at], line[at:]
}

// beginning returns the words that begin with one, behind what stands before them.
func beginning(of []string, before, word string) []string {
	var out []string
	for _, w := range of {
		if len(out) < mostOffers && strings.HasPrefix(strings.ToLower(w), strings.ToLower(word)) && w != word {
			out = append(out, before+w)
		}
	}
	return out
}

// targets are the words that --to takes, as far as the word has got.
func (r *Pane) targets(word string) []string {
	if rest, ok := strings.CutPrefix(word, "leader-of:"); ok {
		if topic, _, whole := strings.Cut(rest, "/"); whole {
			return r.leaders(topic)
		}
		return r.topics("leader-of:", rest)
	}
	if strings.HasPrefix(word, "coordinator:") {
		var of []string
		for _, g := range r.groups {
			of = append(of, "coordinator:"+g)
		}
		return of
	}
	return append([]string{"all", "controller", "controllers", "leader-of:", "coordinator:"}, r.brokers()...)
}

func (r *Pane) brokers() []string {
	var of []string
	if snap := r.Scene.Snapshot(); snap != nil {
		for i := range snap.Brokers {
			of = append(of, strconv.Itoa(int(snap.Brokers[i].ID)))
		}
	}
	return of
}

// topics are the topics that begin with a word. There may be very many: only as many are gathered as are offered.
func (r *Pane) topics(before, word string) []string {
	var out []string
	snap := r.Scene.Snapshot()
	for i := 0; snap != nil && i < snap.NumTopics() && len(out) < mostOffers; i++ {
		if name := snap.Topic(i).Name(); strings.HasPrefix(name, word) && name != word {
			out = append(out, before+name)
		}
	}
	return out
}

func (r *Pane) leaders(topic string) []string {
	snap := r.Scene.Snapshot()
	if snap == nil {
		return nil
	}
	t, ok := snap.FindTopic(topic)
	if !ok {
		return nil
	}
	var of []string
	first, n := t.Range()
	for i := first; i < first+min(n, mostOffers); i++ {
		of = append(of, fmt.Sprintf("leader-of:%s/%d", topic, snap.Partition(i).ID()))
	}
	return of
}

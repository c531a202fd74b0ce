package requests

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/view"
	"kdeck/protocol"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

func catalogColumns() []table.Column[protocol.API] {
	text := func(head, name, help string, of func(protocol.API) string) view.Column[protocol.API] {
		return view.Column[protocol.API]{Head: head, Name: name, Help: help, Cell: of,
			Compare: func(a, b protocol.API) int { return cmp.Compare(of(a), of(b)) }}
	}
	key := view.Column[protocol.API]{Head: "KEY", Name: "api_key", Help: "the number of the request in Kafka's protocol", Right: true,
		Cell:    func(a protocol.API) string { return strconv.Itoa(int(a.Key)) },
		Compare: func(a, b protocol.API) int { return cmp.Compare(a.Key, b.Key) }}
	class := text("CLASS", "class", "what sending it can do, from RO (reads only) to IB! (acts as a broker)", func(a protocol.API) string { return a.Class.String() })
	class.Compare = func(a, b protocol.API) int { return cmp.Compare(a.Class, b.Class) }
	columns := []view.Column[protocol.API]{
		key,
		text("REQUEST", "name", "Kafka's name for the request", func(a protocol.API) string { return a.Name }),
		class,
		text("WHAT IT IS FOR", "help", "what it asks for or changes, in one line", func(a protocol.API) string { return a.Help }),
		text("VERSIONS", "versions", "versions of the request that kdeck can write", func(a protocol.API) string { return a.Versions.String() }),
		text("SERVED BY", "served", "which nodes answer it: brokers, controllers or both", func(a protocol.API) string { return a.Served() }),
		text("ALSO CALLED", "aliases", "other names that are understood for it; empty for none", func(a protocol.API) string { return strings.Join(a.Aliases, ", ") }),
	}
	columns[5].Wide, columns[6].Wide = true, true
	return table.Dress(columns, map[string]func(*table.Column[protocol.API]){
		"class": func(c *table.Column[protocol.API]) {
			c.Style = func(a protocol.API) cell.Style {
				if a.Class > protocol.ClassROX {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"name": func(c *table.Column[protocol.API]) { c.Max = 28 }, // the longest has 38, and would push out what it is for
		"help": func(c *table.Column[protocol.API]) { c.Grow = true },
	})
}

func apiID(a protocol.API) table.ID { return table.ID{N: int32(a.Key)} }

// findAPIs returns the APIs that every word is about, those that it is about the most first.
func findAPIs(filter string) []protocol.API {
	type found struct {
		api  protocol.API
		rank int
	}
	var all []found
	for _, a := range protocol.APIs() {
		rank, ok := 0, true
		for word := range strings.FieldsSeq(filter) {
			n := rankAPI(&a, word)
			rank, ok = rank+n, ok && n < notAbout
		}
		if ok {
			all = append(all, found{a, rank})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.rank, b.rank) })
	apis := make([]protocol.API, len(all))
	for i := range all {
		apis[i] = all[i].api
	}
	return apis
}

// notAbout is the rank of an API that a word isn't about.
const notAbout = 1000

// rankAPI is how little an API is what a word means: its key, class or name, the beginning of a name, a part of one,
// letters of one in their order, or a part of what it is for.
func rankAPI(a *protocol.API, word string) int {
	word, _, _ = strings.Cut(word, "@")
	if word == strconv.Itoa(int(a.Key)) || strings.EqualFold(word, a.Class.String()) {
		return 0
	}
	best := notAbout
	word = plainName(word)
	for i, name := range append([]string{a.Name}, a.Aliases...) {
		name = plainName(name)
		rank := notAbout
		switch at := strings.Index(name, word); {
		case name == word:
			rank = 0
		case at == 0:
			rank = 10 + len(name) - len(word)
		case at > 0:
			rank = 100 + at
		case len(word) > 1 && lettersOf(name, word):
			rank = 200 + len(name)
		}
		best = min(best, rank+min(i, 1))
	}
	if best >= notAbout && len(word) > 2 && strings.Contains(strings.ToLower(a.Help), word) {
		best = 500
	}
	return best
}

// plainName is a name without case, dashes and underscores.
func plainName(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// lettersOf reports whether a name holds the letters of a word in their order.
func lettersOf(name, word string) bool {
	for _, r := range word {
		at := strings.IndexRune(name, r)
		if at < 0 {
			return false
		}
		name = name[at+1:] // names are ASCII
	}
	return true
}

package health

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/protocol/printable"
)

// maxQuoted bounds how many characters of a name or of an error stand in a sentence.
const maxQuoted = 60

// name makes something that a broker sent fit to stand in a sentence: plain as it is, everything else quoted, so that
// a control character or a blank in it can neither move the cursor nor pass for a word of ours.
func name(s string) string {
	s = format.Clip(s, maxQuoted)
	if s != "" && printable.Text(s) && !strings.ContainsAny(s, " \"\ufffd") {
		return s
	}
	return `"` + strings.ReplaceAll(printable.Escape(s), `"`, `\"`) + `"`
}

// words does the same for a text of several words, such as an error, that stands in a sentence.
func words(s string) string { return format.Clip(line(s), maxQuoted) }

// line makes a text fit to stand on a line of its own.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if !printable.Rune(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// shell quotes a whole word for a command line that an operator may paste. A control character becomes a blank.
func shell(s string) string { return format.Shell(line(s)) }

// verb puts the verb of a count: "is" for one, "are" for more.
func verb(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// listed names up to four of the things and counts the rest: "3, 5 and 7", "1, 2, 3 and 9 others".
func listed(items []string) string {
	const most = 4
	if len(items) > most {
		rest := len(items) - most + 1
		return strings.Join(items[:most-1], ", ") + " and " + format.Count(rest, "other")
	}
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// brokers writes "broker 44" or "brokers 3, 5 and 7".
func brokers(ids []int32) string {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = strconv.Itoa(int(id))
	}
	if len(ids) == 1 {
		return "broker " + items[0]
	}
	return "brokers " + listed(items)
}

// brokerFilter is the filter that shows those brokers, one at least.
func brokerFilter(ids []int32) string {
	if len(ids) == 1 {
		return fmt.Sprintf("id:%d", ids[0])
	}
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = strconv.Itoa(int(id))
	}
	return "id:/^(" + strings.Join(items, "|") + ")$/"
}

// tally counts something by broker.
type tally map[int32]int

// most returns the brokers with the most first, equal ones by id.
func (t tally) most() []int32 {
	ids := make([]int32, 0, len(t))
	for id := range t {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int32) int {
		if t[a] != t[b] {
			return t[b] - t[a]
		}
		return int(a) - int(b)
	})
	return ids
}

// each writes "broker 44 (38), broker 3 (5) …", those with the most first.
func (t tally) each() string {
	const most = 6
	ids := t.most()
	items := make([]string, 0, most)
	for _, id := range ids[:min(most, len(ids))] {
		items = append(items, fmt.Sprintf("broker %d (%s)", id, format.Thousands(t[id])))
	}
	s := strings.Join(items, ", ")
	if rest := len(ids) - most; rest > 0 {
		s += " and " + format.Count(rest, "other")
	}
	return s
}

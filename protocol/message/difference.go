package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Difference is one field, or one element of a list, in which two messages differ. A and B are its values as in JSON,
// numbers with their names, or "" where a message has no such field or element.
type Difference struct {
	Path string // an element of a list is named by what it is about, topics[orders].partitions[3].leaderId
	A, B string
}

// Differences compares two messages of the same API and version field by field. The elements of a list are matched by
// what they are about, whatever their order; lists whose order says nothing are compared as sets. Fields that ignore
// names, by their own name or their path without indices, are left out.
func Differences(a, b *Message, ignore []string) []Difference {
	c := comparer{prints: newFingerprinter(a, ignore)}
	c.structs(a.Redacted().Root, b.Redacted().Root, "")
	slices.SortStableFunc(c.found, func(a, b Difference) int { return comparePaths(a.Path, b.Path) })
	return c.found
}

// comparePaths orders paths as people count: partitions[9] before partitions[10].
func comparePaths(a, b string) int {
	whole := cmp.Compare(a, b)
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m == 0 || n == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[m:], b[n:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), whole)
}

// digits is how many digits a string begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

type comparer struct {
	prints *fingerprinter
	found  []Difference
}

func (c *comparer) differ(path, a, b string) { c.found = append(c.found, Difference{path, a, b}) }

func (c *comparer) structs(a, b *Struct, path string) {
	version := c.prints.version
	for i := range a.Fields {
		f, x, y := &a.Fields[i], a.Values[i], b.Values[i]
		left, right := shown(f, x, version), shown(f, y, version)
		if !left && !right || c.prints.ignored[f] || left && right && c.prints.value(f, x) == c.prints.value(f, y) {
			continue
		}
		at := join(path, f.Name)
		s, isStruct := x.(*Struct)
		t, areStructs := y.(*Struct)
		l, isList := x.([]any)
		m, areLists := y.([]any)
		switch {
		case left && right && isStruct && areStructs:
			c.structs(s, t, at)
		case left && right && isList && areLists && f.Kind == Nested:
			c.lists(f, l, m, at)
		default:
			c.differ(at, c.text(f, x, left), c.text(f, y, right))
		}
	}
	c.tags(a.Unknown, b.Unknown, join(path, unknownTags))
}

func (c *comparer) tags(a, b []Tag, path string) {
	texts := func(tags []Tag) map[uint32]string {
		all := map[uint32]string{}
		for _, t := range tags {
			all[t.Tag] += string(appendValue(nil, &Field{}, t.Data, 0))
		}
		return all
	}
	left, right := texts(a), texts(b)
	for tag, text := range left {
		if right[tag] != text {
			c.differ(index(path, int(tag)), text, right[tag])
		}
	}
	for tag, text := range right {
		if _, both := left[tag]; !both {
			c.differ(index(path, int(tag)), "", text)
		}
	}
}

// text is a value as JSON has it, with its name, or "" where it isn't shown.
func (c *comparer) text(f *Field, v any, shown bool) string {
	if !shown {
		return ""
	}
	text := string(appendField(nil, f, v, c.prints.version))
	if name := f.Word(v); name != "" {
		text += " (" + name + ")"
	}
	return text
}

// lists compares lists of structs.
func (c *comparer) lists(f *Field, a, b []any, path string) {
	left, right := c.names(f, a), c.names(f, b)
	if left == nil || right == nil {
		left, right = positions(len(a)), positions(len(b))
	}
	at := make(map[string]int, len(b))
	for i, name := range right {
		at[name] = i
	}
	for i, name := range left {
		here := path + "[" + name + "]"
		j, both := at[name]
		delete(at, name)
		switch {
		case !both:
			c.differ(here, c.text(f, a[i], true), "")
		case c.prints.value(f, a[i]) != c.prints.value(f, b[j]):
			c.structs(a[i].(*Struct), b[j].(*Struct), here)
		}
	}
	for name, j := range at {
		c.differ(path+"["+name+"]", "", c.text(f, b[j], true))
	}
}

// positions names n elements by their positions.
func positions(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// names says what each element of a list is about, or returns nil where that isn't known, or the same for two of them.
func (c *comparer) names(f *Field, list []any) []string {
	keys := identity(f.Fields, c.prints.version)
	if len(keys) == 0 {
		return nil
	}
	names := make([]string, len(list))
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		var parts []string
		for _, k := range keys {
			parts = append(parts, strings.Trim(string(appendValue(nil, &f.Fields[k], v.(*Struct).Values[k], c.prints.version)), `"`))
		}
		names[i] = strings.Join(parts, ",")
		if seen[names[i]] {
			return nil
		}
		seen[names[i]] = true
	}
	return names
}

// unordered are the names of lists whose order says nothing. That of replicaNodes does: the first is the preferred leader.
var unordered = []string{"isrNodes", "offlineReplicas", "isr", "eligibleLeaderReplicas", "lastKnownElr", "authorizedOperations"}

// identity returns which fields of a struct say what it is about: its keys; or else those that do so together; or else
// the first that is called as names and numbers of things are.
func identity(fields []Field, version int16) []int {
	var keys, together []int
	single, rank := -1, len(singleNames)
	for i := range fields {
		f := &fields[i]
		if !f.Versions.Holds(version) || f.Array || f.Kind == Nested {
			continue
		}
		if f.Key {
			keys = append(keys, i)
		}
		if slices.Contains(joinedNames, f.Name) {
			together = append(together, i)
		}
		if r := slices.Index(singleNames, f.Name); r >= 0 && r < rank {
			single, rank = i, r
		}
	}
	switch {
	case len(keys) > 0:
		return keys
	case len(together) > 0:
		return together
	case single >= 0:
		return []int{single}
	}
	return nil
}

// joinedNames and singleNames are fields that say what a struct is about where its definition has no key.
var (
	joinedNames = []string{"resourceType", "resourceName", "patternType", "entityType", "entityName"}
	singleNames = append([]string{"key", "name", "topicName", "topic", "topicId", "groupId", "transactionalId", "memberId", "producerId",
		"apiKey", "logDir", "user", "nodeId", "brokerId", "replicaId"}, partitionNames...)
)

package message

import (
	"slices"
	"strconv"
	"strings"
)

// A Difference is one field that two messages have otherwise. A and B are as JSON has them, or "" where a message has
// no such field.
type Difference struct {
	Path string // an element of a list is named by what it is about, topics[orders].partitions[3].leaderId
	A, B string
}

// Differences compares two messages of the same API field by field. The elements of a list are matched by what they are
// about, whatever their order; lists whose order says nothing are compared as sets. Fields that ignore names, by their
// own name or their path without indices, are left out.
func Differences(a, b *Message, ignore []string) []Difference {
	left, right := a.canonical(ignore), b.canonical(ignore)
	var all []Difference
	i, j := 0, 0
	for i < len(left) || j < len(right) {
		switch {
		case j == len(right) || i < len(left) && left[i].path < right[j].path:
			all = append(all, Difference{Path: left[i].path, A: left[i].text})
			i++
		case i == len(left) || right[j].path < left[i].path:
			all = append(all, Difference{Path: right[j].path, B: right[j].text})
			j++
		default:
			if left[i].text != right[j].text {
				all = append(all, Difference{left[i].path, left[i].text, right[j].text})
			}
			i++
			j++
		}
	}
	return all
}

type leaf struct{ path, text string }

func (m *Message) canonical(ignore []string) []leaf {
	c := canonizer{api: m.API.Key, version: m.Version, ignore: ignore}
	c.fields(m.Redacted().Root, "", "")
	slices.SortFunc(c.leaves, func(a, b leaf) int { return strings.Compare(a.path, b.path) })
	return c.leaves
}

type canonizer struct {
	api     int16
	version int16
	ignore  []string
	leaves  []leaf
}

func (c *canonizer) ignored(name, plain string) bool {
	for _, word := range c.ignore {
		if strings.EqualFold(word, name) || strings.EqualFold(word, plain) {
			return true
		}
	}
	return false
}

// fields collects the leaves of a struct; plain is its path without indices.
func (c *canonizer) fields(s *Struct, path, plain string) {
	for i := range s.Fields {
		f, v := &s.Fields[i], s.Values[i]
		below := join(plain, f.Name)
		if !shown(f, v, c.version) || len(c.ignore) > 0 && c.ignored(f.Name, below) {
			continue
		}
		at := join(path, f.Name)
		switch v := v.(type) {
		case *Struct:
			c.fields(v, at, below)
		case []any:
			c.list(f, v, at, below)
		case []byte:
			c.add(at, string(appendValue(nil, f, v, c.version)))
		default:
			text := string(appendValue(nil, f, v, c.version))
			if name := Word(c.api, f, v); name != "" {
				text += " (" + name + ")"
			}
			c.add(at, text)
		}
	}
	for _, t := range s.Unknown {
		c.add(join(path, unknownTags)+"["+strconv.Itoa(int(t.Tag))+"]", string(appendValue(nil, &Field{}, t.Data, 0)))
	}
}

func (c *canonizer) add(path, text string) { c.leaves = append(c.leaves, leaf{path, text}) }

func (c *canonizer) list(f *Field, list []any, path, plain string) {
	if f.Kind != Nested || len(list) == 0 {
		texts := make([]string, len(list))
		for i, v := range list {
			texts[i] = string(appendValue(nil, f, v, c.version))
		}
		if slices.Contains(sets, f.Name) {
			slices.Sort(texts)
		}
		c.add(path, "["+strings.Join(texts, ",")+"]")
		return
	}
	names := c.names(f, list)
	for i, v := range list {
		c.fields(v.(*Struct), path+"["+names[i]+"]", plain)
	}
}

// sets are lists whose order says nothing. That of replicaNodes does: the first is the preferred leader.
var sets = []string{"isrNodes", "offlineReplicas", "isr", "eligibleLeaderReplicas", "lastKnownElr", "authorizedOperations"}

// names says what each element of a list is about, so that the same one is found in another list: by its key, or else
// by where it stands.
func (c *canonizer) names(f *Field, list []any) []string {
	keys := identity(f.Fields, c.version)
	names := make([]string, len(list))
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		s := v.(*Struct)
		var parts []string
		for _, k := range keys {
			switch v := s.Values[k].(type) {
			case string:
				parts = append(parts, v)
			case nil:
				parts = append(parts, "null")
			default:
				parts = append(parts, strings.Trim(string(appendValue(nil, &f.Fields[k], v, c.version)), `"`))
			}
		}
		names[i] = strings.Join(parts, ",")
		if len(keys) == 0 || seen[names[i]] {
			for i := range names {
				names[i] = strconv.Itoa(i)
			}
			return names
		}
		seen[names[i]] = true
	}
	return names
}

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

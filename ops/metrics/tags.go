package metrics

import (
	"slices"
	"strings"
)

// A rule whose pattern ends with one tag also matches a bean that has more of them, and the tag's (.+) takes them all:
//
//	pattern: kafka.server<type=(.+), client-id=(.+)><>byte-rate    labels: {resource: "$1", clientId: "$2"}
//
// makes resource="Produce, user=alice" of a client with a user, where the rule for both stands after it.

// tellApart makes labels of the tags that rules have written into the value of another label. ok is false where they can't be those of
// a client that Kafka counts: a tag that is none of them, or one that has another value in a label of its own.
func (m *matcher) tellApart(labels []label, f form) (_ []label, ok bool) {
	quota := f.byResource != nil || f.metric >= ProduceRate
	for i, n := 0, len(labels); i < n; i++ {
		own, swallowed := splitTags(labels[i].value)
		if len(swallowed) == 0 || !beanLabels[m.canonical(labels[i].name)] {
			continue
		}
		if m.canonical(labels[i].name) == "clientid" && m.find(labels, "user") != nil {
			continue // a client may call itself so, and nothing comes after the client id in a bean's name
		}
		labels[i].value = own
		if quota && slices.ContainsFunc(labels, func(l label) bool { return cutInQuotes(l.value) }) {
			return labels, false // a client id that looks like tags
		}
		for _, tag := range swallowed {
			name := m.canonical(tag.name)
			if other := m.find(labels, name); quota && (cutInQuotes(tag.value) || name != "user" && name != "clientid" || other != nil && other.value != "" && other.value != tag.value) {
				return labels, false
			}
			labels = append(labels, tag)
		}
	}
	return labels, true
}

// ownLabels gives the labels of a client's series the names that they have here.
func (m *matcher) ownLabels(labels []label, f form) []label {
	if f.byResource == nil && f.metric < ProduceRate {
		return labels
	}
	for i := range labels {
		if name := quotaLabels[m.canonical(labels[i].name)]; name != "" && m.find(labels, name) == nil {
			labels[i].name = name
		}
	}
	return labels
}

func (m *matcher) find(labels []label, name string) *label {
	for i := range labels {
		if m.canonical(labels[i].name) == name {
			return &labels[i]
		}
	}
	return nil
}

// splitTags splits a value at the tags in it, written as the JMX exporter writes a bean's name: a value, and ", tag=value" for each. A
// quoted value may hold any character.
func splitTags(value string) (own string, tags []label) {
	own, rest := cutTag(value)
	for rest != "" {
		var tag label
		var text string
		tag.name, text, _ = strings.Cut(rest, "=")
		tag.value, rest = cutTag(text)
		tags = append(tags, tag)
	}
	return own, tags
}

// cutTag cuts a value off before the next tag; rest begins with that tag's name.
func cutTag(s string) (value, rest string) {
	for i := quotedEnd(s); i < len(s); i++ {
		if !strings.HasPrefix(s[i:], ", ") {
			continue
		}
		name, _, ok := strings.Cut(s[i+2:], "=")
		if ok && name != "" && strings.Trim(name, "-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "" {
			return s[:i], s[i+2:]
		}
	}
	return s, ""
}

// cutInQuotes tells whether a value is a piece of a quoted one.
func cutInQuotes(value string) bool {
	if strings.HasPrefix(value, `"`) {
		return len(value) < 2 || value[len(value)-1] != '"' || quotedEnd(value) != len(value)
	}
	return strings.HasSuffix(value, `"`)
}

// quotedEnd returns the end of the quoted value that s begins with, 0 if it doesn't.
func quotedEnd(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	end := 1
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	return min(end+1, len(s))
}

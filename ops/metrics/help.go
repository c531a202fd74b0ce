package metrics

import (
	"bytes"

	"kdeck/ops/tenant"
)

// help is the last line of help on a page. The JMX exporter writes the attribute into it that a series comes from, unless a rule has a
// text of its own:
//
//	# HELP kafka_server_brokertopicmetrics_bytesinpersec Attribute exposed for management kafka.server:…,attribute=Count
type help struct {
	name  []byte          // empty where it says no attribute
	attr  Attr            // of that name
	known map[string]Attr // by what stands behind the mark
}

var helpPrefix, attributeMark = []byte("# HELP kafka_"), []byte("attribute=")

func (h *help) read(line []byte) {
	if !bytes.HasPrefix(line, helpPrefix) {
		return
	}
	h.name = h.name[:0]
	name, text, _ := bytes.Cut(line[len("# HELP "):], []byte(" "))
	at := bytes.LastIndex(text, attributeMark)
	if at < 0 {
		return
	}
	text = text[at+len(attributeMark):]
	attr, seen := h.known[string(text)]
	if !seen {
		attr = attributeOf(string(text))
		if h.known == nil {
			h.known = map[string]Attr{}
		}
		if len(h.known) < maxForms {
			h.known[string(text)] = attr
		}
	}
	if attr != untold {
		h.name, h.attr = append(h.name, name...), attr
	}
}

// attributeOf finds the attribute of a bean's name for it.
func attributeOf(text string) Attr {
	squashed := tenant.Squash(text)
	for _, s := range suffixes {
		if s.text == squashed {
			return s.attr
		}
	}
	return untold
}

// attribute returns what the page's help says of the series of a name, or untold.
func (h *help) attribute(name []byte) Attr {
	if len(h.name) == 0 || !bytes.EqualFold(h.name, name) {
		return untold
	}
	return h.attr
}

// nameOf returns the name that a line begins with.
func nameOf(line []byte) []byte {
	for i, c := range line {
		if c == '{' || blank(c) {
			return line[:i]
		}
	}
	return line
}

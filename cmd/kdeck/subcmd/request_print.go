package subcmd

import (
	"encoding/json"
	"fmt"
	"strings"

	"kdeck/protocol/message"
	"kdeck/ui/cell"
)

// printer writes a message for people: a field a line, numbers with their names, and lists of flat structs as tables.
type printer struct {
	env     *Env
	out     *strings.Builder
	api     int16
	version int16
	color   bool
}

func (p *printer) fields(s *message.Struct, indent string) {
	for i := range s.Fields {
		f, v := &s.Fields[i], s.Values[i]
		if !f.Versions.Holds(p.version) {
			continue
		}
		switch v := v.(type) {
		case *message.Struct:
			fmt.Fprintf(p.out, "%s%s:\n", indent, f.Name)
			p.fields(v, indent+"  ")
		case []any:
			p.list(f, v, indent)
		default:
			fmt.Fprintf(p.out, "%s%s: %s\n", indent, f.Name, p.value(f, v))
		}
	}
	for _, t := range s.Unknown {
		fmt.Fprintf(p.out, "%stagged field %d, which isn't known here: %x\n", indent, t.Tag, t.Data)
	}
}

// value is one value as people read it.
func (p *printer) value(f *message.Field, v any) string {
	var text string
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		text = p.env.safe(v)
		if text != v || v == "" || v == "null" || strings.TrimSpace(v) != v {
			quoted, _ := json.Marshal(v) // of a string: can't fail
			text = p.env.safe(string(quoted))
		}
	case []byte:
		if f.Kind == message.Records {
			return fmt.Sprintf("%d bytes of records", len(v))
		}
		return fmt.Sprintf("hex:%x", v)
	case [16]byte:
		text = message.FormatUUID(v)
	case []any:
		words := make([]string, len(v))
		for i := range v {
			words[i] = p.value(f, v[i])
		}
		return "[" + strings.Join(words, ", ") + "]"
	default:
		text = fmt.Sprint(v)
	}
	word := message.Word(p.api, f, v)
	if word == "" || word == "none" {
		return text
	}
	if p.color && strings.HasSuffix(strings.ToLower(f.Name), "errorcode") {
		word = "\x1b[31m" + word + "\x1b[0m"
	}
	return text + " (" + word + ")"
}

func (p *printer) list(f *message.Field, list []any, indent string) {
	if f.Kind != message.Nested || len(list) == 0 {
		fmt.Fprintf(p.out, "%s%s: %s\n", indent, f.Name, p.value(f, list))
		return
	}
	fmt.Fprintf(p.out, "%s%s:\n", indent, f.Name)
	if p.flat(list) {
		p.table(f, list, indent+"  ")
		return
	}
	for _, element := range list {
		s := element.(*message.Struct)
		var text strings.Builder
		sub := *p
		sub.out = &text
		sub.fields(s, indent+"    ")
		// The first line of an element begins with a dash.
		p.out.WriteString(indent + "  - " + strings.TrimPrefix(text.String(), indent+"    "))
	}
}

// flat reports whether a list's elements hold no structs, so that each is a row.
func (p *printer) flat(list []any) bool {
	for _, element := range list {
		s := element.(*message.Struct)
		if len(s.Unknown) > 0 {
			return false
		}
		for i := range s.Fields {
			if s.Fields[i].Kind == message.Nested && s.Fields[i].Versions.Holds(p.version) {
				if below, ok := s.Values[i].([]any); !ok || len(below) > 0 {
					return false
				}
			}
		}
	}
	return true
}

func (p *printer) table(f *message.Field, list []any, indent string) {
	var columns []int
	for i := range f.Fields {
		if f.Fields[i].Versions.Holds(p.version) && f.Fields[i].Kind != message.Nested {
			columns = append(columns, i)
		}
	}
	if len(columns) == 0 {
		fmt.Fprintf(p.out, "%s%s\n", indent, plural(len(list), "element"))
		return
	}
	rows := make([][]string, 0, len(list)+1)
	widths := make([]int, len(columns))
	add := func(row []string) {
		for i, text := range row {
			widths[i] = max(widths[i], cell.Width(text, p.env.ascii()))
		}
		rows = append(rows, row)
	}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = f.Fields[c].Name
	}
	add(head)
	plain := *p
	plain.color = false
	for _, element := range list {
		s := element.(*message.Struct)
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = plain.value(&f.Fields[c], s.Values[c])
		}
		add(row)
	}
	for i, row := range rows {
		p.out.WriteString(indent)
		for j, text := range row {
			shown := text
			if i == 0 && p.color {
				shown = "\x1b[1m" + text + "\x1b[0m"
			}
			p.out.WriteString(shown)
			if j < len(row)-1 {
				p.out.WriteString(strings.Repeat(" ", widths[j]-cell.Width(text, p.env.ascii())+2))
			}
		}
		p.out.WriteByte('\n')
	}
}

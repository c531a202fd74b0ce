package answer

import (
	"cmp"
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/protocol/message"
	"kdeck/protocol/printable"
	"kdeck/ui/cell"
)

// A Printer writes for people.
type Printer struct {
	ASCII bool // write everything outside ASCII out
	Color bool // with the terminal's own escape sequences
	// PerRow is how many bytes a row of a frame holds; 0 is 16.
	PerRow int
}

// Message writes a message without its secrets: a field a line, numbers with their names, and lists of flat structs as
// tables.
func (p Printer) Message(out *strings.Builder, m *message.Message) {
	f := &fields{Printer: p, out: out, version: m.Version}
	f.write(m.Redacted().Root, "")
}

// Value writes one value of a field of an API, with its name where it has one.
func (p Printer) Value(f *message.Field, v any) string {
	return (&fields{Printer: p}).value(f, v)
}

// safe escapes what a terminal would act on, and cuts what is too long to be read. JSON has it whole.
func (p Printer) safe(s string) string { return cell.Cut(s, cell.WidestText, p.ASCII) }

// fields is the fields of one message being written.
type fields struct {
	Printer
	out     *strings.Builder
	version int16
	widest  int // columns of a value; 0: as many as a text by itself has
}

func (p *fields) write(s *message.Struct, indent string) {
	for i := range s.Fields {
		f, v := &s.Fields[i], s.Values[i]
		if !f.Versions.Holds(p.version) {
			continue
		}
		switch v := v.(type) {
		case *message.Struct:
			fmt.Fprintf(p.out, "%s%s:\n", indent, f.Name)
			p.write(v, indent+"  ")
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
func (p *fields) value(f *message.Field, v any) string {
	var text string
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if most := p.most(); cell.Width(v, p.ASCII) > most {
			return cell.Cut(v, most, p.ASCII)
		}
		text = p.safe(v)
		if text != v || v == "" || v == "null" || strings.TrimSpace(v) != v {
			quoted, _ := printable.Marshal(v) // of a string: can't fail
			text = p.safe(string(quoted))
		}
	case []byte:
		if f.Kind == message.Records {
			return fmt.Sprintf("%d bytes of records", len(v))
		}
		if most := p.most(); len(v) > most/2 {
			return fmt.Sprintf("hex:%x", v[:most/2]) + fmt.Sprintf("%c(%s)", cell.GlyphsFor(p.ASCII).Ellipsis, format.Count(len(v), "byte"))
		}
		return fmt.Sprintf("hex:%x", v)
	case [16]byte:
		text = message.FormatUUID(v)
	case []any:
		return p.values(f, v)
	default:
		text = fmt.Sprint(v)
	}
	word := f.Word(v)
	if word == "" || word == "none" {
		return text
	}
	if p.Color && strings.HasSuffix(strings.ToLower(f.Name), "errorcode") {
		word = "\x1b[31m" + word + "\x1b[0m"
	}
	return text + " (" + word + ")"
}

// most is how many columns a value has at the most.
func (p *fields) most() int { return cmp.Or(p.widest, cell.WidestText) }

// values is a list on one line.
func (p *fields) values(f *message.Field, list []any) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > p.most() {
			fmt.Fprintf(&b, "and %s more", format.Thousands(len(list)-i))
			break
		}
		b.WriteString(p.value(f, v))
	}
	b.WriteByte(']')
	return b.String()
}

func (p *fields) list(f *message.Field, list []any, indent string) {
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
		sub.write(s, indent+"    ")
		// The first line of an element begins with a dash.
		p.out.WriteString(indent + "  - " + strings.TrimPrefix(text.String(), indent+"    "))
	}
}

// flat reports whether a list's elements hold no structs, so that each is a row.
func (p *fields) flat(list []any) bool {
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

func (p *fields) table(f *message.Field, list []any, indent string) {
	var columns []int
	for i := range f.Fields {
		if f.Fields[i].Versions.Holds(p.version) && f.Fields[i].Kind != message.Nested {
			columns = append(columns, i)
		}
	}
	if len(columns) == 0 {
		of := "elements"
		if len(list) == 1 {
			of = "element"
		}
		fmt.Fprintf(p.out, "%s%d %s\n", indent, len(list), of)
		return
	}
	rows := make([][]string, 0, len(list)+1)
	widths := make([]int, len(columns))
	add := func(row []string) {
		for i, text := range row {
			widths[i] = max(widths[i], cell.Width(text, p.ASCII))
		}
		rows = append(rows, row)
	}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = f.Fields[c].Name
	}
	add(head)
	plain := *p
	plain.Color, plain.widest = false, cell.Widest
	for _, element := range list {
		s := element.(*message.Struct)
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = cell.Cut(plain.value(&f.Fields[c], s.Values[c]), cell.Widest, p.ASCII)
		}
		add(row)
	}
	for i, row := range rows {
		p.out.WriteString(indent)
		for j, text := range row {
			shown := text
			if i == 0 && p.Color {
				shown = "\x1b[1m" + text + "\x1b[0m"
			}
			p.out.WriteString(shown)
			if j < len(row)-1 {
				p.out.WriteString(strings.Repeat(" ", widths[j]-cell.Width(text, p.ASCII)+2))
			}
		}
		p.out.WriteByte('\n')
	}
}

package subcmd

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// fieldRow is one field in the list of an API's fields, or the heading of the request's or the response's.
type fieldRow struct {
	name  string // indented
	field *message.Field
}

func fieldRows(rows []fieldRow, fields []message.Field, version int16, indent string) []fieldRow {
	for i := range fields {
		f := &fields[i]
		if version >= 0 && !f.Versions.Holds(version) {
			continue
		}
		rows = append(rows, fieldRow{indent + f.Name, f})
		rows = fieldRows(rows, f.Fields, version, indent+"  ")
	}
	return rows
}

func fieldColumns() []view.Column[fieldRow] {
	column := func(head string, wide bool, of func(*message.Field) string) view.Column[fieldRow] {
		return view.Column[fieldRow]{Head: head, Wide: wide, Cell: func(r fieldRow) string {
			if r.field == nil {
				return " "
			}
			return of(r.field)
		}}
	}
	return []view.Column[fieldRow]{
		{Head: "FIELD", Cell: func(r fieldRow) string { return r.name }},
		column("TYPE", false, (*message.Field).Type),
		column("VERSIONS", false, func(f *message.Field) string { return f.Versions.String() }),
		column("NULLABLE", false, func(f *message.Field) string { return ranged(f.Nullable) }),
		column("TAG", true, func(f *message.Field) string {
			if f.Tagged == message.Never {
				return ""
			}
			return fmt.Sprintf("%d (%s)", f.Tag, f.Tagged)
		}),
		column("DEFAULT", false, func(f *message.Field) string { return f.Default }),
		column("NAMES", false, func(f *message.Field) string { return f.Entity }),
		column("WORDS", false, func(f *message.Field) string { return strings.Join(f.Words(), " ") }),
		column("ALSO CALLED", true, func(f *message.Field) string { return strings.Join(f.Aliases, ", ") }),
	}
}

func ranged(r message.Range) string {
	if r.From > r.To {
		return ""
	}
	return r.String()
}

func fieldDocuments(fields []message.Field, version int16) []fieldDocument {
	docs := []fieldDocument{}
	for i := range fields {
		f := &fields[i]
		if version >= 0 && !f.Versions.Holds(version) {
			continue
		}
		d := fieldDocument{Name: f.Name, Aliases: append([]string{}, f.Aliases...), Type: f.Type(), Versions: f.Versions.String(),
			Words: f.Words(), Default: format.OrNull(f.Default), Names: format.OrNull(f.Entity), Nullable: format.OrNull(ranged(f.Nullable))}
		if f.Tagged != message.Never {
			d.Tag = &f.Tag
		}
		if f.Kind == message.Nested {
			d.Fields = fieldDocuments(f.Fields, version)
		}
		docs = append(docs, d)
	}
	return docs
}

// template is a body of a request as YAML with what can stand there in comments, lists with one element each.
func template(api *protocol.API, version int16) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s@%d: %s\n# kdeck request %s@%d -f FILE --to NODE\n", api.Name, version, api.Help, api.Name, version)
	writeTemplate(&b, message.New(api.API, version), api.Request.Fields, "", "")
	return b.String()
}

func writeTemplate(b *strings.Builder, m *message.Message, fields []message.Field, path, indent string) {
	first := true
	for i := range fields {
		f := &fields[i]
		if !f.Versions.Holds(m.Version) {
			continue
		}
		at := strings.TrimPrefix(path+"."+f.Name, ".")
		lead := indent
		if first && strings.HasSuffix(path, "]") {
			lead = strings.TrimSuffix(indent, "  ") + "- "
		}
		first = false
		if f.Kind == message.Nested {
			fmt.Fprintf(b, "%s%s:%s\n", lead, f.Name, templateComment(f, m.Version))
			below, deeper := at, indent+"  "
			if f.Array {
				below, deeper = at+"[0]", indent+"    "
			}
			writeTemplate(b, m, f.Fields, below, deeper)
			continue
		}
		fmt.Fprintf(b, "%s%s: %s%s\n", lead, f.Name, m.DefaultAt(at), templateComment(f, m.Version))
	}
}

// templateComment tells what can stand in a field.
func templateComment(f *message.Field, version int16) string {
	words := []string{f.Type()}
	if f.Nullable.Holds(version) {
		words = append(words, "may be null")
	}
	if f.Entity != "" {
		words = append(words, f.Entity)
	}
	if named := f.Words(); len(named) > 0 {
		words = append(words, strings.Join(named, " | "))
	}
	return "  # " + strings.Join(words, ", ")
}

package requests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
)

// form is a request being filled in. What was typed is kept as the command line has it, path=value, so that the command
// that asks the same is always at hand.
type form struct {
	api     *protocol.API
	to      string
	pinned  int16          // or -1
	served  *message.Range // what all of the nodes of to serve; nil where that isn't known
	unknown string         // why not, where it was asked, in words
	typed   []typedField
	message *message.Message // with what was typed
	effect  protocol.Effect
	rows    []formRow
	at, top int
	height  int
}

type typedField struct{ path, value string }

// formRow is a line of the form: the target, the version, or a field.
type formRow struct {
	kind  formKind
	path  string
	label string
	value string
	field *message.Field
	typed bool
}

type formKind uint8

const (
	formTo formKind = iota
	formVersion
	formField
	formList   // of structs: takes words, or is filled in element by element
	formStruct // its fields follow
	formNext   // a field of an element that isn't there yet
)

func newForm(api *protocol.API, pinned int16) *form {
	f := &form{api: api, pinned: pinned}
	if err := f.set(nil); err != nil { // the template of an API is always whole
		f.message = message.New(api.API, f.version())
	}
	return f
}

// version is the one that the form shows: the pinned one, or the newest that the nodes serve, as far as that is known.
func (f *form) version() int16 {
	switch {
	case f.pinned >= 0:
		return f.pinned
	case f.served != nil:
		return f.served.To
	}
	return f.api.Versions.To
}

// set takes what was typed. On an error, which names the field, nothing changes.
func (f *form) set(typed []typedField) error {
	m := message.New(f.api.API, f.version())
	for _, t := range typed {
		if err := m.Set(t.path, t.value); err != nil {
			return err
		}
	}
	if secrets := m.Secrets(); len(secrets) > 0 {
		return fmt.Errorf("%s is a secret, and is shown on no screen: kdeck request %s -f FILE takes it", secrets[0], f.api.Name)
	}
	f.typed, f.message, f.effect = typed, m, protocol.EffectOf(m)
	f.list()
	return nil
}

// pin shows another version; -1 for the newest. What was typed must fit it.
func (f *form) pin(version int16) error {
	was := f.pinned
	f.pinned = version
	if err := f.set(f.typed); err != nil {
		f.pinned = was
		return err
	}
	return nil
}

// serve takes what all of the nodes of to serve, or why that isn't known. What was typed and doesn't fit the newest of
// those versions stays, and is told of.
func (f *form) serve(served *message.Range, unknown string) {
	f.served, f.unknown = served, unknown
	if err := f.set(f.typed); err != nil {
		f.served, f.unknown = nil, fmt.Sprintf("%s serves v%s, which doesn't fit: %s", f.to, served, err)
		f.list()
	}
}

// put types a value into a field. What was typed into fields below it goes.
func (f *form) put(path, value string) error {
	at := slices.IndexFunc(f.typed, func(t typedField) bool { return t.path == path })
	typed := slices.Clone(f.typed)
	if at >= 0 {
		typed[at].value = value
	} else {
		typed = append(typed, typedField{path, value})
	}
	return f.set(slices.DeleteFunc(typed, func(t typedField) bool { return below(t.path, path) }))
}

// clear takes back what was typed into a field and those below it.
func (f *form) clear(path string) error {
	return f.set(slices.DeleteFunc(slices.Clone(f.typed), func(t typedField) bool { return t.path == path || below(t.path, path) }))
}

func below(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// words are the request as the command line has it.
func (f *form) words() []string {
	name := f.api.Name
	if f.pinned >= 0 {
		name += "@" + strconv.Itoa(int(f.pinned))
	}
	words := []string{name}
	for _, t := range f.typed {
		words = append(words, t.path+"="+t.value)
	}
	return words
}

// list makes the form's rows.
func (f *form) list() {
	version := "newest all serve"
	switch v := strconv.Itoa(int(f.version())); {
	case f.pinned >= 0 && f.served != nil && !f.served.Holds(f.pinned):
		version = v + ", served: " + f.served.String()
	case f.pinned >= 0:
		version = v
	case f.served != nil:
		version = v + ", newest served"
	}
	f.rows = append(f.rows[:0],
		formRow{kind: formTo, label: "to", value: f.to, typed: f.to != ""},
		formRow{kind: formVersion, label: "version", value: version, typed: f.pinned >= 0})
	f.listFields(f.message.Root, f.message.Root.Fields, "", "")
	f.at = min(f.at, len(f.rows)-1)
}

// listFields adds the fields of a struct; s is nil for one that isn't there yet.
func (f *form) listFields(s *message.Struct, fields []message.Field, path, indent string) {
	first := strings.HasSuffix(path, "]")
	for i := range fields {
		field := &fields[i]
		if !field.Versions.Holds(f.message.Version) {
			continue
		}
		at, label := strings.TrimPrefix(path+"."+field.Name, "."), indent+field.Name
		if first {
			label = strings.TrimSuffix(indent, "  ") + "- " + field.Name
		}
		first = false
		r := formRow{kind: formField, path: at, label: label, field: field,
			typed: slices.ContainsFunc(f.typed, func(t typedField) bool { return t.path == at })}
		var v any
		if s != nil {
			v = s.Values[i]
		}
		switch {
		case field.Kind == message.Nested && field.Array:
			f.listElements(r, v, s == nil, indent)
			continue
		case field.Kind == message.Nested:
			r.kind = formStruct
			f.rows = append(f.rows, r)
			below, _ := v.(*message.Struct)
			f.listFields(below, field.Fields, at, indent+"  ")
			continue
		case s == nil:
			r.kind = formNext
		default:
			r.value = answer.Printer{}.Value(field, v)
		}
		f.rows = append(f.rows, r)
	}
}

// listElements adds a list of structs: its elements, and the one that may come next.
func (f *form) listElements(r formRow, v any, next bool, indent string) {
	r.kind = formList
	list, _ := v.([]any)
	switch {
	case next:
	case v == nil:
		r.value = "null"
	default:
		r.value = strconv.Itoa(len(list))
	}
	f.rows = append(f.rows, r)
	deeper := indent + "    "
	for i, element := range list {
		f.listFields(element.(*message.Struct), r.field.Fields, fmt.Sprintf("%s[%d]", r.path, i), deeper)
	}
	fields := r.field.Fields
	if len(list) > 0 {
		fields = f.firstField(fields)
	}
	f.listFields(nil, fields, fmt.Sprintf("%s[%d]", r.path, len(list)), deeper)
}

// firstField is the first field that the version has: enough to begin another element with.
func (f *form) firstField(fields []message.Field) []message.Field {
	for i := range fields {
		if fields[i].Versions.Holds(f.message.Version) {
			return fields[i : i+1]
		}
	}
	return nil
}

// about says what can stand in a row.
func (f *form) about(r formRow) string {
	switch r.kind {
	case formTo:
		return "nodes: 3, host:port, controller, leader-of:topic/0, coordinator:group, a list with commas, all"
	case formVersion:
		text := "known here: " + f.api.Versions.String()
		if f.served != nil {
			text += "; served by " + f.to + ": " + f.served.String()
		}
		text += "; nothing for the newest that all of the nodes serve"
		if f.unknown != "" {
			text = f.unknown
		}
		return text
	}
	words := []string{r.path + ":", r.field.Type()}
	if r.field.Nullable.Holds(f.message.Version) {
		words = append(words, "or null")
	}
	if r.field.Entity != "" {
		words = append(words, r.field.Entity)
	}
	if named := r.field.Words(); len(named) > 0 {
		words = append(words, strings.Join(named, " | "))
	}
	if r.kind == formList {
		words = append(words, "words with commas, JSON, or field by field below")
	}
	return strings.Join(words, " ")
}

// text is what the prompt begins with for a row.
func (f *form) text(r formRow) string {
	switch r.kind {
	case formTo:
		return f.to
	case formVersion:
		if f.pinned < 0 {
			return ""
		}
		return strconv.Itoa(int(f.pinned))
	}
	for _, t := range f.typed {
		if t.path == r.path {
			return t.value
		}
	}
	return ""
}

// move moves the cursor by n rows.
func (f *form) move(n int) { f.at = max(min(f.at+n, len(f.rows)-1), 0) }

// Package requests is the console's pane that sends a request of the protocol to chosen nodes, and shows what each of them
// answers. It sends only requests that read. Start reading at Pane.
package requests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane sends requests of the protocol to chosen nodes and shows what they answer: the list of requests; of one, a
// form; and what came of it, node by node. What does more than read it hands to the palette.
type Pane struct {
	*pane.List[protocol.API]
	ctx   context.Context // of the console: with it ends whatever is asked
	asker Asker           // nil: nothing can be sent
	ascii bool

	words string                 // that the list is filtered by
	forms map[int16]*openRequest // by key: what was filled in stays while the console is open
	open  *openRequest           // nil: the list is shown

	history []*asked // what was sent, the oldest first
	back    int      // the cursor in the history, from its end
	asking  *asked   // being answered
	groups  []string // that answers of this session named

	places layout.Requests
}

// openRequest is a request that is open, or was.
type openRequest struct {
	*form
	focus part
	side  part // the last part in focus that isn't the form
	asked *asked
	shown *shownSent // what came of asked
}

// New makes the pane. Without an asker it shows requests and their fields, and sends nothing. What is asked ends with ctx.
func New(ctx context.Context, asker Asker) *Pane {
	r := &Pane{ctx: ctx, asker: asker, forms: map[int16]*openRequest{}}
	r.List = pane.NewList(pane.Spec[protocol.API]{
		Name: "requests", Title: "Requests", Row: "request", Letters: "H",
		Columns: catalogColumns(),
		Rows:    func(*pane.Scene) table.Rows[protocol.API] { return table.RowsOf(findAPIs(r.words), apiID) },
		Keys:    r.catalogKeys, Describe: describe,
		Empty: func(pane.Scene) string { return "no request is called " + r.words + " (esc clears it)" },
		JSON: func(pane.Scene, []protocol.API) (func(io.Writer) error, error) {
			return nil, errors.New("the list of requests is exported as CSV; kdeck api -o json writes it with all fields")
		},
		Document: func(_ pane.Scene, a protocol.API) any { return pane.Run{Line: "api " + a.Name + " -o yaml"} },
	})
	r.Fill() // too few to be handed back
	return r
}

// See implements [pane.Screen].
func (r *Pane) See(s pane.Scene) []pane.Effect { r.Scene = s; return nil }

// openAPI opens the form of a request, as it was left.
func (r *Pane) openAPI(api *protocol.API, version int16) *openRequest {
	o := r.forms[api.Key]
	if o == nil {
		o = &openRequest{form: newForm(api, version), side: partAnswer}
		r.forms[api.Key] = o
	}
	o.focus, r.open = partForm, o
	return o
}

// openCurrent opens the request under the list's cursor, in the version that the filter names.
func (r *Pane) openCurrent() []pane.Effect {
	a, ok := r.Table.Current()
	if !ok {
		return nil
	}
	api, _ := protocol.APIByKey(a.Key)
	found, version, err := protocol.FindAPI(r.words)
	if err != nil || found.Key != a.Key || !api.Versions.Holds(version) {
		version = -1
	}
	r.openAPI(api, version)
	return nil
}

// OpenRow implements [pane.Rows]: the row of a request is its key.
func (r *Pane) OpenRow(id table.ID) []pane.Effect {
	if api, ok := protocol.APIByKey(int16(id.N)); ok {
		r.openAPI(api, -1)
	}
	return nil
}

// Back implements [pane.Screen].
func (r *Pane) Back() ([]pane.Effect, bool) {
	switch {
	case r.giveUp():
	case r.open == nil:
		return nil, false
	case r.open.focus != partForm:
		r.open.focus = partForm
	default:
		r.open = nil
	}
	return nil, true
}

// Lists implements [pane.Screen].
func (r *Pane) Lists() []pane.Placed {
	if r.open != nil {
		return nil
	}
	return r.List.Lists()
}

// Filter implements [pane.Rows].
func (r *Pane) Filter() string { return r.words }

// SetFilter implements [pane.Rows]: every word is about a request by its name, an old name, letters of one, its key, or
// its class. The best match comes first.
func (r *Pane) SetFilter(s string) ([]pane.Effect, error) {
	r.words, r.open = strings.TrimSpace(s), nil
	effects := r.Fill()
	r.Table.Home()
	return effects, nil
}

// FilterWords implements [pane.Rows].
func (r *Pane) FilterWords() []string { return nil }

// Export implements [pane.Screen]: of an open request the answers, as the command has them.
func (r *Pane) Export(format string) (func(io.Writer) error, error) {
	switch {
	case r.open != nil && r.open.shown == nil:
		return nil, errors.New("nothing was answered yet: s sends the request")
	case r.open != nil && format == "json":
		return pane.JSON(r.open.shown.sent.Document(false)), nil
	case r.open != nil:
		return nil, errors.New("answers are no rows: they are exported as JSON")
	}
	return r.List.Export(format)
}

// Command implements [pane.Screen]: the command asks the same, or tells about the request under the cursor.
func (r *Pane) Command() []string {
	if o := r.open; o != nil {
		words := append([]string{"request"}, o.words()...)
		if o.to != "" {
			words = append(words, "--to", o.to)
		}
		return words
	}
	a, ok := r.Table.Current()
	if !ok {
		return nil
	}
	return []string{"api", a.Name}
}

// Status implements [pane.Screen].
func (r *Pane) Status() string {
	switch o := r.open; {
	case r.asking != nil:
		return "asking " + r.asking.to + ", esc gives up"
	case o == nil:
		return r.List.Status()
	case o.shown != nil:
		sent := o.shown.sent
		s := fmt.Sprintf("%d/%d answered", len(sent.Replies)-sent.Failed(), len(sent.Replies))
		if n := len(o.shown.groups); n > 1 {
			s += fmt.Sprintf(", %d different", n)
		}
		return s
	}
	return format.Count(len(r.history), "request") + " sent"
}

// Trail implements [pane.Screen].
func (r *Pane) Trail() []string {
	if r.open == nil {
		return nil
	}
	trail := []string{r.open.api.Name}
	if word := partWords[r.open.focus]; word != "" {
		trail = append(trail, word)
	}
	return trail
}

var partWords = [parts]string{partAnswer: "answer", partDifferences: "differences", partBytes: "bytes", partNodes: "nodes", partHistory: "history"}

// describe writes what is known of a request beside the list.
func describe(p *pane.Page, _ pane.Scene, of pane.Detail) {
	a, _ := protocol.APIByKey(int16(of.ID.N))
	p.Say(cell.Heading.Span(a.Name))
	p.Fact("key", cell.Plain, fmt.Sprint(a.Key))
	p.Fact("versions", cell.Plain, a.Versions.String())
	p.Fact("class", cell.Plain, a.Class.String())
	p.Fact("served by", cell.Plain, a.Served())
	if len(a.Aliases) > 0 {
		p.Fact("also called", cell.Plain, strings.Join(a.Aliases, ", "))
	}
	p.Say()
	p.Say(cell.Plain.Span(a.Help))
	p.Head(fmt.Sprintf("Fields of version %d", a.Versions.To))
	describeFields(p, a.Request.Fields, a.Versions.To, "")
}

func describeFields(p *pane.Page, fields []message.Field, version int16, indent string) {
	for i := range fields {
		f := &fields[i]
		if f.Versions.Holds(version) {
			p.Say(cell.Plain.Span(indent+f.Name+" "), cell.Faint.Span(f.Type()))
			describeFields(p, f.Fields, version, indent+"  ")
		}
	}
}

// learn keeps the groups that answers named, to complete them.
func (r *Pane) learn(sent *ask.Answers) {
	for _, reply := range sent.Replies {
		if m := reply.Got; m != nil && len(r.groups) < mostGroups {
			m.EachNamed(func(kind, name string) {
				if at, known := slices.BinarySearch(r.groups, name); kind == "group" && !known && len(r.groups) < mostGroups {
					r.groups = slices.Insert(r.groups, at, name)
				}
			})
		}
	}
}

// mostGroups is how many groups are remembered.
const mostGroups = 5000

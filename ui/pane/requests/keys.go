package requests

import (
	"fmt"
	"strconv"

	"kdeck/ui/pane"

	"kdeck/protocol"
)

// Bindings implements [pane.Screen].
func (r *Pane) Bindings() []pane.Binding {
	if r.open == nil {
		return r.List.Bindings()
	}
	own := append(r.sendBindings(), r.partBindings()...)
	if r.open.focus == partForm {
		own = append(own, r.formBindings()...)
	}
	return append(own, r.moveBindings()...)
}

func (r *Pane) catalogKeys() []pane.Binding {
	none, unsent := "", ""
	if r.Table.Len() == 0 {
		none = "no request is called so"
	}
	if len(r.history) == 0 {
		unsent = "nothing was sent yet"
	}
	return []pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "fill the request in", Label: "open", Group: pane.Going, Disabled: none, Do: r.openCurrent},
		{Keys: []string{"H"}, Help: "what was sent in this session", Label: "history", Group: pane.Going, Disabled: unsent, Do: func() []pane.Effect {
			r.openAPI(r.history[len(r.history)-1].api, -1).look(partHistory)
			return nil
		}},
	}
}

// sendBindings are the keys that send, keep and copy.
func (r *Pane) sendBindings() []pane.Binding {
	o := r.open
	unable, again, unanswered := "", "", ""
	switch {
	case r.asker == nil:
		unable = "a saved cluster can't be asked"
	case r.asking != nil:
		unable = "an answer is waited for"
	}
	if again = unable; again == "" && o.asked == nil && o.focus != partHistory {
		again = "nothing was sent yet"
	}
	if o.shown == nil {
		unanswered = "there is no answer yet"
	}
	reads := o.effect.Class == protocol.ClassRO
	send := pane.Binding{Keys: []string{"s"}, Help: "send it", Label: "send", Group: pane.OnRows, Disabled: unable, Do: r.send}
	if !reads {
		send.Help, send.Changes = "put the command that sends it behind :", true
	}
	return []pane.Binding{
		send,
		{Keys: []string{"R"}, Help: "send it again, and show what has changed since", Label: "replay", Group: pane.OnRows, Disabled: again, Do: r.replay},
		{Keys: []string{"S"}, Help: "save request and answers as a .kreq file", Group: pane.OnRows, Disabled: unanswered, Do: r.save},
	}
}

// partBindings are the keys that put a part of the screen into focus.
func (r *Pane) partBindings() []pane.Binding {
	o := r.open
	unanswered, unsent, alone := "", "", ""
	if o.shown == nil {
		unanswered = "there is no answer yet; s sends the request"
	}
	if alone = unanswered; alone == "" && len(o.shown.sent.Replies) == 1 {
		alone = "one node was asked"
	}
	if len(r.history) == 0 {
		unsent = "nothing was sent yet"
	}
	to := func(p part) func() []pane.Effect { return pane.Quietly(func() { o.look(p) }) }
	return []pane.Binding{
		{Keys: []string{"a"}, Help: "the answer", Label: "answer", Group: pane.Going, Disabled: unanswered, Do: to(partAnswer)},
		{Keys: []string{"d"}, Help: "the fields in which answers differ", Label: "differences", Group: pane.Going, Disabled: unanswered, Do: to(partDifferences)},
		{Keys: []string{"x"}, Help: "the bytes, and which of them are which field", Label: "bytes", Group: pane.Going, Disabled: unanswered, Do: to(partBytes)},
		{Keys: []string{"t"}, Help: "nodes, and where the time went", Label: "timing", Group: pane.Going, Disabled: unanswered, Do: to(partNodes)},
		{Keys: []string{"f"}, Help: "the form", Group: pane.Going, Do: to(partForm)},
		{Keys: []string{"H"}, Help: "what was sent in this session", Label: "history", Group: pane.Going, Disabled: unsent, Do: to(partHistory)},
		{Keys: []string{"n"}, Help: "answer and bytes of the next node", Label: "node", Group: pane.Going, Disabled: alone, Do: func() []pane.Effect { return r.turn(1) }},
		{Keys: []string{"N"}, Help: "those of the node before", Group: pane.Going, Disabled: alone, Do: func() []pane.Effect { return r.turn(-1) }},
	}
}

func (r *Pane) formBindings() []pane.Binding {
	o := r.open
	row := o.rows[o.at]
	unset, fixed := "", ""
	if !row.typed {
		unset = "it is as it was at first"
	}
	if row.kind == formStruct {
		fixed = "its fields follow: fill them in"
	}
	return []pane.Binding{
		{Keys: []string{"enter", "e"}, Show: "enter", Help: "fill the line in", Label: "edit", Group: pane.OnRows, Disabled: fixed, Do: func() []pane.Effect { return r.edit(row) }},
		{Keys: []string{"u"}, Help: "take back what was filled in", Group: pane.OnRows, Disabled: unset, Do: func() []pane.Effect { return r.take(o, row) }},
	}
}

// moveBindings move what is in focus.
func (r *Pane) moveBindings() []pane.Binding {
	o := r.open
	if o.focus == partHistory {
		step := func(n int) func() []pane.Effect {
			return pane.Quietly(func() { r.back = max(min(r.back+n, len(r.history)-1), 0) })
		}
		return []pane.Binding{
			{Keys: []string{"enter"}, Help: "open it as it was sent", Label: "open", Group: pane.OnRows, Do: r.recall},
			{Keys: []string{"j", "down"}, Show: "j ↓", Help: "the one before", Group: pane.Moving, Do: step(1)},
			{Keys: []string{"k", "up"}, Show: "k ↑", Help: "the one after", Group: pane.Moving, Do: step(-1)},
		}
	}
	down, side, page := o.move, func(int) {}, o.height-1
	end := len(o.rows)
	if o.focus != partForm && o.shown != nil {
		s := &o.shown.sheets[o.focus]
		down, side, page, end = s.move, s.side, s.height-1, len(s.lines)
	}
	move := func(n int) func() []pane.Effect { return pane.Quietly(func() { down(n) }) }
	shift := func(n int) func() []pane.Effect { return pane.Quietly(func() { side(n) }) }
	all := []pane.Binding{
		{Keys: []string{"j", "down"}, Show: "j ↓", Help: "down", Group: pane.Moving, Do: move(1)},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "up", Group: pane.Moving, Do: move(-1)},
		{Keys: []string{"pgdown", "ctrl+f", "space"}, Show: "pgdn", Help: "page down", Group: pane.Moving, Do: move(page)},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup", Help: "page up", Group: pane.Moving, Do: move(-page)},
		{Keys: []string{"g", "home"}, Show: "g", Help: "to the beginning", Group: pane.Moving, Do: move(-end)},
		{Keys: []string{"G", "end"}, Show: "G", Help: "to the end", Group: pane.Moving, Do: move(end)},
	}
	if o.focus != partForm {
		all = append(all,
			pane.Binding{Keys: []string{"l", "right"}, Show: "l →", Help: "to the right", Group: pane.Moving, Do: shift(8)},
			pane.Binding{Keys: []string{"h", "left"}, Show: "h ←", Help: "to the left", Group: pane.Moving, Do: shift(-8)},
			pane.Binding{Keys: []string{"c"}, Help: "copy this part as text", Group: pane.OnRows, Do: func() []pane.Effect { return o.copyPart() }})
	}
	return all
}

// edit asks for what a row is to hold.
func (r *Pane) edit(row formRow) []pane.Effect {
	o := r.open
	label := row.path
	if label == "" {
		label = row.label
	}
	return []pane.Effect{pane.Field{
		Label: label, Text: o.text(row),
		Offers: func(line string) []string { return r.offers(o.form, row, line) },
		Done: func(line string) []pane.Effect {
			effects := pane.Fail(o.fill(row, line))
			if row.kind == formTo {
				effects = append(effects, r.lookUp(o)...)
			}
			return effects
		},
	}}
}

// fill takes what was typed for a row.
func (f *form) fill(row formRow, line string) error {
	switch row.kind {
	case formTo:
		f.to = line
		f.list()
		return nil
	case formVersion:
		if line == "" {
			return f.pin(-1)
		}
		v, err := strconv.ParseInt(line, 10, 16)
		if err != nil || !f.api.Versions.Holds(int16(v)) {
			return fmt.Errorf("%q is no version of %s that is known here: there are %s", line, f.api.Name, f.api.Versions)
		}
		return f.pin(int16(v))
	}
	if line == f.text(row) && !(line == "" && row.kind == formField && row.value != "") {
		return nil
	}
	return f.put(row.path, line)
}

// lookUp asks the nodes of a form which versions they serve. What it showed of others goes at once.
func (r *Pane) lookUp(o *openRequest) []pane.Effect {
	o.serve(nil, "")
	if r.asker == nil || o.to == "" {
		return nil
	}
	asker, to := r.asker, o.to
	return pane.Background(func() func() {
		served, err := asker.Served(r.ctx, to, o.api)
		return func() {
			switch {
			case o.to != to:
			case err != nil:
				o.serve(nil, "what is served isn't known: "+err.Error())
			default:
				o.serve(&served, "")
			}
		}
	})
}

// take takes back what was typed for a row.
func (r *Pane) take(o *openRequest, row formRow) []pane.Effect {
	switch row.kind {
	case formTo:
		o.to = ""
		return r.lookUp(o)
	case formVersion:
		return pane.Fail(o.pin(-1))
	}
	return pane.Fail(o.clear(row.path))
}

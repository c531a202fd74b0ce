package requests

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/protocol"
	"kdeck/ui/pane"
)

// asked is a request that was sent in this session, or refused.
type asked struct {
	api   *protocol.API
	to    string
	words []string // with the version that was sent, once it is known
	typed []typedField
	sent  *ask.Answers // nil where it was refused, or let go of
	at    time.Time
	what  string             // what came of it, in words
	error string             // why it wasn't sent
	stop  context.CancelFunc // gives up waiting
}

const (
	mostAsked   = 100               // requests that are remembered
	mostAnswers = 10                // of which so many with their answers
	mostMemory  = ask.DefaultMemory // bytes that these may take together
)

// send sends the open request where it only reads, and leads to the palette where it does more.
func (r *Pane) send() []pane.Effect {
	o := r.open
	if o.to == "" {
		o.focus, o.at = partForm, 0
		return []pane.Effect{pane.Say{Text: "to which nodes? enter fills it in", Bad: true}}
	}
	if o.effect.Class != protocol.ClassRO {
		return o.hand()
	}
	return r.ask(o, &asked{api: o.api, to: o.to, words: o.words(), typed: o.typed}, nil)
}

// hand puts the command that sends a request into the palette.
func (o *openRequest) hand() []pane.Effect {
	words := append([]string{"request"}, o.words()...)
	words = append(words, "--to", o.to)
	if o.effect.Class >= protocol.ClassIBR {
		words = append(words, "--allow", "inter-broker")
	}
	if c := o.effect.Class; !c.Reads() && c != protocol.ClassCONN && c != protocol.ClassIBR {
		words = append(words, "--execute")
	}
	for _, w := range words {
		if strings.ContainsAny(w, " \t") {
			return []pane.Effect{pane.Say{Text: "this does more than read, and " + w + " has a blank: C copies the command, for a shell", Bad: true}}
		}
	}
	return []pane.Effect{pane.Palette{Line: strings.Join(words, " ")}}
}

// ask sends a request. What comes back is shown in its form, unless another one was sent since.
func (r *Pane) ask(o *openRequest, a *asked, before *ask.Answers) []pane.Effect {
	asker, ascii := r.asker, r.ascii
	ctx, stop := context.WithCancel(r.ctx)
	a.at, a.stop, r.asking = r.Scene.Now, stop, a
	o.asked = a
	return pane.Background(func() func() {
		defer stop()
		sent, err := asker.Ask(ctx, a.to, a.words)
		if err != nil {
			return func() { r.refused(a, err) }
		}
		s := show(sent, firstLook(sent), before, ascii)
		return func() { r.answered(o, a, s) }
	})
}

// giveUp ends the waiting for answers: those that came are shown. It reports whether there was any.
func (r *Pane) giveUp() bool {
	if r.asking == nil || r.asking.stop == nil {
		return false
	}
	r.asking.stop()
	r.asking.stop = nil
	return true
}

func (r *Pane) refused(a *asked, err error) {
	a.error, a.what = err.Error(), "not sent"
	r.remember(a)
}

func (r *Pane) answered(o *openRequest, a *asked, s *shownSent) {
	a.sent, a.at = s.sent, s.sent.At
	a.words = slices.Clone(a.words)
	a.words[0] = a.api.Name + "@" + strconv.Itoa(int(s.sent.Request.Version))
	a.what = format.Count(len(s.sent.Replies)-s.sent.Failed(), "answer")
	if n := len(s.groups); n > 1 {
		a.what += ", " + strconv.Itoa(n) + " different"
	}
	if n := s.sent.Failed(); n > 0 {
		a.what += ", " + strconv.Itoa(n) + " failed"
	}
	r.remember(a)
	r.learn(s.sent)
	if o.asked != a {
		return
	}
	o.shown = s
	switch {
	case len(s.groups) > 1:
		o.look(partDifferences)
	case len(s.groups) == 0:
		o.look(partNodes)
	default:
		o.look(partAnswer)
	}
}

// look puts a part into focus.
func (o *openRequest) look(p part) {
	o.focus = p
	if p != partForm {
		o.side = p
	}
}

// remember puts a request into the history and lets go of answers that are long past.
func (r *Pane) remember(a *asked) {
	if r.asking == a {
		r.asking = nil
	}
	r.back = 0
	if r.history = append(r.history, a); len(r.history) > mostAsked {
		r.history = r.history[1:]
	}
	kept, memory := 0, int64(0)
	for _, old := range slices.Backward(r.history) {
		if old.sent == nil {
			continue
		}
		kept, memory = kept+1, memory+old.sent.Memory
		if open := r.open != nil && r.open.asked == old; !open && kept > 1 && (kept > mostAnswers || memory > mostMemory) {
			r.forget(old)
		}
	}
}

// forget lets go of the answers to a request.
func (r *Pane) forget(a *asked) {
	a.sent = nil
	if o := r.forms[a.api.Key]; o != nil && o.asked == a {
		o.shown = nil
	}
}

// firstLook is the node that is shown at first: one whose answer differs from that of most, or else one that answers.
func firstLook(s *ask.Answers) int {
	groups := s.Groups()
	switch len(groups) {
	case 0:
		return 0
	case 1:
		return groups[0][0]
	}
	return groups[1][0]
}

// turn shows the next node's answer and bytes, or those of the one before.
func (r *Pane) turn(by int) []pane.Effect {
	o := r.open
	n := len(o.shown.sent.Replies)
	node, was, ascii := (o.shown.node+by+n)%n, o.shown, r.ascii
	return pane.Background(func() func() {
		s := show(was.sent, node, nil, ascii)
		return func() {
			if o.shown == was {
				s.sheets[partDifferences] = was.sheets[partDifferences] // which may say what has changed since
				o.shown = s
			}
		}
	})
}

// recalled is the request under the history's cursor.
func (r *Pane) recalled() *asked { return r.history[len(r.history)-1-r.back] }

// recall opens a request of the history as it was sent, with its answers where they are still kept.
func (r *Pane) recall() []pane.Effect {
	a := r.recalled()
	o := r.openAPI(a.api, -1)
	o.to, o.asked, o.shown = a.to, a, nil
	o.pinned = -1
	if _, version, err := protocol.FindAPI(a.words[0]); err == nil {
		o.pinned = version
	}
	if err := o.set(a.typed); err != nil {
		return pane.Fail(err)
	}
	effects := r.lookUp(o)
	if a.sent == nil {
		return effects
	}
	ascii := r.ascii
	return append(effects, pane.Background(func() func() {
		s := show(a.sent, firstLook(a.sent), nil, ascii)
		return func() {
			if o.asked == a {
				o.shown = s
				o.look(partAnswer)
			}
		}
	})...)
}

// replay sends a request of the history again, in the version that was sent, and shows what has changed since.
func (r *Pane) replay() []pane.Effect {
	a := r.open.asked
	if r.open.focus == partHistory {
		a = r.recalled()
	}
	o := r.openAPI(a.api, -1)
	return r.ask(o, &asked{api: a.api, to: a.to, words: a.words, typed: a.typed}, a.sent)
}

// save writes the request and its answers into a file that kdeck request --replay sends again.
func (r *Pane) save() []pane.Effect {
	sent := r.open.shown.sent
	return []pane.Effect{pane.Write{Ending: "kreq", To: func(w io.Writer) error {
		text, err := sent.Save()
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}}}
}

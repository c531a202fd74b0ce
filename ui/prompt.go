package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// promptMode is what is being typed.
type promptMode int

const (
	notTyping promptMode = iota
	typingCommand
	typingFilter
	typingField
)

// prompt is the line that is typed into: the palette's or the filter's.
type prompt struct {
	mode    promptMode
	input   textinput.Model
	before  string // of a filter: what esc restores
	field   pane.Field
	asker   int // the pane that asked for the field
	history []string
	back    int // steps back in the history; 0: not in it
	typed   string

	offers []string // completions of the palette's last word
	chosen int      // -1 none
	asked  uint64   // of the latest question for completions; older answers are dropped
}

func newPrompt() prompt {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.CharLimit = 1000
	in.KeyMap.Paste = key.NewBinding() // would run a program; the terminal's own paste comes as a message
	in.KeyMap.AcceptSuggestion, in.KeyMap.NextSuggestion, in.KeyMap.PrevSuggestion = key.NewBinding(), key.NewBinding(), key.NewBinding()
	return prompt{input: in, chosen: -1}
}

// begin opens the prompt with some text in it.
func (p *prompt) begin(mode promptMode, text string) {
	p.mode, p.before, p.back, p.offers, p.chosen = mode, text, 0, nil, -1
	p.input.SetValue(text)
	p.input.CursorEnd()
	p.input.Focus()
}

func (p *prompt) end() {
	p.mode, p.offers, p.chosen = notTyping, nil, -1
	p.input.Blur()
}

// edit gives the line a key or a paste.
func (p *prompt) edit(msg tea.Msg) {
	p.input, _ = p.input.Update(msg)
	p.back, p.field.Refused = 0, ""
}

// remember adds a line to the history, once.
func (p *prompt) remember(line string) {
	const most = 100
	p.history = slices.DeleteFunc(p.history, func(s string) bool { return s == line })
	if p.history = append(p.history, line); len(p.history) > most {
		p.history = p.history[1:]
	}
}

// recall goes n steps back in the history.
func (p *prompt) recall(n int) {
	if p.back == 0 {
		p.typed = p.input.Value()
	}
	p.back = max(min(p.back+n, len(p.history)), 0)
	line := p.typed
	if p.back > 0 {
		line = p.history[len(p.history)-p.back]
	}
	p.input.SetValue(line)
	p.input.CursorEnd()
	p.offers, p.chosen = nil, -1
}

type completedMsg struct {
	asked  uint64
	offers []string
}

// offer takes completions in, if they are of what is typed now.
func (p *prompt) offer(m completedMsg) {
	if m.asked == p.asked && p.mode != notTyping {
		p.offers, p.chosen = m.offers, -1
	}
}

// complete puts the next completion in place of the last word.
func (p *prompt) complete(by int) {
	if len(p.offers) == 0 {
		return
	}
	n := len(p.offers)
	if p.chosen < 0 && by < 0 {
		p.chosen = 0
	}
	p.chosen = ((p.chosen+by)%n + n) % n
	line := p.input.Value()
	word := strings.LastIndexAny(line, " \t") + 1
	if p.mode == typingField { // a field's offers are the whole line
		word = 0
	}
	for p.mode == typingFilter && word < len(line) && line[word] == '!' {
		word++
	}
	p.input.SetValue(line[:word] + p.offers[p.chosen])
	p.input.CursorEnd()
}

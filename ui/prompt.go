package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kdeck/ops/config"
	"kdeck/ui/pane"
)

// promptMode says what is being typed.
type promptMode int

const (
	notTyping promptMode = iota
	typingCommand
	typingFilter
	typingField
)

// prompt is the line at the bottom in which a command, a filter or a pane's field is typed.
type prompt struct {
	mode      promptMode
	input     textinput.Model
	oldFilter string // which esc restores
	field     pane.Field
	fieldPane int // the pane that asked for the field
	history   []string
	back      int    // steps back in the history; 0: not in it
	draft     string // what was typed before the first step back

	offers     []string // completions of the last word; of a field, of the line
	offersFrom int      // where that word begins in the line
	chosen     int      // the offer that the line has; -1: none
	version    uint64   // of the line; completions of another version are dropped
	lookups    *lookups // of completions
}

func newPrompt() prompt {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.CharLimit = 1000
	in.KeyMap.Paste = key.NewBinding() // would run a program; a paste of the terminal arrives as a message
	in.KeyMap.AcceptSuggestion, in.KeyMap.NextSuggestion, in.KeyMap.PrevSuggestion = key.NewBinding(), key.NewBinding(), key.NewBinding()
	return prompt{input: in, chosen: -1, lookups: new(lookups)}
}

// beginPrompt opens the prompt with some text in it.
func (a *app) beginPrompt(mode promptMode, text string) tea.Cmd {
	p := &a.prompt
	p.mode, p.oldFilter, p.back = mode, text, 0
	p.setLine(text)
	p.input.Focus()
	if mode == typingFilter { // the rows are filtered by it already
		return nil
	}
	return a.typed()
}

func (p *prompt) setLine(text string) {
	p.version++
	p.input.SetValue(text)
	p.input.CursorEnd()
	p.offers, p.chosen = nil, -1
}

func (p *prompt) end() {
	p.mode, p.offers, p.chosen = notTyping, nil, -1
	p.input.Blur()
}

// edit changes the line by a key or a paste.
func (p *prompt) edit(msg tea.Msg) {
	p.input, _ = p.input.Update(msg)
	p.back, p.field.Refused = 0, ""
}

// remember makes a line the latest of the history, unless it holds a secret.
func (p *prompt) remember(line string, mask *config.Mask) {
	const max = 100
	if holdsSecret(line) || mask.Text(line) != line {
		return
	}
	p.history = slices.DeleteFunc(p.history, func(s string) bool { return s == line })
	if p.history = append(p.history, line); len(p.history) > max {
		p.history = p.history[1:]
	}
}

// recall goes n steps back in the history.
func (p *prompt) recall(n int) {
	if p.back == 0 {
		p.draft = p.input.Value()
	}
	p.back = max(min(p.back+n, len(p.history)), 0)
	line := p.draft
	if p.back > 0 {
		line = p.history[len(p.history)-p.back]
	}
	p.setLine(line)
}

type completedMsg struct {
	version uint64
	offers  []string
}

// offer shows completions, unless they are of another line than the one typed now. A completion that was chosen while they
// were looked up stays chosen.
func (p *prompt) offer(m completedMsg) {
	if m.version != p.version || p.mode == notTyping {
		return
	}
	chosen := -1
	if p.chosen >= 0 {
		chosen = slices.Index(m.offers, p.offers[p.chosen])
	}
	p.offers, p.chosen = m.offers, chosen
}

// narrow shows the completions that are known before the line was looked up: own, and those shown for the line before that
// complete this one too.
func (p *prompt) narrow(own []string) {
	line := p.input.Value()
	from := p.wordFrom(line)
	own = slices.Clip(own)
	if from == p.offersFrom {
		for _, o := range beginningWith(line[from:], p.offers) {
			if !slices.Contains(own, o) {
				own = append(own, o)
			}
		}
	}
	p.offers, p.chosen, p.offersFrom = own, -1, from
}

// complete replaces the last word by the next completion.
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
	p.input.SetValue(line[:p.wordFrom(line)] + p.offers[p.chosen])
	p.input.CursorEnd()
}

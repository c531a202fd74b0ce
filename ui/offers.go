package ui

import (
	"fmt"
	"strings"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// drawOffers draws the completions in a box above the word that they complete, or why the field was refused.
func (a *app) drawOffers(g *cell.Grid) {
	p := &a.prompt
	frame := a.frame
	if note := a.readOnlyNote(); note != "" {
		frame.Body.H -= p.drawRefused(g, a.frame, note)
	}
	switch {
	case p.mode == typingField && p.field.Refused != "":
		p.drawRefused(g, a.frame, p.field.Refused)
		return
	case p.mode == notTyping || len(p.offers) == 0:
		return
	}
	ascii := g.Theme().ASCII
	widest := len("10-17 of 100") // the title, where not all are shown
	for _, o := range p.offers {
		widest = max(widest, cell.Width(o, ascii))
	}
	at, lines := layout.Popup(frame, a.wordColumn(), widest, len(p.offers))
	if lines == 0 {
		return
	}
	first := max(p.chosen-lines+1, 0)
	title := ""
	if lines < len(p.offers) {
		title = fmt.Sprintf("%d-%d of %d", first+1, first+lines, len(p.offers))
	}
	box := drawBox(g, at, title, cell.Frame)
	w, _ := box.Size()
	for y := range lines {
		box.Fit(1, y, w-2, cell.Plain, p.offers[first+y], false)
		if first+y == p.chosen {
			box.Flag(y, cell.Inverse)
		}
	}
}

// wordColumn returns the column of the word that is completed.
func (a *app) wordColumn() int {
	cursor, _ := a.promptWindow()
	p := &a.prompt
	line := p.input.Value()
	word := line[p.wordFrom(line):]
	return max(cursor-cell.Width(word, a.term.theme.ASCII), 1)
}

// wordFrom returns where the word that is completed begins in the line: the last one, or all of a field.
func (p *prompt) wordFrom(line string) int {
	if p.mode == typingField { // a field's offers are the whole line
		return 0
	}
	word := strings.LastIndexAny(line, " \t") + 1
	for p.mode == typingFilter && word < len(line) && line[word] == '!' {
		word++
	}
	return word
}

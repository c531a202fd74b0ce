package pane

import "kdeck/ui/cell"

// Text is plain lines, such as a command's output, in a window that can be moved.
type Text struct{ page Page }

// Line adds a line.
func (t *Text) Line(s string) { t.page.Say(cell.Plain.Span(s)) }

// Arrange breaks the lines that are too long, and keeps the window inside them.
func (t *Text) Arrange(width, height int, ascii bool) { t.page.arrangeLines(width, height, ascii) }

// Text returns all lines, made safe for a terminal.
func (t *Text) Text() string { return t.page.Text() }

// Draw draws the lines in the window.
func (t *Text) Draw(a cell.Area) { t.page.Draw(a) }

// Bindings returns the keys that move the window, and the one that copies all lines.
func (t *Text) Bindings() []Binding {
	return append(t.page.Bindings(), Binding{Keys: []string{"c"}, Help: "copy all of it", Label: "copy", Group: OnRows,
		Do: func() []Effect { return []Effect{Copy{t.page.Text(), "the output"}} }})
}

package pane

import "kdeck/ui/cell"

// Text is lines that nothing is known of, such as a command's output, in a window that can be moved.
type Text struct{ page Page }

// Line adds a line.
func (t *Text) Line(s string) { t.page.Say(cell.Plain.Span(s)) }

// Arrange works out what a window of that size shows; lines that are too long are broken.
func (t *Text) Arrange(width, height int, ascii bool) { t.page.arrangeLines(width, height, ascii) }

// Draw paints it.
func (t *Text) Draw(a cell.Area) { t.page.Draw(a) }

// Bindings are the keys that move the window, and the one that copies it all.
func (t *Text) Bindings() []Binding {
	return append(t.page.Bindings(), Binding{Keys: []string{"c"}, Help: "copy all of it", Group: OnRows,
		Do: func() []Effect { return []Effect{Copy{t.page.Text(), "the output"}} }})
}

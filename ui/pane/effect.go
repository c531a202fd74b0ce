package pane

import (
	"io"

	"kdeck/ui/table"
)

// Effect is something that a pane wants the console to do.
type Effect interface{ effect() }

// Open shows another pane with a filter. Where Row is set, it opens the row with that identity.
type Open struct {
	Pane, Filter string
	Row          *table.ID
}

// Copy puts text into the clipboard of the user's terminal; What names it in the toast.
type Copy struct{ Text, What string }

// Say shows a line for some seconds, as an error where Bad is set.
type Say struct {
	Text string
	Bad  bool
}

// Work is done off the update loop. What it returns is called on the loop, and its effects are the pane's.
type Work func() (apply func() []Effect)

// Refuse shows an error for some seconds. The console adds which word was probably meant.
type Refuse struct{ Err error }

// Show shows text in place of the pane, as it shows what a command wrote. Esc closes it.
type Show struct{ Title, Text string }

// Run runs a line as if it was typed into the palette. Where Briefly is set and the command ends well, only the first line of what it
// writes is shown, for some seconds: the pane shows the rest.
type Run struct {
	Line    string
	Briefly bool
}

// Field asks for a line in the console's prompt. Esc leaves everything as it was. The console waits until the pane is in
// front and nothing else is being typed.
type Field struct {
	Label string
	Text  string // what the line begins as
	// Offers returns completions of the whole line. It is called on the update loop.
	Offers func(line string) []string
	Done   func(line string) []Effect
	// Refused says why the line was refused before. It stands above the prompt until something is typed.
	Refused string
	// Err is in place of Refused where an error says it. The console adds which word was probably meant.
	Err error
}

// Palette opens the palette with a line in it, which the user may run or leave. The console waits until the pane is in front
// and nothing else is being typed.
type Palette struct{ Line string }

// Write writes a file that is named after the pane and the time. To is called off the update loop.
type Write struct {
	Ending string
	To     func(io.Writer) error
}

// Save writes a file that must not exist yet. To is called off the update loop. Done is called when the file is written, and
// its effects are the pane's.
type Save struct {
	Path string
	To   func(io.Writer) error
	Done func() []Effect
}

func (Open) effect()    {}
func (Copy) effect()    {}
func (Say) effect()     {}
func (Refuse) effect()  {}
func (Show) effect()    {}
func (Run) effect()     {}
func (Work) effect()    {}
func (Field) effect()   {}
func (Palette) effect() {}
func (Write) effect()   {}
func (Save) effect()    {}

// Background returns the effect that runs a table's work. A table returns nil where it has done the work at once.
func Background(run func() func()) []Effect {
	if run == nil {
		return nil
	}
	return []Effect{Work(func() func() []Effect {
		apply := run()
		return func() []Effect { apply(); return nil }
	})}
}

// Fail returns the effect that shows an error; none for nil.
func Fail(err error) []Effect {
	if err == nil {
		return nil
	}
	return []Effect{Refuse{err}}
}

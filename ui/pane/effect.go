package pane

import (
	"io"

	"kdeck/ui/table"
)

// Effect is what a pane wants done by the console.
type Effect interface{ effect() }

// Open goes to a pane, with a filter, and to the row with that identity, opened, where Row is set.
type Open struct {
	Pane, Filter string
	Row          *table.ID
}

// Copy puts text into the clipboard of the user's terminal; What says what it was.
type Copy struct{ Text, What string }

// Say shows one line, as an error where Bad is set.
type Say struct {
	Text string
	Bad  bool
}

// Work is run off the update loop; what it returns is called on it, in the pane's name. What Then returns after that,
// where it is set, is done.
type Work struct {
	Run  func() (apply func())
	Then func() []Effect
}

// Field asks for one line, in the console's prompt. Esc leaves everything as it was. The console asks when the pane is in
// front and nothing else is being typed.
type Field struct {
	Label string
	Text  string // to begin with
	// Offers are what the whole line may become. It is called on the update loop.
	Offers func(line string) []string
	Done   func(line string) []Effect
	// Refused is why the line was not taken before; it stands above the prompt until something is typed.
	Refused string
}

// Palette opens the palette with a line in it, to be read and sent off, or not, when the pane is in front and nothing else
// is being typed.
type Palette struct{ Line string }

// Write makes a file named for the pane and the time. To is run off the update loop.
type Write struct {
	Ending string
	To     func(io.Writer) error
}

// Save makes a file, which must not be there yet. To is run off the update loop; what Done returns is done when the file
// is written.
type Save struct {
	Path string
	To   func(io.Writer) error
	Done func() []Effect
}

func (Open) effect()    {}
func (Copy) effect()    {}
func (Say) effect()     {}
func (Work) effect()    {}
func (Field) effect()   {}
func (Palette) effect() {}
func (Write) effect()   {}
func (Save) effect()    {}

// Background is the effect of work that a table hands back; none where it did it at once.
func Background(run func() func()) []Effect {
	if run == nil {
		return nil
	}
	return []Effect{Work{Run: run}}
}

// Fail shows an error; nothing where there is none.
func Fail(err error) []Effect {
	if err == nil {
		return nil
	}
	return []Effect{Say{err.Error(), true}}
}

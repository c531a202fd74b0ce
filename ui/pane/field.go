package pane

import "io"

// Field asks for one line, in the console's prompt. Esc leaves everything as it was.
type Field struct {
	Label string
	Text  string // to begin with
	// Offers are what the whole line may become. It is called on the update loop.
	Offers func(line string) []string
	Done   func(line string) []Effect
	// Refused is why the line was not taken before; it stands above the prompt until something is typed.
	Refused string
}

// Palette opens the palette with a line in it, to be read and sent off, or not. Where something else is being typed it
// does nothing.
type Palette struct{ Line string }

// Write makes a file named for the pane and the time. To is run off the update loop.
type Write struct {
	Ending string
	To     func(io.Writer) error
}

func (Field) effect()   {}
func (Palette) effect() {}
func (Write) effect()   {}

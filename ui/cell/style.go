package cell

// Style says what a cell means: a role, and flags on top of it.
type Style uint16

// The roles.
const (
	Plain Style = iota
	Faint
	Strong
	Heading    // of a table's columns, of a part of the screen
	SortLetter // in a heading: shift and this letter sort by the column
	KeyName    // a key in the key line
	Critical
	Warning
	Info
	OK
	Unknown
	Frame    // rules and bars
	Cluster  // the cluster's name, where its context names no colour
	ReadOnly // the mode
	ReadWrite
	Input // what is being typed
	Red   // the colours that a context may ask for
	Green
	Yellow
	Blue
	Magenta
	Cyan
	White

	roles
	roleMask Style = 0xff
)

// The flags.
const (
	Selected Style = 1 << (8 + iota) // the cursor's row
	Stale                            // older than it should be
	Changed                          // just became what it is
	Inverse                          // a chip: the frozen clock, the mode, production

	flags = 4
)

var contextColors = map[string]Style{
	"red": Red, "green": Green, "yellow": Yellow, "blue": Blue, "magenta": Magenta, "cyan": Cyan, "white": White,
}

// ContextColor is the role of a colour that a context names; Cluster for none and for one that isn't known.
func ContextColor(name string) Style {
	if s, ok := contextColors[name]; ok {
		return s
	}
	return Cluster
}

// Span is a piece of a line in one style.
type Span struct {
	Style Style
	Text  string
}

// Span is that text in the style.
func (s Style) Span(text string) Span { return Span{s, text} }

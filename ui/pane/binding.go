package pane

// The groups of bindings in the help.
const (
	Moving    = "Move"
	OnRows    = "Rows"
	OnColumns = "Columns"
	OnScreen  = "Screen"
	Going     = "Go"
)

// Binding says what keys do. The console acts by it, and the key line, the help and the manual are made of it.
type Binding struct {
	Keys  []string // as Bubble Tea spells them: "j", "down", "ctrl+s"
	Show  string   // as the help writes them; "": as Keys
	Help  string   // what they do, in a few words
	Group string   // one of the groups above
	Label string   // in the key line: one or two words; "": not there
	// Changes tells that it leads to a change of the cluster. Such a binding may open a dialog and nothing else.
	Changes  bool
	Disabled string // why it does nothing now; "" where it does something
	Do       func() []Effect
	// Press is what the binding does in place of Do where that depends on which of its keys was pressed. Each then says of one of
	// the keys what it does.
	Press func(key string) []Effect
	Each  func(key string) string
}

// Quietly makes a Binding's Do of a function that wants nothing from the console.
func Quietly(f func()) func() []Effect { return func() []Effect { f(); return nil } }

// CopyText returns the key that copies a text. what says in a toast what was copied.
func CopyText(text func() string, what string) Binding {
	return Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: OnRows,
		Do: func() []Effect { return []Effect{Copy{text(), what}} }}
}

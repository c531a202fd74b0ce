package pane

// The groups that bindings are listed under in the help.
const (
	Moving    = "Move"
	OnRows    = "Rows"
	OnColumns = "Columns"
	OnScreen  = "Screen"
	Going     = "Go"
)

// Binding is what keys do, said once: the console acts by it, and the key line, the help and the manual are made
// from it.
type Binding struct {
	Keys  []string // as Bubble Tea spells them: "j", "down", "ctrl+s"
	Show  string   // as the help shows them, where that is shorter
	Help  string   // what they do, a few words
	Group string   // one of the groups above
	Label string   // in the key line: one or two words; "": only in the help
	// Changes tells that it leads to a change of the cluster. It may only open a dialog.
	Changes  bool
	Disabled string // why it does nothing now; "" when it does
	Do       func() []Effect
}

// Quietly makes a binding's Do of a function that has no effect outside the pane.
func Quietly(f func()) func() []Effect { return func() []Effect { f(); return nil } }

// CopyText is the key that copies what is shown as text.
func CopyText(text func() string, what string) Binding {
	return Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: OnRows,
		Do: func() []Effect { return []Effect{Copy{text(), what}} }}
}

package overview

import (
	"strings"

	"kdeck/ui/pane"
)

// nextBinding returns the key that runs what the finding under the cursor says is next. A command that changes the cluster only shows what it would do, or
// waits in the palette to be run.
func (o *Pane) nextBinding() pane.Binding {
	f, ok := o.Table.Current()
	return pane.Binding{Keys: []string{"n"}, Help: "run what is next of the finding", Label: "next", Group: pane.Going, Disabled: noNext(f, ok), Do: func() []pane.Effect {
		if strings.Contains(f.Next, " --execute") {
			return []pane.Effect{pane.Palette{Line: f.Next}}
		}
		return []pane.Effect{pane.Run{Line: f.Next}}
	}}
}

// noNext says why nothing of a finding can be run; "" where something can.
func noNext(f finding, ok bool) string {
	switch {
	case !ok:
		return "there is no finding"
	case f.Next == "":
		return "nothing is next of this finding"
	case !strings.HasPrefix(f.Next, "kdeck "):
		return "not done from here: " + f.Next
	}
	return ""
}

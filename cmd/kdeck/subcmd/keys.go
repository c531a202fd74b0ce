package subcmd

import (
	"github.com/spf13/cobra"

	"kdeck/ui"
)

func newKeys(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "The console's keys, and what its columns say, pane by pane",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return ui.Manual(env.Out) },
	}
}

package subcmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "The version of kdeck",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if g.document() {
				return env.document(g, map[string]any{"version": 1, "kdeck": env.Version, "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(env.Out, "kdeck %s (%s)\n", env.Version, runtime.Version())
			return err
		},
	}
}

package subcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

func newSnapshot(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Save the state of the cluster, to work on it offline (--snapshot FILE)",
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "save FILE",
		Short:   "Read the cluster, with its groups, open transactions, metrics, configs, quotas and verdict, and write it to FILE (- for standard output)",
		Example: "  kdeck snapshot save prod.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runSnapshotSave(cmd.Context(), env, g, args[0]) },
	})
	return cmd
}

func runSnapshotSave(ctx context.Context, env *Env, g *globals, path string) error {
	if g.output == outYAML || g.output == outWide {
		return refused("snapshot save: -o %s: a saved cluster has one format, which is JSON: leave -o out", g.output)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	s := src.snapshot
	all, err := env.assess(ctx, g, src, true)
	if err != nil {
		return err
	}
	if src.live {
		addSettings(ctx, src.session, all, env.watching(src))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if path == "-" {
		return all.Save(env.Out)
	}
	// Only the owner may read topic names and addresses.
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o600))
	if err != nil {
		return refused("snapshot save: %w", err)
	}
	defer f.Cleanup()
	w := env.masked.writer(f)
	if err := errors.Join(all.Save(w), w.Close()); err != nil {
		return failed(fmt.Errorf("snapshot save: %w", err))
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return failed(fmt.Errorf("snapshot save: %w", err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return failed(err)
	}
	groups := 0
	if all.Groups != nil {
		groups = len(all.Groups.Groups)
	}
	fmt.Fprintf(env.Err, "saved %s: %d brokers, %d topics, %d partitions, %d groups, %d bytes\n", env.safe(path), len(s.Brokers), s.NumTopics(), s.NumPartitions(), groups, info.Size())
	env.sayUnknown(&state.Snapshot{Unknown: append(slices.Clone(s.Unknown), health.ClientsUnread(all)...)})
	return nil
}

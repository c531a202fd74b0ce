package subcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/kafka"
)

func newConfigTrust(env *Env, g *globals) *cobra.Command {
	var confirm string
	cmd := &cobra.Command{
		Use:   "trust NAME",
		Short: "Say that a name leads to another cluster from now on",
		Long: "kdeck remembers to which cluster each context, and each address that was changed through, led first. Where a name\n" +
			"leads to another cluster id, nothing is changed through it: its addresses may be wrong, or a tunnel may lead elsewhere.\n" +
			"trust shows both ids, asks for a phrase with the new one, and remembers that. NAME is a context or HOST:PORT.",
		Example: "  kdeck config trust staging",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return refused("config trust takes one name, a context or HOST:PORT, not %d words", len(args))
			}
			return runConfigTrust(cmd.Context(), env, g, args[0], confirm)
		},
	}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the phrase, where nobody is there to type it")
	return cmd
}

func runConfigTrust(ctx context.Context, env *Env, g *globals, name, confirm string) error {
	file, err := env.configFile()
	if err != nil {
		return err
	}
	if c := env.console; c != nil && (c.session == nil || name != c.session.Cluster().Name) {
		return refused("config trust %s: the console works on one cluster: say it on the command line", name)
	}
	to := *g
	if _, err := file.Context(name); err == nil {
		to.context = name
	} else {
		to.bootstrap = name
	}
	src, err := env.open(&to)
	if err != nil {
		return err
	}
	resp, addr, err := src.session.Any(ctx, kafka.BrokersRequest())
	if err != nil {
		return err
	}
	id := resp.(*kmsg.MetadataResponse).ClusterID
	if id == nil {
		return refused("%s doesn't say to which cluster it belongs", addr)
	}
	known, err := env.knownClusters()
	if err != nil {
		return err
	}
	cluster := src.session.Cluster()
	was, err := known.ID(cluster)
	switch {
	case err != nil:
		was = "that can't be read any more"
		fmt.Fprintf(env.Err, "careful: %s\n", env.safe(err.Error()))
	case was == *id:
		fmt.Fprintf(env.Out, "%s leads to the cluster with the id %s, as before\n", env.safe(cluster.Name), env.safe(*id))
		return nil
	case was == "":
		was = "none that is known"
	}
	fmt.Fprintf(env.Err, "%s led to the cluster with the id %s, and leads to %s now (asked at %s)\n", env.safe(cluster.Name), env.safe(was), env.safe(*id), addr)
	phrase := change.Confirm{Want: "trust " + cluster.Name + " " + *id}
	phrase.Got = env.typed(confirm, phrase.Want)
	if err := phrase.Check(); err != nil {
		return refused("%w", err)
	}
	return known.Trust(cluster, *id)
}

package subcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/config"
)

// globals are the flags that every verb takes.
type globals struct {
	context             string
	bootstrap           string
	bootstrapController string
	commandConfig       string
	set                 []string // -X key=value
	snapshot            string
	output              string
	timeout             time.Duration
	noColor             bool
}

func (g *globals) check() error {
	if !slices.Contains(outputs, g.output) {
		return refused("-o %s: an answer comes as %s%s", g.output, strings.Join(outputs, ", "), didYouMean(g.output, outputs))
	}
	return nil
}

// document tells whether the answer is one document for programs.
func (g *globals) document() bool { return g.output == outJSON || g.output == outYAML }

// Execute runs one command line and returns the code that the process ends with. Everything that goes wrong is one
// message on Err.
func Execute(ctx context.Context, env *Env, args []string) int {
	inner := *env
	inner.sessions = new(sessions)
	defer inner.sessions.close()
	root := newRoot(&inner)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if msg := complaint(root, err); msg != "" {
		lines := strings.Split(msg, "\n")
		for i := range lines {
			lines[i] = env.safe(lines[i]) // it may quote what a node says
		}
		fmt.Fprintf(env.Err, "kdeck: %s\n", strings.Join(lines, "\n"))
	}
	return codeOf(err)
}

func complaint(root *cobra.Command, err error) string {
	if err == nil {
		return ""
	}
	msg := err.Error()
	var key *config.UnknownKeyError
	if errors.As(err, &key) {
		msg += didYouMean(key.Key, key.Known)
	}
	var context *config.UnknownContextError
	if errors.As(err, &context) {
		msg += didYouMean(context.Name, context.Known)
	}
	if word, found := strings.CutPrefix(msg, "unknown flag: --"); found {
		var flags []string
		add := func(f *pflag.Flag) { flags = append(flags, f.Name) }
		for _, c := range append(root.Commands(), root) {
			c.Flags().VisitAll(add)
			c.PersistentFlags().VisitAll(add)
		}
		if near := nearest(word, flags); near != "" {
			msg += " (did you mean --" + near + "?)"
		}
	}
	return msg
}

func newRoot(env *Env) *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "kdeck",
		Short: "The deck from which an on-call SRE runs Apache Kafka",
		Long: "kdeck answers three questions, in this order: is Kafka at fault? what exactly does each broker say?\n" +
			"what do I do now, safely? Without a command it opens the console.",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
		PersistentPreRunE: func(*cobra.Command, []string) error { return g.check() },
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	f := root.PersistentFlags()
	f.StringVar(&g.context, "context", "", "named context of the configuration file")
	f.StringVarP(&g.bootstrap, "bootstrap-server", "b", "", "brokers to begin with, host:port,host:port")
	f.StringVar(&g.bootstrapController, "bootstrap-controller", "", "controllers' own listeners, host:port,host:port")
	f.StringVar(&g.commandConfig, "command-config", "", "a Java client.properties `FILE`")
	f.StringArrayVarP(&g.set, "config-key", "X", nil, "a client setting, `KEY=VALUE` (Java names, librdkafka's too)")
	f.StringVar(&g.snapshot, "snapshot", "", "work offline on a saved cluster, `FILE`")
	f.StringVarP(&g.output, "output", "o", outTable, "table, wide, json or yaml")
	f.DurationVar(&g.timeout, "timeout", 5*time.Second, "deadline of one exchange with one node")
	f.BoolVar(&g.noColor, "no-color", false, "no colour (as NO_COLOR does)")
	root.AddCommand(
		newStatus(env, g), newBrokers(env, g), newPartitions(env, g), newMoves(env, g),
		newSnapshot(env, g), newPlan(env, g), newApply(env, g), newDrain(env, g),
		newRequest(env, g), newAPI(env, g),
		newTenants(env, g), newQuota(env, g), newDoctor(env, g),
		newConfig(env, g), newDemo(env, g), newKeys(env), newVersion(env, g),
	)
	addConsole(env, g, root)
	return root
}

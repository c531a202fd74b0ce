package subcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"kdeck/ops/config"
)

// Execute runs one command line and returns the code that the process ends with. Everything that goes wrong is one
// message on Err.
func Execute(ctx context.Context, env *Env, args []string) int {
	inner := *env
	inner.sessions, inner.masked = new(sessions), new(masked)
	if inner.quits == nil {
		inner.quits = new(atomic.Int32)
		defer inner.endAtQuit()()
	}
	inner.masked.hide(config.NewMask(config.SecretsOf(args)...))
	stop := func() {}
	defer func() { stop() }()
	out, errs := inner.masked.writer(env.Out), inner.masked.writer(env.Err)
	defer out.Close()
	defer errs.Close()
	inner.Out, inner.Err = out, errs
	if isCompletion(args) {
		args = wellFormed(args)
		inner.completes = args[1:]
	}
	defer inner.sessions.close()
	root := newRoot(&inner)
	root.InitDefaultCompletionCmd() // cobra adds it later otherwise, with refusals of its own
	refuseInOurWords(root)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil { // the code tells it where nobody reads the message
		stop = inner.outliveReaders()
	}
	return inner.report(err)
}

// Root returns the commands, for whoever writes them down: man pages and completion scripts.
func Root(version string) *cobra.Command { return newRoot(Process(version)) }

// report writes why a command line failed, and returns the code that the process ends with.
func (e *Env) report(err error) int {
	if err == nil || err.Error() == "" {
		return codeOf(err)
	}
	message := err.Error()
	var key *config.UnknownKeyError
	if errors.As(err, &key) {
		message += didYouMean(key.Key, key.Known)
	}
	var context *config.UnknownContextError
	if errors.As(err, &context) {
		message += didYouMean(context.Name, context.Known)
	}
	var unnamed *config.NoClusterError
	if errors.As(err, &unnamed) && len(unnamed.Known) == 0 {
		message += e.foundHere()
	}
	lines := strings.Split(message, "\n")
	for i := range lines {
		lines[i] = e.safe(lines[i]) // it may quote what a node says
	}
	fmt.Fprintf(e.Err, "kdeck: %s\n", strings.Join(lines, "\n"))
	return codeOf(err)
}

func newRoot(env *Env) *cobra.Command {
	g := &globals{}
	if env.console != nil {
		g.console = env.console.target
	}
	root := &cobra.Command{
		Use:   "kdeck",
		Short: "The deck from which an on-call SRE runs Apache Kafka",
		Long: "kdeck answers three questions, in this order: is Kafka at fault? what exactly does each broker say?\n" +
			"what do I do now, safely? Without a command it opens the console.",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: env.console != nil},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.check(cmd); err != nil {
				return err
			}
			return env.beforeLive(cmd)
		},
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetFlagErrorFunc(flagError)
	g.flags(root.PersistentFlags())
	root.AddCommand(
		newStatus(env, g), newBrokers(env, g), newListTopics(env, g), newPartitions(env, g), newMoves(env, g), newThrottles(env, g),
		newSnapshot(env, g), newPlan(env, g), newApply(env, g), newDrain(env, g),
		newRequest(env, g), newAPI(env, g), newRecords(env, g), newTransactions(env, g),
		newTenants(env, g), newGroups(env, g), newQuota(env, g), newConfigs(env, g), newDoctor(env, g), newAudit(env, g),
		newCompare(env, g), newSafeToStop(env, g), newQuorum(env, g), newProbe(env, g), newServe(env, g), newHost(env, g), newChanged(env, g), newImpact(env, g),
		newConfig(env, g), newDemo(env, g), newKeys(env), newVersion(env, g), newDetached(env),
	)
	help := newHelp(env)
	root.AddCommand(help)
	root.SetHelpCommand(help)
	addConsole(env, g, root)
	if env.completes != nil {
		addCompletions(env, g, root, env.completes)
	}
	return root
}

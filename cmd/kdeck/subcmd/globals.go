package subcmd

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/config"
)

// globals are the flags that every command takes.
type globals struct {
	context             string
	bootstrap           string
	bootstrapController string
	commandConfig       string
	settings            []string // -X key=value
	snapshot            string
	output              string
	timeout             time.Duration
	deadline            time.Duration // of each broker in a look: timeout where that was given, else 0, which means the usual one
	noColor             bool

	console *globals // in the palette, those of the console
}

// flags adds the flags. In the palette those that name a cluster are the console's to begin with.
func (g *globals) flags(f *pflag.FlagSet) {
	if of := g.console; of != nil {
		g.context, g.bootstrap, g.bootstrapController, g.commandConfig, g.settings, g.snapshot =
			of.context, of.bootstrap, of.bootstrapController, of.commandConfig, of.settings, of.snapshot
	}
	f.StringVar(&g.context, "context", g.context, "named context of the configuration file, `NAME`")
	f.StringVarP(&g.bootstrap, "bootstrap-server", "b", g.bootstrap, "brokers to connect to first, `HOST:PORT`, several with commas")
	f.StringVar(&g.bootstrapController, "bootstrap-controller", g.bootstrapController, "controllers to connect to first, `HOST:PORT`, several with commas")
	f.StringVar(&g.commandConfig, "command-config", g.commandConfig, "a Java client.properties `FILE`")
	f.StringArrayVarP(&g.settings, "config-key", "X", g.settings, "a client setting, `KEY=VALUE` (Java's names, or librdkafka's)")
	f.StringVar(&g.snapshot, "snapshot", g.snapshot, "work offline on a saved cluster, `FILE`")
	f.StringVarP(&g.output, "output", "o", outTable, "`FORMAT`: table, wide, json or yaml")
	f.DurationVar(&g.timeout, "timeout", 5*time.Second, "deadline of one exchange with one node, `TIME`")
	f.BoolVar(&g.noColor, "no-color", false, "no colour (as NO_COLOR does)")
}

// inWords are the commands that have no answer for programs.
var inWords = []string{"kdeck", "kdeck demo", "kdeck serve", "kdeck keys", "kdeck help"}

// check checks the flags that every command takes, and that no flag of this one has an empty value: "--to $TARGETS" without
// the variable must not mean "onto any broker". An empty filter is one that everything passes.
func (g *globals) check(cmd *cobra.Command) error {
	if g.deadline = 0; cmd.Flags().Changed("timeout") {
		g.deadline = g.timeout
	}
	empty := ""
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" && f.Name != "filter" && empty == "" {
			empty = f.Name
		}
	})
	switch {
	case empty != "":
		return refused("%s: --%s needs a value, and is given none", pathOf(cmd), empty)
	case g.document() && slices.Contains(inWords, cmd.CommandPath()):
		return refused("-o %s: %s shows something to read, and no document: leave it out", g.output, cmd.CommandPath())
	case g.snapshot != "" && g.bootstrap+g.bootstrapController+g.commandConfig+strings.Join(g.settings, "") != "":
		return refused("--snapshot %s is a saved cluster: it goes without the address and the settings of another one", g.snapshot)
	case g.timeout <= 0:
		return refused("--timeout %v: a time above 0 was expected, such as 5s", g.timeout)
	}
	if !slices.Contains(outputs, g.output) {
		return refused("-o %s: an answer comes as %s%s", g.output, strings.Join(outputs, ", "), didYouMean(g.output, outputs))
	}
	if g.console != nil && !slices.Equal(g.target(), g.console.target()) {
		return refused("the console works on one cluster: leave out %s", config.NewCommandLine(g.target()...))
	}
	return nil
}

// document tells whether the answer is one document for programs.
func (g *globals) document() bool { return g.output == outJSON || g.output == outYAML }

// target is the flags that name the cluster.
func (g *globals) target() []string {
	var words []string
	for _, f := range []struct{ name, value string }{
		{"context", g.context}, {"bootstrap-server", g.bootstrap}, {"bootstrap-controller", g.bootstrapController},
		{"command-config", g.commandConfig}, {"snapshot", g.snapshot},
	} {
		if f.value != "" {
			words = append(words, "--"+f.name, f.value)
		}
	}
	for _, setting := range g.settings {
		words = append(words, "-X", setting)
	}
	return words
}

// command is a command line of kdeck on the same cluster, as a shell takes it. It holds no secret.
func (g *globals) command(words ...string) config.CommandLine {
	line := append([]string{"kdeck"}, words...)
	if words[0] != "api" { // which asks no cluster
		line = append(line, g.target()...)
	}
	return config.NewCommandLine(line...)
}

package subcmd

import (
	"context"
	"fmt"
	"net"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kdeck/ops/sim"
)

type demoOptions struct {
	scenario string
	headless bool
	listen   string
	seed     uint64
	console  consoleOptions
}

func newDemo(env *Env, g *globals) *cobra.Command {
	o := &demoOptions{}
	var stories strings.Builder
	for _, s := range sim.Scenarios() {
		fmt.Fprintf(&stories, "  %-14s %s\n", s.Name, s.Help)
	}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The console on an embedded cluster; nothing else is needed",
		Long: "demo starts a simulated cluster of 12 brokers in this process and opens the console on it.\n" +
			"With --headless it serves that cluster instead, for any Kafka client.\n\nScenarios:\n" + stories.String(),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.scenario, "scenario", "healthy", "the story that the cluster is in the middle of")
	f.BoolVar(&o.headless, "headless", false, "serve the cluster instead of opening the console")
	f.StringVar(&o.listen, "listen", "", "with --headless: `HOST:PORT` of broker 1, the others follow on the next ports")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed makes the same cluster")
	f.StringVar(&o.console.pane, "pane", "", "the pane that the console opens on")
	f.StringVar(&o.console.filter, "filter", "", "a filter of that pane")
	f.StringVar(&o.console.theme, "theme", "", "a theme of the console")
	return cmd
}

func runDemo(ctx context.Context, env *Env, g *globals, o *demoOptions) error {
	if o.listen != "" && !o.headless {
		return refused("--listen %s goes with --headless", o.listen)
	}
	var names []string
	for _, s := range sim.Scenarios() {
		names = append(names, s.Name)
	}
	if o.listen != "" {
		if host, _, err := net.SplitHostPort(o.listen); err != nil {
			return refused("--listen %s: host:port was expected", o.listen)
		} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return refused("--listen %s: the demo has no passwords and listens on loopback only", o.listen)
		}
	}
	c, err := sim.New(sim.Options{Scenario: o.scenario, Seed: o.seed, Live: true, Listen: o.listen, Virtual: !o.headless})
	if err != nil {
		return refused("demo: %w%s", err, didYouMean(o.scenario, names))
	}
	defer c.Close()
	if o.headless {
		return serveDemo(ctx, env, c)
	}
	inside := *env
	inside.Dial = c.DialContext
	there := &globals{
		bootstrap: strings.Join(c.Bootstrap(), ","), bootstrapController: strings.Join(c.BootstrapControllers(), ","),
		output: g.output, timeout: g.timeout, noColor: g.noColor,
	}
	return openConsole(ctx, &inside, there, o.console)
}

func serveDemo(ctx context.Context, env *Env, c *sim.Cluster) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	fmt.Fprintf(env.Err, "serving a simulated cluster until ctrl-c; point any client at it:\n  kdeck -b %s\n", strings.Join(c.Bootstrap(), ","))
	<-ctx.Done()
	return nil
}

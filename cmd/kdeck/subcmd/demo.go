package subcmd

import (
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/sim"
	"kdeck/ops/tenant"
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
		fmt.Fprintf(&stories, "  %-19s %s\n", s.Name, s.Help)
	}
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Open the console on a simulated cluster; nothing else is needed",
		Example: "  kdeck demo --scenario broker-down\n  kdeck demo --headless --listen 127.0.0.1:9092",
		Long: "demo starts a simulated cluster of 12 brokers in this process and opens the console on it.\n" +
			"With --headless it serves that cluster instead, for any Kafka client, and prints a context that leads to it and its metrics.\n\nScenarios:\n" + stories.String(),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.scenario, "scenario", "healthy", "what happens in the cluster, `NAME`; see above")
	f.BoolVar(&o.headless, "headless", false, "serve the cluster instead of opening the console")
	f.StringVar(&o.listen, "listen", "", "with --headless: `HOST:PORT` of broker 1, the others follow on the next ports")
	f.Uint64Var(&o.seed, "seed", 1, "the same `NUMBER` makes the same cluster")
	o.console.flags(f)
	return cmd
}

// check refuses what the demo can't do or would pass over, before its cluster starts.
func (o *demoOptions) check(g *globals) error {
	if err := o.console.check(); err != nil {
		return err
	}
	if target := g.target(); len(target) > 0 {
		return refused("demo has a cluster of its own: leave out %s", config.NewCommandLine(target...))
	}
	if o.headless && (o.console != consoleOptions{}) {
		return refused("--headless opens no console: --pane, --filter and --theme don't go with it")
	}
	var names []string
	for _, s := range sim.Scenarios() {
		names = append(names, s.Name)
	}
	if !slices.Contains(names, o.scenario) {
		return refused("--scenario %s: there is no such scenario: %s%s", o.scenario, strings.Join(names, ", "), didYouMean(o.scenario, names))
	}
	if o.listen == "" {
		return nil
	}
	if !o.headless {
		return refused("--listen %s goes with --headless", o.listen)
	}
	if host, _, err := net.SplitHostPort(o.listen); err != nil {
		return refused("--listen %s: host:port was expected", o.listen)
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return refused("--listen %s: the demo has no passwords and listens on loopback only", o.listen)
	}
	return nil
}

func runDemo(ctx context.Context, env *Env, g *globals, o *demoOptions) error {
	if err := o.check(g); err != nil {
		return err
	}
	c, err := sim.New(sim.Options{Scenario: o.scenario, Seed: o.seed, Live: true, Metrics: true, Groups: true, Listen: o.listen, Virtual: !o.headless})
	if err != nil {
		return refused("demo: %w", err)
	}
	defer c.Close()
	dir, err := os.MkdirTemp("", "kdeck-demo-")
	if err != nil {
		return fmt.Errorf("demo: no directory for its context: %w", err)
	}
	defer os.RemoveAll(dir)
	inside := *env
	inside.LookupEnv = func(name string) (string, bool) {
		if name == "XDG_CONFIG_HOME" || name == "XDG_STATE_HOME" {
			return dir, true
		}
		return env.LookupEnv(name)
	}
	path, err := writeDemoContext(&inside, c)
	if err != nil {
		return fmt.Errorf("demo: its context: %w", err)
	}
	if o.headless {
		return serveDemo(ctx, env, c, dir, path)
	}
	inside.Dial = c.DialContext
	there := &globals{context: demoContext, output: g.output, timeout: g.timeout, noColor: g.noColor}
	o.console.keepsNothing = true // what is tried here must not be the next console's
	return openConsole(ctx, &inside, there, o.console)
}

// demoContext is the name of the context that leads to the simulated cluster.
const demoContext = "demo"

// demoTenants assign most of the simulated clients to tenants.
var demoTenants = tenant.Rules{
	{Tenant: "commerce", User: regexp.MustCompile("^(shop|warehouse|CN=billing)"), Topic: regexp.MustCompile("^(orders|order-lines|payments|carts|inventory|warehouse|shipments|returns)")},
	{Tenant: "growth", User: regexp.MustCompile("^(web|analytics|search)$"), Topic: regexp.MustCompile("^(clickstream|page-views|impressions|search)")},
	{Tenant: "platform", User: regexp.MustCompile("^monitoring$")},
}

// writeDemoContext writes a configuration file with the context of the cluster and its metrics.
func writeDemoContext(env *Env, c *sim.Cluster) (path string, err error) {
	file, err := env.configFile()
	if err != nil {
		return "", err
	}
	err = file.Add(&config.Context{
		Name: demoContext, Bootstrap: c.Bootstrap(), Controllers: c.BootstrapControllers(),
		Metrics: config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())}, Tenants: demoTenants,
	})
	if err != nil {
		return "", err
	}
	return file.Path, file.Save()
}

// serveDemo serves the cluster until it is interrupted. It writes the context to Out, as a configuration file has it.
func serveDemo(ctx context.Context, env *Env, c *sim.Cluster, dir, path string) error {
	// However it is ended, its directory must not stay.
	ctx, stop := env.untilInterrupted(ctx, append(quits, syscall.SIGHUP)...)
	defer stop()
	_, stopPipe := env.notify(syscall.SIGPIPE) // so that a write that nobody reads is an error, and not the end
	defer stopPipe()
	snippet, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("demo: its context: %w", err)
	}
	fmt.Fprintf(env.Err, "serving a simulated cluster until ctrl-c; point any client at it:\n  kdeck -b %s\n"+
		"kdeck finds its metrics by a context, the one below, which is also here until then:\n  XDG_CONFIG_HOME=%s kdeck tenants\n",
		strings.Join(c.Bootstrap(), ","), format.Shell(dir))
	if _, err := env.Out.Write(snippet); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/host"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

type hostOptions struct {
	pid        int
	broker     int32
	length     time.Duration
	every      time.Duration
	noAttach   bool
	resolve    bool
	watch      bool
	listen     string
	ask        int32
	withPID    bool
	withBroker bool
}

// Bounds of a look at a machine.
const (
	shortestLook, longestLook    = time.Second, 10 * time.Minute
	fastestSample, slowestSample = time.Millisecond, time.Second
)

func newHost(env *Env, g *globals) *cobra.Command {
	o := &hostOptions{}
	cmd := &cobra.Command{
		Use:     "host",
		Short:   "On a broker's machine: what its threads wait for, without any tracer",
		Example: "  kdeck host\n  ssh b7 kdeck host\n  kdeck host --broker 7 --for 30s -o wide\n  kdeck host --watch\n  kdeck host --serve 127.0.0.1:9405\n  kdeck host --ask 7",
		Long: "host runs on a broker's own machine, as the broker's user or as root, and says what the broker's threads wait for. It reads\n" +
			"/proc and the JVM's own counters: no kernel module, no tracer, no agent. It finds the broker by itself; where several run here,\n" +
			"--pid or --broker says which. It samples each thread --every so often, for as long as --for says: time on a core and time waiting\n" +
			"for one are counted by the kernel, everything else is a share of samples, with ± half of its 95 % interval.\n\n" +
			"A thread that waits for the disk is shown with the file that it reads or writes, its topic, partition and log dir, and in sendfile\n" +
			"with the client's address: a network thread that reads old segments for one consumer lets all its other connections wait (KAFKA-7504).\n" +
			"Client ids and users are told where the broker writes a request log (kdeck quota observe --request-log makes it); nothing else on the\n" +
			"machine knows them.\n\n" +
			"The only thing that it does to the broker: it asks the JVM for the names of its threads, by the protocol of jcmd. That takes one\n" +
			"SIGQUIT with an attach file in place, which the JVM answers by opening a socket, and no more than a socket afterwards. The\n" +
			"signal stands in the journal of this machine before it is sent (kdeck audit --all-clusters). With --no-attach the JVM is never\n" +
			"asked; threads are told apart by what they wait in when they are idle then.\n\n" +
			"--watch shows look after look: on a terminal as a screen with the keys of the console, which ? lists (ssh -t makes a terminal), and\n" +
			"elsewhere as text, or with -o json as one JSON object a line.\n\n" +
			"--ask runs anywhere: it asks a broker's machine in the way that the context says, either at the address of kdeck host --serve\n" +
			"(host: \"http://{host}:9405\") or by a command (host: \"ssh {host} kdeck host -o json\"), which no shell reads. {host} stands for the\n" +
			"host that the broker advertises, {id} for its id. What is no host's name or address is refused. The key i in the pane Brokers\n" +
			"does the same.\n\n" +
			"It exits 0 when nothing keeps the broker waiting, 1 on a warning or worse, and 2 when it could not look.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.withPID, o.withBroker = cmd.Flags().Changed("pid"), cmd.Flags().Changed("broker")
			if cmd.Flags().Changed("ask") {
				if err := o.checkAsked(g, cmd.Flags().Changed); err != nil {
					return err
				}
				return askHost(cmd.Context(), env, g, o.ask)
			}
			return runHost(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.pid, "pid", 0, "the process to look at, `PID`")
	f.Int32Var(&o.broker, "broker", -1, "the broker or controller to look at, by its node.id, `ID`")
	f.DurationVar(&o.length, "for", host.DefaultFor, "the `TIME` for which it looks")
	f.DurationVar(&o.every, "every", host.DefaultEvery, "the mean `TIME` between two samples of a thread")
	f.BoolVar(&o.noAttach, "no-attach", false, "never ask the JVM for the names of its threads")
	f.BoolVar(&o.resolve, "resolve", false, "look up the names of clients' addresses")
	f.BoolVar(&o.watch, "watch", false, "show it again and again, on a terminal as a screen of threads and waits")
	f.StringVar(&o.listen, "serve", "", "answer the same as JSON over HTTP at a loopback `ADDRESS` or unix:PATH")
	f.Int32Var(&o.ask, "ask", -1, "ask the machine of the broker `ID`, as the context says under host")
	return cmd
}

func (o *hostOptions) check(env *Env, g *globals) error {
	switch {
	case g.snapshot != "":
		return refused("host: --snapshot %s: it looks at this machine, not at a saved cluster", g.snapshot)
	case env.console != nil:
		return refused("host: it looks at the machine that it runs on: run it in a shell on the broker's machine, or ask that machine by --ask and the broker's id")
	case o.withPID && o.withBroker:
		return refused("host: --pid %d and --broker %d: one of them says which", o.pid, o.broker)
	case o.withPID && o.pid < 1:
		return refused("host: --pid %d: the number of a process was expected", o.pid)
	case o.withBroker && o.broker < 0:
		return refused("host: --broker %d: a node.id was expected", o.broker)
	case o.length < shortestLook || o.length > longestLook:
		return refused("host: --for %v: a time from %v to %v was expected", o.length, shortestLook, longestLook)
	case o.every < fastestSample || o.every > slowestSample:
		return refused("host: --every %v: a time from %v to %v was expected", o.every, fastestSample, slowestSample)
	case o.every > o.length/10:
		return refused("host: --every %v of --for %v: ten samples at least are needed", o.every, o.length)
	case o.watch && o.listen != "":
		return refused("host: --watch and --serve %s: one of them", o.listen)
	case o.watch && g.output == outYAML:
		return refused("host: -o yaml and --watch: it shows words, or with -o json one JSON object a line")
	case o.listen != "" && (g.output != outTable || o.resolve):
		return refused("host: --serve %s: it answers JSON, and neither -o nor --resolve goes with it", o.listen)
	}
	return nil
}

func runHost(ctx context.Context, env *Env, g *globals, o *hostOptions) error {
	if err := o.check(env, g); err != nil {
		return err
	}
	if env.Host == nil {
		return refused("host: there is no machine to look at")
	}
	machine, err := env.Host(!o.noAttach)
	if err != nil {
		return err
	}
	machine.Signalling = func(p *host.Process) error { return env.noteAsked(machine, p) }
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	if o.listen != "" {
		return serveHost(ctx, env, o, machine)
	}
	looker, err := openHost(ctx, env, o, machine)
	if err != nil {
		return err
	}
	if o.watch {
		return watchHost(ctx, env, g, o, machine, looker)
	}
	defer looker.Close()
	h, err := looker.Next(ctx)
	if err != nil {
		return err
	}
	o.names(ctx, machine, h)
	return env.showHost(g, h)
}

// noteAsked writes into the journal that a JVM is about to be sent the signal that makes it name its threads.
func (e *Env) noteAsked(machine *host.System, p *host.Process) error {
	dir, err := e.stateDir()
	if err != nil {
		return err
	}
	asked := change.AskedJVM{PID: p.PID, Machine: machine.Name}
	if p.Broker.Known {
		asked.Broker = &p.Broker.Value
	}
	return change.NoteAsked(dir, p.ClusterID, asked)
}

// openHost finds the broker, and says what is done to it and for how long that is looked at.
func openHost(ctx context.Context, env *Env, o *hostOptions, machine *host.System) (*host.Looker, error) {
	looker, err := host.Open(ctx, machine, host.Options{PID: o.pid, Broker: o.broker, For: o.length, Every: o.every})
	if err != nil {
		return nil, err
	}
	if looker.Signalled() {
		fmt.Fprintf(env.Err, "asked the JVM of process %d for the names of its threads, as jcmd does: one SIGQUIT with the attach file in place\n", looker.Process().PID)
	}
	fmt.Fprintf(env.Err, "looking at %s for %s\n", env.safe(looker.Process().String()), format.Duration(o.length))
	return looker, nil
}

// names puts names beside the addresses of clients, where that is wanted.
func (o *hostOptions) names(ctx context.Context, machine *host.System, h *state.Host) {
	if !o.resolve || machine.Lookup == nil {
		return
	}
	known := map[string]string{}
	for i := range h.Waits {
		address, port, ok := cutLast(h.Waits[i].Client, ":")
		if !ok {
			continue
		}
		name, asked := known[address]
		if !asked {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			if found, err := machine.Lookup(ctx, strings.Trim(address, "[]")); err == nil && len(found) > 0 {
				name = strings.TrimSuffix(found[0], ".")
			}
			cancel()
			known[address] = name
		}
		if name != "" {
			h.Waits[i].ClientName = name + ":" + port
		}
	}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// hostJSON is the answer of kdeck host.
type hostJSON struct {
	view.Envelope
	*state.Host
	Findings []state.Finding `json:"findings"`
}

func hostAnswer(h *state.Host) hostJSON {
	at := h.At.UTC()
	return hostJSON{Envelope: view.Envelope{Version: 1, TakenAt: &at, Unknown: []state.Unknown{}}, Host: h, Findings: view.Findings(health.HostFindings(h))}
}

// showHost writes a look. The error is the answer "no" where something is wrong.
func (e *Env) showHost(g *globals, h *state.Host) error {
	answer := hostAnswer(h)
	var err error
	if g.document() {
		err = e.document(g, answer)
	} else {
		err = e.writeHost(g, h, answer.Findings)
	}
	if err == nil && slices.ContainsFunc(answer.Findings, func(f state.Finding) bool { return f.Severity.Rank() <= state.SeverityWarning.Rank() }) {
		return answerNo()
	}
	return err
}

func (e *Env) writeHost(g *globals, h *state.Host, findings []state.Finding) error {
	var b strings.Builder
	who := fmt.Sprintf("pid %d", h.PID)
	if h.Broker.Known {
		who = fmt.Sprintf("broker %d, pid %d", h.Broker.Value, h.PID)
	}
	fmt.Fprintf(&b, "%s on %s  %s in %s", who, e.safe(h.Machine), format.Count(h.Samples, "sample"), format.Duration(time.Duration(h.Seconds*float64(time.Second)).Round(100*time.Millisecond)))
	if h.Late > 0 {
		fmt.Fprintf(&b, ", %s left out", format.Count(h.Late, "sample"))
	}
	fmt.Fprintf(&b, "  names of threads: %s  kdeck itself: %s of a core, %s\n", view.HostNames(h.Names),
		format.Percent(100*h.Cost.Core), format.Bytes(h.Cost.Memory))
	e.writeFindings(&b, g, h.At, findings)
	for _, u := range h.Unknown {
		fmt.Fprintf(&b, "\n%s %s: %s", format.Unknown, e.safe(u.What), e.safe(u.Why))
		if u.Who != "" {
			fmt.Fprintf(&b, "; %s could read it", e.safe(u.Who))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	if _, err := e.Out.Write([]byte(b.String())); err != nil {
		return err
	}
	rows := view.HostRows(h, g.output == outWide)
	if err := table(e, g, view.HostColumns(g.output == outWide), rows); err != nil {
		return err
	}
	if waits := view.HostWaits(h, g.output == outWide); len(waits) > 0 {
		fmt.Fprintln(e.Out)
		if err := table(e, g, view.HostWaitColumns(), waits); err != nil {
			return err
		}
	}
	if g.output == outWide {
		fmt.Fprintln(e.Out)
		return table(e, g, view.HostFigureColumns(), view.HostFigures(h))
	}
	return nil
}

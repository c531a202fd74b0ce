package subcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/kafka"
	"kdeck/ops/probe"
	"kdeck/ops/serve"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

type serveOptions struct {
	listen, from, share string
	probes, rules       bool
	probe               probeOptions
}

// defaultListen is where it listens unless an address is given: nobody else's machine reaches it there.
const defaultListen = "127.0.0.1:9200"

// How long an answer may take, how long the end waits for answers that are under way, and the time between two tries to begin a probe
// on a cluster that doesn't answer.
const (
	answerTime = time.Minute
	endTime    = 5 * time.Second
	probeAgain = 10 * time.Second
)

func newServe(env *Env, g *globals) *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:     "serve [ADDRESS]",
		Short:   "Verdict, findings, group lag and the probe as Prometheus metrics and JSON, over HTTP",
		Example: "  kdeck serve\n  kdeck serve :9200 --context prod-eu-1 --probe\n  kdeck serve --rules > kdeck-rules.yaml\n  kdeck serve :9200 --share 1/2",
		Long: "serve looks at the cluster again and again, as the console does and within the same budget of requests, and shows what it\n" +
			"knows: /metrics for Prometheus, /verdict as kdeck status -o json has it, /healthz (200 where it looks at the cluster, 503\n" +
			"where not; what the cluster is like is not its question). With --probe it measures as kdeck probe does, and shows that in\n" +
			"/metrics and /probe. A scrape costs the cluster nothing. --rules prints alert rules for Prometheus, and ends.\n\n" +
			"It listens on " + defaultListen + ", where other machines don't reach it, unless an address is given: :9200 is every interface.\n" +
			"There is neither TLS nor a password; names of groups are shown to whoever asks. No secret is.\n\n" +
			"The cluster is that of the context: bootstrap, client.properties, metrics. Every series has the labels cluster and from,\n" +
			"which is the name of this machine unless --from says otherwise. Several of them divide groups and probed brokers among\n" +
			"themselves with --share 1/2 and --share 2/2. At most " + fmt.Sprint(serve.MaxGroups) + " groups have series, the worst first; kdeck_left_out counts the rest.\n\n" +
			"It ends when it is interrupted or terminated, with 0. It exits 2 where it can't listen or the context can't be used. A cluster\n" +
			"that doesn't answer is no reason to end: the verdict is unknown then.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if address := strings.Join(args, ""); address != "" {
				if cmd.Flags().Changed("listen") {
					return refused("serve: %s and --listen %s: one address is enough", address, o.listen)
				}
				o.listen = address
			}
			return runServe(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", defaultListen, "where to listen, `HOST:PORT`")
	f.StringVar(&o.from, "from", "", "from where it looks, `NAME`, a label of every series; otherwise the name of this machine")
	f.StringVar(&o.share, "share", "", "the part of groups and probed brokers that it takes, `PART/OF`, such as 2/3")
	f.BoolVar(&o.rules, "rules", false, "print alert rules for Prometheus, and end")
	f.BoolVar(&o.probes, "probe", false, "measure each broker too, as kdeck probe does")
	f.StringVar(&o.probe.topic, "topic", "", "the probe's topic, `NAME`")
	f.DurationVar(&o.probe.every, "every", probe.DefaultEvery, "the `TIME` between two attempts of the probe at one broker")
	f.BoolVar(&o.probe.readOnly, "read-only", false, "the probe writes nothing")
	f.Float64Var(&o.probe.target, "target", probe.DefaultTarget, "`PERCENT` of attempts that are to be good")
	return cmd
}

// check checks the flags, and returns the share.
func (o *serveOptions) check(env *Env, g *globals) (serve.Share, error) {
	share, err := serve.ParseShare(o.share)
	switch {
	case g.snapshot != "":
		return share, refused("serve: --snapshot %s: a saved cluster doesn't change", g.snapshot)
	case env.console != nil:
		return share, refused("serve: it goes on until it is ended: run it in a shell")
	case err != nil:
		return share, refused("serve: --share: %w", err)
	case !o.probes && (o.probe.topic != "" || o.probe.readOnly):
		return share, refused("serve: --topic and --read-only are the probe's: they go with --probe")
	case o.probe.every < probeFastest:
		return share, refused("serve: --every %v: %v is the shortest", o.probe.every, probeFastest)
	case !(o.probe.target > 0 && o.probe.target < 100):
		return share, refused("serve: --target %v: percent between 0 and 100 were expected, such as 99.9", o.probe.target)
	}
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return share, refused("serve: --listen %s: an address like :9200 or 127.0.0.1:9200 was expected", o.listen)
	}
	return share, nil
}

func runServe(ctx context.Context, env *Env, g *globals, o *serveOptions) error {
	if o.rules {
		_, err := io.WriteString(env.Out, serve.Rules())
		return err
	}
	share, err := o.check(env, g)
	if err != nil {
		return err
	}
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return refused("serve: %s is in use already, by another kdeck or something else: give another address", o.listen)
		}
		return refused("serve: can't listen on %s: %w", o.listen, err)
	}
	defer listener.Close()
	src, err := env.open(g)
	if err != nil {
		return err
	}
	if o.from == "" {
		o.from, _ = os.Hostname()
	}
	var work sync.WaitGroup
	defer work.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()

	shown := serve.Options{
		Cluster: src.name, From: o.from, Version: env.Version, Share: share, Now: env.Now, Stale: staleAfter,
		Mask: func(w io.Writer) serve.Mask { return env.masked.writer(w) },
	}
	if o.probes {
		if shown.Probe, err = env.serveProbe(ctx, g, src.session, o, share, &work); err != nil {
			return err
		}
	}
	poller := env.poller(src)
	defer poller.Close()
	earlier, keep := env.sightings()
	w := watch.New(src.session, watch.Options{
		Now: env.Now, Metrics: poller, Overdue: env.overdueChanges(src.session), Audit: env.auditReader(src.session.Cluster()), Earlier: earlier, Keep: keep,
	})
	work.Go(func() { w.Run(ctx) })
	work.Go(func() { env.recognizeLater(ctx, src.session, w) })
	shown.State = w.Latest
	if shown.Probe != nil {
		measured := shown.Probe.Result
		shown.Probe.Result = func() *probe.Result {
			r := measured()
			r.CompareWithBrokers(writeTimes(w.Latest()))
			return r
		}
	}
	return env.answerUntil(ctx, listener, serve.Handler(shown), src.name, o.from)
}

// staleAfter is how old the latest look may be: a few of the longest pauses of a watch.
const staleAfter = 3 * time.Minute

// recognizeLater remembers which cluster the context leads to, as soon as that is known.
func (e *Env) recognizeLater(ctx context.Context, session *kafka.Session, w *watch.Watch) {
	for seq := uint64(0); ; {
		s, _, err := w.Next(ctx, seq)
		if err != nil {
			return
		}
		if s.Snapshot != nil {
			e.recognize(session.Cluster(), s.Snapshot.ClusterID)
			return
		}
		seq = s.Seq
	}
}

// answerUntil answers requests until the context ends, and those that are under way then.
func (e *Env) answerUntil(ctx context.Context, listener net.Listener, handler http.Handler, cluster, from string) error {
	said := e.masked.writer(e.Err)
	defer said.Close()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: endTime, ReadTimeout: endTime, WriteTimeout: answerTime, IdleTimeout: 2 * answerTime, MaxHeaderBytes: 16 << 10,
		ErrorLog: log.New(said, "serve: ", 0),
	}
	fmt.Fprintf(e.Err, "looking at %s from %s; serving http://%s/metrics /verdict /healthz\n", e.safe(cluster), e.safe(from), listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return refused("serve: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		server.Close()
	}
	fmt.Fprintln(e.Err, "ended")
	return nil
}

// serveProbe begins to measure. Where the cluster doesn't answer yet it begins later; what can't become right by itself is an error.
func (e *Env) serveProbe(ctx context.Context, g *globals, session *kafka.Session, o *serveOptions, share serve.Share, work *sync.WaitGroup) (*serve.Probe, error) {
	var mu sync.Mutex
	var running *probe.Prober
	shown := &serve.Probe{}
	options := probe.Options{
		Topic: o.probe.topic, ReadOnly: o.probe.readOnly, Every: o.probe.every, Deadline: g.timeout, Target: o.probe.target, Brokers: share.Broker, Each: shown.Add,
	}
	begin := func() error {
		p, err := e.prober(ctx, g, session, options)
		mu.Lock()
		defer mu.Unlock()
		running = p
		return err
	}
	shown.Result = func() *probe.Result {
		mu.Lock()
		defer mu.Unlock()
		if running == nil {
			unread := state.Unknown{Node: -1, What: probe.WhatProbe, Why: "the cluster hasn't answered yet"}
			return &probe.Result{Budget: probe.Budget{Target: o.probe.target}, ReadOnly: o.probe.readOnly, Began: e.Now(), Unknown: []state.Unknown{unread}}
		}
		return running.Result()
	}
	shown.Document = func() any { return probeAnswer(session, shown.Result()) }
	err := begin()
	if code, never := errors.AsType[*exit](err); never && code.code == exitRefused {
		return nil, err
	}
	work.Go(func() {
		for err != nil {
			fmt.Fprintf(e.Err, "the probe hasn't begun: %s\n", e.safe(strings.ReplaceAll(err.Error(), "\n", " ")))
			if !e.rest(ctx, probeAgain) {
				return
			}
			err = begin()
		}
		running.Run(ctx)
	})
	return shown, nil
}

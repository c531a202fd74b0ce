package subcmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// raisedLevel makes the request logger write a line for each request.
const raisedLevel = "DEBUG"

// defaultLevel is the level of the request logger in Kafka's own log4j configuration.
const defaultLevel = "WARN"

// requestLogger is the request logger of one broker, before its level is changed.
type requestLogger struct {
	src    *source
	broker *state.Broker
	level  string
}

// what names it, in the journal too.
func (l *requestLogger) what() string { return fmt.Sprintf("request log of broker %d", l.broker.ID) }

// checkRequestLog refuses flags that don't go together.
func (o *observeOptions) checkRequestLog(g *globals) (broker int32, err error) {
	id, err := strconv.ParseInt(o.requestLog, 10, 32)
	switch {
	case err != nil || id < 0:
		return 0, refused("--request-log %s: the id of one broker was expected", o.requestLog)
	case o.by != "":
		return 0, refused("--request-log goes without --by: each line of the log names user and client id")
	case o.off && o.hold != 0:
		return 0, refused("--off goes without --for: it ends the logging for good")
	case !o.off && o.hold <= 0:
		return 0, refused("--request-log needs --for: how long the broker logs every request, such as 30s")
	case g.snapshot != "":
		return 0, refused("--snapshot %s: a saved cluster logs nothing", g.snapshot)
	}
	return int32(id), o.changeOptions.check(g)
}

// runRequestLogger raises the request logger of one broker for a time; with --off it lowers one that was left raised.
func runRequestLogger(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	id, err := o.checkRequestLog(g)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	b := src.snapshot.Broker(id)
	addr, ok := src.session.Addr(id)
	if b == nil || !b.Alive || !ok {
		return refused("--request-log %d: no such broker is alive", id)
	}
	level, err := watch.LoggerLevel(ctx, src.session, addr, id, change.RequestLogger)
	if err != nil {
		return err
	}
	logger := &requestLogger{src, b, level}
	action := logger.raise
	if o.off {
		action = logger.lower
	}
	a, err := action(ctx, env, g, o)
	if err != nil {
		return err
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}

// raise is the action that makes the broker log every request for a time.
func (l *requestLogger) raise(ctx context.Context, env *Env, g *globals, o *observeOptions) (*action, error) {
	id := l.broker.ID
	if health.RequestLogRaised(l.level) {
		return nil, refused("broker %d logs every request already (%s is at %s): kdeck tenants --request-log FILE ranks its clients, kdeck quota observe --request-log %[1]d --off ends it",
			id, change.RequestLogger, l.level)
	}
	undo := g.command("quota", "observe", "--request-log", strconv.Itoa(int(id)), "--off", "--execute")
	cost := func() string { return env.logCost(ctx, l.src, metrics.Target{ID: id, Host: l.broker.Host}, o.hold) }
	a := l.action(env, g, raisedLevel, cost, undo, fmt.Sprintf(" for %v", o.hold), fmt.Sprintf(" for %v, then back", o.hold))
	a.run = func(ctx context.Context, door *change.Door) error {
		held := change.Held{What: l.what(), Until: env.Now().Add(o.hold), Undo: undo, Broker: &id, Level: l.level}
		return env.hold(ctx, g, door.Journal(), held, func(ctx context.Context) error {
			return door.SetRequestLogger(ctx, id, raisedLevel, l.level, undo)
		}, func(ctx context.Context) error {
			return door.SetRequestLogger(ctx, id, l.level, raisedLevel, "none: it is an undo")
		})
	}
	return a, nil
}

// lower is the action that sets the level that the journal has of the time before the logger was raised from here.
func (l *requestLogger) lower(_ context.Context, env *Env, g *globals, _ *observeOptions) (*action, error) {
	id := l.broker.ID
	if !health.RequestLogRaised(l.level) {
		return nil, refused("broker %d doesn't log every request: its %s is at %s", id, change.RequestLogger, l.level)
	}
	held, err := env.heldChanges(l.src.snapshot.ClusterID)
	if err != nil {
		return nil, err
	}
	to := defaultLevel
	for _, h := range held {
		if h.What == l.what() && h.Level != "" {
			to = h.Level
		}
	}
	undo := config.CommandLine(fmt.Sprintf("kafka-configs --alter --entity-type broker-loggers --entity-name %d --add-config %s=%s", id, change.RequestLogger, l.level))
	a := l.action(env, g, to, func() string { return "nothing: the broker logs less" }, undo, " --off", "")
	a.run = func(ctx context.Context, door *change.Door) error {
		if err := door.SetRequestLogger(ctx, id, to, l.level, undo); err != nil {
			return failed(err)
		}
		door.Journal().Release(change.Held{What: l.what()})
		if g.output != outJSON {
			fmt.Fprintf(env.Out, "%s  %s: %s at %s\n", env.Now().Format("15:04:05"), l.what(), change.RequestLogger, to)
		}
		env.done(g)
		return nil
	}
	return a, nil
}

// action begins an action that sets the level. cost tells in words what that costs the broker.
func (l *requestLogger) action(env *Env, g *globals, to string, cost func() string, undo config.CommandLine, flag, then string) *action {
	a := l.src.action(fmt.Sprintf("quota observe --request-log %d%s %s", l.broker.ID, flag, l.src.name),
		fmt.Sprintf("broker %d: %s from %s to %s%s", l.broker.ID, change.RequestLogger, l.level, to, then), "undone by: "+env.safe(string(undo)))
	a.show = func() error {
		cost := cost()
		if g.document() {
			return env.document(g, struct {
				view.Envelope
				Broker  int32  `json:"broker"`
				Before  string `json:"before"`
				After   string `json:"after"`
				Cost    string `json:"cost"`
				Undo    string `json:"undo"`
				Confirm string `json:"confirm"`
			}{view.EnvelopeOf(l.src.snapshot), l.broker.ID, l.level, to, cost, string(undo), a.phrase})
		}
		_, err := fmt.Fprintf(env.Out, "%s\ncosts: %s\n%s\nnothing is changed yet; the phrase that carries it out: %s\n", a.about[0], env.safe(cost), a.about[1], env.safe(a.phrase))
		return err
	}
	return a
}

// logCost says how many lines and bytes the log would take, by the broker's own request rate.
func (e *Env) logCost(ctx context.Context, src *source, t metrics.Target, hold time.Duration) string {
	poller := e.poller(src)
	defer poller.Close()
	answer := poller.Poll(ctx, []metrics.Target{t})[0]
	if answer.Err != nil {
		return "not known, because the broker's request rate isn't: " + answer.Err.Error()
	}
	rate := answer.Broker.RequestRate()
	if !rate.Known {
		return "not known: the exporter shows request rates only over two polls"
	}
	lines, bytes := tenant.RequestLogVolume(rate.Value, hold)
	return fmt.Sprintf("at %.0f requests a second that is about %.0f lines, %s of log", rate.Value, lines, format.Bytes(bytes))
}

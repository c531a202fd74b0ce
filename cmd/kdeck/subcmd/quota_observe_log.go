package subcmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/metrics"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// raisedLevel makes the request logger write a line for each request.
const raisedLevel = "DEBUG"

// logLineBytes is about what one such line takes: of real brokers, 600 to 3000 bytes.
const logLineBytes = 1500

// raised tells whether a level makes the request logger write.
func raised(level string) bool { return level == "DEBUG" || level == "TRACE" || level == "ALL" }

// restingLevel is the level that Kafka's own configuration file gives the request logger.
const restingLevel = "WARN"

// observedLog is the request logger of one broker, before it is raised or lowered.
type observedLog struct {
	src    *source
	broker int32
	host   string
	level  string
}

// what names it, in the journal too.
func (l *observedLog) what() string { return fmt.Sprintf("request log of broker %d", l.broker) }

// runObserveLog raises the request logger of one broker for a time, and lowers it again; with --off it lowers one that
// was left raised.
func runObserveLog(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	id, err := strconv.ParseInt(o.requestLog, 10, 32)
	switch {
	case err != nil || id < 0:
		return refused("--request-log %s: the id of one broker was expected", o.requestLog)
	case o.by != "":
		return refused("--request-log goes without --by: each line of the log names user and client id")
	case o.off && o.hold != 0:
		return refused("--off goes without --for: it lowers the logger for good")
	case !o.off && o.hold <= 0:
		return refused("--request-log needs --for: how long the broker is to log every request, such as 30s")
	case o.confirm != "" && !o.execute:
		return refused("--confirm goes with --execute")
	case o.execute && g.output == outYAML:
		return refused("-o yaml and --execute: what happens comes as words, or with -o json as one JSON object a line")
	case g.snapshot != "":
		return refused("--snapshot %s: a saved cluster logs nothing", g.snapshot)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	broker := int32(id)
	b := src.snapshot.Broker(broker)
	addr, ok := src.session.Addr(broker)
	if b == nil || !b.Alive || !ok {
		return refused("--request-log %d: no such broker is alive", broker)
	}
	level, err := watch.LoggerLevel(ctx, src.session, addr, broker, change.RequestLogger)
	if err != nil {
		return err
	}
	log := &observedLog{src, broker, b.Host, level}
	if o.off {
		return log.lower(ctx, env, g, o)
	}
	return log.raise(ctx, env, g, o)
}

func (l *observedLog) raise(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	if raised(l.level) {
		return refused("broker %d logs every request already (%s is at %s): kdeck tenants --request-log FILE ranks its clients, kdeck quota observe --request-log %[1]d --off lowers it",
			l.broker, change.RequestLogger, l.level)
	}
	phrase := fmt.Sprintf("quota observe --request-log %d %s", l.broker, l.src.name)
	undo := env.command(g, "quota", "observe", "--request-log", strconv.Itoa(int(l.broker)), "--off", "--execute")
	if !o.execute {
		cost := env.logCost(ctx, l.src, metrics.Target{ID: l.broker, Host: l.host}, o.hold)
		return l.show(env, g, raisedLevel, cost, undo, phrase, fmt.Sprintf(" for %v, then back", o.hold))
	}
	door, _, err := env.door(ctx, l.src, change.Confirm{Want: phrase, Got: env.typed(o.confirm, phrase)})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	held := change.Held{What: l.what(), Until: env.Now().Add(o.hold), Undo: undo, Broker: &l.broker, Level: l.level}
	return env.hold(ctx, g, door.Journal(), held, func(ctx context.Context) error {
		return door.SetRequestLogger(ctx, l.broker, raisedLevel, l.level, undo)
	}, func(ctx context.Context) error {
		return door.SetRequestLogger(ctx, l.broker, l.level, raisedLevel, "none: it is an undo")
	})
}

// lower sets the level that the journal has of the time before the logger was raised from here.
func (l *observedLog) lower(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	if !raised(l.level) {
		return refused("broker %d doesn't log every request: its %s is at %s", l.broker, change.RequestLogger, l.level)
	}
	held, err := holds(l.src.snapshot.ClusterID)
	if err != nil {
		return err
	}
	to := restingLevel
	for _, h := range held {
		if h.What == l.what() && h.Level != "" {
			to = h.Level
		}
	}
	phrase := fmt.Sprintf("quota observe --request-log %d --off %s", l.broker, l.src.name)
	undo := fmt.Sprintf("kafka-configs --alter --entity-type broker-loggers --entity-name %d --add-config %s=%s", l.broker, change.RequestLogger, l.level)
	if !o.execute {
		return l.show(env, g, to, "nothing: the broker logs less", undo, phrase, "")
	}
	door, _, err := env.door(ctx, l.src, change.Confirm{Want: phrase, Got: env.typed(o.confirm, phrase)})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	if err := door.SetRequestLogger(ctx, l.broker, to, l.level, undo); err != nil {
		return failed(err)
	}
	door.Journal().Release(change.Held{What: l.what()})
	if g.output == outJSON {
		fmt.Fprintf(env.Out, "{\"event\":\"end\",\"result\":\"done\"}\n")
	} else {
		fmt.Fprintf(env.Out, "%s  %s: %s at %s\n", env.Now().Format("15:04:05"), l.what(), change.RequestLogger, to)
	}
	return nil
}

// show is the dry run.
func (l *observedLog) show(env *Env, g *globals, to, cost, undo, phrase, then string) error {
	if g.document() {
		return env.document(g, struct {
			view.Envelope
			Broker  int32  `json:"broker"`
			Before  string `json:"before"`
			After   string `json:"after"`
			Cost    string `json:"cost"`
			Undo    string `json:"undo"`
			Confirm string `json:"confirm"`
		}{view.EnvelopeOf(l.src.snapshot), l.broker, l.level, to, cost, undo, phrase})
	}
	_, err := fmt.Fprintf(env.Out, "broker %d: %s from %s to %s%s\ncosts: %s\ntaken back by: %s\nnothing is changed yet; the phrase that carries it out: %s\n",
		l.broker, change.RequestLogger, l.level, to, then, env.safe(cost), env.safe(undo), env.safe(phrase))
	return err
}

// logCost says how many lines and bytes the log would take, by the broker's own request rate.
func (e *Env) logCost(ctx context.Context, src *source, t metrics.Target, hold time.Duration) string {
	poller := e.poller(src)
	defer poller.Close()
	answer := poller.Poll(ctx, []metrics.Target{t})[0]
	if answer.Err != nil {
		return "not known, because the broker's request rate isn't: " + answer.Err.Error()
	}
	rate, known := 0.0, false
	for _, r := range answer.Broker.Requests {
		if r.Rate.Known && r.Name != "FetchConsumer" && r.Name != "FetchFollower" { // both are in Fetch too
			rate, known = rate+r.Rate.Value, true
		}
	}
	if !known {
		return "not known: the exporter shows request rates only over two looks"
	}
	lines := rate * hold.Seconds()
	return fmt.Sprintf("at %s requests a second that is about %s lines, %s of log", format.Thousands(int(rate)), format.Thousands(int(lines)), format.Bytes(int64(lines*logLineBytes)))
}

package subcmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kdeck/ops/change"
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

// runObserveLog raises the request logger of one broker for a time, and lowers it again.
func runObserveLog(ctx context.Context, env *Env, g *globals, o *observeOptions) error {
	id, err := strconv.ParseInt(o.requestLog, 10, 32)
	switch {
	case err != nil || id < 0:
		return refused("--request-log %s: the id of one broker was expected", o.requestLog)
	case o.by != "" || o.off:
		return refused("--request-log goes with neither --by nor --off: it undoes itself")
	case o.hold <= 0:
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
	defer src.close()
	broker := int32(id)
	b := src.snapshot.Broker(broker)
	addr, ok := src.session.Addr(broker)
	if b == nil || !b.Alive || !ok {
		return refused("--request-log %d: no such broker is alive", broker)
	}
	before, err := watch.LoggerLevel(ctx, src.session, addr, broker, change.RequestLogger)
	if err != nil {
		return err
	}
	if raised(before) {
		return refused("broker %d logs every request already (%s is at %s): kdeck tenants --request-log FILE ranks its clients", broker, change.RequestLogger, before)
	}
	phrase := fmt.Sprintf("quota observe --request-log %d %s", broker, src.name)
	cost := env.logCost(ctx, src, metrics.Target{ID: broker, Host: b.Host}, o.hold)
	undo := fmt.Sprintf("kafka-configs --alter --entity-type broker-loggers --entity-name %d --add-config %s=%s", broker, change.RequestLogger, before)
	if !o.execute {
		if g.document() {
			return env.document(g, struct {
				view.Envelope
				Broker  int32  `json:"broker"`
				Before  string `json:"before"`
				After   string `json:"after"`
				Cost    string `json:"cost"`
				Undo    string `json:"undo"`
				Confirm string `json:"confirm"`
			}{view.EnvelopeOf(src.snapshot), broker, before, raisedLevel, cost, undo, phrase})
		}
		_, err := fmt.Fprintf(env.Out, "broker %d: %s from %s to %s for %v, then back\n%s\nnothing is changed yet; the phrase that carries it out: %s\n",
			broker, change.RequestLogger, before, raisedLevel, o.hold, cost, env.safe(phrase))
		return err
	}
	door, _, err := env.door(ctx, src, change.Confirm{Want: phrase, Got: env.typed(o.confirm, phrase)})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	held := heldQuota{eventHeld, fmt.Sprintf("request log of broker %d", broker), env.Now().Add(o.hold), undo}
	held.note(door.Journal())
	if err := door.SetRequestLogger(ctx, broker, raisedLevel, before); err != nil {
		held.over().note(door.Journal())
		return failed(err)
	}
	return env.holdChange(ctx, g, door, o.hold, held, func(ctx context.Context) error {
		return door.SetRequestLogger(ctx, broker, before, raisedLevel)
	})
}

// logCost says how many lines and bytes the log would take, by the broker's own request rate.
func (e *Env) logCost(ctx context.Context, src *source, t metrics.Target, hold time.Duration) string {
	poller := e.poller(src)
	defer poller.Close()
	answer := poller.Poll(ctx, []metrics.Target{t})[0]
	if answer.Err != nil {
		return "what it costs isn't known, because the broker's request rate isn't: " + answer.Err.Error()
	}
	rate, known := 0.0, false
	for _, r := range answer.Broker.Requests {
		if r.Rate.Known && r.Name != "FetchConsumer" && r.Name != "FetchFollower" { // both are in Fetch too
			rate, known = rate+r.Rate.Value, true
		}
	}
	if !known {
		return "what it costs isn't known: the exporter shows request rates only over two looks"
	}
	lines := rate * hold.Seconds()
	return fmt.Sprintf("at %.0f requests a second that is about %.0f lines, %s of log", rate, lines, view.Bytes(int64(lines*logLineBytes)))
}

package subcmd

import (
	"context"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

// inboundTime is how long what producers write into the partitions of a plan is measured, before a throttle is taken as meant.
const inboundTime = 2 * time.Second

// parseThrottle reads a replication limit in bytes a second; what is what it stands behind. 0 is none. A rate below [plan.LeastRate] is refused unless anyway is
// set, and so is a number without a unit: Kafka's tools mean bytes by it, and people megabytes.
func parseThrottle(what, text string, anyway bool) (int64, error) {
	if text == "none" {
		return 0, nil
	}
	rate, err := format.ParseBytes(text)
	if err != nil {
		return 0, refused("%s: %w", what, err)
	}
	switch {
	case rate == 0:
		return 0, refused("%s %s would let nothing through; none lifts the limit", what, text)
	case strings.Trim(text, "0123456789. ") == "":
		return 0, refused("%s %s: in which unit? %sMB is megabytes a second, %sB bytes a second", what, text, text, text)
	case rate < plan.LeastRate && !anyway:
		return 0, refused("%s %s: at less than %s/s moves hardly get on, and may never catch up with producers; --throttle-anyway takes it all the same", what, text, format.Bytes(plan.LeastRate))
	}
	return rate, nil
}

// auto tells whether the run chooses its throttle.
func (o *executeOptions) auto() bool { return o.throttle == "auto" }

// pilot reads the bounds of a throttle that the run chooses.
func (o *executeOptions) pilot() (reassign.Pilot, error) {
	bounds := reassign.Pilot{Floor: reassign.DefaultFloor, Ceiling: reassign.DefaultCeiling}
	for _, flag := range []struct {
		name, text string
		into       *int64
	}{{"--throttle-floor", o.floor, &bounds.Floor}, {"--throttle-ceiling", o.ceiling, &bounds.Ceiling}} {
		if flag.text == "" {
			continue
		}
		rate, err := parseThrottle(flag.name, flag.text, o.throttleAnyway)
		if err == nil && rate == 0 {
			err = refused("%s none: a rate was expected", flag.name)
		}
		if err != nil {
			return bounds, err
		}
		*flag.into = rate
	}
	if bounds.Floor > bounds.Ceiling {
		return bounds, refused("--throttle auto: the floor, %s/s, is above the ceiling, %s/s", format.Bytes(bounds.Floor), format.Bytes(bounds.Ceiling))
	}
	return bounds, nil
}

// pilotMetrics polls the brokers' exporters for a run that chooses its throttle itself, now or later; nil where there are none. done
// releases it.
func (e *Env) pilotMetrics(src *source) (poll func(context.Context, *state.Snapshot) map[int32]state.Reading[*state.BrokerMetrics], done func()) {
	if !src.state().MetricsConfigured {
		return nil, func() {}
	}
	poller := e.poller(src)
	return func(ctx context.Context, s *state.Snapshot) map[int32]state.Reading[*state.BrokerMetrics] {
		now := &state.State{Snapshot: s}
		watch.Poll(ctx, poller, e.Now, now)
		return now.Metrics
	}, func() { poller.Close() }
}

// checkThrottle refuses a rate at which the plan can't be meant to be carried out: it would take more than a week, or the
// copies would never catch up with producers.
func (e *Env) checkThrottle(ctx context.Context, src *source, p *plan.Proposal, o *executeOptions, rate int64) error {
	if bytes, _ := p.Traffic.Bytes(); rate == 0 || bytes == 0 || o.throttleAnyway || o.auto() {
		return nil
	}
	line := p.Traffic.Simulate(rate, o.moves)
	why := p.Traffic.Objection(line, nil)
	if why == "" && o.execute && src.session != nil && e.InboundTime > 0 {
		in, err := e.inbound(ctx, src, p.Partitions)
		if err != nil {
			return err
		}
		why = p.Traffic.Objection(line, in)
	}
	if why != "" {
		return refused("--throttle %s: %s; nothing was sent; --throttle-anyway takes it all the same", o.throttle, why)
	}
	return nil
}

// inbound measures what is written into partitions now.
func (e *Env) inbound(ctx context.Context, src *source, partitions []plan.Assignment) (*plan.Inbound, error) {
	look := e.looker(src)
	first, err := look(ctx)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(e.InboundTime)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	second, err := look(ctx)
	if err != nil {
		return nil, err
	}
	return plan.InboundOf(first, second, partitions), nil
}

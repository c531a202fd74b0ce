package subcmd

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

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

// throttleOptions are the flags that say more about a throttle.
type throttleOptions struct {
	throttleAnyway bool
	floor, ceiling string // of a throttle that the run chooses
}

func (o *throttleOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.floor, "throttle-floor", "", "the least that a throttle of auto goes down to, `SIZE`; otherwise "+format.Bytes(reassign.DefaultFloor))
	f.StringVar(&o.ceiling, "throttle-ceiling", "", "the most that a throttle of auto goes up to, `SIZE`; otherwise "+format.Bytes(reassign.DefaultCeiling))
	f.BoolVar(&o.throttleAnyway, "throttle-anyway", false, "take a throttle at which the moves take more than a week or never catch up")
}

// auto tells whether the run chooses its throttle.
func (o *executeOptions) auto() bool { return o.throttle == "auto" }

// pilot reads the bounds of a throttle that the run chooses.
func (o *throttleOptions) pilot() (reassign.Pilot, error) {
	bounds, err := o.givenBounds()
	bounds = reassign.Pilot{Floor: cmp.Or(bounds.Floor, reassign.DefaultFloor), Ceiling: cmp.Or(bounds.Ceiling, reassign.DefaultCeiling)}
	if err == nil && bounds.Floor > bounds.Ceiling {
		err = refused("--throttle auto: the floor, %s/s, is above the ceiling, %s/s", format.Bytes(bounds.Floor), format.Bytes(bounds.Ceiling))
	}
	return bounds, err
}

// givenBounds reads the bounds that were given; 0 for one that wasn't.
func (o *throttleOptions) givenBounds() (bounds reassign.Pilot, err error) {
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

// checkThrottle refuses a rate at which the copies can't be meant to be carried out: they would take more than a week, or never catch
// up with producers. line is how they go at that rate; what is the flag or the command that gives it. Only where measure is set is
// looked what producers write.
func (e *Env) checkThrottle(ctx context.Context, src *source, p *plan.Proposal, line *plan.Timeline, what string, measure bool) error {
	why := p.Traffic.Objection(line, nil)
	if why == "" && measure && src.session != nil && e.InboundTime > 0 {
		in, err := e.inbound(ctx, src, p.Partitions)
		if err != nil {
			return err
		}
		why = p.Traffic.Objection(line, in)
	}
	if why != "" {
		return refused("%s: %s; nothing was sent; --throttle-anyway takes it all the same", what, why)
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

// judgeSteered refuses a throttle at which what a run still has to copy can't be meant to be copied.
func (e *Env) judgeSteered(ctx context.Context, g *globals, run *state.Run, rate int64, what string, measure bool) error {
	src, err := e.look(ctx, g)
	if err != nil {
		return refused("%s: what is left to copy can't be looked at: %w; --throttle-anyway takes it all the same", what, err)
	}
	stateDir, err := e.stateDir()
	if err != nil {
		return err
	}
	left := leftOf(stateDir, src.snapshot, run)
	if bytes, _ := left.Traffic.Bytes(); bytes == 0 {
		return nil
	}
	return e.checkThrottle(ctx, src, left, left.Traffic.Simulate(rate, run.AtOnce), what, measure)
}

// leftOf is what a run still has to copy: what waits of its plan, and the rest of what is in flight. Where its plan can't be read, it is
// only that.
func leftOf(stateDir string, s *state.Snapshot, run *state.Run) *plan.Proposal {
	left := &plan.Proposal{Plan: &plan.Plan{}, Traffic: plan.TrafficOf(s, nil)}
	if record, err := reassign.ReadRecord(stateDir, s.ClusterID, run.ID); err == nil {
		if whole, err := record.ReadPlan(stateDir); err == nil {
			left = restOf(s, whole)
		}
	}
	for _, m := range run.Flying {
		c := plan.Copy{From: -1, Size: -1}
		for _, b := range m.To {
			if !slices.Contains(m.From, b) {
				c.To = append(c.To, b)
			}
		}
		if at, ok := s.FindPartition(m.Topic, m.Partition); ok {
			c.From = at.Leader()
		}
		if m.Bytes != nil && m.BytesDone != nil && len(c.To) > 0 {
			c.Size = (*m.Bytes - *m.BytesDone) / int64(len(c.To))
		}
		left.Partitions = append(left.Partitions, plan.Assignment{Topic: m.Topic, Partition: m.Partition, Replicas: m.To})
		left.Traffic.Add(c)
	}
	return left
}

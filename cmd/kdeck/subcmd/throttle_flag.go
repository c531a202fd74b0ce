package subcmd

import (
	"context"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/plan"
)

// inboundTime is how long what producers write into the partitions of a plan is measured, before a throttle is taken as meant.
const inboundTime = 2 * time.Second

// parseThrottle reads a replication limit in bytes a second. 0 is none. A rate below [plan.LeastRate] is refused unless anyway is
// set, and so is a number without a unit: Kafka's tools mean bytes by it, and people megabytes.
func parseThrottle(text string, anyway bool) (int64, error) {
	if text == "none" {
		return 0, nil
	}
	rate, err := format.ParseBytes(text)
	if err != nil {
		return 0, refused("--throttle: %w", err)
	}
	switch {
	case rate == 0:
		return 0, refused("--throttle %s would let nothing through; none lifts the limit", text)
	case strings.Trim(text, "0123456789. ") == "":
		return 0, refused("--throttle %s: in which unit? %sMB is megabytes a second, %sB bytes a second", text, text, text)
	case rate < plan.LeastRate && !anyway:
		return 0, refused("--throttle %s: at less than %s/s moves hardly get on, and may never catch up with producers; --throttle-anyway takes it all the same", text, format.Bytes(plan.LeastRate))
	}
	return rate, nil
}

// checkThrottle refuses a rate at which the plan can't be meant to be carried out: it would take more than a week, or the
// copies would never catch up with producers.
func (e *Env) checkThrottle(ctx context.Context, src *source, p *plan.Proposal, o *executeOptions, rate int64) error {
	if bytes, _ := p.Traffic.Bytes(); rate == 0 || bytes == 0 || o.throttleAnyway {
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

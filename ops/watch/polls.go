package watch

import (
	"context"
	"maps"
	"slices"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
)

// Polls are polls of the brokers' exporters for one verdict. Rates take two of them: what a broker itself averages over a minute shows a fifth of what began 15 seconds
// ago. The first poll is made beside what else is asked.
type Polls struct {
	source   Source
	now      func() time.Time
	deadline time.Duration // of one poll

	polled  chan struct{} // closed when the first poll is over
	answers map[int32]metrics.Answer
	at      time.Time // of the latest poll
}

// StartPolls begins the first poll of the brokers of a snapshot. The context ends it.
func StartPolls(ctx context.Context, source Source, snap *state.Snapshot, now func() time.Time, deadline time.Duration) *Polls {
	p := &Polls{source: source, now: now, deadline: deadline, polled: make(chan struct{}), answers: map[int32]metrics.Answer{}}
	targets := targetsOf(snap)
	go func() {
		defer close(p.polled)
		p.poll(ctx, targets)
	}()
	return p
}

func (p *Polls) poll(ctx context.Context, targets []metrics.Target) {
	ctx, cancel := context.WithTimeout(ctx, p.deadline)
	defer cancel()
	for _, a := range p.source.Poll(ctx, targets) {
		p.answers[a.ID] = a
	}
	p.at = p.now()
}

// Finish polls again, [BetweenPolls] after the first poll, and reads what all say into a State. Where brokers are short of time it calls again, which
// waits as it likes, and goes on until that has lasted for [state.Calm.Busy] polls, which it returns, or is over.
func (p *Polls) Finish(ctx context.Context, s *state.State, rest func(context.Context, time.Duration) bool, again func(short []int32) bool) health.Samples {
	<-p.polled
	if wait := BetweenPolls - p.now().Sub(p.at); !rest(ctx, min(max(wait, 0), BetweenPolls)) {
		return nil
	}
	samples := health.Samples{}
	for busy := s.Calm.OrDefaults().Busy; ; busy-- {
		p.poll(ctx, p.again(s.Snapshot))
		s.Now = p.at
		s.Metrics = metrics.Readings(slices.Collect(maps.Values(p.answers)), p.at)
		for id, a := range p.answers {
			if a.Err == nil {
				samples[id] = append(samples[id], a.Broker)
			}
		}
		short := health.ShortOfTime(s)
		switch {
		case len(short) == 0:
			return nil
		case busy <= 1:
			return samples
		case !again(short):
			return nil
		}
	}
}

// again are the brokers whose exporters are polled again: not those that failed where the broker itself doesn't answer either. An exporter that is slow once, as while the
// JVM collects garbage, hides nothing.
func (p *Polls) again(s *state.Snapshot) []metrics.Target {
	return slices.DeleteFunc(targetsOf(s), func(t metrics.Target) bool {
		b := s.Broker(t.ID)
		return p.answers[t.ID].Err != nil && (!b.Alive || !b.Answered.Known)
	})
}

package watch

import (
	"context"
	"slices"
	"sync"
	"time"

	"kdeck/ops/metrics"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// BetweenPolls is the time between the two polls of [PollTwice].
const BetweenPolls = 2 * time.Second

// Poll reads what the brokers' exporters say into a state, and sets its time.
func Poll(ctx context.Context, source Source, now func() time.Time, s *state.State) {
	poll(ctx, source, targetsOf(s.Snapshot), now, s)
}

// PollTopics polls as [Poll] does, and reads what brokers count of single topics too.
func PollTopics(ctx context.Context, source Source, now func() time.Time, s *state.State) {
	poll(ctx, source, ofTopicsToo(targetsOf(s.Snapshot)), now, s)
}

// ofTopicsToo has what brokers count of single topics read too.
func ofTopicsToo(targets []metrics.Target) []metrics.Target {
	for i := range targets {
		targets[i].Topics = true
	}
	return targets
}

func poll(ctx context.Context, source Source, targets []metrics.Target, now func() time.Time, s *state.State) {
	answers := source.Poll(ctx, targets)
	s.Now = now()
	s.Metrics = metrics.Readings(answers, s.Now)
}

// PollTwice polls, and polls again after [BetweenPolls] if lacks says that a figure is unknown: a rate takes two polls.
func PollTwice(ctx context.Context, source Source, now func() time.Time, s *state.State, lacks func(*state.State) bool) {
	Poll(ctx, source, now, s)
	if !lacks(s) {
		return
	}
	timer := time.NewTimer(BetweenPolls)
	defer timer.Stop()
	select {
	case <-timer.C:
		Poll(ctx, source, now, s)
	case <-ctx.Done():
	}
}

// ThrottlingQuotas reads the quotas if a client is throttled: exporters don't tell by which limit. Quotas that can't be read stay unknown.
func ThrottlingQuotas(ctx context.Context, session Session, s *state.State) {
	if !slices.ContainsFunc(s.Usages(), func(u tenant.Usage) bool { return u.ThrottleMS > 0 }) {
		return
	}
	if q, err := Quotas(ctx, session); err == nil {
		s.Quotas = state.Read(q, s.Now, session.Cluster().Name)
	}
}

// PollUsage reads into a state what the brokers' exporters say, and what the configs of the brokers say of their threads. It asks
// all brokers at once. It returns the configs of those that answered, and why the others gave none.
func PollUsage(ctx context.Context, session Asker, source Source, now func() time.Time, s *state.State) (configs map[int32]map[string]string, unread []state.Unknown) {
	configs, s.Threads = map[int32]map[string]string{}, map[int32]tenant.Threads{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" {
			continue
		}
		all.Go(func() {
			of, err := BrokerConfigs(ctx, session, addr, b.ID)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				unread = append(unread, state.Unknown{Node: b.ID, What: state.WhatConfigs, Why: err.Error()})
				return
			}
			configs[b.ID], s.Threads[b.ID] = of, ThreadsOf(of)
			if note := s.Threads[b.ID].CallbackWarning(); note != "" {
				unread = append(unread, state.Unknown{Node: b.ID, What: state.WhatLimits, Why: note})
			}
		})
	}
	Poll(ctx, source, now, s)
	all.Wait()
	slices.SortFunc(unread, func(a, b state.Unknown) int { return int(a.Node - b.Node) })
	return configs, unread
}

// targetsOf are the brokers whose host is known.
func targetsOf(s *state.Snapshot) []metrics.Target {
	var targets []metrics.Target
	for i := range s.Brokers {
		if b := &s.Brokers[i]; b.Host != "" {
			targets = append(targets, metrics.Target{ID: b.ID, Host: b.Host})
		}
	}
	return targets
}

package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/state"
)

// An Unlooked is a part of the cluster that a verdict says nothing about, because it was not looked at.
type Unlooked struct {
	What string // "threads", "quotas of brokers 3 and 5", "groups"
	Why  string // in a few words: "no metrics"

	of string // the end of What that names brokers: " of brokers 3 and 5"
}

// NotLookedAt lists what the verdict of a State doesn't rest on though something may be wrong there. Each of them may hide what is wrong, so a healthy
// verdict is never said without them.
func NotLookedAt(s *state.State) []Unlooked {
	if s.Snapshot == nil {
		return nil
	}
	unmeasured := map[string][]int32{}       // why -> brokers
	var threads, quotas, connections []int32 // that the exporters of these don't show
	live := 0
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		if !b.Alive {
			continue // nothing to be seen: that it is dead is a finding
		}
		live++
		m, fresh := Fresh(s, b.ID)
		if fresh = fresh || m != nil && s.Now.Sub(m.At) <= MetricsLate; !fresh {
			why := noMetrics
			if m != nil {
				why = oldMetrics
			}
			unmeasured[why] = append(unmeasured[why], b.ID)
			continue
		}
		if !m.HandlerIdle.Known || !m.NetworkIdle.Known && !slices.ContainsFunc(m.Processors, func(p state.Processor) bool { return p.Idle.Known }) {
			threads = append(threads, b.ID)
		}
		if m.Coverage.Lacks(state.TenantsPillar) && len(m.Usage) == 0 {
			quotas = append(quotas, b.ID)
		}
		if !slices.ContainsFunc(m.Listeners, func(l state.Listener) bool { return l.Opened.Known && l.FailedLogins.Known }) {
			connections = append(connections, b.ID)
		}
	}
	var list []Unlooked
	add := func(what, why string, ids []int32) {
		if len(ids) == 0 {
			return
		}
		u := Unlooked{What: what, Why: why}
		if len(ids) < live {
			u.of = " of " + brokers(ids)
			u.What += u.of
		}
		list = append(list, u)
	}
	for _, why := range []string{noMetrics, oldMetrics} {
		for _, what := range []string{"threads", "quotas", "connections"} { // and their logins
			add(what, why, unmeasured[why])
		}
	}
	add("threads", notExported, threads)
	add("quotas", notExported, quotas)
	add("connections", notExported, connections)
	if s.Groups == nil {
		list = append(list, Unlooked{What: "groups", Why: cmp.Or(s.NoGroups, "not read yet")})
	} else if len(ClientsUnread(s)) > 0 {
		list = append(list, Unlooked{What: "groups", Why: notAllRead})
	}
	for i := range s.Findings {
		if f := &s.Findings[i]; f.Code == BrokerNotAnswering && f.Severity == state.SeverityInfo {
			list = append(list, Unlooked{What: f.Scope, Why: noAnswer})
		}
	}
	if slices.ContainsFunc(s.Snapshot.Unknown, func(u state.Unknown) bool { return u.What == state.WhatUnlisted }) {
		list = append(list, Unlooked{What: state.WhatUnlisted, Why: "not shown to kdeck"})
	}
	slices.SortStableFunc(list, func(a, b Unlooked) int {
		return cmp.Or(cmp.Compare(rankOfReason(a.Why), rankOfReason(b.Why)), strings.Compare(a.of, b.of))
	})
	return list
}

// Why something was not looked at.
const (
	noMetrics   = "no metrics"
	oldMetrics  = "their metrics are old"
	notExported = "the exporter doesn't show them"
	notAllRead  = "not all were read"
	noAnswer    = "no answer to the last look"
)

// rankOfReason is where a reason stands among others.
func rankOfReason(why string) int {
	reasons := []string{noMetrics, oldMetrics, notExported}
	if i := slices.Index(reasons, why); i >= 0 {
		return i
	}
	return len(reasons)
}

// UnlookedWords says what was not looked at: "threads, quotas and connections not looked at: no metrics", or "" where all was.
func UnlookedWords(list []Unlooked) string {
	var parts []string
	for i := 0; i < len(list); {
		var of []string // "threads and quotas of broker 3", "connections of brokers 3 and 5"
		why := list[i].Why
		for i < len(list) && list[i].Why == why {
			what, on := make([]string, 0, len(list)), list[i].of
			for ; i < len(list) && list[i].Why == why && list[i].of == on; i++ {
				what = append(what, strings.TrimSuffix(list[i].What, on))
			}
			of = append(of, listed(what)+on)
		}
		parts = append(parts, fmt.Sprintf("%s not looked at: %s", listed(of), why))
	}
	return strings.Join(parts, "; ")
}

package health

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/state"
)

// An Unlooked is a part of the cluster that a verdict says nothing about, because it was not looked at.
type Unlooked struct {
	What string // "threads", "quotas of brokers 3 and 5", "groups"
	Why  string // in a few words: "no metrics"
}

// NotLookedAt lists what the verdict of a State doesn't rest on though something may be wrong there. Each of them may hide what is wrong, so a healthy
// verdict is never said without them.
func NotLookedAt(s *state.State) []Unlooked {
	if s.Snapshot == nil {
		return nil
	}
	threads, quotas := map[string][]int32{}, map[string][]int32{} // why -> brokers
	live := 0
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		if !b.Alive {
			continue // nothing to be seen: that it is dead is a finding
		}
		live++
		m, fresh := Fresh(s, b.ID)
		fresh = fresh || m != nil && s.Now.Sub(m.At) <= MetricsLate
		switch {
		case !fresh && m != nil:
			threads[oldMetrics] = append(threads[oldMetrics], b.ID)
			quotas[oldMetrics] = append(quotas[oldMetrics], b.ID)
			continue
		case !fresh:
			threads[noMetrics] = append(threads[noMetrics], b.ID)
			quotas[noMetrics] = append(quotas[noMetrics], b.ID)
			continue
		}
		if !m.HandlerIdle.Known || !m.NetworkIdle.Known && !slices.ContainsFunc(m.Processors, func(p state.Processor) bool { return p.Idle.Known }) {
			threads[notExported] = append(threads[notExported], b.ID)
		}
		if m.Coverage.Lacks(state.TenantsPillar) && len(m.Usage) == 0 {
			quotas[notExported] = append(quotas[notExported], b.ID)
		}
	}
	var list []Unlooked
	add := func(what string, by map[string][]int32) {
		for _, why := range slices.Sorted(maps.Keys(by)) {
			u := Unlooked{what, why}
			if ids := by[why]; len(ids) < live {
				u.What += " of " + brokers(ids)
			}
			list = append(list, u)
		}
	}
	add("threads", threads)
	add("quotas", quotas)
	if s.Groups == nil {
		list = append(list, Unlooked{"groups", cmp.Or(s.NoGroups, "not read yet")})
	} else if len(ClientsUnread(s)) > 0 {
		list = append(list, Unlooked{"groups", notAllRead})
	}
	for i := range s.Findings {
		if f := &s.Findings[i]; f.Code == BrokerNotAnswering && f.Severity == state.SeverityInfo {
			list = append(list, Unlooked{f.Scope, noAnswer})
		}
	}
	if slices.ContainsFunc(s.Snapshot.Unknown, func(u state.Unknown) bool { return u.What == state.WhatUnlisted }) {
		list = append(list, Unlooked{state.WhatUnlisted, "not shown to kdeck"})
	}
	slices.SortStableFunc(list, func(a, b Unlooked) int { return cmp.Compare(rankOfReason(a.Why), rankOfReason(b.Why)) })
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

// UnlookedWords says what was not looked at: "threads and quotas not looked at: no metrics", or "" where all was.
func UnlookedWords(list []Unlooked) string {
	var parts []string
	for i := 0; i < len(list); {
		what, why := []string{}, list[i].Why
		for ; i < len(list) && list[i].Why == why; i++ {
			what = append(what, list[i].What)
		}
		parts = append(parts, fmt.Sprintf("%s not looked at: %s", listed(what), why))
	}
	return strings.Join(parts, "; ")
}

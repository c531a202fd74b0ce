package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// A Difference is one thing that two States of a cluster differ in, however long one was taken after the other.
type Difference struct {
	What string // brokers, topics, partitions, configs, quotas or features
	Change
}

// Differences are those of two States of the same cluster, in words.
type Differences struct {
	List       []Difference
	Partitions []PartitionChange // with another leader or other in-sync replicas
	// Unknown says of what isn't compared that one of the States doesn't have it.
	Unknown []state.Unknown
}

// Between compares two States of the same cluster. Both have a Snapshot; without settings or quotas in both, these aren't compared.
func Between(old, now *state.State) *Differences {
	b := &between{old: old, now: now}
	b.comparison = comparison{old: old.Snapshot, now: now.Snapshot, lost: map[int32]int{}, regained: map[int32]int{}}
	b.add("brokers", func() { b.brokers(); b.standing(); b.quorum() })
	b.add("topics", func() { b.topics(); b.shapes() })
	b.add("partitions", b.comparePartitions)
	b.settings()
	b.quotas()
	return &b.Differences
}

type between struct {
	comparison
	Differences
	old, now *state.State
}

// add takes what compare says for changes of that kind, the gravest first.
func (b *between) add(what string, compare func()) {
	b.lines = nil
	compare()
	slices.SortStableFunc(b.lines, func(x, y Change) int { return cmp.Compare(x.Severity.Rank(), y.Severity.Rank()) })
	for _, line := range b.lines {
		b.List = append(b.List, Difference{what, line})
	}
}

func (b *between) unread(what, why string) {
	b.Unknown = append(b.Unknown, state.Unknown{Node: -1, What: what, Why: why})
}

// standing compares what brokers may do and where they are.
func (b *between) standing() {
	for i := range b.comparison.now.Brokers {
		now := &b.comparison.now.Brokers[i]
		was := b.comparison.old.Broker(now.ID)
		if was == nil {
			continue
		}
		filter := fmt.Sprintf("id:%d", now.ID)
		if was.Cordoned.Known && now.Cordoned.Known && was.Cordoned.Value != now.Cordoned.Value {
			b.say(state.SeverityInfo, "brokers", filter, "broker %d is %s", now.ID, map[bool]string{true: "cordoned", false: "no longer cordoned"}[now.Cordoned.Value])
		}
		if was.Rack != now.Rack {
			b.say(state.SeverityInfo, "brokers", filter, "broker %d is in rack %s now, and was in %s", now.ID, cmp.Or(now.Rack, "none"), cmp.Or(was.Rack, "none"))
		}
		if was.Host != "" && now.Host != "" && (was.Host != now.Host || was.Port != now.Port) {
			b.say(state.SeverityInfo, "brokers", filter, "broker %d is at %s:%d now, and was at %s:%d", now.ID, now.Host, now.Port, was.Host, was.Port)
		}
	}
}

// quorum compares who votes.
func (b *between) quorum() {
	ids := func(s *state.Snapshot) (ids []int32) {
		for _, v := range s.Voters {
			ids = append(ids, v.ID)
		}
		slices.Sort(ids)
		return ids
	}
	was, now := ids(b.comparison.old), ids(b.comparison.now)
	if len(was) > 0 && len(now) > 0 && !slices.Equal(was, now) {
		b.say(state.SeverityInfo, "brokers", "", "the voters of the metadata quorum are %s now, and were %s", list(now), list(was))
	}
}

func list(ids []int32) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ", "), "[]")
}

// shapes compares topics that are in both.
func (b *between) shapes() {
	var anew, more []string
	for i := range b.comparison.now.NumTopics() {
		now := b.comparison.now.Topic(i)
		was, ok := b.comparison.old.FindTopic(now.Name())
		if !ok {
			continue
		}
		_, n := now.Range()
		_, before := was.Range()
		switch none := ([16]byte{}); {
		case now.ID() != was.ID() && now.ID() != none && was.ID() != none:
			anew = append(anew, now.Name())
		case n > before:
			more = append(more, fmt.Sprintf("%s (%d, were %d)", now.Name(), n, before))
		}
		if n, known := now.MinISR(); known && !b.topicsSet() {
			if before, known := was.MinISR(); known && n != before {
				b.say(state.SeverityInfo, "topics", filterOf("topic", now.Name()), "topic %s: min.insync.replicas %d, was %d", now.Name(), n, before)
			}
		}
	}
	if len(anew) > 0 {
		b.say(state.SeverityWarning, "topics", "", "deleted and made anew: %s", some(anew))
	}
	if len(more) > 0 {
		b.say(state.SeverityInfo, "topics", "", "more partitions: %s", some(more))
	}
}

// topicsSet tells whether both States have what was set on topics.
func (b *between) topicsSet() bool {
	old, now := b.old.Settings, b.now.Settings
	return old != nil && now != nil && old.Topics != nil && now.Topics != nil
}

func filterOf(field, value string) string { return field + ":" + format.FilterValue(value) }

// comparePartitions compares the partitions that are in both.
func (b *between) comparePartitions() {
	elsewhere := 0
	from := map[[2]int32]int{}
	var was, is []int32
	for i := range b.comparison.now.NumPartitions() {
		now := b.comparison.now.Partition(i)
		old, ok := b.comparison.old.FindPartition(now.Topic().Name(), now.ID())
		if !ok || old.Topic().ID() != now.Topic().ID() {
			continue
		}
		b.partition(old, now)
		sameISR := b.sameISR(old, now)
		if !sameISR || old.Leader() != now.Leader() {
			b.Partitions = append(b.Partitions, b.changed(old, now, sameISR))
		}
		if old.Leader() != now.Leader() && !old.Leaderless() && !now.Leaderless() {
			from[[2]int32{old.Leader(), now.Leader()}]++
		}
		was, is = old.AppendReplicas(was[:0]), now.AppendReplicas(is[:0])
		slices.Sort(was)
		slices.Sort(is)
		if !slices.Equal(was, is) {
			elsewhere++
		}
	}
	b.sumUp()
	if elsewhere > 0 {
		b.say(state.SeverityInfo, "partitions", "", "on other brokers: %s", partitions(elsewhere))
	}
	if len(from) == 0 {
		return
	}
	pairs := slices.SortedFunc(maps.Keys(from), func(x, y [2]int32) int {
		return cmp.Or(cmp.Compare(from[y], from[x]), cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	var words []string
	for _, p := range pairs[:min(len(pairs), 5)] {
		words = append(words, fmt.Sprintf("%d from %d to %d", from[p], p[0], p[1]))
	}
	if n := len(pairs) - len(words); n > 0 {
		words = append(words, fmt.Sprintf("and between %d more pairs", n))
	}
	b.say(state.SeverityInfo, "partitions", "", "leaders went: %s", strings.Join(words, ", "))
}

// settings compares configs and features.
func (b *between) settings() {
	old, now := b.old.Settings, b.now.Settings
	if old == nil || now == nil {
		b.unread(state.WhatConfigs, neither(old == nil, "configs and features"))
		return
	}
	b.add("configs", func() {
		for _, id := range slices.Sorted(maps.Keys(now.Brokers)) {
			if was, ok := old.Brokers[id]; ok {
				b.values(fmt.Sprintf("broker %d", id), "brokers", fmt.Sprintf("id:%d", id), was, now.Brokers[id], "Kafka's default")
			}
		}
		if !b.topicsSet() {
			b.unread(state.WhatTopicConfigs, neither(old.Topics == nil, "topics' configs"))
			return
		}
		for i := range b.comparison.now.NumTopics() {
			name := b.comparison.now.Topic(i).Name()
			if _, there := b.comparison.old.FindTopic(name); there {
				b.values("topic "+name, "topics", filterOf("topic", name), old.Topics[name], now.Topics[name], "not set")
			}
		}
	})
	b.add("features", func() {
		for _, name := range slices.Sorted(maps.Keys(union(old.Features, now.Features))) {
			if was, is := old.Features[name], now.Features[name]; old.Features != nil && now.Features != nil && was != is {
				b.say(state.SeverityInfo, "brokers", "", "feature %s: level %d, was %d", name, is, was)
			}
		}
	})
}

// neither says which of the two States lacks something.
func neither(old bool, what string) string {
	if old {
		return "the earlier state doesn't have " + what
	}
	return what + " can't be read now"
}

func union[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return all
}

// values compares the configs of one resource. none stands for a value that isn't given.
func (b *between) values(who, pane, filter string, old, now map[string]string, none string) {
	for _, name := range slices.Sorted(maps.Keys(union(old, now))) {
		was, had := old[name]
		is, has := now[name]
		if had == has && was == is {
			continue
		}
		word := func(v string, given bool) string {
			if !given {
				return none
			}
			return fmt.Sprintf("%q", v)
		}
		b.say(state.SeverityInfo, pane, filter, "%s: %s is %s, was %s", who, name, word(is, has), word(was, had))
	}
}

// quotas compares the quota records.
func (b *between) quotas() {
	if !b.old.Quotas.Known || !b.now.Quotas.Known {
		b.unread(state.WhatQuotas, neither(!b.old.Quotas.Known, "quotas"))
		return
	}
	limits := func(q *tenant.Quotas) map[string]map[tenant.Type]float64 {
		by := map[string]map[tenant.Type]float64{}
		for _, r := range q.List() {
			by[r.Entity.String()] = r.Limits
		}
		return by
	}
	old, now := limits(b.old.Quotas.Value), limits(b.now.Quotas.Value)
	b.add("quotas", func() {
		for _, who := range slices.Sorted(maps.Keys(union(old, now))) {
			for _, t := range tenant.Types {
				was, had := old[who][t]
				is, has := now[who][t]
				if had == has && was == is {
					continue
				}
				word := func(v float64, given bool) string {
					if !given {
						return "none"
					}
					return tenant.Number(v)
				}
				b.say(state.SeverityInfo, "tenants", "", "quota of %s: %s is %s, was %s", who, t, word(is, has), word(was, had))
			}
		}
	})
}

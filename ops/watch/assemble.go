package watch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// assemble makes one snapshot of all answers. What this look did not read is filled in from the look before.
func (l *look) assemble() *state.Snapshot {
	b := l.metadata.build(l, l.taken)
	for topic, c := range l.configs.byTopic {
		b.Config(topic, c.minISR, c.configs)
	}
	l.moves.addTo(b)
	l.addELR(b)
	unlisted := map[string]bool{}
	for id, a := range l.brokers {
		a.addSizes(b, l.metadata, id, unlisted)
	}
	l.noteUnlisted(unlisted)

	s := b.Snapshot()
	s.Moves = l.moves.n
	s.Controller, s.Voters = l.quorum.leader, l.quorum.voters
	l.addBrokers(b)
	l.keep(b)
	slices.SortFunc(l.unknown, func(x, y state.Unknown) int {
		return cmp.Or(cmp.Compare(x.Node, y.Node), strings.Compare(x.What, y.What), strings.Compare(x.Why, y.Why))
	})
	s.Unknown = l.unknown
	return b.Done()
}

// addBrokers adds a broker for every id that is listed, fenced, named by a partition, or known to the quorum's leader.
func (l *look) addBrokers(b *state.Builder) {
	ids := maps.Clone(l.metadata.ids)
	if l.cluster != nil && l.cluster.fenced {
		for id := range l.cluster.brokers {
			ids[id] = true
		}
	} else {
		// Nothing else tells brokers that hold no replica and aren't alive. Controllers are voters.
		for id := range l.quorum.fetched {
			if _, known := ids[id]; !known && id >= 0 && !slices.ContainsFunc(l.quorum.voters, func(v state.Voter) bool { return v.ID == id }) {
				ids[id] = false
			}
		}
	}
	for id := range ids {
		b.Broker(l.broker(id))
	}
}

func (l *look) broker(id int32) state.Broker {
	br := state.Broker{ID: id}
	if i, ok := slices.BinarySearchFunc(l.metadata.brokers, id, func(b kmsg.MetadataResponseBroker, id int32) int { return cmp.Compare(b.NodeID, id) }); ok {
		in := &l.metadata.brokers[i]
		br.Host, br.Port, br.Rack, br.Alive = in.Host, in.Port, deref(in.Rack), true
	} else if l.cluster != nil {
		in := l.cluster.brokers[id]
		br.Host, br.Port, br.Rack = in.Host, in.Port, deref(in.Rack)
	}
	br.Fenced = l.cluster.fencedReading(id, br.Alive, l.taken, l.metadata.from)
	a := l.brokers[id]
	if a == nil {
		a = &brokerAnswer{}
		a.silent("not asked: no address of it is known", l.taken, "")
	}
	br.AnsweredBy, br.AnswerTime, br.ConnectTime = a.by, a.answer, a.connect
	br.Answered, br.MetadataOffset, br.LogDirs, br.Cordoned = a.took, a.offset, a.dirs, a.cordoned
	if addr := address(br.Host, br.Port); br.Alive && addr != "" {
		br.Certificate = l.certificate(addr)
	}
	since := l.quorum.silentSince(id)
	if !br.Alive {
		br.SilentSince = since
	} else if since.Known && since.At.Sub(since.Value) > health.SilentAfter {
		br.SilentSince = since
	}
	return br
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// noteUnlisted notes topics that brokers hold replicas of and that the metadata doesn't list. Kafka leaves out what the
// asker may not describe, without a word.
func (l *look) noteUnlisted(topics map[string]bool) {
	if len(topics) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(topics))
	why := fmt.Sprintf("brokers hold replicas of %d topics that the metadata doesn't list, such as %q: the ACL %s is missing, or they are strays",
		len(names), names[0], describeTopic)
	what := state.WhatUnlisted
	if len(l.metadata.topics) == 0 {
		what = state.WhatMetadata
	}
	l.miss(-1, what, why)
}

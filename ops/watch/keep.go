package watch

import (
	"kdeck/ops/state"
)

// keep takes what this look did not read from the look before. Such a reading keeps its time, so that its age shows, and stays in
// the list of what is unknown.
func (l *look) keep(b *state.Builder) {
	if l.prev == nil {
		return
	}
	s := b.Snapshot()
	if old := l.prev.Controller; !s.Controller.Known && old.Known {
		s.Controller, s.Voters = old, l.prev.Voters
	}
	silent := map[int32]bool{}
	for i := range s.Brokers {
		br := &s.Brokers[i]
		old := l.prev.Broker(br.ID)
		if old == nil {
			continue
		}
		if br.Host == "" {
			br.Host, br.Port, br.Rack = old.Host, old.Port, old.Rack
		}
		if !br.LogDirs.Known && old.LogDirs.Known {
			br.LogDirs = old.LogDirs
			silent[br.ID] = true
		}
		if !br.Alive && !old.Alive {
			br.Fenced = knownOr(br.Fenced, old.Fenced)
			br.SilentSince = knownOr(br.SilentSince, old.SilentSince)
		}
		br.Cordoned = knownOr(br.Cordoned, old.Cordoned)
	}
	l.keepSizes(b, silent)
	l.keepConfigs(b)
}

// knownOr returns the new reading, or the old one where only that is known.
func knownOr[T any](now, old state.Reading[T]) state.Reading[T] {
	if now.Known || !old.Known {
		return now
	}
	return old
}

// keepSizes keeps the sizes of replicas on brokers whose log dirs were not read this time.
func (l *look) keepSizes(b *state.Builder, brokers map[int32]bool) {
	if len(brokers) == 0 {
		return
	}
	for t := range l.prev.NumTopics() {
		old := l.prev.Topic(t)
		if now := l.metadata.topic(old.Name()); now == nil || now.TopicID != old.ID() {
			continue
		}
		first, n := old.Range()
		for i := first; i < first+n; i++ {
			p := l.prev.Partition(i)
			for r := range p.Replicas() {
				if r.Size >= 0 && brokers[r.Broker] {
					b.Size(old.Name(), p.ID(), r.Broker, r.Size, r.Dir)
				}
			}
		}
	}
}

// keepConfigs keeps the configs of topics whose configs were not read this time.
func (l *look) keepConfigs(b *state.Builder) {
	for i := range l.metadata.topics {
		t := &l.metadata.topics[i]
		if l.configs.byTopic[*t.Topic].minISR > 0 {
			continue
		}
		if old, ok := l.prev.FindTopic(*t.Topic); ok && old.ID() == t.TopicID {
			if n, known := old.MinISR(); known {
				b.Config(*t.Topic, n, old.Configs())
			}
		}
	}
}

package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Options say what is compared.
type Options struct {
	// Topics tells which topics; nil: all, and the brokers' configs too. The logs of replicas are compared only where it is set.
	Topics  func(name string) bool
	Brokers []int32 // which brokers; nil: all
	Now     func() time.Time
	// Rest waits between two looks. It is false where the caller gave up.
	Rest func(context.Context) bool
}

// Between is how long to rest between two looks: a change reaches all brokers of a healthy cluster in less.
const Between = time.Second

// mostTopics is how many topics are looked at again, those that differ in the first look. There are more where a broker is far behind.
const mostTopics = 1000

// Result is what a comparison found.
type Result struct {
	ClusterID   string
	Taken       time.Time
	Brokers     []int32 // that answered in all looks
	Asked       int     // brokers
	Topics      int
	Partitions  int
	Looks       int
	Differences []Difference
	Left        int // topics that differed in the first look, and were too many to be looked at again
	Unknown     []state.Unknown
}

// Cluster compares what all brokers say of the cluster. Every broker is asked for the metadata of all topics once, of which a number a
// topic is kept; only the topics that differ are asked for again. So N brokers cost N times the traffic of one look, and little memory.
// Errors are those of finding the brokers, and the context's.
func Cluster(ctx context.Context, session *kafka.Session, o Options) (*Result, error) {
	r := &Result{Taken: o.Now()}
	a, err := newAsker(ctx, session, o.Brokers)
	if err != nil {
		return nil, err
	}
	s := newScan(o.Topics)
	a.whole(ctx, o.Brokers == nil, func(v *View, meta *kmsg.MetadataResponse) { s.add(a, v, meta) })
	topics := s.apart()
	suspects, before := s.suspects(ctx, a)
	for _, d := range suspects {
		if !slices.Contains(topics, d.Topic) {
			topics = append(topics, d.Topic)
		}
	}
	if n := len(topics) - mostTopics; n > 0 {
		topics, r.Left = topics[:mostTopics], n
	}
	suspects = slices.DeleteFunc(suspects, func(d Replica) bool { return !slices.Contains(topics, d.Topic) })
	looks := []Look{s.look}
	if len(topics) > 0 || s.look.apart() || late(s.look, s.look) {
		looks = a.looks(ctx, o, topics, suspects, s.look)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	suspects = slices.DeleteFunc(suspects, func(d Replica) bool { return a.refused[d.Topic] })
	r.Looks = len(looks)
	r.Differences = Differences(looks)
	if len(suspects) > 0 {
		named := map[string][]int32{}
		for _, d := range suspects {
			if !slices.Contains(named[d.Topic], d.Partition) {
				named[d.Topic] = append(named[d.Topic], d.Partition)
			}
		}
		after := a.disks(ctx, named, func(_ int32, d Disk) Disk { return d })
		r.Differences = append(r.Differences, Strays(looks, suspects, before, after)...)
	}
	if o.Topics != nil { // of all topics it is too much to ask for every time
		odd, left := s.logs(ctx, a, o)
		r.Differences = append(r.Differences, odd...)
		if left > 0 {
			a.miss(-1, whatOffsets, fmt.Errorf("%s more may contradict each other, and weren't asked about again", format.Count(left, "partition")))
		}
	} else {
		r.Differences = append(r.Differences, Configs(a.configs(ctx))...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, n := range a.nodes {
		r.Brokers = append(r.Brokers, n.id)
	}
	r.Asked = a.asked(o)
	r.ClusterID, r.Topics, r.Partitions, r.Unknown = a.clusterID, len(s.names), s.partitions, a.sortedUnknown()
	if len(r.Brokers) == 0 {
		return nil, errors.New("no broker answered all that it was asked: " + a.unknown[0].Why)
	}
	return r, nil
}

// late tells whether a broker may be behind, from two looks.
func late(first, last Look) bool {
	c := comparison{looks: []Look{first, last}}
	for id := range last {
		if first[id] != nil {
			c.brokers = append(c.brokers, id)
		}
	}
	c.behind()
	return len(c.found) > 0
}

// looks asks for topics again and again until all brokers say the same, [Looks] times at the most. A topic of which they said the same
// once isn't asked for again, unless a replica on a disk is suspected to be none of its.
func (a *asker) looks(ctx context.Context, o Options, topics []string, suspects []Replica, scan Look) (looks []Look) {
	for len(looks) < Looks {
		if len(looks) > 0 && !o.Rest(ctx) {
			return looks
		}
		l := a.look(ctx, topics)
		looks = append(looks, l)
		topics = slices.DeleteFunc(slices.Clone(topics), func(name string) bool {
			return l.agrees(name) && !slices.ContainsFunc(suspects, func(r Replica) bool { return r.Topic == name })
		})
		if len(topics) == 0 && !l.apart() && !late(scan, l) {
			return looks
		}
	}
	return looks
}

// scan is one pass over the metadata of all topics by every broker.
type scan struct {
	chosen     func(topic string) bool
	look       Look // without topics
	index      map[string]int
	names      []string
	digests    map[int32][]uint64 // by broker, by the index of the topic; 0 or too short: it isn't there
	partitions int
	assigned   map[int32]map[Replica]role // by broker, as the broker says that answered first
}

// role is what a replica is to its partition.
type role struct{ leads, inSync bool }

func newScan(chosen func(string) bool) *scan {
	if chosen == nil {
		chosen = func(string) bool { return true }
	}
	return &scan{chosen: chosen, look: Look{}, index: map[string]int{}, digests: map[int32][]uint64{}}
}

// add keeps of an answer a number a topic.
func (s *scan) add(a *asker, v *View, meta *kmsg.MetadataResponse) {
	s.look[v.Broker] = v
	first := s.assigned == nil
	if first {
		s.assigned = map[int32]map[Replica]role{}
	}
	digests := make([]uint64, len(s.names), max(len(s.names), len(meta.Topics)))
	for i := range meta.Topics {
		name, t, ok := a.topic(v.Broker, &meta.Topics[i])
		if !ok || !s.chosen(name) {
			continue
		}
		at, known := s.index[name]
		if !known {
			at = len(s.names)
			s.index[name] = at
			s.names = append(s.names, name)
			s.partitions += len(t.Partitions)
		}
		for at >= len(digests) {
			digests = append(digests, 0)
		}
		digests[at] = t.digest()
		if !first {
			continue
		}
		for _, p := range t.Partitions {
			for _, b := range p.Replicas {
				if s.assigned[b] == nil {
					s.assigned[b] = map[Replica]role{}
				}
				s.assigned[b][Replica{b, s.names[at], p.ID}] = role{b == p.Leader, slices.Contains(p.ISR, b)}
			}
		}
	}
	s.digests[v.Broker] = digests
}

// apart returns the topics of which brokers say different things, in order of their names.
func (s *scan) apart() (topics []string) {
	for at, name := range s.names {
		var first uint64
		any := false
		for _, digests := range s.digests {
			sum := uint64(0)
			if at < len(digests) {
				sum = digests[at]
			}
			if any && sum != first {
				topics = append(topics, name)
				break
			}
			first, any = sum, true
		}
	}
	slices.Sort(topics)
	return topics
}

// suspects asks every broker for its log dirs. It returns the replicas that are on a disk and shouldn't be, or should and aren't, and of
// what brokers hold these alone.
func (s *scan) suspects(ctx context.Context, a *asker) (suspects []Replica, before map[int32]Disk) {
	var mu sync.Mutex
	before = a.disks(ctx, nil, func(broker int32, d Disk) Disk {
		kept := Disk{Held: map[Replica]Log{}, Failed: d.Failed}
		var found []Replica
		for r, log := range d.Held {
			if _, belongs := s.assigned[broker][r]; !belongs && s.chosen(r.Topic) {
				found = append(found, r)
				kept.Held[r] = log
			}
		}
		for r := range s.assigned[broker] {
			if _, holds := d.Held[r]; !holds && !d.Failed {
				found = append(found, r)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		suspects = append(suspects, found...)
		return kept
	})
	slices.SortFunc(suspects, compareReplicas)
	return suspects, before
}

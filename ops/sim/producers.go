package sim

import (
	"math"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// idempotent reports whether the tenant's producers have ids: Java's do since 3.0, the others' where they are told to.
func (t *tenant) idempotent() bool {
	if t == nil {
		return true
	}
	return t.software == "apache-kafka-java" && !strings.HasPrefix(t.version, "2.") || t.software == "kgo"
}

// transaction is one that somebody began in a log and whose end isn't computed from the clock.
type transaction struct {
	identity
	coordinatorEpoch int32
	partition        *partition
	entry            int64   // of its only batch
	first            int64   // that batch's offset
	began            float64 // seconds

	id      string  // the transactional id; empty: its coordinator doesn't know of it
	timeout float64 // seconds, transaction.timeout.ms
	outcome string  // its state at the coordinator once it has ended
}

// producersOf is how many producers take turns in a log.
const producersOf = 2

// transactional reports whether an entry is part of a transaction.
func (s *stream) transactional(entry int64) bool {
	return s.inTxn > 0 || s.foreign[entry] != nil
}

// producerOf is who wrote an entry.
func (s *stream) producerOf(entry int64) identity {
	if t := s.foreign[entry]; t != nil {
		return t.identity
	}
	if s.inTxn > 0 {
		cycle, rest := entry/s.perCycle(), entry%s.perCycle()
		return identity{s.producer, s.epoch, int32((cycle*s.inTxn + rest) * s.batch % math.MaxInt32)}
	}
	if !s.by.idempotent() {
		return noIdentity
	}
	return identity{s.producer + entry%producersOf, s.epoch, int32(entry / producersOf * s.batch % math.MaxInt32)}
}

// openAt is the offset of the first record of the transaction that the log's own producer has open, −1 for none.
func (s *stream) openAt(now float64) int64 {
	e := s.entries(now)
	if s.inTxn == 0 || e%s.perCycle() == 0 {
		return -1
	}
	return s.offsetBefore(e-e%s.perCycle(), now)
}

// describeProducers lists the producers that wrote in the last day, as the leader knows them (transactional.id.expiration.ms and
// producer.id.expiration.ms forget the others).
func (m *model) describeProducers(p *partition) []kmsg.DescribeProducersResponseTopicPartitionActiveProducer {
	s, now := p.stream, m.secondsNow()
	var all []kmsg.DescribeProducersResponseTopicPartitionActiveProducer
	add := func(who identity, records int64, at float64, coordinatorEpoch int32, open int64) {
		if now-at > producerForgotten {
			return
		}
		d := kmsg.NewDescribeProducersResponseTopicPartitionActiveProducer()
		d.ProducerID, d.ProducerEpoch, d.LastSequence = who.producer, int32(who.epoch), who.sequence+int32(records)-1
		d.LastTimestamp, d.CoordinatorEpoch, d.CurrentTxnStartOffset = m.millis(at), coordinatorEpoch, open
		all = append(all, d)
	}
	seen := map[int64]bool{}
	last := s.entries(now) - 1
	for e := last; e >= 0 && e > last-2*producersOf-s.perCycle(); e-- {
		who := s.producerOf(e)
		if who.producer < 0 || seen[who.producer] || s.foreign[e] != nil || s.isMarker(e) {
			continue
		}
		seen[who.producer] = true
		coordinator := int32(-1)
		if s.inTxn > 0 {
			coordinator = 0
		}
		add(who, s.batch, s.timeOf(e, now), coordinator, s.openAt(now))
	}
	for _, t := range s.written {
		if t.began > now {
			continue
		}
		open := int64(-1)
		if slices.Contains(s.open, t) {
			open = t.first
		}
		add(t.identity, s.batch, t.began, t.coordinatorEpoch, open)
	}
	for _, a := range s.added {
		var b kmsg.RecordBatch
		if b.ReadFrom(a.raw) == nil && b.ProducerID >= 0 && b.Attributes&controlBit == 0 && !seen[b.ProducerID] {
			seen[b.ProducerID] = true
			add(identity{b.ProducerID, b.ProducerEpoch, b.FirstSequence}, a.records, a.at, -1, -1)
		}
	}
	slices.SortFunc(all, func(a, b kmsg.DescribeProducersResponseTopicPartitionActiveProducer) int {
		return int(a.ProducerID - b.ProducerID)
	})
	return all
}

// producerForgotten is after how many seconds a leader forgets a producer (producer.id.expiration.ms).
const producerForgotten = 24 * 3600

// handleDescribeProducers lets any replica answer (ReplicaManager.activeProducerState).
func handleDescribeProducers(c *Cluster, s *session, r request) (kmsg.Response, error) {
	resp, err := c.forwardServed(s, r, true, func(p *partition) verdict {
		if p.stream == nil {
			return verdict{}
		}
		return verdict{answer: func(_, entry any) {
			entry.(*kmsg.DescribeProducersResponseTopicPartition).ActiveProducers = c.model.describeProducers(p)
		}}
	})
	if err == nil {
		c.closeEnded(resp.(*kmsg.DescribeProducersResponse))
	}
	return resp, err
}

// closeEnded takes away the start of each transaction that a marker has ended, which kfake keeps until its coordinator ends it too.
func (c *Cluster) closeEnded(resp *kmsg.DescribeProducersResponse) {
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if len(p.ActiveProducers) == 0 {
				continue
			}
			log := c.backend.fake.PartitionInfo(t.Topic, p.Partition)
			for i := range p.ActiveProducers {
				if open := &p.ActiveProducers[i].CurrentTxnStartOffset; log != nil && *open >= 0 && *open < log.LastStableOffset {
					*open = -1
				}
			}
		}
	}
}

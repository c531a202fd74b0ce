package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// LoadOptions describes a load: numbered records, in turn to every partition of
// the topics, with acks=all and idempotence.
type LoadOptions struct {
	Dial
	Topics []string
	Rate   int    // records a second, 100 where 0
	Bytes  int    // at least, for each record's value; unpadded where 0
	Plain  bool   // the records aren't compressed: their padding would be next to nothing otherwise
	Group  string // where set, the records are also consumed, as this group
}

// Record is one acknowledged record.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Value     string // up to the first space: what follows is padding
}

func (r Record) String() string {
	return fmt.Sprintf("record %s at %s-%d offset %d", r.Value, r.Topic, r.Partition, r.Offset)
}

// Load is a load in progress or, after Stop, its results.
type Load struct {
	options  LoadOptions
	producer *kgo.Client
	consumer *kgo.Client // nil without a group
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu     sync.Mutex
	acked  []Record
	failed []error
}

// StartLoad puts a load on a cluster for as long as the test runs, or until Stop.
func StartLoad(t testing.TB, o LoadOptions) *Load {
	t.Helper()
	l, err := RunLoad(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// RunLoad puts a load on a cluster until Stop or until the context ends. It
// returns once every partition has acknowledged a record.
func RunLoad(ctx context.Context, o LoadOptions) (*Load, error) {
	if len(o.Topics) == 0 || o.Rate < 0 {
		return nil, fmt.Errorf("kafkatest: a load needs topics and a rate, not %+v", o)
	}
	if o.Rate == 0 {
		o.Rate = 100
	}
	// A partition without a leader keeps its share of the records back; the others must not notice.
	options := []kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(1 << 18),
		kgo.RequiredAcks(kgo.AllISRAcks()),
	}
	if o.Plain {
		options = append(options, kgo.ProducerBatchCompression(kgo.NoCompression()))
	}
	producer, err := o.client(options...)
	if err != nil {
		return nil, err
	}
	l := &Load{options: o, producer: producer}
	partitions, err := l.partitions(ctx)
	if err != nil {
		l.close()
		return nil, fmt.Errorf("partitions to put a load on: %w", err)
	}
	ctx, l.cancel = context.WithCancel(ctx)
	if o.Group != "" {
		if l.consumer, err = o.client(kgo.ConsumerGroup(o.Group), kgo.ConsumeTopics(o.Topics...)); err != nil {
			l.close()
			return nil, err
		}
		l.running.Go(func() { consume(ctx, l.consumer) })
	}

	var first sync.WaitGroup
	for i, p := range partitions {
		first.Add(1)
		l.send(i, p, first.Done)
	}
	err = waitAll(ctx, &first)
	if err := errors.Join(append(l.Failed(), err)...); err != nil {
		l.close()
		return nil, fmt.Errorf("the first record of every partition: %w", err)
	}
	l.running.Go(func() { l.produce(ctx, partitions) })
	return l, nil
}

func (l *Load) partitions(ctx context.Context) (partitions []Partition, err error) {
	topics, err := kadm.NewClient(l.producer).ListTopics(ctx, l.options.Topics...)
	if err != nil {
		return nil, err
	}
	for _, t := range topics.Sorted() {
		if t.Err != nil {
			return nil, fmt.Errorf("topic %s: %w", t.Topic, t.Err)
		}
		for _, p := range t.Partitions.Sorted() {
			partitions = append(partitions, Partition{t.Topic, p.Partition})
		}
	}
	return partitions, nil
}

// produce sends the records after the first of every partition, at the rate.
func (l *Load) produce(ctx context.Context, partitions []Partition) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	sent, start := 0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			due := int(now.Sub(start).Seconds() * float64(l.options.Rate))
			for ; sent < due; sent++ {
				l.send(len(partitions)+sent, partitions[sent%len(partitions)], func() {})
			}
		}
	}
}

// send produces the record of a number, and then calls done. It never waits: when
// the client's buffer is full the record counts as failed.
func (l *Load) send(number int, p Partition, done func()) {
	value := strconv.Itoa(number)
	record := &kgo.Record{Topic: p.Topic, Partition: p.Partition, Value: []byte(value)}
	if padding := l.options.Bytes - len(value); padding > 0 {
		record.Value = []byte(value + strings.Repeat(" ", padding))
	}
	// Not the load's context: its end must not take back what is on its way.
	l.producer.TryProduce(context.Background(), record, func(r *kgo.Record, err error) {
		defer done()
		l.mu.Lock()
		defer l.mu.Unlock()
		if err != nil {
			l.failed = append(l.failed, err)
			return
		}
		l.acked = append(l.acked, Record{r.Topic, r.Partition, r.Offset, value})
	})
}

// consume reads as a member of a group, so that the group has progress.
func consume(ctx context.Context, member *kgo.Client) {
	for ctx.Err() == nil {
		member.PollFetches(ctx)
	}
}

// Acked returns the records that were acknowledged so far.
func (l *Load) Acked() []Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Record(nil), l.acked...)
}

// Failed returns the errors of the records that were refused. These records are
// not lost: they were never acknowledged.
func (l *Load) Failed() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]error(nil), l.failed...)
}

// Stop ends the load and waits until every record is acknowledged or refused. It
// fails if some are neither after two minutes, as when a partition has no
// leader; these are not counted.
func (l *Load) Stop() error {
	l.cancel()
	l.running.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	err := l.producer.Flush(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%d records are neither acknowledged nor refused", l.producer.BufferedProduceRecords())
	}
	l.close()
	return err
}

// Lost reads everything back and returns the acknowledged records that are lost,
// as the function Lost does. Call it after Stop.
func (l *Load) Lost(ctx context.Context) ([]Record, error) {
	return Lost(ctx, l.options.Dial, l.Acked())
}

func (l *Load) close() {
	if l.cancel != nil {
		l.cancel()
	}
	l.running.Wait()
	l.producer.Close()
	if l.consumer != nil {
		l.consumer.Close()
	}
}

func waitAll(ctx context.Context, all *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitTimeout, fmt.Errorf("gave up after %v", waitTimeout))
	defer cancel()
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

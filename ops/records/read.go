package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// What one reading may cost, in bytes. A broker gives at least one batch, however large it is.
const (
	fetchBytes     = 1 << 20  // that one Fetch asks for, as Java's consumer does of a partition
	readBytes      = 64 << 20 // of all batches together
	openedBytes    = 64 << 20 // that one batch may decompress to
	contentsBytes  = 64 << 20 // of keys and values that are kept
	stepsBack      = 6        // tries to find where the last ones begin
	mostFetches    = 256
	offsetEarliest = -2
	offsetLatest   = -1
)

// Most is how many records or batches can be read at once.
const Most = 10_000

// Options say what is read.
type Options struct {
	From     From
	Count    int  // at most so many records, or batches
	Batches  bool // only the batches: nothing is decompressed
	Contents bool // keep keys and values
}

// Reading is what was read.
type Reading struct {
	Start      int64 // of the log
	End        int64 // the high watermark, as the leader tells it: consumers see what is before it
	LastStable int64 // where read_committed readers stop; -1: not known
	From       int64 // the offset that reading began at
	Batches    []state.Batch
	Records    []state.Record // nil with Options.Batches; those of control batches too
	Notes      []string       // what wasn't read, and why
}

// Read reads the log. Nothing is waited for: where the log ends, reading ends.
func (l *Log) Read(ctx context.Context, o Options) (*Reading, error) {
	r := &Reading{LastStable: -1}
	var err error
	if r.Start, err = l.offset(ctx, offsetEarliest); err != nil {
		return nil, err
	}
	if r.End, err = l.offset(ctx, offsetLatest); err != nil {
		return nil, err
	}
	read := &reader{log: l, o: o, into: r}
	if read.open, err = kafka.NewDecompressor(openedBytes); err != nil {
		return nil, err
	}
	switch {
	case o.From.Offset >= 0:
		if r.From = o.From.Offset; r.From < r.Start || r.From > r.End {
			return nil, &MissingError{fmt.Sprintf("offset %d isn't in the log of %s/%d: it begins at %d, and its next record will be %d", r.From, l.Topic, l.Partition, r.Start, r.End)}
		}
	case !o.From.Time.IsZero():
		if r.From, err = l.offset(ctx, o.From.Time.UnixMilli()); err != nil {
			return nil, err
		}
		if r.From < 0 {
			r.From = r.End
			r.Notes = append(r.Notes, fmt.Sprintf("no record is of %s or later", o.From.Time.UTC().Format(time.RFC3339)))
		}
	default:
		return r, read.last(ctx)
	}
	return r, read.forward(ctx, r.From)
}

// offset asks the leader for an offset: of a time in milliseconds, offsetEarliest or offsetLatest. -1 stands for none.
func (l *Log) offset(ctx context.Context, at int64) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	topic := kmsg.NewListOffsetsRequestTopic()
	topic.Topic = l.Topic
	part := kmsg.NewListOffsetsRequestTopicPartition()
	part.Partition, part.Timestamp, part.MaxNumOffsets = l.Partition, at, 1
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	addr := l.addrs[l.Leader]
	answer, err := l.asker.Ask(ctx, addr, req)
	if err != nil {
		return 0, err
	}
	resp, ok := answer.(*kmsg.ListOffsetsResponse)
	if !ok || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, fmt.Errorf("broker %d (%s) answers ListOffsets with something else", l.Leader, addr)
	}
	p := &resp.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return 0, fmt.Errorf("offsets of %s/%d, asked of broker %d (%s) by ListOffsets: %w", l.Topic, l.Partition, l.Leader, addr, codeError(p.ErrorCode))
	}
	if len(p.OldStyleOffsets) > 0 { // v0
		return p.OldStyleOffsets[0], nil
	}
	return p.Offset, nil
}

// fetch asks the node for what its log has from an offset on.
func (l *Log) fetch(ctx context.Context, offset int64) (*kmsg.FetchResponseTopicPartition, error) {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 0, 0, fetchBytes
	if l.topicID == [16]byte{} { // from v13 on topics are named by their ids, which clusters of before Kafka 2.8 don't have
		req.SetVersion(12)
	}
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = l.Topic, l.topicID
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = l.Partition, offset, fetchBytes
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	addr := l.addrs[l.Node]
	answer, err := l.askNode(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.FetchResponse)
	if !ok {
		return nil, fmt.Errorf("broker %d (%s) answers Fetch with something else", l.Node, addr)
	}
	code := resp.ErrorCode
	var p *kmsg.FetchResponseTopicPartition
	if len(resp.Topics) == 1 && len(resp.Topics[0].Partitions) == 1 {
		p = &resp.Topics[0].Partitions[0]
		if code == 0 {
			code = p.ErrorCode
		}
	}
	switch {
	case code != 0:
		return nil, fmt.Errorf("read %s/%d from offset %d, asked of broker %d (%s) by Fetch: %w", l.Topic, l.Partition, offset, l.Node, addr, codeError(code))
	case p == nil:
		return nil, fmt.Errorf("broker %d (%s) answers Fetch with something else", l.Node, addr)
	}
	return p, nil
}

// askNode asks the node whose copy is read. Where that was chosen, another broker's answer must not pass for its own.
func (l *Log) askNode(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	if l.Node == l.Leader {
		return l.asker.Ask(ctx, addr, req)
	}
	return l.asker.AskBroker(ctx, addr, kafka.Identity{Broker: l.Node, ClusterID: l.ClusterID}, req, nil)
}

// reader fills a reading.
type reader struct {
	log  *Log
	o    Options
	into *Reading
	open *kafka.Decompressor

	bytes    int // of the batches that were fetched
	fetches  int
	lasts    bool // only the last ones are wanted
	contents int  // bytes that are kept
	leftOut  int  // records whose contents aren't
	unread   int  // batches
}

// mostUnread is how many batches that can't be read are named.
const mostUnread = 10

// errEnough ends a reading that costs too much.
var errEnough = errors.New("enough")

// forward reads at most Count records or batches from an offset on.
func (r *reader) forward(ctx context.Context, offset int64) error {
	err := r.scan(ctx, offset, func() bool { return r.have() < r.o.Count })
	if errors.Is(err, errEnough) {
		r.note("no more than %d MiB are read at once: go on from the offset behind the last one", readBytes>>20)
		err = nil
	}
	r.sayLeftOut()
	return err
}

// last reads the last records or batches. Where they begin isn't known: a batch may hold thousands of records, and a compacted log has
// gaps. So it steps back until there are enough.
func (r *reader) last(ctx context.Context) error {
	in, count := r.into, int64(r.o.Count)
	r.lasts = true
	back := count
	for step := 1; ; step++ {
		before := *in
		in.From = max(in.Start, in.End-back)
		in.Batches, in.Records, in.Notes, r.contents, r.leftOut, r.unread = nil, nil, nil, 0, 0, 0
		err := r.scan(ctx, in.From, func() bool { return true })
		if errors.Is(err, errEnough) { // what the step before found are the last ones, and not as many as were asked for
			*in = before
			r.note("more of them would take reading more than %d MiB: give --from", readBytes>>20)
			err = nil
		} else if got := int64(r.have()); err == nil && got < count && in.From > in.Start && step < stepsBack {
			back = min(max(2*back, back*count/max(1, got)+back/4), in.End-in.Start)
			continue
		}
		in.Batches, in.Records = r.tail(in.Batches), r.tailOfRecords()
		if len(in.Batches) > 0 {
			in.From = in.Batches[0].BaseOffset
		}
		r.sayLeftOut()
		return err
	}
}

func (r *reader) sayLeftOut() {
	if r.leftOut > 0 {
		r.note("of %s the contents are left out: they are more than %d MiB", format.Count(r.leftOut, "record"), contentsBytes>>20)
	}
	if r.unread > mostUnread {
		r.note("%s more batches can't be read", format.Thousands(r.unread-mostUnread))
	}
}

// have is how much was read of what is counted.
func (r *reader) have() int {
	if r.o.Batches {
		return len(r.into.Batches)
	}
	return len(r.into.Records)
}

func (r *reader) note(text string, args ...any) {
	r.into.Notes = append(r.into.Notes, fmt.Sprintf(text, args...))
}

// scan takes the batches from an offset to the end of the log, while more is wanted.
func (r *reader) scan(ctx context.Context, offset int64, more func() bool) error {
	for more() {
		if r.fetches == mostFetches || r.bytes >= readBytes {
			return errEnough
		}
		r.fetches++
		p, err := r.log.fetch(ctx, offset)
		if err != nil {
			return err
		}
		r.into.LastStable = p.LastStableOffset
		r.bytes += len(p.RecordBatches)
		batches, cut, err := Parse(p.RecordBatches)
		next := offset
		for i := range batches {
			if !more() {
				return nil
			}
			if b := &batches[i]; b.LastOffset >= offset {
				r.take(b, offset)
				next = max(next, b.LastOffset+1)
			}
		}
		switch {
		case err != nil:
			r.note("offset %d on: %v", next, err)
			return nil
		case next > offset && next >= r.into.End:
			return nil
		case next > offset:
			offset = next
		case cut:
			r.note("the batch at offset %d is longer than %d bytes, and the broker gives only its beginning", offset, fetchBytes)
			return nil
		default:
			return nil // the end
		}
	}
	return nil
}

// take keeps a batch, or its records from an offset on, as far as they are wanted. Of the last ones, it drops those before.
func (r *reader) take(b *Batch, offset int64) {
	in := r.into
	if r.o.Batches {
		in.Batches = append(in.Batches, b.Batch)
		if r.lasts && len(in.Batches) >= 2*r.o.Count {
			in.Batches = slices.Clone(r.tail(in.Batches))
		}
		return
	}
	of := b.Batch
	err := b.Each(r.open, func(record state.Record) bool {
		if record.Offset < offset {
			return true
		}
		record.Batch = &of
		r.keep(&record)
		in.Records = append(in.Records, record)
		if r.lasts && len(in.Records) >= 2*r.o.Count {
			in.Records = slices.Clone(r.tailOfRecords())
		}
		return r.lasts || len(in.Records) < r.o.Count
	})
	if err == nil {
		return
	}
	if r.unread++; r.unread <= mostUnread {
		r.note("the batch at offset %d can't be read: %v", b.BaseOffset, err)
	}
}

// tail are the last of all batches that are counted.
func (r *reader) tail(all []state.Batch) []state.Batch { return all[max(0, len(all)-r.o.Count):] }

// tailOfRecords are the last of all records that are counted. The contents of the others aren't kept any more.
func (r *reader) tailOfRecords() []state.Record {
	all := r.into.Records
	from := max(0, len(all)-r.o.Count)
	for i := range from {
		r.contents -= len(all[i].Key) + len(all[i].Value)
	}
	return all[from:]
}

// keep lets a record have its contents where they were asked for, and drops them otherwise.
func (r *reader) keep(record *state.Record) {
	key, value := record.Key, record.Value
	record.Key, record.Value = nil, nil
	switch size := len(key) + len(value); {
	case !r.o.Contents:
	case r.contents+size > contentsBytes:
		r.leftOut++
	default:
		r.contents += size
		record.Key, record.Value = append(key[:0:0], key...), append(value[:0:0], value...)
	}
}

package kafkatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Lost reads the partitions of acknowledged records from start to end. It
// returns the acknowledged records that are not at their offset with their
// value. Records that retention or compaction removed count as lost. An error
// means that not everything could be read, as when a partition has no leader.
func Lost(ctx context.Context, dial Dial, acked []Record) ([]Record, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, waitTimeout, fmt.Errorf("gave up after %v", waitTimeout))
	defer cancel()

	missing := make(map[Partition]map[int64]Record)
	var lost []Record
	for _, r := range acked {
		p := Partition{r.Topic, r.Partition}
		if missing[p] == nil {
			missing[p] = make(map[int64]Record)
		}
		if _, taken := missing[p][r.Offset]; taken { // two records at one place: one of them isn't there
			lost = append(lost, r)
			continue
		}
		missing[p][r.Offset] = r
	}
	if len(missing) == 0 {
		return nil, nil
	}
	unread, err := offsetRanges(ctx, dial, missing)
	if err != nil {
		return nil, err
	}
	err = readRanges(ctx, dial, unread, func(r *kgo.Record) {
		value, _, _ := strings.Cut(string(r.Value), " ")
		p := Partition{r.Topic, r.Partition}
		if missing[p][r.Offset].Value == value {
			delete(missing[p], r.Offset)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, records := range missing {
		for _, r := range records {
			lost = append(lost, r)
		}
	}
	slices.SortFunc(lost, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return lost, nil
}

// offsetRange is a range of offsets of a partition, without its end.
type offsetRange struct{ from, to int64 }

// offsetRanges asks for the first and last offset of each partition until it
// knows all of them.
func offsetRanges(ctx context.Context, dial Dial, of map[Partition]map[int64]Record) (map[Partition]offsetRange, error) {
	client, err := dial.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var topics []string
	for p := range of {
		topics = append(topics, p.Topic)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)

	spans := make(map[Partition]offsetRange)
	err = poll(ctx, "the offsets of all partitions", func(ctx context.Context) (error, error) {
		admin := kadm.NewClient(client)
		starts, err := admin.ListStartOffsets(ctx, topics...)
		if err != nil {
			return err, nil
		}
		ends, err := admin.ListEndOffsets(ctx, topics...)
		if err != nil {
			return err, nil
		}
		for p := range of {
			start, okStart := starts.Lookup(p.Topic, p.Partition)
			end, okEnd := ends.Lookup(p.Topic, p.Partition)
			if err := errors.Join(start.Err, end.Err); err != nil || !okStart || !okEnd {
				return fmt.Errorf("%v has no offsets: %w", p, cmp.Or(err, errors.New("the answer lacks them"))), nil
			}
			spans[p] = offsetRange{start.Offset, end.Offset}
		}
		return nil, nil
	})
	return spans, err
}

// readRanges reads the ranges completely.
func readRanges(ctx context.Context, dial Dial, unread map[Partition]offsetRange, read func(*kgo.Record)) error {
	from := make(map[string]map[int32]kgo.Offset)
	for p, s := range unread {
		if s.from >= s.to {
			delete(unread, p)
			continue
		}
		if from[p.Topic] == nil {
			from[p.Topic] = make(map[int32]kgo.Offset)
		}
		from[p.Topic][p.Partition] = kgo.NewOffset().At(s.from)
	}
	client, err := dial.client(kgo.ConsumePartitions(from), kgo.KeepControlRecords(), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()

	var last error
	for len(unread) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%d partitions could not be read to their end: %w", len(unread), errors.Join(context.Cause(ctx), last))
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			last = fmt.Errorf("%s-%d: %w", topic, partition, err)
		})
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			for _, r := range f.Records {
				read(r)
				p := Partition{r.Topic, r.Partition}
				if s, reading := unread[p]; reading && r.Offset+1 >= s.to {
					delete(unread, p)
				}
			}
		})
	}
	return nil
}

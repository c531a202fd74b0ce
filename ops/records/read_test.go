package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// fake is a cluster of two brokers with one partition, orders/0, of whose log each answer gives so many batches.
type fake struct {
	log    [][]byte // batches, each whole
	answer int      // batches an answer
	leader int32
	hang   bool // gives the same batches again and again
	asked  []string
	code   int16 // of Fetch
}

func (f *fake) Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error) {
	resp, err := f.Ask(ctx, "b1:9092", req)
	return resp, "b1:9092", err
}

func (f *fake) AskBroker(ctx context.Context, addr string, _ kafka.Identity, req kmsg.Request, _ func(kmsg.Response) kafka.Shown) (kmsg.Response, error) {
	return f.Ask(ctx, addr, req)
}

func (f *fake) Ask(_ context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	f.asked = append(f.asked, addr+" "+kmsg.NameForKey(req.Key()))
	if req.GetVersion() == 0 {
		req.SetVersion(req.MaxVersion())
	}
	if class, _ := protocol.Classify(req); !class.Reads() {
		return nil, errors.New("it doesn't only read")
	}
	end := func() int64 {
		if len(f.log) == 0 {
			return 0
		}
		all, _, _ := Parse(f.log[len(f.log)-1])
		return all[0].LastOffset + 1
	}()
	switch req := req.(type) {
	case *kmsg.MetadataRequest:
		resp := kmsg.NewPtrMetadataResponse()
		resp.ClusterID = kmsg.StringPtr("sFz1")
		for id := range int32(2) {
			resp.Brokers = append(resp.Brokers, kmsg.MetadataResponseBroker{NodeID: id + 1, Host: fmt.Sprintf("b%d", id+1), Port: 9092})
		}
		t := kmsg.MetadataResponseTopic{Topic: req.Topics[0].Topic, TopicID: [16]byte{7}, Partitions: []kmsg.MetadataResponseTopicPartition{
			{Partition: 0, Leader: f.leader, Replicas: []int32{1, 2}, ISR: []int32{1, 2}},
		}}
		if *t.Topic != "orders" {
			t.ErrorCode, t.Partitions = 3, nil
		}
		resp.Topics = append(resp.Topics, t)
		return resp, nil
	case *kmsg.ListOffsetsRequest:
		resp := kmsg.NewPtrListOffsetsResponse()
		p := kmsg.ListOffsetsResponseTopicPartition{Offset: end}
		switch ts := req.Topics[0].Partitions[0].Timestamp; {
		case ts == offsetEarliest && len(f.log) > 0:
			all, _, _ := Parse(f.log[0])
			p.Offset = all[0].BaseOffset
		case ts >= 0:
			p.Offset = -1
			for _, log := range f.log {
				if all, _, _ := Parse(log); all[0].MaxTime.UnixMilli() >= ts {
					p.Offset = all[0].BaseOffset
					break
				}
			}
		}
		resp.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "orders", Partitions: []kmsg.ListOffsetsResponseTopicPartition{p}}}
		return resp, nil
	case *kmsg.FetchRequest:
		asked := req.Topics[0].Partitions[0]
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset, p.ErrorCode = end, end, f.code
		for given, i := 0, 0; i < len(f.log) && given < f.answer; i++ {
			if all, _, _ := Parse(f.log[i]); all[0].LastOffset >= asked.FetchOffset || f.hang {
				p.RecordBatches = append(p.RecordBatches, f.log[i]...)
				given++
			}
		}
		if len(p.RecordBatches) > 0 {
			p.RecordBatches = append(p.RecordBatches, f.log[0][:30]...) // cut, as brokers do
		}
		resp := kmsg.NewPtrFetchResponse()
		resp.Topics = []kmsg.FetchResponseTopic{{Topic: "orders", TopicID: [16]byte{7}, Partitions: []kmsg.FetchResponseTopicPartition{p}}}
		return resp, nil
	}
	return nil, errors.New("unexpected")
}

// many are batches of so many records each, one behind the other from an offset on.
func many(offset int64, batches, records int) (log [][]byte) {
	for i := range batches {
		log = append(log, batch(offset+int64(i*records), some(records)))
	}
	return log
}

func read(t *testing.T, f *fake, o Options) (*Reading, error) {
	t.Helper()
	l, err := Find(t.Context(), f, "orders", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	return l.Read(t.Context(), o)
}

func TestReadingBeginsAndEndsWhereItIsTold(t *testing.T) {
	gaps := func() (log [][]byte) { // compacted: one record of a hundred offsets is left
		for i := range 50 {
			log = append(log, batch(int64(i)*100, some(1), func(b *kmsg.RecordBatch) { b.LastOffsetDelta = 99 }))
		}
		return log
	}
	for _, tt := range []struct {
		name        string
		log         [][]byte
		o           Options
		first, last int64 // offsets
		count       int
		fetches     int
	}{
		{"the last records", many(0, 20, 100), Options{From: TheLast, Count: 10}, 1990, 1999, 10, 1},
		{"more records than there are", many(500, 2, 3), Options{From: TheLast, Count: 10}, 500, 505, 6, 1},
		{"the last batches, of many records", many(0, 40, 100), Options{From: TheLast, Count: 10, Batches: true}, 3000, 3900, 10, 6},
		{"the last records of a compacted log", gaps(), Options{From: TheLast, Count: 10}, 4000, 4900, 10, 6},
		{"from an offset in the middle of a batch", many(0, 20, 100), Options{From: From{Offset: 150}, Count: 10}, 150, 159, 10, 1},
		{"over several answers", many(0, 20, 100), Options{From: From{Offset: 0}, Count: 1000}, 0, 999, 1000, 2},
		{"batches from an offset in the middle of one", many(0, 20, 100), Options{From: From{Offset: 150}, Count: 2, Batches: true}, 100, 200, 2, 1},
		{"from the end", many(0, 2, 3), Options{From: From{Offset: 6}, Count: 2}, -1, -1, 0, 1},
		{"from a time", many(0, 2, 3), Options{From: From{Offset: -1, Time: at}, Count: 2}, 0, 1, 2, 1},
		{"from a time that no record has", many(0, 2, 3), Options{From: From{Offset: -1, Time: at.Add(time.Hour)}, Count: 2}, -1, -1, 0, 1},
		{"an empty log", nil, Options{From: TheLast, Count: 2}, -1, -1, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{log: tt.log, answer: 7, leader: 1}
			got, err := read(t, f, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			first, last, count := int64(-1), int64(-1), len(got.Records)
			if count > 0 {
				first, last = got.Records[0].Offset, got.Records[count-1].Offset
			}
			if tt.o.Batches {
				if count = len(got.Batches); count > 0 {
					first, last = got.Batches[0].BaseOffset, got.Batches[count-1].BaseOffset
				}
			}
			if first != tt.first || last != tt.last || count != tt.count {
				t.Errorf("%d to %d, %d of them; want %d to %d, %d. %v", first, last, count, tt.first, tt.last, tt.count, got.Notes)
			}
			fetches := 0
			for _, asked := range f.asked {
				if asked == "b1:9092 Fetch" {
					fetches++
				}
			}
			if fetches > tt.fetches {
				t.Errorf("%d fetches, want %d at the most", fetches, tt.fetches)
			}
			for _, r := range got.Records {
				if r.Key != nil || r.Value != nil {
					t.Errorf("contents that nobody asked for")
				}
			}
		})
	}
}

func TestContentsAreKeptWhereTheyAreAskedFor(t *testing.T) {
	got, err := read(t, &fake{log: many(0, 3, 2), answer: 9, leader: 1}, Options{From: TheLast, Count: 1, Contents: true})
	if err != nil || len(got.Records) != 1 || string(got.Records[0].Key) != "key" || string(got.Records[0].Value) != "value" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestABrokerThatRepeatsItselfEndsTheReading(t *testing.T) {
	f := &fake{log: many(0, 3, 2), answer: 2, leader: 1, hang: true}
	if _, err := read(t, f, Options{From: From{Offset: 4}, Count: 100}); err != nil {
		t.Fatal(err)
	}
	if len(f.asked) > 5 {
		t.Errorf("asked %v", f.asked)
	}
}

func TestABadBatchCostsItself(t *testing.T) {
	log := many(0, 30, 2)
	for i := range 15 {
		log[i][len(log[i])-1] ^= 1
	}
	got, err := read(t, &fake{log: log, answer: 100, leader: 1}, Options{From: From{}, Count: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(got.Notes, "\n"); len(got.Records) != 30 || !strings.Contains(said, "offset 0 can't be read: its checksum") || !strings.HasSuffix(said, "5 more batches can't be read") {
		t.Errorf("%d records; %s", len(got.Records), said)
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name            string
		f               fake
		topic           string
		partition, node int32
		from            From
		says            string
		missing         bool
	}{
		{"a topic", fake{leader: 1}, "ordres", 0, -1, TheLast, "no topic ordres", true},
		{"a partition", fake{leader: 1}, "orders", 7, -1, TheLast, "it has 1, numbered from 0", true},
		{"a leader", fake{leader: -1}, "orders", 0, -1, TheLast, "no leader", false},
		{"a leader that is alive", fake{leader: 9}, "orders", 0, -1, TheLast, "no leader", false},
		{"a replica", fake{leader: 1}, "orders", 0, 9, TheLast, "its replicas are 1, 2", true},
		{"an offset beyond the end", fake{leader: 1, log: many(10, 1, 5)}, "orders", 0, -1, From{Offset: 16}, "begins at 10, and its next record will be 15", true},
		{"an offset before the start", fake{leader: 1, log: many(10, 1, 5)}, "orders", 0, -1, From{Offset: 3}, "begins at 10", true},
		{"a permission", fake{leader: 1, code: 29}, "orders", 0, -1, TheLast, "needs READ", false},
		{"the partition, at a node", fake{leader: 1, code: 6}, "orders", 0, 2, TheLast, "broker 2 (b2:9092) by Fetch: NOT_LEADER", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Find(t.Context(), &tt.f, tt.topic, tt.partition, tt.node)
			if err == nil {
				_, err = l.Read(t.Context(), Options{From: tt.from, Count: 3})
			}
			_, missing := errors.AsType[*MissingError](err)
			if err == nil || !strings.Contains(err.Error(), tt.says) || missing != tt.missing {
				t.Errorf("%v; want %q", err, tt.says)
			}
		})
	}
}

func TestAFollowersCopyIsReadFromThatFollower(t *testing.T) {
	f := &fake{leader: 1, log: many(0, 1, 5), answer: 1}
	l, err := Find(t.Context(), f, "orders", 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(t.Context(), Options{From: TheLast, Count: 3}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(f.asked, "b2:9092 Fetch") || slices.Contains(f.asked, "b1:9092 Fetch") {
		t.Errorf("asked %v", f.asked)
	}
}

func TestWhereReadingBeginsIsWrittenInManyWays(t *testing.T) {
	now := at
	for text, want := range map[string]string{
		"0": "0", "1204": "1204", "-5m": "2026-11-30T09:55:00Z", "5m": "2026-11-30T09:55:00Z", "-7d": "2026-11-23T10:00:00Z",
		"2026-11-30": "2026-11-30T00:00:00Z", "2026-11-30T08:00:00Z": "2026-11-30T08:00:00Z",
		"-5": "no time without a unit", "yesterday": "yesterday is no offset and no time", "2026-12-01": "in the future", "1960-01-01": "before 1970", "99999999999999999999": "no offset",
	} {
		from, err := ParseFrom(text, now)
		got := fmt.Sprint(from.Offset)
		switch {
		case err != nil:
			got = err.Error()
		case from.Offset < 0:
			got = from.Time.Format(time.RFC3339)
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for word, ok := range map[string]bool{"orders/0": true, "a/b/3": true, "orders": false, "orders/": false, "/3": false, "orders/-1": false, "orders/x": false, "orders/99999999999": false} {
		if _, _, err := ParsePartition(word); (err == nil) != ok {
			t.Errorf("%s: %v", word, err)
		}
	}
}

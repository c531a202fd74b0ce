package subcmd_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"kdeck/ops/kafkatest"
)

// A producer stands still in the middle of a transaction, and another one writes to a transaction that its coordinator doesn't know of
// (KIP-664). Both are found, with whom they hold up, and aborted; then a read_committed reader goes on. Kafka's own tools see the
// same producers and the same batches.
func TestTransactionsOnRealKafka(t *testing.T) {
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Properties: map[string]string{
				"transaction.partition.verification.enable": "false", // as brokers of before Kafka 3.6 are, which lets a zombie write
				"transaction.state.log.replication.factor":  "1", "transaction.state.log.min.isr": "1", "offsets.topic.replication.factor": "1",
				"transaction.state.log.num.partitions": "2", "offsets.topic.num.partitions": "2", "group.initial.rebalance.delay.ms": "0",
			}})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "orders", Assignment: [][]int32{{1}}}, kafkatest.Topic{Name: "ledger", Assignment: [][]int32{{1}}}))
			j := &txnJob{deck: newDeck(t, "-b", c.Bootstrap()), c: c}
			for _, topic := range []string{"orders", "ledger"} {
				j.write(topic, 3)
				j.readBy("billing-"+topic, topic)
			}
			t.Run("a producer that stands still", j.frozen)
			t.Run("a zombie", j.zombie)
			t.Run("the batches are those of Kafka's own tool", j.batches)
		})
	}
}

type txnJob struct {
	*deck
	c *kafkatest.Cluster
}

func (j *txnJob) on(t *testing.T) *txnJob {
	d := *j.deck
	d.t = t
	return &txnJob{&d, j.c}
}

func (j *txnJob) client(o ...kgo.Opt) *kgo.Client {
	j.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(strings.Split(j.c.Bootstrap(), ",")...)}, o...)...)
	must(j.t, err)
	j.t.Cleanup(client.Close)
	return client
}

func (j *txnJob) write(topic string, records int) {
	j.t.Helper()
	client := j.client(kgo.DefaultProduceTopic(topic))
	for i := range records {
		must(j.t, client.ProduceSync(j.t.Context(), &kgo.Record{Value: fmt.Append(nil, "value ", i)}).FirstErr())
	}
}

// readBy lets a group read what there is of a topic, commit it, and leave.
func (j *txnJob) readBy(group, topic string) {
	j.t.Helper()
	client := j.client(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	for read := 0; read < 3; {
		fetches := client.PollFetches(j.t.Context())
		must(j.t, fetches.Err())
		read += fetches.NumRecords()
	}
	must(j.t, client.CommitUncommittedOffsets(j.t.Context()))
	client.Close()
}

type txnAnswer struct {
	Transactions []struct {
		State, Why, Topic string
		Partition         int32
		ProducerID        int64   `json:"producer_id"`
		ProducerEpoch     int32   `json:"producer_epoch"`
		StartOffset       int64   `json:"start_offset"`
		TransactionalID   *string `json:"transactional_id"`
	}
	Held []struct {
		Topic  string
		Last   int64 `json:"last_stable_offset"`
		End    int64 `json:"high_watermark"`
		Groups []struct {
			Group     string
			Committed int64
			Past      bool
		}
	}
}

// sees waits until the one transaction that is open in a topic is in a state, and compares it with Kafka's own tool.
func (j *txnJob) sees(topic, state string) (a txnAnswer) {
	j.t.Helper()
	eventually(j.t, "a transaction that is "+state, func() (bool, string) {
		a = txnAnswer{}
		r := j.run("transactions", "--topic", topic, "-o", "json")
		err := json.Unmarshal([]byte(r.out), &a)
		return err == nil && len(a.Transactions) == 1 && a.Transactions[0].State == state && len(a.Held) == 1 && len(a.Held[0].Groups) == 1, r.out + r.err
	})
	got, h := a.Transactions[0], a.Held[0]
	if got.StartOffset != 3 || h.Last != 3 || h.End < 4 || h.Groups[0].Group != "billing-"+topic || h.Groups[0].Committed != 3 || h.Groups[0].Past {
		j.t.Errorf("%+v", a)
	}
	r, err := j.c.Tool(j.t.Context(), "org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server", j.c.Bootstrap(), "describe-producers", "--topic", topic, "--partition", "0")
	must(j.t, err)
	open := regexp.MustCompile(fmt.Sprintf(`(?m)^%d\s+%d\s+-?\d+\s+\d+\s+\d+\s+3\s*$`, got.ProducerID, got.ProducerEpoch))
	if r.Exit != 0 || !open.MatchString(r.Stdout) {
		j.t.Errorf("Kafka's own tool sees something else than %+v: exit %d\n%s%s", got, r.Exit, r.Stdout, r.Stderr)
	}
	return a
}

// aborts aborts the transaction, and sees that a read_committed reader comes to the end.
func (j *txnJob) aborts(topic string, flags ...string) {
	j.t.Helper()
	words := append([]string{"transactions", "abort", "--topic", topic, "--partition", "0"}, flags...)
	var dry struct {
		Confirm string
		Notes   []string
	}
	must(j.t, json.Unmarshal([]byte(j.ok(0, append(words, "-o", "json")...)), &dry))
	if !strings.Contains(strings.Join(dry.Notes, "\n"), "can't be undone") {
		j.t.Errorf("%q", dry.Notes)
	}
	j.write(topic, 1) // behind it
	j.ok(0, append(words, "--execute", "--confirm", dry.Confirm)...)
	reader := j.client(kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for read := 0; read < 4; { // the three before it, and the one behind it
		fetches := reader.PollFetches(j.t.Context())
		must(j.t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if read++; string(r.Value) == "uncommitted" {
				j.t.Errorf("an aborted record is read: %+v", r)
			}
		})
	}
	if out := j.ok(0, "transactions", "--topic", topic); !strings.Contains(out, "no transaction is open") {
		j.t.Error(out)
	}
	if r := j.run(append(words, "--execute", "--confirm", dry.Confirm)...); r.code != 2 || !strings.Contains(r.err, "no open transaction") {
		j.t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func (j *txnJob) frozen(t *testing.T) {
	j = j.on(t)
	client := j.client(kgo.TransactionalID("frozen"), kgo.TransactionTimeout(10*time.Minute), kgo.DefaultProduceTopic("orders"))
	must(t, client.BeginTransaction())
	must(t, client.ProduceSync(t.Context(), &kgo.Record{Value: []byte("uncommitted")}).FirstErr())
	a := j.sees("orders", "open")
	if id := a.Transactions[0].TransactionalID; id == nil || *id != "frozen" || !strings.Contains(a.Transactions[0].Why, "aborts it in ") {
		t.Errorf("%+v", a)
	}
	if out := j.ok(0, "transactions", "--hanging"); !strings.Contains(out, "no transaction hangs") {
		t.Error(out)
	}
	j.aborts("orders", "--producer-id", strconv.FormatInt(a.Transactions[0].ProducerID, 10))
}

// zombieWrites writes one record to a transaction that its coordinator doesn't know of, as if at a time, and returns its offset.
func (j *txnJob) zombieWrites(topic string, partition, leader int32, written time.Time) (offset int64) {
	j.t.Helper()
	client := j.client(kgo.MaxVersions(kversion.V3_6_0())) // of before KIP-890, with which leaders add partitions to transactions themselves
	begin := kmsg.NewPtrInitProducerIDRequest()
	begin.TransactionalID, begin.TransactionTimeoutMillis, begin.ProducerID, begin.ProducerEpoch = kmsg.StringPtr("zombie"), 60_000, -1, -1
	var id int64
	var epoch int16
	eventually(j.t, "a producer id", func() (bool, string) {
		resp, err := begin.RequestWith(j.t.Context(), client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err != nil {
			return false, err.Error()
		}
		id, epoch = resp.ProducerID, resp.ProducerEpoch
		return true, ""
	})
	record := kmsg.Record{Value: []byte("uncommitted")}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	millis := written.UnixMilli()
	batch := kmsg.RecordBatch{PartitionLeaderEpoch: -1, Magic: 2, Attributes: 0x10, FirstTimestamp: millis, MaxTimestamp: millis, ProducerID: id, ProducerEpoch: epoch, NumRecords: 1, Records: record.AppendTo(nil)}
	batch.Length = int32(len(batch.AppendTo(nil)) - 12)
	batch.CRC = int32(crc32.Checksum(batch.AppendTo(nil)[21:], crc32.MakeTable(crc32.Castagnoli)))
	produce := kmsg.NewPtrProduceRequest()
	produce.TransactionID, produce.Acks, produce.TimeoutMillis = kmsg.StringPtr("zombie"), -1, 30_000
	into := kmsg.NewProduceRequestTopicPartition()
	into.Partition, into.Records = partition, batch.AppendTo(nil)
	of := kmsg.NewProduceRequestTopic()
	of.Topic, of.Partitions = topic, append(of.Partitions, into)
	produce.Topics = append(produce.Topics, of)
	answer, err := client.Broker(int(leader)).Request(j.t.Context(), produce)
	must(j.t, err)
	wrote := answer.(*kmsg.ProduceResponse).Topics[0].Partitions[0]
	must(j.t, kerr.ErrorForCode(wrote.ErrorCode))
	return wrote.BaseOffset
}

func (j *txnJob) zombie(t *testing.T) {
	j = j.on(t)
	j.zombieWrites("ledger", 0, 1, time.Now())
	a := j.sees("ledger", "hanging")
	if !strings.Contains(a.Transactions[0].Why, "counts no such partition") {
		t.Errorf("%+v", a)
	}
	if out := j.ok(0, "transactions", "--hanging"); !strings.Contains(out, "HANGING") || !strings.Contains(out, "kdeck transactions abort --topic ledger --partition 0 --start-offset 3") {
		t.Error(out)
	}
	j.aborts("ledger", "--start-offset", "3")
}

// dumped is one line of DumpLogSegments.
var dumped = regexp.MustCompile(`baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*producerId: (-?\d+) producerEpoch: (-?\d+) .*isTransactional: (\w+) isControl: (\w+) .*size: (\d+) .*compresscodec: (\w+)`)

// batches compares the batches with those that Kafka's own tool finds in the files of the log.
func (j *txnJob) batches(t *testing.T) {
	j = j.on(t)
	for _, topic := range []string{"orders", "ledger"} {
		files, err := filepath.Glob(filepath.Join(j.c.Node(1).Dir, "*", topic+"-0", "00000000000000000000.log"))
		if must(t, err); len(files) != 1 {
			t.Fatalf("%q", files)
		}
		r, err := j.c.Tool(t.Context(), "kafka.tools.DumpLogSegments", "--files", files[0])
		must(t, err)
		if strings.Contains(r.Stderr, "ClassNotFound") {
			r, err = j.c.Tool(t.Context(), "org.apache.kafka.tools.DumpLogSegments", "--files", files[0])
			must(t, err)
		}
		var want []string
		for _, m := range dumped.FindAllStringSubmatch(r.Stdout, -1) {
			want = append(want, strings.ToLower(strings.Join(m[1:], " ")))
		}
		var doc struct {
			Batches []struct {
				Base          int64  `json:"base_offset"`
				Last          int64  `json:"last_offset"`
				Records       int    `json:"records"`
				ProducerID    *int64 `json:"producer_id"`
				ProducerEpoch *int64 `json:"producer_epoch"`
				Transactional bool
				Control       bool
				Bytes         int
				Compression   string
				Marker        *string
			}
		}
		must(t, json.Unmarshal([]byte(j.ok(0, "records", topic+"/0", "--batches", "--from", "0", "-o", "json")), &doc))
		var got []string
		for _, b := range doc.Batches {
			id, epoch := int64(-1), int64(-1)
			if b.ProducerID != nil {
				id, epoch = *b.ProducerID, *b.ProducerEpoch
			}
			got = append(got, fmt.Sprint(b.Base, b.Last, b.Records, id, epoch, b.Transactional, b.Control, b.Bytes)+" "+b.Compression)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) < 6 {
			t.Errorf("%s: %s\n%s%s", topic, diff, r.Stdout, r.Stderr)
		}
		if last := doc.Batches[len(doc.Batches)-1]; last.Marker == nil || *last.Marker != "abort" {
			t.Errorf("%+v", last)
		}
	}
}

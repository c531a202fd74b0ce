package view

import (
	"fmt"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
)

// OpenTransaction is a transaction that is open in one partition.
type OpenTransaction struct {
	Producer *state.Producer
	Of       *state.Transaction   // nil: no coordinator lists it
	Held     *state.HeldPartition // nil: it holds nothing up, or that isn't known
	Mark     health.TransactionMark
	Why      string
	Now      time.Time
}

// Hangs tells whether somebody has to end it.
func (o *OpenTransaction) Hangs() bool {
	return o.Mark == health.TransactionHanging || o.Mark == health.TransactionOverdue
}

// Since is when it began, as its coordinator says, or else when its producer last wrote to the partition; zero: not known.
func (o *OpenTransaction) Since() time.Time {
	if o.Of != nil && o.Of.Has(o.Producer.Topic, o.Producer.Partition) && !o.Of.Started.IsZero() {
		return o.Of.Started
	}
	return o.Producer.LastWrite
}

// OpenTransactions are all transactions that are open, by topic and partition.
func OpenTransactions(t *state.Transactions, now time.Time) (rows []OpenTransaction) {
	for i := range t.Producers {
		p := &t.Producers[i]
		if !p.IsOpen() {
			continue
		}
		row := OpenTransaction{Producer: p, Of: t.Of(p.ID), Held: t.In(p.Topic, p.Partition), Now: now}
		row.Mark, row.Why = health.MarkTransaction(t, p, now)
		rows = append(rows, row)
	}
	return rows
}

// ago writes how long before now a time is.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return format.Unknown
	}
	return format.Duration(max(0, now.Sub(t)))
}

// ago is how many seconds before now a time is.
func (o *OpenTransaction) ago(t time.Time) (seconds int64, known bool) {
	return int64(max(0, o.Now.Sub(t)) / time.Second), !t.IsZero()
}

func spell(seconds int64) string { return format.Duration(time.Duration(seconds) * time.Second) }

// TransactionColumns are the columns of open transactions.
func TransactionColumns() []Column[OpenTransaction] {
	type O = OpenTransaction
	return []Column[O]{
		Text("STATE", "state", "open, ending, OVERDUE: older than its timeout, HANGING: no coordinator will end it, unsure: what would tell couldn't be read", func(o O) string { return string(o.Mark) }),
		Text("PARTITION", "partition", "where it is open", func(o O) string { return fmt.Sprintf("%s/%d", o.Producer.Topic, o.Producer.Partition) }),
		Measured("PRODUCER", "producer_id", "id of its producer", func(o O) (int64, bool) { return o.Producer.ID, true }, number),
		Measured("EPOCH", "producer_epoch", "epoch of its producer", func(o O) (int64, bool) { return int64(o.Producer.Epoch), true }, number),
		Text("TRANSACTIONAL ID", "transactional_id", "as its coordinator knows it", func(o O) string {
			if o.Of == nil {
				return ""
			}
			return o.Of.ID
		}),
		Measured("SINCE", "since", "how long it has been open; of one that its coordinator doesn't know, how long ago its producer last wrote", func(o O) (int64, bool) { return o.ago(o.Since()) }, spell),
		Measured("LAST WRITE", "last_write", "how long ago its producer wrote to the partition", func(o O) (int64, bool) { return o.ago(o.Producer.LastWrite) }, spell),
		Text("TIMEOUT", "timeout", "after which its coordinator aborts it", func(o O) string {
			if o.Of == nil || !o.Of.Described {
				return format.Unknown
			}
			return format.Duration(o.Of.Timeout)
		}),
		Measured("FROM", "start_offset", "its first offset in the partition", func(o O) (int64, bool) { return o.Producer.OpenFrom, true }, number),
		Text("HOLDS UP", "held", "offsets that read_committed consumers can't read", func(o O) string {
			if o.Held == nil {
				return ""
			}
			return format.Thousands(o.Held.End - o.Held.LastStable)
		}),
		Wide(Text("COORDINATOR", "coordinator", "the broker that coordinates it, and the state it says it is in", func(o O) string {
			if o.Of == nil {
				return ""
			}
			return fmt.Sprintf("%d %s", o.Of.Coordinator, o.Of.State)
		})),
	}
}

// ProducerColumns are the columns of the producers of partitions.
func ProducerColumns(t *state.Transactions, now time.Time) []Column[state.Producer] {
	type P = state.Producer
	orNone := func(n int64) string {
		if n < 0 {
			return ""
		}
		return number(n)
	}
	return []Column[P]{
		Text("PARTITION", "partition", "where it wrote", func(p P) string { return fmt.Sprintf("%s/%d", p.Topic, p.Partition) }),
		Measured("PRODUCER", "producer_id", "its id", func(p P) (int64, bool) { return p.ID, true }, number),
		Measured("EPOCH", "producer_epoch", "its epoch", func(p P) (int64, bool) { return int64(p.Epoch), true }, number),
		Text("SEQ", "last_sequence", "the last sequence number that it wrote", func(p P) string { return orNone(int64(p.LastSequence)) }),
		Text("LAST WRITE", "last_write", "how long ago it wrote", func(p P) string { return ago(p.LastWrite, now) }),
		Text("OPEN FROM", "start_offset", "the first offset of its open transaction", func(p P) string { return orNone(p.OpenFrom) }),
		Text("TRANSACTIONAL ID", "transactional_id", "as its coordinator knows it; - where it has none", func(p P) string {
			if of := t.Of(p.ID); of != nil {
				return of.ID
			}
			return ""
		}),
	}
}

// HeldSentence says of a partition up to where read_committed consumers get, and which groups that may hold up.
func HeldSentence(h *state.HeldPartition) string {
	s := fmt.Sprintf("%s/%d: read_committed consumers stop at offset %d, %s offsets before the end", h.Topic, h.Partition, h.LastStable, format.Thousands(h.End-h.LastStable))
	var stand, past []string
	for _, g := range h.Groups.Value {
		if g.Past(h) {
			past = append(past, g.Group)
		} else {
			stand = append(stand, fmt.Sprintf("%s (committed %d)", g.Group, g.Committed))
		}
	}
	switch {
	case len(stand) > 0:
		s += "; of groups, it may hold up " + strings.Join(stand, ", ")
	case h.Groups.Known && len(past) == 0:
		s += "; no group has committed offsets there"
	case h.Groups.Known:
		s += "; it holds up no group that commits"
	}
	if len(past) > 0 {
		s += "; already past it, so not held up: " + strings.Join(past, ", ")
	}
	if !h.Groups.Known {
		s += "; which other groups it holds up isn't known: " + h.Groups.Why
	}
	return s
}

// TopicWriters says who writes to a topic, for its detail: a sentence on its producers, one for each open transaction, and one for each
// partition that is held.
func TopicWriters(t *state.Transactions, topic string, now time.Time) (lines []string) {
	ids := map[int64]bool{}
	var last time.Time
	for i := range t.Producers {
		if p := &t.Producers[i]; p.Topic == topic {
			ids[p.ID] = true
			if p.LastWrite.After(last) {
				last = p.LastWrite
			}
		}
	}
	if len(ids) == 0 {
		lines = append(lines, "no idempotent or transactional producer is known to its leaders (others leave no trace)")
	} else {
		lines = append(lines, fmt.Sprintf("%s, the last write %s ago", format.Count(len(ids), "producer"), ago(last, now)))
	}
	return append(lines, openIn(t, now, func(of string, _ int32) bool { return of == topic })...)
}

// PartitionTransactions says which transactions are open in a partition, and whom they hold up, for its detail; none where none is known.
func PartitionTransactions(t *state.Transactions, topic string, partition int32, now time.Time) []string {
	if t == nil {
		return nil
	}
	return openIn(t, now, func(of string, id int32) bool { return of == topic && id == partition })
}

func openIn(t *state.Transactions, now time.Time, in func(topic string, partition int32) bool) (lines []string) {
	for _, o := range OpenTransactions(t, now) {
		if in(o.Producer.Topic, o.Producer.Partition) {
			lines = append(lines, fmt.Sprintf("partition %d: transaction of producer %d %s for %s: %s", o.Producer.Partition, o.Producer.ID, o.Mark, ago(o.Since(), now), o.Why))
		}
	}
	for i := range t.Held {
		if h := &t.Held[i]; in(h.Topic, h.Partition) {
			lines = append(lines, HeldSentence(h))
		}
	}
	return lines
}

// TransactionsJSON is the answer of kdeck transactions.
type TransactionsJSON struct {
	Envelope
	Open      []OpenTransactionJSON `json:"transactions"`
	Held      []HeldJSON            `json:"held"`
	Producers []ProducerJSON        `json:"producers"` // null: not asked for
}

// OpenTransactionJSON is one open transaction of an answer.
type OpenTransactionJSON struct {
	State           string   `json:"state"`
	Why             string   `json:"why"`
	Topic           string   `json:"topic"`
	Partition       int32    `json:"partition"`
	Leader          int32    `json:"leader"`
	ProducerID      int64    `json:"producer_id"`
	ProducerEpoch   int32    `json:"producer_epoch"`
	StartOffset     int64    `json:"start_offset"`
	LastWrite       *string  `json:"last_write"`
	Since           *string  `json:"since"`
	TransactionalID *string  `json:"transactional_id"`
	Coordinator     *int64   `json:"coordinator"`
	Coordinated     *string  `json:"coordinator_state"`
	TimeoutMS       *float64 `json:"timeout_ms"`
}

// HeldJSON is one held partition of an answer.
type HeldJSON struct {
	Topic      string   `json:"topic"`
	Partition  int32    `json:"partition"`
	LastStable int64    `json:"last_stable_offset"`
	End        int64    `json:"high_watermark"`
	Groups     []HeldBy `json:"groups"` // null: not known
}

// HeldBy is a group that reads a held partition.
type HeldBy struct {
	Group     string `json:"group"`
	Committed int64  `json:"committed"`
	Past      bool   `json:"past"` // it reads uncommitted records
}

// ProducerJSON is one producer of a partition.
type ProducerJSON struct {
	Topic            string  `json:"topic"`
	Partition        int32   `json:"partition"`
	ProducerID       int64   `json:"producer_id"`
	ProducerEpoch    int32   `json:"producer_epoch"`
	LastSequence     *int64  `json:"last_sequence"`
	LastWrite        *string `json:"last_write"`
	CoordinatorEpoch *int64  `json:"coordinator_epoch"`
	StartOffset      *int64  `json:"start_offset"`
	TransactionalID  *string `json:"transactional_id"`
}

// TransactionsAnswer makes the JSON of transactions; with the producers where they are asked for.
func TransactionsAnswer(t *state.Transactions, rows []OpenTransaction, producers bool) TransactionsJSON {
	at := t.Taken.UTC()
	doc := TransactionsJSON{Envelope: Envelope{Version: 1, ClusterID: t.ClusterID, TakenAt: &at, Unknown: append([]state.Unknown{}, t.Unknown...)},
		Open: []OpenTransactionJSON{}, Held: []HeldJSON{}}
	for _, o := range rows {
		p := o.Producer
		out := OpenTransactionJSON{State: strings.ToLower(string(o.Mark)), Why: o.Why, Topic: p.Topic, Partition: p.Partition, Leader: p.Leader, ProducerID: p.ID, ProducerEpoch: p.Epoch,
			StartOffset: p.OpenFrom, LastWrite: format.OrNull(recordTime(p.LastWrite)), Since: format.OrNull(recordTime(o.Since()))}
		if o.Of != nil {
			out.TransactionalID, out.Coordinator, out.Coordinated = &o.Of.ID, known(int64(o.Of.Coordinator)), &o.Of.State
			if o.Of.Described {
				ms := float64(o.Of.Timeout.Milliseconds())
				out.TimeoutMS = &ms
			}
		}
		doc.Open = append(doc.Open, out)
	}
	for _, h := range t.Held {
		out := HeldJSON{Topic: h.Topic, Partition: h.Partition, LastStable: h.LastStable, End: h.End}
		if h.Groups.Known {
			out.Groups = []HeldBy{}
		}
		for _, g := range h.Groups.Value {
			out.Groups = append(out.Groups, HeldBy{g.Group, g.Committed, g.Past(&h)})
		}
		doc.Held = append(doc.Held, out)
	}
	if producers {
		doc.Producers = []ProducerJSON{}
		for _, p := range t.Producers {
			out := ProducerJSON{Topic: p.Topic, Partition: p.Partition, ProducerID: p.ID, ProducerEpoch: p.Epoch, LastSequence: known(int64(p.LastSequence)),
				LastWrite: format.OrNull(recordTime(p.LastWrite)), CoordinatorEpoch: known(int64(p.CoordinatorEpoch)), StartOffset: known(p.OpenFrom)}
			if of := t.Of(p.ID); of != nil {
				out.TransactionalID = &of.ID
			}
			doc.Producers = append(doc.Producers, out)
		}
	}
	return doc
}

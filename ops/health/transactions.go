package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// TransactionMark says how a transaction that is open in a partition stands.
type TransactionMark string

// The marks.
const (
	TransactionOpen    TransactionMark = "open"    // its coordinator knows it, and its time isn't over
	TransactionEnding  TransactionMark = "ending"  // its coordinator is writing its markers
	TransactionOverdue TransactionMark = "OVERDUE" // its coordinator knows it, and should have ended it
	TransactionHanging TransactionMark = "HANGING" // no coordinator will ever end it
	TransactionUnsure  TransactionMark = "unsure"  // what would tell couldn't be read, or it ended meanwhile
)

// abortGrace is how long after its timeout a transaction may be open: coordinators look every
// transaction.abort.timed.out.transaction.cleanup.interval.ms (10 s), and then write the markers.
const abortGrace = time.Minute

// MarkTransaction tells how the open transaction of a producer in one partition stands, and why. The rule is that of KIP-664: it
// hangs where its coordinator doesn't count the partition to a transaction. KIP-664 waits for the longest timeout that a transaction
// may have, because its two looks may see one that ends or begins between them; here a third look has found it open after the
// coordinator had answered.
func MarkTransaction(t *state.Transactions, p *state.Producer, now time.Time) (mark TransactionMark, why string) {
	of := t.Of(p.ID)
	switch {
	case of == nil && !p.StillOpen, of != nil && of.Described && !of.Has(p.Topic, p.Partition) && !p.StillOpen:
		return TransactionUnsure, "it ended while kdeck looked, or its partition couldn't be looked at twice"
	case of == nil && !t.AllListed:
		return TransactionUnsure, fmt.Sprintf("no coordinator that answered lists producer %d, and not all answered", p.ID)
	case of == nil:
		return TransactionHanging, fmt.Sprintf("no coordinator lists a transaction of producer %d (of the transactional ids that you may see): nobody will end it", p.ID)
	case !of.Described:
		return TransactionUnsure, fmt.Sprintf("broker %d, its coordinator, doesn't tell of it", of.Coordinator)
	case !of.Has(p.Topic, p.Partition):
		return TransactionHanging, fmt.Sprintf("broker %d, the coordinator of %s, counts no such partition to its transaction (%s): nobody will end it", of.Coordinator, of.ID, of.State)
	}
	ends := of.Started.Add(of.Timeout)
	late := !of.Started.IsZero() && now.After(ends.Add(abortGrace))
	switch {
	case late && of.State == "Ongoing":
		return TransactionOverdue, fmt.Sprintf("its timeout of %s was over %s ago, and broker %d, its coordinator, has not aborted it", format.Duration(of.Timeout), format.Duration(now.Sub(ends)), of.Coordinator)
	case late:
		return TransactionOverdue, fmt.Sprintf("broker %d, its coordinator, is ending it (%s), and its marker isn't in the partition yet", of.Coordinator, of.State)
	case of.State != "Ongoing":
		return TransactionEnding, fmt.Sprintf("broker %d, its coordinator, is ending it (%s)", of.Coordinator, of.State)
	case of.Started.IsZero():
		return TransactionOpen, fmt.Sprintf("broker %d, its coordinator, knows it", of.Coordinator)
	}
	return TransactionOpen, fmt.Sprintf("broker %d, its coordinator, aborts it in %s unless its producer ends it", of.Coordinator, format.Duration(max(0, ends.Sub(now))))
}

// standsStill is how long the producer of an open transaction may write nothing. Transactions of stream processors last as long as the time between their
// checkpoints, minutes with some, and they are written all the while.
const standsStill = 5 * time.Minute

// transactions judges what holds readers of committed records back: one finding for each producer, however many partitions its transaction is open in. What
// Kafka itself will not end is the cluster's.
func (j *judge) transactions() {
	if j.State.Transactions == nil {
		return
	}
	type cause struct {
		code     string
		producer int64
	}
	of := map[cause][]openFinding{}
	var order []cause
	for _, f := range openFindings(j.State.Transactions, j.now) {
		c := cause{f.Code, f.producer}
		if of[c] == nil {
			order = append(order, c)
		}
		of[c] = append(of[c], f)
	}
	for _, c := range order {
		f := of[c][0].Finding
		f.Subject = state.Subject{Name: fmt.Sprintf("producer %d", c.producer)}
		if more := of[c][1:]; len(more) > 0 {
			f.Scope = format.Count(len(of[c]), "partition")
			f.Sentence += fmt.Sprintf("; it is open in %s more", format.Count(len(more), "partition"))
			f.Next = "kdeck transactions --hanging"
			if c.code == StalledTransaction {
				f.Next = "kdeck transactions"
			}
			var topics []string
			for i, o := range of[c] {
				if pattern := format.Pattern(o.topic); !slices.Contains(topics, pattern) && len(topics) < groupsFiltered {
					topics = append(topics, pattern)
				}
				if i > 0 && i <= groupsNamed {
					f.Evidence = append(f.Evidence, o.Evidence[0]+" of "+o.Scope)
				}
			}
			f.Filter = "topic:" + format.FilterValue(strings.Join(topics, "|"))
		}
		j.find(f)
	}
}

// openFinding is a finding about the transaction of a producer in one partition of a topic.
type openFinding struct {
	state.Finding
	producer  int64
	topic     string
	partition int32
}

// Transactions finds the transactions that hang, are overdue, or hold readers up while their producer stands still: one finding for each partition and
// producer.
func Transactions(t *state.Transactions, now time.Time) (findings []state.Finding) {
	for _, f := range openFindings(t, now) {
		findings = append(findings, f.Finding)
	}
	return findings
}

func openFindings(t *state.Transactions, now time.Time) (findings []openFinding) {
	lastWrites := map[int64]time.Time{} // of each producer, in any partition
	for i := range t.Producers {
		if p := &t.Producers[i]; p.LastWrite.After(lastWrites[p.ID]) {
			lastWrites[p.ID] = p.LastWrite
		}
	}
	for i := range t.Producers {
		p := &t.Producers[i]
		if !p.IsOpen() {
			continue
		}
		mark, why := MarkTransaction(t, p, now)
		held := t.In(p.Topic, p.Partition)
		f := state.Finding{
			Severity: state.SeverityWarning, Subject: state.Subject{Name: fmt.Sprintf("%s/%d %d", p.Topic, p.Partition, p.ID)},
			Scope: fmt.Sprintf("%s/%d", p.Topic, p.Partition), Pane: "partitions", Filter: fmt.Sprintf("topic:%s partition:%d", format.FilterValue(format.Pattern(p.Topic)), p.Partition),
			Next:     fmt.Sprintf("kdeck transactions abort --topic %s --partition %d --start-offset %d", format.Shell(p.Topic), p.Partition, p.OpenFrom),
			Evidence: []string{fmt.Sprintf("broker %d, the leader: producer %d, epoch %d, has a transaction open from offset %d on", p.Leader, p.ID, p.Epoch, p.OpenFrom), why},
		}
		switch mark {
		case TransactionHanging:
			f.Code, f.Fault = HangingTransaction, "kafka"
			f.Sentence = fmt.Sprintf("A transaction hangs in %s/%d: %s", p.Topic, p.Partition, why)
		case TransactionOverdue:
			f.Code = OverdueTransaction
			f.Sentence = fmt.Sprintf("A transaction in %s/%d is older than its timeout: %s", p.Topic, p.Partition, why)
		default:
			since := lastWrites[p.ID]
			if of := t.Of(p.ID); of != nil && of.Started.After(since) {
				since = of.Started
			}
			if mark != TransactionOpen || held == nil || since.IsZero() || now.Sub(since) < standsStill {
				continue
			}
			f.Code, f.Severity, f.Fault = StalledTransaction, state.SeverityInfo, "client"
			f.Sentence = fmt.Sprintf("A transaction in %s/%d stands still: its producer has written nothing for %s, and %s", p.Topic, p.Partition, format.Duration(now.Sub(since)), why)
			f.Next = "kdeck transactions --topic " + format.Shell(format.Pattern(p.Topic))
		}
		if held != nil {
			f.Sentence += fmt.Sprintf("; read_committed consumers stop at offset %d, %s offsets before the end", held.LastStable, format.Thousands(held.End-held.LastStable))
			if names := heldUp(held); len(names) > 0 {
				f.Sentence += "; of groups it may hold up " + listed(names)
			}
		}
		if !p.LastWrite.IsZero() {
			f.Since = state.Read(p.LastWrite, t.Taken, fmt.Sprintf("broker %d", p.Leader))
		}
		findings = append(findings, openFinding{f, p.ID, p.Topic, p.Partition})
	}
	return findings
}

// heldUp names the groups that read a partition which is held, but for those that have read past it already.
func heldUp(h *state.HeldPartition) (names []string) {
	for _, g := range h.Groups.Value {
		if !g.Past(h) {
			names = append(names, name(g.Group))
		}
	}
	return names
}

package health

import (
	"fmt"
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

// Transactions finds the transactions that hang or are overdue, one finding for each partition and producer.
func Transactions(t *state.Transactions, now time.Time) (findings []state.Finding) {
	for i := range t.Producers {
		p := &t.Producers[i]
		if !p.IsOpen() {
			continue
		}
		mark, why := MarkTransaction(t, p, now)
		f := state.Finding{
			Severity: state.SeverityWarning, Subject: state.Subject{Name: fmt.Sprintf("%s/%d %d", p.Topic, p.Partition, p.ID)},
			Scope: fmt.Sprintf("%s/%d", p.Topic, p.Partition), Pane: "partitions", Filter: "topic:" + format.FilterValue(format.Pattern(p.Topic)),
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
			continue
		}
		if h := t.In(p.Topic, p.Partition); h != nil {
			f.Sentence += fmt.Sprintf("; read_committed consumers stop at offset %d, %s offsets before the end", h.LastStable, format.Thousands(h.End-h.LastStable))
		}
		if !p.LastWrite.IsZero() {
			f.Since = state.Read(p.LastWrite, t.Taken, fmt.Sprintf("broker %d", p.Leader))
		}
		findings = append(findings, f)
	}
	return findings
}

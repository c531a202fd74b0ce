package sim

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// defaultTransactionTimeout is transaction.timeout.ms as clients have it by default.
const defaultTransactionTimeout = time.Minute

// begin opens a transaction in a log at a time to come. Its only batch is the next one of the log.
func (m *model) begin(t *transaction, at float64) {
	s := t.partition.stream
	t.entry = s.entries(at)
	for s.isMarker(t.entry) || s.foreign[t.entry] != nil {
		t.entry++
	}
	t.began = s.timeOf(t.entry, at+logAge.Seconds())
	t.first = s.offsetBefore(t.entry, t.began)
	if s.foreign == nil {
		s.foreign = map[int64]*transaction{}
	}
	s.foreign[t.entry] = t
	s.written, s.open = append(s.written, t), append(s.open, t)
	if t.id != "" {
		m.transactions = append(m.transactions, t)
	}
}

// lastStable is the first offset of the oldest open transaction, or the end of the log.
func (s *stream) lastStable(at float64) int64 {
	stable := s.end(at)
	if open := s.openAt(at); open >= 0 {
		stable = open
	}
	for _, t := range s.open {
		if t.began <= at {
			stable = min(stable, t.first)
		}
	}
	return stable
}

// abortedTxn is an aborted transaction of a log, as consumers are told of it.
type abortedTxn struct{ producer, first, last int64 }

// end ends a producer's transaction with a control record, as its coordinator or an administrator does with WriteTxnMarkers. Without a
// transaction it writes the control record all the same.
func (m *model) endTransaction(p *partition, who identity, commit bool, coordinatorEpoch int32) *kerr.Error {
	s := p.stream
	i := slices.IndexFunc(s.written, func(t *transaction) bool { return t.producer == who.producer })
	if i >= 0 {
		switch t := s.written[i]; { // ProducerAppendInfo.appendEndTxnMarker
		case who.epoch < t.epoch:
			return kerr.InvalidProducerEpoch
		case coordinatorEpoch < t.coordinatorEpoch:
			return kerr.TransactionCoordinatorFenced
		}
	}
	if len(p.isr) < m.minISROf(p) {
		return kerr.NotEnoughReplicas
	}
	now := m.secondsNow()
	b := kmsg.RecordBatch{Magic: 2, ProducerID: who.producer, ProducerEpoch: who.epoch, NumRecords: 1, FirstTimestamp: m.millis(now), MaxTimestamp: m.millis(now)}
	last := s.append(now, 1, marker(b, commit, coordinatorEpoch))
	outcome := map[bool]string{true: "committed", false: "aborted"}[commit]
	m.eventf("transaction of producer %d on %v %s", who.producer, p, outcome)
	if open := slices.IndexFunc(s.open, func(t *transaction) bool { return t.producer == who.producer }); open >= 0 {
		t := s.open[open]
		s.open = slices.Delete(slices.Clone(s.open), open, open+1)
		if !commit {
			s.aborted = append(s.aborted, abortedTxn{t.producer, t.first, last})
		}
		t.outcome = map[bool]string{true: "CompleteCommit", false: "CompleteAbort"}[commit]
	}
	return nil
}

// expire aborts a transaction whose timeout has passed, as its coordinator does.
func (m *model) expire(t *transaction) {
	m.schedule.add(time.Duration((t.began+t.timeout)*float64(time.Second)), func() {
		if slices.Contains(t.partition.stream.open, t) {
			fence := t.identity
			fence.epoch++ // so that the producer can't go on
			_ = m.endTransaction(t.partition, fence, false, t.coordinatorEpoch)
		}
	})
}

// knownTransaction is what a coordinator knows of a transactional id.
func (m *model) knownTransaction(id string) (kmsg.DescribeTransactionsResponseTransactionState, bool) {
	now := m.secondsNow()
	d := kmsg.NewDescribeTransactionsResponseTransactionState()
	d.TransactionalID, d.StartTimestamp = id, -1
	in := func(p *partition) {
		d.Topics = []kmsg.DescribeTransactionsResponseTransactionStateTopic{{Topic: p.topic.name, Partitions: []int32{p.id}}}
	}
	for _, t := range m.transactions {
		if t.id != id || t.began > now {
			continue
		}
		d.State, d.TimeoutMillis, d.ProducerID, d.ProducerEpoch = "Ongoing", int32(t.timeout*1000), t.producer, t.epoch
		d.StartTimestamp = m.millis(t.began)
		if slices.Contains(t.partition.stream.open, t) {
			in(t.partition)
		} else {
			d.State = t.outcome
		}
		return d, true
	}
	for _, p := range m.transactional {
		if p.transactionalID() != id {
			continue
		}
		s := p.stream
		d.State, d.TimeoutMillis, d.ProducerID, d.ProducerEpoch = "CompleteCommit", int32(defaultTransactionTimeout.Milliseconds()), s.producer, s.epoch
		if e := s.entries(now); e%s.perCycle() != 0 {
			d.State = "Ongoing"
			d.StartTimestamp = m.millis(s.timeOf(e-e%s.perCycle(), now))
			in(p)
		}
		return d, true
	}
	return d, false
}

// transactionalID is the id of the producer that writes the partition in transactions: one for each partition, as stream
// processors have one for each task.
func (p *partition) transactionalID() string {
	return fmt.Sprintf("%s-%s-%d", p.stream.by.client, p.topic.name, p.id)
}

// transactionalIDs lists the transactional ids of the tenants.
func (m *model) transactionalIDs() []string {
	var all []string
	for _, t := range m.transactions {
		all = append(all, t.id)
	}
	for _, p := range m.transactional {
		all = append(all, p.transactionalID())
	}
	slices.Sort(all)
	return all
}

// listTransactions lists the tenants' transactional ids that a broker coordinates.
func (m *model) listTransactions(broker int32, req *kmsg.ListTransactionsRequest) *kmsg.ListTransactionsResponse {
	resp := req.ResponseKind().(*kmsg.ListTransactionsResponse)
	var pattern *regexp.Regexp
	if req.TransactionalIDPattern != nil && *req.TransactionalIDPattern != "" {
		var err error
		if pattern, err = regexp.Compile("^(?:" + *req.TransactionalIDPattern + ")$"); err != nil {
			resp.ErrorCode = kerr.InvalidRegularExpression.Code
			return resp
		}
	}
	for _, id := range m.transactionalIDs() {
		switch m.coordinatorError(broker, transactionsTopic, id) {
		case nil:
		case kerr.CoordinatorLoadInProgress:
			resp.ErrorCode = kerr.CoordinatorLoadInProgress.Code
			resp.TransactionStates = nil
			return resp
		default:
			continue
		}
		d, ok := m.knownTransaction(id)
		if !ok || len(req.StateFilters) > 0 && !slices.Contains(req.StateFilters, d.State) ||
			len(req.ProducerIDFilters) > 0 && !slices.Contains(req.ProducerIDFilters, d.ProducerID) ||
			req.Version >= 1 && req.DurationFilterMillis > 0 && m.millis(m.secondsNow())-d.StartTimestamp <= req.DurationFilterMillis ||
			pattern != nil && !pattern.MatchString(id) {
			continue
		}
		l := kmsg.NewListTransactionsResponseTransactionState()
		l.TransactionalID, l.ProducerID, l.TransactionState = id, d.ProducerID, d.State
		resp.TransactionStates = append(resp.TransactionStates, l)
	}
	return resp
}

// handleWriteTxnMarkers ends transactions partition by partition, as the leader of each is told to.
func handleWriteTxnMarkers(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.WriteTxnMarkersRequest)
	resp := req.ResponseKind().(*kmsg.WriteTxnMarkersResponse)
	for _, mk := range req.Markers {
		rm := kmsg.NewWriteTxnMarkersResponseMarker()
		rm.ProducerID = mk.ProducerID
		for _, t := range mk.Topics {
			rt := kmsg.NewWriteTxnMarkersResponseMarkerTopic()
			rt.Topic = t.Topic
			for _, id := range t.Partitions {
				rp := kmsg.NewWriteTxnMarkersResponseMarkerTopicPartition()
				rp.Partition = id
				code, err := c.writeMarker(s, r, mk, topicPartition{topic: t.Topic, partition: id})
				if err != nil {
					return nil, err
				}
				rp.ErrorCode = code
				rt.Partitions = append(rt.Partitions, rp)
			}
			rm.Topics = append(rm.Topics, rt)
		}
		resp.Markers = append(resp.Markers, rm)
	}
	return resp, nil
}

func (c *Cluster) writeMarker(s *session, r request, mk kmsg.WriteTxnMarkersRequestMarker, at topicPartition) (int16, error) {
	c.mu.Lock()
	c.catchUp()
	p, e := c.model.named(at, false)
	if e == nil && p.leader != s.n.id {
		e = kerr.NotLeaderForPartition
	}
	if e == nil && p.stream != nil {
		e = c.model.endTransaction(p, identity{mk.ProducerID, mk.ProducerEpoch, -1}, mk.Committed, mk.CoordinatorEpoch)
	}
	var err error
	if e == nil && p.stream == nil {
		err = c.backend.ready(p)
	}
	c.mu.Unlock()
	switch {
	case err != nil:
		return 0, err
	case e != nil:
		return e.Code, nil
	case p.stream != nil:
		return 0, nil
	}
	one := *r.body.(*kmsg.WriteTxnMarkersRequest)
	mk.Topics = []kmsg.WriteTxnMarkersRequestMarkerTopic{{Topic: at.topic, Partitions: []int32{at.partition}}}
	one.Markers = []kmsg.WriteTxnMarkersRequestMarker{mk}
	resp, err := s.forward(&one, r.clientID)
	if err != nil {
		return 0, err
	}
	return resp.(*kmsg.WriteTxnMarkersResponse).Markers[0].Topics[0].Partitions[0].ErrorCode, nil
}

package sim

import (
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetchPause is how long a fetch that waits for records of a tenant waits before it looks again.
const fetchPause = 100 * time.Millisecond

// mostFetched is how many bytes of tenants' logs one answer holds at most: they are made while the model is locked.
const mostFetched = 256 << 10

// handleFetch serves consumers from the leader. It grants no fetch sessions, as a broker whose cache of them is full.
func handleFetch(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.FetchRequest)
	if req.SessionID != 0 {
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		resp.ErrorCode = kerr.FetchSessionIDNotFound.Code
		return resp, nil
	}
	req.SessionEpoch = -1
	req.ForgottenTopics = nil
	wait := time.Duration(req.MaxWaitMillis) * time.Millisecond
	for {
		read := fetched{left: int(req.MaxBytes)}
		if req.Version < 3 || read.left <= 0 || read.left > mostFetched {
			read.left = mostFetched
		}
		resp, err := c.forwardServed(s, r, false, func(p *partition) verdict {
			if p.stream == nil {
				return verdict{}
			}
			read.tenants = true
			return verdict{answer: func(asked, entry any) {
				c.model.fetch(p, req, asked.(*kmsg.FetchRequestTopicPartition), entry.(*kmsg.FetchResponseTopicPartition), &read)
			}}
		})
		if err != nil || !read.tenants || wait <= 0 || answersFetch(resp.(*kmsg.FetchResponse), req) {
			return resp, err
		}
		pause := min(wait, fetchPause)
		wait -= pause
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.gone:
			timer.Stop()
			return nil, errHungUp
		}
	}
}

// fetched is what one fetch has read of tenants' logs.
type fetched struct {
	tenants bool // it asked for any
	left    int  // bytes that it may still have
	bytes   int
}

// answersFetch reports whether a fetch needn't wait any longer: it has an error, or as many bytes as it wants.
func answersFetch(resp *kmsg.FetchResponse, req *kmsg.FetchRequest) bool {
	bytes := 0
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return true
			}
			bytes += len(p.RecordBatches)
		}
	}
	return resp.ErrorCode != 0 || bytes >= max(int(req.MinBytes), 1)
}

// fetch reads the log of a tenant: whole batches, and at least one if nothing was read for the request before.
func (m *model) fetch(p *partition, req *kmsg.FetchRequest, asked *kmsg.FetchRequestTopicPartition, entry *kmsg.FetchResponseTopicPartition, read *fetched) {
	now, s := m.secondsNow(), p.stream
	entry.RecordBatches = []byte{}
	end, stable := s.end(now), s.lastStable(now)
	e := wrongEpoch(p, asked.CurrentLeaderEpoch)
	if e == nil && (asked.FetchOffset < s.start || asked.FetchOffset > end) {
		e = kerr.OffsetOutOfRange
	}
	if e != nil {
		entry.ErrorCode, entry.HighWatermark, entry.LastStableOffset, entry.LogStartOffset = e.Code, -1, -1, -1
		return
	}
	entry.HighWatermark, entry.LastStableOffset, entry.LogStartOffset = end, stable, s.start
	upTo := end
	if req.IsolationLevel == 1 {
		upTo = stable
	}
	at := asked.FetchOffset
	for at < upTo {
		place := s.placeOf(at)
		batch := m.batchAt(p, place)
		size := len(entry.RecordBatches) + len(batch)
		if read.bytes > 0 && (size > int(asked.PartitionMaxBytes) || len(batch) > read.left) {
			break
		}
		entry.RecordBatches = append(entry.RecordBatches, batch...)
		read.bytes, read.left = read.bytes+len(batch), read.left-len(batch)
		at = place.offset + place.records
	}
	if req.IsolationLevel == 1 {
		entry.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{}
		for _, a := range s.aborted {
			if a.last >= asked.FetchOffset && a.first < at {
				entry.AbortedTransactions = append(entry.AbortedTransactions, kmsg.FetchResponseTopicPartitionAbortedTransaction{ProducerID: a.producer, FirstOffset: a.first})
			}
		}
	}
}

// produce appends a real client's batch to the log of a tenant.
func (m *model) produce(p *partition, raw []byte, entry *kmsg.ProduceResponseTopicPartition) {
	s, now := p.stream, m.secondsNow()
	fail := func(e *kerr.Error) { entry.ErrorCode, entry.BaseOffset = e.Code, -1 }
	var b kmsg.RecordBatch
	if len(raw) < batchHeaderLength || b.ReadFrom(raw) != nil || b.Magic != 2 || int(b.Length)+12 != len(raw) ||
		uint32(b.CRC) != crc32.Checksum(raw[batchCRCStart:], castagnoli) || b.NumRecords <= 0 || b.LastOffsetDelta != b.NumRecords-1 {
		fail(kerr.CorruptMessage)
		return
	}
	if b.Attributes&(transactionalBit|controlBit) != 0 {
		fail(kerr.InvalidTxnState) // real clients' transactions are kfake's, and can't be in tenants' logs
		return
	}
	entry.LogStartOffset = s.start
	for i, a := range s.added {
		if b.ProducerID >= 0 && sameBatch(a.raw, raw) { // sent again, because the answer was lost
			entry.BaseOffset = s.offsetOfAddition(i)
			return
		}
	}
	entry.BaseOffset = s.append(now, int64(b.NumRecords), raw)
}

// sameBatch reports whether two batches are of the same producer, epoch and sequence number.
func sameBatch(a, b []byte) bool {
	const producerID, records = 43, 57
	return string(a[producerID:records]) == string(b[producerID:records])
}

// deleteRecords raises the start of a tenant's log.
func (m *model) deleteRecords(p *partition, asked *kmsg.DeleteRecordsRequestTopicPartition, entry *kmsg.DeleteRecordsResponseTopicPartition) {
	s := p.stream
	to, end := asked.Offset, s.end(m.secondsNow())
	if to == -1 {
		to = end
	}
	if to < 0 || to > end {
		entry.ErrorCode, entry.LowWatermark = kerr.OffsetOutOfRange.Code, -1
		return
	}
	s.start = max(s.start, to)
	entry.LowWatermark = s.start
}

// epochEnd answers OffsetForLeaderEpoch: nothing of a tenant's log was ever cut off.
func (m *model) epochEnd(p *partition, asked *kmsg.OffsetForLeaderEpochRequestTopicPartition, entry *kmsg.OffsetForLeaderEpochResponseTopicPartition) {
	if e := wrongEpoch(p, asked.CurrentLeaderEpoch); e != nil {
		entry.ErrorCode = e.Code
		return
	}
	entry.LeaderEpoch, entry.EndOffset = -1, -1
	if asked.LeaderEpoch >= 0 && asked.LeaderEpoch <= p.leaderEpoch {
		entry.LeaderEpoch, entry.EndOffset = asked.LeaderEpoch, p.stream.end(m.secondsNow())
	}
}

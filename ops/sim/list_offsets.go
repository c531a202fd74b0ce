package sim

import (
	"math"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The times that stand for a place in a log (ListOffsetsRequest), and the versions that know them.
const (
	latestOffset       = -1
	earliestOffset     = -2
	maxTimestampOffset = -3 // KIP-734
	earliestLocal      = -4 // KIP-405
	latestTiered       = -5 // KIP-1005
	earliestPending    = -6 // KIP-1023
)

var offsetTimesSince = map[int64]int16{latestOffset: 0, earliestOffset: 0, maxTimestampOffset: 7, earliestLocal: 8, latestTiered: 9, earliestPending: 11}

// listOffset answers for a partition that tenants write to, as the replica on a broker.
func (m *model) listOffset(p *partition, broker int32, req *kmsg.ListOffsetsRequest, asked *kmsg.ListOffsetsRequestTopicPartition, entry *kmsg.ListOffsetsResponseTopicPartition) {
	if e := wrongEpoch(p, asked.CurrentLeaderEpoch); e != nil {
		entry.ErrorCode = e.Code
		return
	}
	if since, ok := offsetTimesSince[asked.Timestamp]; asked.Timestamp < 0 && (!ok || req.Version < since) {
		entry.ErrorCode = kerr.UnsupportedVersion.Code
		return
	}
	now, s := m.secondsNow(), p.stream
	end := m.replicaEnd(p, broker)
	if req.IsolationLevel == 1 && req.ReplicaID == -1 {
		end = s.lastStable(now)
	}
	offset, timestamp := int64(-1), int64(-1)
	switch asked.Timestamp {
	case latestOffset:
		offset = end
	case earliestOffset, earliestLocal:
		offset = s.start
	case latestTiered, earliestPending:
	case maxTimestampOffset:
		if last := s.end(now); last > s.start {
			offset, timestamp = last-1, m.timestampOf(s, last-1)
		}
	default:
		offset, timestamp = m.offsetAt(s, asked.Timestamp)
	}
	if timestamp >= 0 && offset >= end { // not to be read yet (ReplicaManager.fetchOffset)
		offset, timestamp = -1, -1
	}
	if offset >= 0 {
		entry.LeaderEpoch = p.leaderEpoch
	}
	entry.Offset, entry.Timestamp = offset, timestamp
	if req.Version == 0 {
		entry.OldStyleOffsets = []int64{offset}
	}
}

// wrongEpoch is the error for a client whose leader epoch isn't the partition's; −1 is any.
func wrongEpoch(p *partition, epoch int32) *kerr.Error {
	switch {
	case epoch == -1 || epoch == p.leaderEpoch:
		return nil
	case epoch < p.leaderEpoch:
		return kerr.FencedLeaderEpoch
	}
	return kerr.UnknownLeaderEpoch
}

// replicaEnd is the end of the log as a replica has it. What a replica that isn't in sync lacks in bytes it lacks in records.
func (m *model) replicaEnd(p *partition, broker int32) int64 {
	now := m.secondsNow()
	end := p.stream.end(now)
	l := p.log(broker)
	if l == nil || slices.Contains(p.isr, broker) || p.leader == broker || m.size(p) == 0 {
		return end
	}
	has := p.stream.first + int64(float64(end-p.stream.first)*math.Min(m.fetchedBytes(p, l)/m.size(p), 1))
	if has >= end {
		return end
	}
	return p.stream.placeOf(has).offset // replicas copy whole batches
}

// millis is a time of the model as a timestamp.
func (m *model) millis(at float64) int64 { return m.start.UnixMilli() + int64(math.Round(at*1000)) }

// timestampOf is the timestamp of a record.
func (m *model) timestampOf(s *stream, offset int64) int64 {
	at := s.placeOf(offset)
	if at.added != nil {
		return m.millis(at.added.at)
	}
	last := m.millis(s.timeOf(at.entry, m.secondsNow()))
	return last - (at.records-1-(offset-at.offset))*recordGap
}

// recordGap is the milliseconds between two records of a batch.
const recordGap = 1

// offsetAt is the first record with a timestamp from the given one on, and that record's timestamp; −1 if there is none.
func (m *model) offsetAt(s *stream, timestamp int64) (int64, int64) {
	now := m.secondsNow()
	before := float64(timestamp-m.start.UnixMilli()-1) / 1000 // the last millisecond that is too early
	offset := int64(-1)
	if e := s.entries(min(before, now)); e < s.entries(now) {
		at := s.offsetBefore(e, now)
		for offset = max(at, s.start); offset < s.end(now) && m.timestampOf(s, offset) < timestamp; {
			offset++
		}
	}
	for i := range s.added {
		if a := &s.added[i]; a.at > before {
			if at := s.offsetOfAddition(i); (offset < 0 || at < offset) && at >= s.start {
				offset = at
			}
			break
		}
	}
	if offset < 0 {
		return -1, -1
	}
	return offset, m.timestampOf(s, offset)
}

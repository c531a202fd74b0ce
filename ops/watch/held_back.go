package watch

import (
	"context"
	"fmt"
	"time"

	"kdeck/ops/state"
)

// heldBack is where readers of committed records can't read all: the last stable offset is below the end.
type heldBack struct {
	ends, stable *state.Offsets
	held         []bool // by the index of the partition
	still        []bool // those whose last stable offset is the one of the look before
}

// heldNow asks for the last stable offsets of partitions whose ends are known: with one ListOffsets for each leader. It is asked after the ends, so that a log
// which grows meanwhile isn't taken for one that is held back. before is what was asked the time before, nil for nothing.
func heldNow(ctx context.Context, s Asker, ends *state.Offsets, want func(state.Partition) bool, before *state.Offsets, o Options) *heldBack {
	snap := ends.Snapshot()
	written := func(p state.Partition) bool { return (want == nil || want(p)) && ends.Of(p).Or(0) > 0 }
	h := &heldBack{ends: ends, held: make([]bool, snap.NumPartitions()), still: make([]bool, snap.NumPartitions())}
	h.stable = offsets(ctx, s, snap, at(snap, written, Latest), readCommitted, o)
	h.stable.Each(func(p state.Partition, offset int64, _ time.Time) {
		if end := ends.Of(p); end.Known && offset < end.Value {
			h.held[p.Index()] = true
			was := before.Of(p)
			h.still[p.Index()] = was.Known && was.Value == offset
		}
	})
	return h
}

// want tells of partitions whether they are held back; nil where none was asked.
func (h *heldBack) want() func(state.Partition) bool {
	if h == nil {
		return nil
	}
	return func(p state.Partition) bool { return h.held[p.Index()] }
}

// transactions looks up what holds partitions back whose last stable offset stands still: it is the one of the look before, or its record is older than
// [lag.Old], as the first offsets say that are younger. Where none does, nothing is asked.
func (h *heldBack) transactions(ctx context.Context, s Asker, younger *state.Offsets, groups *state.Groups, o Options) *state.Transactions {
	snap := h.ends.Snapshot()
	any := false
	for i, held := range h.held {
		p := snap.Partition(i)
		if first := younger.Of(p); held && first.Known && (first.Value < 0 || first.Value > h.stable.Of(p).Value) {
			h.still[i] = true
		}
		any = any || h.still[i]
	}
	t := &state.Transactions{ClusterID: snap.ClusterID, Taken: o.Now()}
	if any {
		t = readTransactions(ctx, s, snap, func(p state.Partition) bool { return h.still[p.Index()] }, groups, o)
	}
	h.unread(t)
	return t
}

// keep adds the partitions that transactions were found in before, of those that aren't asked this time.
func (h *heldBack) keep(before *state.Transactions, asked func(state.Partition) bool) {
	if before == nil {
		return
	}
	for i := range before.Held {
		if p, ok := h.ends.Snapshot().FindPartition(before.Held[i].Topic, before.Held[i].Partition); ok && !asked(p) {
			h.still[p.Index()] = true
		}
	}
}

// addressed finds brokers where a snapshot has them.
type addressed struct {
	Asker
	snap *state.Snapshot
}

func (a addressed) Addr(id int32) (string, bool) {
	b := a.snap.Broker(id)
	if b == nil || !b.Alive {
		return "", false
	}
	addr := address(b.Host, b.Port)
	return addr, addr != ""
}

// unread adds to what is unknown of transactions the partitions whose last stable offsets aren't known though their ends are.
func (h *heldBack) unread(t *state.Transactions) {
	n, why := 0, ""
	h.ends.Each(func(p state.Partition, end int64, _ time.Time) {
		if stable := h.stable.Of(p); end > 0 && !stable.Known && stable.Why != state.NotAsked {
			n, why = n+1, stable.Why
		}
	})
	if n > 0 {
		t.Unknown = append(t.Unknown, state.Unknown{Node: -1, What: state.WhatHeld, Why: fmt.Sprintf("the last stable offsets of %d partitions: %s", n, why)})
	}
}

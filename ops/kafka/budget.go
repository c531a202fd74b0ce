package kafka

import (
	"context"
	"maps"
	"slices"
	"time"

	"kdeck/protocol"
)

// Budget limits the exchanges with each node, so that a session stays a small part of the node's load.
type Budget struct {
	PerSecond float64 // exchanges a second, in the long run
	Burst     int     // exchanges at once, after a rest
}

// DefaultBudget is far above what a poll takes (2 exchanges a node and second, plus one for every 1,000 topics)
// and far below what a broker notices.
var DefaultBudget = Budget{PerSecond: 100, Burst: 200}

func (b Budget) orDefault() Budget {
	if b.PerSecond <= 0 || b.Burst <= 0 {
		return DefaultBudget
	}
	return b
}

// pace is the state of a node's budget in the generic cell rate algorithm (GCRA).
type pace struct{ full time.Time }

// take reserves one exchange and returns how long it must wait.
func (p *pace) take(now time.Time, b Budget) time.Duration {
	each := time.Duration(float64(time.Second) / b.PerSecond)
	if p.full.Before(now) {
		p.full = now
	}
	wait := p.full.Add(-time.Duration(b.Burst-1) * each).Sub(now)
	p.full = p.full.Add(each)
	return max(0, wait)
}

// admit waits until the node's budget allows another exchange.
func (n *node) admit(ctx context.Context) error {
	n.mu.Lock()
	wait := n.pace.take(n.session.now(), n.session.budget)
	n.mu.Unlock()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &protocol.Error{Addr: n.addr, Tried: "wait for the request budget", Cause: protocol.Timeout,
			Detail: "too many requests to the node were due", Err: ctx.Err()}
	}
}

// rateWindow is how far back the rate in [Spent] looks.
const rateWindow = 10

// NodeSpent is what was sent to and received from one node.
type NodeSpent struct {
	Requests      int64
	BytesSent     int64
	BytesReceived int64
	PerSecond     float64 // requests a second over the last 10 seconds
}

// spending counts what a node was sent, in all and in each of the last seconds.
type spending struct {
	NodeSpent
	seconds [rateWindow]second // a ring
}

// second counts the requests of one second of the clock.
type second struct{ at, requests int64 }

// Spent is what the session has sent and received since it was opened, including what it took to make connections.
type Spent struct {
	NodeSpent
	ByNode map[string]NodeSpent // by advertised address
}

// Spent returns what the session has sent and received so far.
func (s *Session) Spent() Spent {
	s.mu.Lock()
	nodes := maps.Clone(s.nodes)
	s.mu.Unlock()
	total := Spent{ByNode: make(map[string]NodeSpent, len(nodes))}
	now := s.now().Unix()
	for addr, n := range nodes {
		n.mu.Lock()
		account := n.spent
		n.mu.Unlock()
		spent := account.NodeSpent
		var recent int64
		for _, sec := range account.seconds {
			if now-sec.at < rateWindow {
				recent += sec.requests
			}
		}
		spent.PerSecond = float64(recent) / rateWindow
		total.ByNode[addr] = spent
		total.Requests += spent.Requests
		total.BytesSent += spent.BytesSent
		total.BytesReceived += spent.BytesReceived
		total.PerSecond += spent.PerSecond
	}
	return total
}

// Charge counts what went over a connection that the session doesn't keep ([Session.Dialing]) between two points in time.
func (s *Session) Charge(addr string, before, after protocol.Traffic) {
	if n, err := s.node(addr); err == nil {
		n.account(before, after)
	}
}

// account adds what went over a connection between two points in time.
func (n *node) account(before, after protocol.Traffic) {
	n.mu.Lock()
	defer n.mu.Unlock()
	requests := after.Requests - before.Requests
	n.spent.Requests += requests
	n.spent.BytesSent += after.Sent - before.Sent
	n.spent.BytesReceived += after.Received - before.Received
	at := n.session.now().Unix()
	sec := &n.spent.seconds[uint64(at)%rateWindow]
	if sec.at != at {
		*sec = second{at: at}
	}
	sec.requests += requests
}

func sortedIDs(m map[int32]string) []int32 { return slices.Sorted(maps.Keys(m)) }

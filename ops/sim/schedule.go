package sim

import (
	"container/heap"
	"time"
)

// schedule is what is due to happen, in order of time and, at the same moment, of when it was asked for.
type schedule struct {
	due  dueHeap
	next uint64
}

type dueEvent struct {
	at  time.Duration
	seq uint64
	do  func()
}

// add calls do when the model's time reaches at.
func (s *schedule) add(at time.Duration, do func()) {
	s.next++
	heap.Push(&s.due, dueEvent{at: at, seq: s.next, do: do})
}

// peek returns the time of the earliest event.
func (s *schedule) peek() (time.Duration, bool) {
	if len(s.due) == 0 {
		return 0, false
	}
	return s.due[0].at, true
}

// pop takes the earliest event if its time has come.
func (s *schedule) pop(now time.Duration) (func(), bool) {
	if len(s.due) == 0 || s.due[0].at > now {
		return nil, false
	}
	return heap.Pop(&s.due).(dueEvent).do, true
}

type dueHeap []dueEvent

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].seq < h[j].seq
}

func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *dueHeap) Push(x any) { *h = append(*h, x.(dueEvent)) }

func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = dueEvent{}
	*h = old[:len(old)-1]
	return last
}

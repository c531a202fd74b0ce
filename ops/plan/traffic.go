package plan

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/state"
)

// Port is one direction of one broker's replication traffic. A new replica is copied from the partition's leader, so a broker
// sends the partitions that it leads and receives its new ones. KIP-73 throttles the same two directions.
type Port struct {
	Broker int32
	Out    bool
}

func (p Port) String() string {
	if p.Out {
		return fmt.Sprintf("out of broker %d", p.Broker)
	}
	return fmt.Sprintf("into broker %d", p.Broker)
}

// Traffic is what a plan copies.
type Traffic struct {
	Copies  []Copy         // one for each partition of the plan, in its order
	Ports   map[Port]int64 // bytes, as far as they are known
	Unknown int            // partitions with new replicas of unknown size
}

// Copy is what one partition's reassignment copies.
type Copy struct {
	From int32   // its leader; -1: none
	To   []int32 // brokers that get a new replica
	Size int64   // bytes of one copy; -1: unknown
}

// ports returns the ports that the copy goes through.
func (c *Copy) ports() []Port {
	ports := make([]Port, 0, 1+len(c.To))
	if len(c.To) > 0 && c.From >= 0 {
		ports = append(ports, Port{c.From, true})
	}
	for _, b := range c.To {
		ports = append(ports, Port{b, false})
	}
	return ports
}

// bytes returns how many bytes go through one of its ports. An unknown size counts as 0.
func (c *Copy) bytes(p Port) int64 {
	if p.Out {
		return max(0, c.Size) * int64(len(c.To))
	}
	return max(0, c.Size)
}

// TrafficOf works out what is copied when the partitions get these replica lists, starting from the cluster in s. Partitions
// that s does not have copy nothing.
func TrafficOf(s *state.Snapshot, partitions []Assignment) *Traffic {
	t := &Traffic{Copies: make([]Copy, 0, len(partitions)), Ports: map[Port]int64{}}
	for i := range partitions {
		a, c := &partitions[i], Copy{From: -1, Size: -1}
		if p, ok := s.FindPartition(a.Topic, a.Partition); ok {
			c.From = p.Leader()
			for _, b := range a.Replicas {
				if !p.Has(b) {
					c.To = append(c.To, b)
				}
			}
			if bytes, known := p.Size(); known {
				c.Size = bytes
			}
		}
		t.Add(c)
	}
	return t
}

// Add adds a copy to what is copied.
func (t *Traffic) Add(c Copy) {
	if c.Size < 0 && len(c.To) > 0 {
		t.Unknown++
	}
	for _, port := range c.ports() {
		t.Ports[port] += c.bytes(port)
	}
	t.Copies = append(t.Copies, c)
}

// Bytes returns the bytes of all copies; known is false if the size of one is unknown.
func (t *Traffic) Bytes() (bytes int64, known bool) {
	for i := range t.Copies {
		bytes += max(0, t.Copies[i].Size) * int64(len(t.Copies[i].To))
	}
	return bytes, t.Unknown == 0
}

// Busiest returns the port with the most bytes; ok is false if nothing is copied.
func (t *Traffic) Busiest() (port Port, bytes int64, ok bool) {
	for p, n := range t.Ports {
		if n > bytes || n == bytes && n > 0 && portBefore(p, port) {
			port, bytes, ok = p, n, true
		}
	}
	return port, bytes, ok
}

// Time returns a lower bound of the time that the copies take if each broker sends and receives rate bytes a second. No order of
// moves is faster, since the busiest port has to carry all its bytes. Records that are written meanwhile, and other replicas
// under the same throttle, make it longer. rate must be above 0.
func (t *Traffic) Time(rate int64) time.Duration {
	_, bytes, _ := t.Busiest()
	seconds := float64(bytes) / float64(rate)
	return time.Duration(min(seconds, 1e9) * float64(time.Second))
}

// Order returns the order in which to start the partitions. The next is always the largest one of the port that has the most
// bytes not started yet, so that no port is left with much to do at the end. The order depends on the traffic alone.
func (t *Traffic) Order() []int {
	queues := map[Port]*portQueue{}
	var first, order []int // first: new orders of a list, which copy nothing
	for i := range t.Copies {
		ports := t.Copies[i].ports()
		if len(ports) == 0 {
			first = append(first, i)
		}
		for _, p := range ports {
			if queues[p] == nil {
				queues[p] = &portQueue{port: p, left: t.Ports[p]}
			}
			queues[p].copies = append(queues[p].copies, i)
		}
	}
	h := make(portHeap, 0, len(queues))
	for _, q := range queues {
		slices.SortStableFunc(q.copies, func(a, b int) int { return cmp.Compare(t.Copies[b].Size, t.Copies[a].Size) })
		q.index = len(h)
		h = append(h, q)
	}
	heap.Init(&h)
	started := make([]bool, len(t.Copies))
	order = append(order, first...)
	for len(h) > 0 {
		q := h[0]
		for len(q.copies) > 0 && started[q.copies[0]] {
			q.copies = q.copies[1:]
		}
		if len(q.copies) == 0 {
			heap.Pop(&h)
			continue
		}
		i := q.copies[0]
		started[i] = true
		order = append(order, i)
		for _, p := range t.Copies[i].ports() {
			q := queues[p]
			q.left -= t.Copies[i].bytes(p)
			if q.index >= 0 {
				heap.Fix(&h, q.index)
			}
		}
	}
	return order
}

// portQueue is one port's copies that are not started yet, the largest first.
type portQueue struct {
	port   Port
	left   int64 // bytes
	copies []int
	index  int // in the heap; -1: not in it any more
}

type portHeap []*portQueue

func (h portHeap) Len() int { return len(h) }
func (h portHeap) Less(i, j int) bool {
	if h[i].left != h[j].left {
		return h[i].left > h[j].left
	}
	return portBefore(h[i].port, h[j].port)
}
func (h portHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *portHeap) Push(any) {} // never called: all ports are in the heap from the start
func (h *portHeap) Pop() any {
	last := (*h)[len(*h)-1]
	last.index = -1
	*h = (*h)[:len(*h)-1]
	return last
}

func portBefore(a, b Port) bool {
	if a.Broker != b.Broker {
		return a.Broker < b.Broker
	}
	return a.Out && !b.Out
}

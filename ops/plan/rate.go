package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

const (
	// LeastRate is the lowest throttle that is taken as meant, in bytes a second.
	LeastRate = 1_000_000
	// LongestRun is the longest time that a plan may take at a throttle that is taken as meant.
	LongestRun = 7 * 24 * time.Hour
)

// Inbound are the bytes a second that producers write into each partition of a plan, in the order of its partitions.
type Inbound struct {
	Rates []float64
	Over  time.Duration // the time that they were measured over
}

// InboundOf measures what is written into partitions by how much they grew between two looks. A partition whose size isn't
// known, or whose old segments were deleted meanwhile, counts as 0. It is nil where no time passed between the looks.
func InboundOf(first, second *state.Snapshot, partitions []Assignment) *Inbound {
	in := &Inbound{Rates: make([]float64, len(partitions)), Over: second.Taken.Sub(first.Taken)}
	if in.Over <= 0 {
		return nil
	}
	for i, a := range partitions {
		was, there := first.FindPartition(a.Topic, a.Partition)
		is, still := second.FindPartition(a.Topic, a.Partition)
		if !there || !still {
			continue
		}
		before, known := was.Size()
		after, told := is.Size()
		if known && told {
			in.Rates[i] = max(0, float64(after-before)) / in.Over.Seconds()
		}
	}
	return in
}

// Objection says why a throttle can't be meant for these copies, with the figures; "" where nothing speaks against it. line is
// how the copies would go at that rate, and in what is written into the partitions meanwhile; nil where that wasn't measured.
func (t *Traffic) Objection(line *Timeline, in *Inbound) string {
	if took := time.Duration(min(line.Seconds, 1e9) * float64(time.Second)); took > LongestRun {
		bytes, _ := t.Bytes()
		return fmt.Sprintf("at %s/s the %s of the plan take %s, more than a week", format.Bytes(line.Rate), format.Bytes(bytes), format.Seconds(line.Seconds))
	}
	if in == nil {
		return ""
	}
	port, inbound := t.busiestInbound(in, line.InFlight)
	if inbound < float64(line.Rate) {
		return ""
	}
	where := "move to broker"
	if port.Out {
		where = "are copied from broker"
	}
	return fmt.Sprintf("%s/s is no more than what producers write into the partitions that %s %d at the same time (%s over %s): their new replicas would never catch up",
		format.Bytes(line.Rate), where, port.Broker, format.ByteRate(inbound), format.Seconds(in.Over.Seconds()))
}

// busiestInbound returns the port through which the most is written while it copies, inFlight partitions at a time.
func (t *Traffic) busiestInbound(in *Inbound, inFlight int) (busiest Port, most float64) {
	rates := map[Port][]float64{}
	for i := range t.Copies {
		c := &t.Copies[i]
		for _, port := range c.ports() {
			copies := 1
			if port.Out {
				copies = len(c.To)
			}
			rates[port] = append(rates[port], in.Rates[i]*float64(copies))
		}
	}
	for port, all := range rates {
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		sum := 0.0
		for _, rate := range all[:min(len(all), inFlight)] {
			sum += rate
		}
		if sum > most || sum == most && sum > 0 && portBefore(port, busiest) {
			busiest, most = port, sum
		}
	}
	return busiest, most
}

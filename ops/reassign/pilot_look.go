package reassign

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

const (
	learningLooks = 5 // before the first move
	learningPause = 2 * time.Second
	maxTimed      = 8 // brokers whose requests are timed at once
	timedRequests = 3 // of each; the quickest counts
)

// ThrottleChosen: the run changed its throttle itself.
type ThrottleChosen struct {
	Rate int64  `json:"rate"` // bytes a second for each broker, in and out
	Was  int64  `json:"was"`  //
	Why  string `json:"why"`
}

// Kind is "throttle-chosen".
func (ThrottleChosen) Kind() string { return "throttle-chosen" }

func (e ThrottleChosen) String() string {
	verb := "raised"
	if e.Rate < e.Was {
		verb = "lowered"
	}
	return fmt.Sprintf("throttle %s from %s/s to %s/s: %s", verb, format.Bytes(e.Was), format.Bytes(e.Rate), e.Why)
}

// learnBefore looks how the brokers of the plan are before anything is moved.
func (e *Executor) learnBefore(ctx context.Context) {
	if e.pilot == nil {
		return
	}
	brokers := map[int32]bool{}
	for _, m := range e.moves {
		if len(m.adds) > 0 {
			for _, b := range slices.Concat(m.before, m.adds) {
				brokers[b] = true
			}
		}
	}
	for range learningLooks {
		s := e.strained(ctx, brokers)
		s.copies = 0
		e.pilot.learn(s)
		e.wait(ctx, learningPause)
	}
	e.pilotSnap, e.pilotedAt = e.c.snap, time.Now()
}

// pilotThrottle changes the throttle where the brokers bear more, or bear it no longer.
func (e *Executor) pilotThrottle(ctx context.Context) error {
	if e.pilot == nil || time.Since(e.pilotedAt) < pilotInterval || len(e.flying()) == 0 {
		return nil
	}
	e.pilotedAt = time.Now()
	busy := e.through()
	brokers := map[int32]bool{}
	for port := range busy {
		brokers[port.Broker] = true
	}
	s := e.strained(ctx, brokers)
	s.copies = e.busiest(busy)
	if e.pilotSnap != e.c.snap {
		s.shrunk, e.pilotSnap = e.shrunk(e.pilotSnap, e.c.snap), e.c.snap
	}
	was := e.pilot.rate
	rate, why := e.pilot.next(time.Now(), s)
	if why == "" {
		return nil
	}
	e.emit(ThrottleChosen{rate, was, why})
	return e.changeRate(ctx, rate)
}

// through is how many bytes a second moves in flight are known to send through each broker.
func (e *Executor) through() map[plan.Port]float64 {
	ports := map[plan.Port]float64{}
	for _, m := range e.flying() {
		if len(m.adds) == 0 {
			continue
		}
		rate := 0.0
		if m.rate != nil {
			rate = *m.rate
		}
		if at, ok := e.c.snap.FindPartition(m.tp.Topic, m.tp.Partition); ok && at.Leader() >= 0 {
			ports[plan.Port{Broker: at.Leader(), Out: true}] += rate
		}
		for _, b := range m.adds {
			ports[plan.Port{Broker: b}] += rate / float64(len(m.adds))
		}
	}
	return ports
}

// busiest is how many bytes a second the busiest broker sends or receives at least. Of moves that end between two looks only the sum
// of all is known, of which the busiest target gets its share or more.
func (e *Executor) busiest(through map[plan.Port]float64) float64 {
	busiest, targets := 0.0, 0
	for port, rate := range through {
		busiest = max(busiest, rate)
		if !port.Out {
			targets++
		}
	}
	if all, _, known := e.report.rate(); known && targets > 0 {
		busiest = max(busiest, all/float64(targets))
	}
	return busiest
}

// shrunk counts the partitions that don't move and have fewer replicas in sync than at the look before.
func (e *Executor) shrunk(before, now *state.Snapshot) (n int) {
	if before == nil {
		return 0
	}
	for i := range now.NumPartitions() {
		p := now.Partition(i)
		was, ok := before.FindPartition(p.Topic().Name(), p.ID())
		if ok && !p.Moving() && !was.Moving() && p.ISRSize() < was.ISRSize() {
			n++
		}
	}
	return n
}

// strained looks how brokers bear what they have to do.
func (e *Executor) strained(ctx context.Context, brokers map[int32]bool) signs {
	s := signs{handlerIdle: math.NaN(), networkIdle: math.NaN(), produce: math.NaN(), tail: math.NaN(), copies: math.NaN()}
	s.request = e.timeRequests(ctx, brokers)
	if e.o.Metrics == nil {
		return s
	}
	told := e.o.Metrics(ctx, e.c.snap)
	for b := range brokers {
		m := told[b]
		if !m.Known {
			continue
		}
		s.handlerIdle = least(s.handlerIdle, m.Value.HandlerIdle.Or(math.NaN()))
		s.networkIdle = least(s.networkIdle, m.Value.NetworkIdle.Or(math.NaN()))
		if produce := m.Value.Kind("Produce"); produce != nil {
			s.produce = most(s.produce, produce.Total.Mean.Or(math.NaN()))
			s.tail = most(s.tail, produce.Total.P99.Or(math.NaN()))
		}
	}
	return s
}

// timeRequests returns how long a small request takes on the slowest of some brokers, in milliseconds. A broker that doesn't answer
// is left out: others judge that.
func (e *Executor) timeRequests(ctx context.Context, brokers map[int32]bool) float64 {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		worst = math.NaN()
	)
	asked := 0
	for _, b := range slices.Sorted(maps.Keys(brokers)) {
		at := e.c.snap.Broker(b)
		if at == nil || !at.Alive || at.Host == "" || asked == maxTimed {
			continue
		}
		asked++
		wg.Go(func() {
			quickest := math.NaN()
			for range timedRequests {
				req := kmsg.NewPtrMetadataRequest()
				req.Topics = []kmsg.MetadataRequestTopic{} // the brokers alone
				began := time.Now()
				if _, err := e.c.session.Ask(ctx, addrOf(at), req); err != nil {
					return
				}
				quickest = least(quickest, float64(time.Since(began))/float64(time.Millisecond))
			}
			mu.Lock()
			defer mu.Unlock()
			worst = most(worst, quickest)
		})
	}
	wg.Wait()
	return worst
}

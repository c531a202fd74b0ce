package reassign

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"kdeck/ops/change"
)

// keepInterval is the time between two looks at whether the throttle is still in place.
const keepInterval = 5 * time.Second

// rateOf names one of a broker's two rates.
type rateOf struct {
	broker int32
	config string
}

// rateInForce is what is known of a rate that moves of ours run under.
type rateInForce struct {
	value string // as it was set or read last
	seen  bool   // the broker itself told it
	setAt time.Time
	tries int // how often it was set again without being seen
}

// maxUnseen is how often a rate is set again on a broker that never tells it: its metadata may be old.
const maxUnseen = 3

// touching counts the reassignments in flight that have the broker as a source or as a target. Its rates limit them all,
// whoever started them.
func touching(ongoing map[change.TopicPartition]reassignment, brokers ...int32) (n int) {
	for _, f := range ongoing {
		if slices.ContainsFunc(brokers, func(b int32) bool {
			return slices.Contains(f.replicas, b) || slices.Contains(f.adding, b) || slices.Contains(f.removing, b)
		}) {
			n++
		}
	}
	return n
}

// others are the reassignments in flight that are not ours.
func (e *Executor) others(ongoing map[change.TopicPartition]reassignment) map[change.TopicPartition]reassignment {
	theirs := maps.Clone(ongoing)
	for _, m := range e.moves {
		if m.ours && (m.state == inFlight || m.state == stalled) {
			delete(theirs, m.tp)
		}
	}
	return theirs
}

// runsUnderTheirs tells whether moves of ours have to run under a rate that others set: it is lower, and for moves of theirs.
// Were it replaced, and put back when they are done, it would be left behind.
func (e *Executor) runsUnderTheirs(ctx context.Context, broker int32, config string, now *string) bool {
	if now == nil {
		return false
	}
	if entry := e.ledger.rate(broker, config); entry != nil && slices.Contains(entry.Ours, *now) {
		return false
	}
	theirs, err := strconv.ParseInt(*now, 10, 64)
	return err == nil && theirs < e.o.Rate && (touching(e.theirs, broker) > 0 || e.c.othersLimit(ctx, e.ledger))
}

// keepThrottle looks whether the rates and lists that moves of ours run under are still in place, and sets again what others
// took away. A value that others changed is left to them: two tools that set it in turn would help nobody.
func (e *Executor) keepThrottle(ctx context.Context) error {
	if e.o.Rate == 0 || time.Since(e.keptAt) < keepInterval {
		return nil
	}
	var moves []*move
	brokers := map[int32]bool{}
	for _, m := range e.moves {
		if !m.ours || m.state != inFlight && m.state != stalled || len(m.adds) == 0 || !m.endedAt.IsZero() || time.Since(m.submittedAt) < keepInterval {
			continue
		}
		moves = append(moves, m)
		for _, b := range slices.Concat(m.sources, m.target) {
			if e.alive(b) {
				brokers[b] = true
			}
		}
	}
	if len(moves) == 0 {
		return nil
	}
	e.keptAt = time.Now()
	if err := e.keepRates(ctx, e.readRates(ctx, slices.Sorted(maps.Keys(brokers)))); err != nil {
		return err
	}
	topics, err := e.addToLists(ctx, moves)
	if len(topics) > 0 {
		e.emit(ThrottleChanged{Topics: topics, Again: true})
	}
	if !isChange(err) && ctx.Err() == nil {
		return nil // the lists can't be read now
	}
	return err
}

// readRates asks the brokers for their rates, all at once. Brokers that don't answer are left out.
func (e *Executor) readRates(ctx context.Context, brokers []int32) map[int32]map[string]string {
	var (
		mu  sync.Mutex
		wg  sync.WaitGroup
		now = map[int32]map[string]string{}
	)
	for _, b := range brokers {
		wg.Go(func() {
			if configs, err := e.c.brokerConfigs(ctx, b, rates...); err == nil {
				mu.Lock()
				defer mu.Unlock()
				now[b] = configs
			}
		})
	}
	wg.Wait()
	return now
}

// keepRates compares the brokers' rates with what is known of them.
func (e *Executor) keepRates(ctx context.Context, now map[int32]map[string]string) error {
	said := changes{}
	defer func() { said.emit(e) }()
	for _, b := range slices.Sorted(maps.Keys(now)) {
		e.ratesReadAt[b] = time.Now()
		again := false
		for _, config := range rates {
			value, last := configValue(now[b], config), e.inForce[rateOf{b, config}]
			was, changed := e.compareRate(b, config, value, last)
			if changed {
				again = again || value == nil
				said.add(b, config, was, value)
			}
		}
		if !again {
			continue
		}
		if err := e.setRate(ctx, b); err != nil && (!brokerUnavailable(err) || permanent(err) || ctx.Err() != nil) {
			return &changeError{err}
		}
	}
	return nil
}

// compareRate tells whether others removed or changed a rate since it was set or read last. A broker may not know yet what was
// set on it (see metadataLag).
func (e *Executor) compareRate(broker int32, config string, now *string, last *rateInForce) (was *string, changed bool) {
	entry := e.ledger.rate(broker, config)
	if last == nil { // the broker was away when the moves were submitted, and may have no rate yet
		if now != nil {
			e.inForce[rateOf{broker, config}] = &rateInForce{value: *now, seen: true}
		}
		return nil, now == nil
	}
	switch {
	case now != nil && (*now == last.value || entry != nil && slices.Contains(entry.Ours, *now)):
		last.value, last.seen, last.tries = *now, true, 0
		return nil, false
	case !last.seen && (time.Since(last.setAt) < metadataLag || last.tries >= maxUnseen):
		return nil, false
	case now == nil:
		last.tries++
	case !last.seen && entry != nil && equal(entry.Prior, now):
		return nil, false
	}
	was = &last.value
	if now != nil {
		e.inForce[rateOf{broker, config}] = &rateInForce{value: *now, seen: true}
	}
	return was, true
}

// changes collects what was changed by others, so that a change on many brokers is one event.
type changes map[string]*ThrottleChanged

func (c changes) add(broker int32, config string, was, now *string) {
	key := config + "\n" + textOf(was) + "\n" + textOf(now)
	if c[key] == nil {
		c[key] = &ThrottleChanged{Config: config, Was: was, Now: now, Again: now == nil}
	}
	c[key].Brokers = append(c[key].Brokers, broker)
}

func (c changes) emit(e *Executor) {
	for _, key := range slices.Sorted(maps.Keys(c)) {
		ev := *c[key]
		if ev.Again {
			to := strconv.FormatInt(e.o.Rate, 10)
			ev.Now = &to
		}
		e.emit(ev)
	}
}

func textOf(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

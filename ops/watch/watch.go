package watch

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/lag"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// Watch looks at a cluster again and again, polls its brokers' metrics beside that, and publishes what it knows. The
// latest state wins: a slow reader misses states and never holds up the next look.
type Watch struct {
	session Session
	o       Options

	mu       sync.Mutex
	latest   *state.State
	history  *history.History // up to latest
	newer    chan struct{}    // closed when latest is replaced
	recorder history.Recorder // makes history

	threads map[int32]tenant.Threads // of the next state
	before  *state.Snapshot          // of the look before the latest
	calm    state.Calm
	out     *health.Unsynced    // up to the latest look
	disks   *health.DiskUse     // up to the latest look
	answers *health.AnswerTimes // up to the latest look
	earlier *health.Sightings   // of other runs of kdeck
	kept    *health.Sightings   // as it was kept last
	began   time.Time           // when the first look had shown something
	overdue []health.Overdue    // at the latest look
	samples health.Samples      // of the metrics; never nil, because a Watch polls more than once
	pages   int64               // of metrics that were asked for

	looked   time.Time // when requests were counted last, and how many there were
	requests int64

	refresh   chan struct{} // holds a value after Refresh was called
	quotasDue chan struct{} // holds a value after RefreshQuotas was called
	endsDue   chan struct{} // holds a value after Attend was called

	attended atomic.Bool // somebody looks at what is read with the ends of the logs
	record   lag.Record  // of readGroups alone

	topicsInFront atomic.Bool   // the pane Topics is
	topicsDue     chan struct{} // holds a value after it came there
}

// New makes a Watch. Its first state, which knows nothing yet and says what it waits for, is there at once.
func New(s Session, o Options) *Watch {
	w := &Watch{session: s, o: o.orDefaults(), newer: make(chan struct{}), samples: health.Samples{},
		refresh: make(chan struct{}, 1), quotasDue: make(chan struct{}, 1), endsDue: make(chan struct{}, 1), topicsDue: make(chan struct{}, 1)}
	c := s.Cluster()
	w.calm = c.Calm.OrDefaults()
	w.looked = w.o.Now()
	w.latest = &state.State{
		Seq: 1, Now: w.looked, Context: c.Name, Color: c.Color, Production: c.Production,
		Waiting: "the first answer from " + strings.Join(c.Bootstrap, ", "), Verdict: state.VerdictUnknown,
		TenantRules: c.Tenants, Calm: c.Calm, AsksHosts: c.Host != "", MetricsConfigured: w.o.Metrics != nil && MetricsConfigured(c.Metrics), NoMetrics: notReadYet,
	}
	if w.o.Metrics == nil {
		w.latest.NoMetrics = notPolled
	}
	return w
}

// Latest returns the latest state.
func (w *Watch) Latest() *state.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest
}

// Next returns the latest state, and the history up to it, as soon as its Seq is above after, or the context's error.
func (w *Watch) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	for {
		w.mu.Lock()
		latest, past, newer := w.latest, w.history, w.newer
		w.mu.Unlock()
		if latest.Seq > after {
			return latest, past, nil
		}
		select {
		case <-newer:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// publish makes the next state: a copy of the latest in which change sets what is new. What looks, polls and
// reads find comes together here and nowhere else.
func (w *Watch) publish(change func(next *state.State)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := *w.latest
	next.Seq++
	next.Now = w.o.Now()
	change(&next)
	next.Threads = w.threads
	next.Verdict, next.Findings = health.Judge(health.Input{
		State: &next, Before: w.before, Samples: w.samples, Unsynced: w.out, Answers: w.answers, Disks: w.disks, Earlier: w.earlier, Overdue: w.overdue, Last: w.latest})
	spent := w.session.Spent()
	next.Spent.Requests, next.Spent.Bytes = spent.Requests+w.pages, spent.BytesSent+spent.BytesReceived
	if w.o.Metrics != nil {
		next.Spent.Bytes += w.o.Metrics.Traffic()
	}
	w.latest, w.history = &next, w.recorder.Add(&next)
	close(w.newer)
	w.newer = make(chan struct{})
}

// Run looks, and polls, until the context ends.
func (w *Watch) Run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { w.pollMetrics(ctx) })
	beside.Go(func() { w.readQuotas(ctx) })
	beside.Go(func() { w.readThreads(ctx) })
	beside.Go(func() { w.readGroups(ctx) })
	beside.Go(func() { w.readTopics(ctx) })
	if w.o.Store != nil {
		beside.Go(func() { w.store(ctx) })
	}
	w.lookRepeatedly(ctx)
	beside.Wait()
}

func (w *Watch) lookRepeatedly(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		start := w.o.Now()
		err := w.look(ctx)
		if err != nil {
			failures++
		} else {
			failures = 0
			w.keepSightings()
		}
		took := w.o.Now().Sub(start)
		w.rest(ctx, min(2*took, maxPause), nil)
		w.rest(ctx, w.pause(took, failures)-2*took, w.refresh)
	}
}

// Refresh ends the rest between two looks early, but never so early that a cluster which answers slowly is asked all
// the time. It returns at once.
func (w *Watch) Refresh() {
	select {
	case w.refresh <- struct{}{}:
	default: // one is due already
	}
}

// rest waits for d, or until a value comes from refresh, which it reports, or until the context ends.
func (w *Watch) rest(ctx context.Context, d time.Duration, refresh <-chan struct{}) (refreshed bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-refresh:
		return true
	case <-ctx.Done():
	}
	return false
}

// maxPause is the longest that a Watch rests, unless its interval is longer.
const maxPause = time.Minute

// pause is how long to rest after a look: at least the interval and at least twice as long as the look took, so that a
// cluster in distress isn't asked all the time; twice as long again with each look that failed after the first.
func (w *Watch) pause(took time.Duration, failures int) time.Duration {
	return min(backedOff(max(w.o.Interval, 2*took), failures), max(maxPause, w.o.Interval))
}

// backedOff doubles an interval for each failure in a row after the first, up to maxPause.
func backedOff(interval time.Duration, failures int) time.Duration {
	for range failures - 1 {
		if interval *= 2; interval >= maxPause {
			return maxPause
		}
	}
	return interval
}

// look publishes what one more look shows, unless the context ended it.
func (w *Watch) look(ctx context.Context) error {
	last := w.Latest()
	before := clusterOf(last.Snapshot)
	audited := make(chan state.Reading[*state.Audit], 1)
	go func() { audited <- w.o.Audit(before) }() // beside the look: a long journal takes its time
	snapshot, err := newLook(w.session, w.o, last.Snapshot).run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var overdue []health.Overdue
	earlier := w.earlier
	if err == nil {
		if snapshot.ClusterID != before {
			earlier = w.o.Earlier(snapshot.ClusterID)
			w.kept, w.began = earlier, w.o.Now()
		}
		overdue = w.o.Overdue(ctx, snapshot.ClusterID)
	}
	audit := <-audited
	if id := clusterOf(snapshot, last.Snapshot); id != before {
		audit = w.o.Audit(id)
	}
	w.publish(func(next *state.State) {
		w.overdue, next.Audit = overdue, audit
		if err != nil {
			next.Failed = err.Error()
		} else {
			w.earlier = earlier
			w.before, w.out, w.answers = last.Snapshot, w.out.Look(snapshot, w.calm), w.answers.Look(snapshot)
			w.disks = w.disks.Look(snapshot)
			next.Failed, next.Snapshot, next.Waiting = "", snapshot, ""
		}
		next.Spent.PerSecond = w.rate(next.Now)
	})
	return err
}

// clusterOf is the id of the cluster that was looked at last; "" where no look has shown one.
func clusterOf(looks ...*state.Snapshot) string {
	for _, s := range looks {
		if s != nil {
			return s.ClusterID
		}
	}
	return ""
}

// rate is how many requests a second were sent since the last look. A shorter time than the interval counts as one interval, because
// looks are rarely closer than that.
func (w *Watch) rate(now time.Time) float64 {
	requests := w.session.Spent().Requests + w.pages
	rate := float64(requests-w.requests) / max(now.Sub(w.looked), w.o.Interval).Seconds()
	w.looked, w.requests = now, requests
	return rate
}

// settled is how long after the first look all that there is to be found was found: groups are looked at twice, and threads polled three times.
const settled = 2 * time.Minute

// store hands States out to be stored.
func (w *Watch) store(ctx context.Context) {
	for w.rest(ctx, time.Minute, nil); ctx.Err() == nil; w.rest(ctx, time.Minute, nil) {
		if s := w.Latest(); s.Snapshot != nil && s.Failed == "" {
			w.o.Store(ctx, s)
		}
	}
}

// keepSightings keeps what the latest look has shown, where that says something new.
func (w *Watch) keepSightings() {
	s := w.Latest()
	if s.Snapshot == nil {
		return
	}
	if next := w.kept.Next(s, w.o.Now().Sub(w.began) > settled); w.kept.News(next) {
		w.o.Keep(s.Snapshot.ClusterID, next)
		w.kept = next
	}
}

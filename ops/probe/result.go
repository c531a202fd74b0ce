package probe

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// WhatProbe is what of a broker is unknown where the probe says nothing of it.
const WhatProbe = "probe"

// Figures are how long a stage took at a broker, of the latest samples.
type Figures struct {
	Stage   string  `json:"stage"`
	Samples int64   `json:"samples"` // in all
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

// BrokerResult is what is known of one broker.
type BrokerResult struct {
	Broker     int32            `json:"broker"`
	Rack       *string          `json:"rack"`
	Partition  *int32           `json:"partition"` // of the topic that it is the preferred leader of; null: none
	LedBy      *int32           `json:"led_by"`    // the broker that leads it; null: none
	Attempts   int64            `json:"attempts"`  // that say something of the broker
	Good       int64            `json:"good"`
	Failed     int64            `json:"failed"`
	Late       int64            `json:"late"`
	Throttled  int64            `json:"throttled"`
	Refused    int64            `json:"refused"`
	NotLeading int64            `json:"not_leading"`
	Retries    int64            `json:"retries"`
	Lost       int64            `json:"lost"`
	Duplicated int64            `json:"duplicated"`
	SLI        *float64         `json:"sli_percent"` // null: nothing was counted
	FailedAt   map[string]int64 `json:"failed_at"`   // attempts by the stage at which they came to nothing
	Stages     []Figures        `json:"stages"`
	Error      *string          `json:"error"`                 // of the latest attempt that was no good
	Slow       *string          `json:"slow"`                  // the stage that is slow against its peers
	BrokerP99  *float64         `json:"broker_produce_p99_ms"` // what the broker itself says of writes; null: no metrics

	median map[Stage]times
}

// Median returns the median of a stage in milliseconds.
func (b *BrokerResult) Median(s Stage) (ms float64, known bool) {
	t, ok := b.median[s]
	return float64(t.p50) / float64(time.Millisecond), ok
}

// P99 returns the 99th percentile of a stage in milliseconds.
func (b *BrokerResult) P99(s Stage) (ms float64, known bool) {
	t, ok := b.median[s]
	return float64(t.p99) / float64(time.Millisecond), ok
}

// Budget is what the target allows, and what was spent of it.
type Budget struct {
	Target  float64  `json:"target_percent"`
	Allowed float64  `json:"allowed"`      // attempts that may be no good, of those that were made
	Spent   int64    `json:"spent"`        // attempts that were
	Left    *float64 `json:"left_percent"` // below 0: overspent; null: nothing was counted
	Burn    *float64 `json:"burn_rate"`    // 1: the budget is spent just as fast as it comes
}

// Finding is something that is wrong, as the probe sees it.
type Finding struct {
	Kind     string `json:"kind"`   // failing, slow-stage, lost, duplicated, not-leading, not-alive, in-front
	Broker   *int32 `json:"broker"` // null: all
	Stage    string `json:"stage"`  // "": none
	Sentence string `json:"sentence"`
}

// Result is what a prober knows.
type Result struct {
	ClusterID string
	Began     time.Time
	Took      time.Duration
	Every     time.Duration
	Topic     string // "": none
	ReadOnly  bool
	Seat      Seat
	Attempts  int64
	Good      int64
	Budget    Budget
	Brokers   []BrokerResult // by id
	Findings  []Finding
	Unknown   []state.Unknown
}

// Result is what was measured so far.
func (p *Prober) Result() *Result {
	l := p.layout.Load()
	seat := p.seat()
	every := p.Every()
	p.mu.Lock()
	defer p.mu.Unlock()
	end := p.ended
	if end.IsZero() {
		end = p.o.Now()
	}
	r := &Result{ClusterID: l.ClusterID, Began: p.began, Took: end.Sub(p.began), Every: every, Topic: p.o.Topic, ReadOnly: p.o.ReadOnly, Seat: seat}
	medians := map[int32]map[Stage]times{}
	known := map[int32]bool{}
	for _, b := range l.Brokers {
		known[b.ID] = p.o.Brokers(b.ID)
	}
	for id := range p.tallies {
		known[id] = true // one that isn't listed any more
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !known[id] {
			continue
		}
		t := p.tallies[id]
		if t == nil {
			t = &tally{}
		}
		b := brokerResult(l, id, t)
		medians[id] = b.median
		r.Brokers = append(r.Brokers, b)
		r.Attempts += b.Attempts
		r.Good += b.Good
		r.judge(l, id, t, &b)
	}
	if p.unread != nil {
		r.Unknown = append(r.Unknown, state.Unknown{Node: -1, What: state.WhatMetadata, Why: p.unread.Error()})
	}
	if p.o.Topic != "" && !l.Exists && l.Err == nil {
		r.Unknown = append(r.Unknown, state.Unknown{Node: -1, What: WhatProbe, Why: fmt.Sprintf("the topic %s isn't there any more: somebody deleted it", p.o.Topic)})
	}
	r.addSlow(l, medians)
	r.Budget = budgetOf(p.o.Target, r.Attempts, r.Good)
	return r
}

func brokerResult(l *Layout, id int32, t *tally) BrokerResult {
	b := BrokerResult{Broker: id, Throttled: t.outcomes[Throttled], Refused: t.outcomes[Refused], Failed: t.outcomes[Failed], Late: t.outcomes[Late],
		NotLeading: t.outcomes[NotLeading], Retries: t.retries, Lost: t.lost, Duplicated: t.duplicated, FailedAt: map[string]int64{}, Stages: []Figures{}, median: map[Stage]times{}}
	b.Attempts, b.Good = t.counted()
	if b.Attempts > 0 {
		sli := 100 * float64(b.Good) / float64(b.Attempts)
		b.SLI = &sli
	}
	if broker, ok := l.Broker(id); ok {
		b.Rack = format.OrNull(broker.Rack)
	}
	if part, has := l.Home(id); has {
		b.Partition = &part.ID
		if part.Leader >= 0 {
			b.LedBy = &part.Leader
		}
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	for _, stage := range Stages() {
		if n := t.failedAt[stage]; n > 0 {
			b.FailedAt[stage.String()] = n
		}
		if w := t.stages[stage].times(); w.n > 0 {
			b.median[stage] = w
			b.Stages = append(b.Stages, Figures{stage.String(), w.n, ms(w.p50), ms(w.p99), ms(w.max)})
		}
	}
	if t.lastBad.Ticks > 0 {
		b.Error = &t.lastBad.Err
	}
	return b
}

// judge adds what is wrong with one broker, or what isn't known of it.
func (r *Result) judge(l *Layout, id int32, t *tally, b *BrokerResult) {
	find := func(kind string, stage Stage, sentence string) {
		r.Findings = append(r.Findings, Finding{kind, &id, stage.String(), sentence})
	}
	if bad := b.Attempts - b.Good; bad > 0 {
		stage := worstStage(t.failedAt)
		find("failing", stage, fmt.Sprintf("%s of %s through broker %d came to nothing, most at %s; the latest at %s: %s",
			format.Thousands(bad), format.Count(int(b.Attempts), "attempt"), id, stage, t.lastFailed.Stage, t.lastFailed.Err))
	}
	if b.Lost > 0 {
		find("lost", ProduceAll, fmt.Sprintf("%s that broker %d acknowledged can't be read", format.Count(int(b.Lost), "record"), id))
	}
	if b.Duplicated > 0 {
		find("duplicated", Produce, fmt.Sprintf("%s through broker %d stands in its log twice", format.Count(int(b.Duplicated), "record"), id))
	}
	miss := func(why string) { r.Unknown = append(r.Unknown, state.Unknown{Node: id, What: WhatProbe, Why: why}) }
	idle := func(kind, sentence, why string) {
		r.Findings = append(r.Findings, Finding{Kind: kind, Broker: &id, Sentence: fmt.Sprintf("Broker %d %s", id, sentence)})
		miss(why)
	}
	_, alive := l.Broker(id)
	home, has := l.Home(id)
	switch {
	case !alive:
		idle("not-alive", "isn't among the live brokers", "it isn't among the live brokers")
	case t.last.Ticks == 0:
		miss("no attempt has ended yet")
	case t.last.Outcome == NotLeading && !has:
		idle("not-leading", "has no probe partition (kdeck probe create adds one): "+t.last.Err, t.last.Err)
	case t.last.Outcome == NotLeading:
		idle("not-leading", "doesn't lead its probe partition: "+t.last.Err, t.last.Err)
	case !r.ReadOnly && has && home.Leader >= 0 && home.Leader != id:
		why := fmt.Sprintf("broker %d leads its partition %d now", home.Leader, home.ID)
		idle("not-leading", "doesn't lead its probe partition: "+why, why)
	case t.last.Outcome == Throttled:
		miss(fmt.Sprintf("%s held back by a quota: no part of the share", format.Count(int(t.outcomes[Throttled]), "attempt")))
	case t.last.Outcome == Refused:
		miss(t.last.Err + ": " + needed(r.ReadOnly))
	case t.last.Outcome == Gone && b.Attempts == 0:
		miss(t.last.Err)
	}
}

// worstStage is the stage at which most attempts came to nothing.
func worstStage(failedAt [numStages]int64) Stage {
	worst := Stage(0)
	for stage, n := range failedAt {
		if n > failedAt[worst] {
			worst = Stage(stage)
		}
	}
	return worst
}

// addSlow adds the stages that are slow.
func (r *Result) addSlow(l *Layout, medians map[int32]map[Stage]times) {
	for _, s := range slowStages(medians) {
		f := Finding{Kind: "slow-stage", Stage: s.Stage.String()}
		var followers []int32
		if s.Broker >= 0 {
			f.Broker = &s.Broker
			if part, has := l.Home(s.Broker); has {
				followers = slices.DeleteFunc(slices.Clone(part.ISR), func(id int32) bool { return id == s.Broker })
			}
			for i := range r.Brokers {
				if r.Brokers[i].Broker == s.Broker {
					r.Brokers[i].Slow = &f.Stage
				}
			}
		}
		f.Sentence = s.Sentence(followers)
		r.Findings = append(r.Findings, f)
	}
}

// budgetOf is what a target of so many percent leaves.
func budgetOf(target float64, attempts, good int64) Budget {
	b := Budget{Target: target, Spent: attempts - good, Allowed: float64(attempts) * (100 - target) / 100}
	if attempts > 0 {
		bad := float64(b.Spent)
		left, burn := 100.0, 0.0
		if bad > 0 {
			burn = bad / b.Allowed
			left = 100 - 100*burn
		}
		if !math.IsInf(burn, 0) {
			b.Left, b.Burn = &left, &burn
		}
	}
	return b
}

// SLI is the share of good attempts in percent. known is false where none counted.
func (r *Result) SLI() (percent float64, known bool) {
	if r.Attempts == 0 {
		return 0, false
	}
	return 100 * float64(r.Good) / float64(r.Attempts), true
}

// Well tells whether the target is met and nothing is slow. known is false where nothing says no, and something that could isn't known.
func (r *Result) Well() (well, known bool) {
	sli, counted := r.SLI()
	switch {
	case counted && sli < r.Budget.Target:
		return false, true
	case slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == "slow-stage" || f.Kind == "lost" || f.Kind == "in-front" }):
		return false, true
	}
	return true, counted && len(r.Unknown) == 0
}

// Sentence sums it up.
func (r *Result) Sentence() string {
	sli, counted := r.SLI()
	if !counted {
		return "Nothing was measured"
	}
	what := "were acknowledged and read"
	if r.ReadOnly {
		what = "were answered"
	}
	s := fmt.Sprintf("%s of %s %s within the deadline (%s)", format.Thousands(r.Good), format.Count(int(r.Attempts), "attempt"), what, percent(sli))
	switch {
	case r.Budget.Spent == 0:
		s += fmt.Sprintf("; nothing is spent of what %s allows", percent(r.Budget.Target))
	case r.Budget.Burn != nil:
		s += fmt.Sprintf("; no good: %s, where %s allows %s (%s times as many)", format.Thousands(r.Budget.Spent), percent(r.Budget.Target), few(r.Budget.Allowed), few(*r.Budget.Burn))
	}
	return s
}

// percent writes a share that may be near 100, with as many digits behind the point as tell it from 100. It is never rounded up.
func percent(v float64) string {
	const tiny = 1e-9 // what floating-point numbers get wrong
	places := 0
	for v < 100 && places < 6 && (100-v)*math.Pow10(places)+tiny < 1 || places == 0 && v != math.Trunc(v) {
		places++
	}
	scale := math.Pow10(places)
	return fmt.Sprintf("%.*f%%", places, math.Floor(v*scale+tiny*scale)/scale)
}

// few writes a figure of which the first digits count, however small it is.
func few(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return format.Short(v)
}

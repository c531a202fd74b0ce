package health

import (
	"cmp"
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// load judges the brokers' metrics: which threads are short of time, which clients are throttled, which metrics were not read.
func (j *judge) load() {
	samples, need := j.Samples, j.calm.Busy
	if samples == nil {
		samples, need = newest(j.State), 1
	}
	enough := Samples{}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		if of := samples[b.ID]; len(of) >= need && !j.tooOld(j.State.Metrics[b.ID]) {
			of = of[len(of)-need:]
			j.networkThreads(b.ID, of)
			j.requestHandlers(b.ID, of)
			j.requestQueue(b.ID, of)
			enough[b.ID] = of
		}
	}
	j.busyBrokers()
	j.producesWait(enough)
	j.memoryPool(enough)
	j.logCleaner(enough)
	j.catchUpThrottled(enough)
	j.connections()
	j.unevenLoad()
	j.throttled()
	j.metricsNotRead()
}

// ShortOfTime lists the brokers of a single poll that may be short of time, which further polls can tell.
func ShortOfTime(s *state.State) (ids []int32) {
	j := &judge{Input: Input{State: s}, s: s.Snapshot, now: s.Now}
	for id, of := range newest(s) {
		j.networkThreads(id, of)
		j.requestHandlers(id, of)
	}
	for _, b := range j.busy {
		if !slices.Contains(ids, b.id) {
			ids = append(ids, b.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// newest are the samples of a single look.
func newest(s *state.State) Samples {
	samples := Samples{}
	for id, r := range s.Metrics {
		if r.Known {
			samples[id] = []*state.BrokerMetrics{r.Value}
		}
	}
	return samples
}

// busy is a broker some of whose threads have little time left.
type busy struct {
	id       int32
	code     string
	severity state.Severity
	idle     float64 // of what has the least
	sentence string  // of this broker alone
	evidence []string
	newest   *state.BrokerMetrics
}

// mostIdle is the largest idle share over the samples; false if it is unknown in one of them.
func mostIdle(samples []*state.BrokerMetrics, get func(*state.BrokerMetrics) state.Reading[float64]) (idle float64, known bool) {
	for _, m := range samples {
		r := get(m)
		if !r.Known {
			return 0, false
		}
		idle = max(idle, r.Value)
	}
	return idle, true
}

// shortOf is the severity of a finding about threads with that idle share; false where they have enough time. Between [IdleBad] and [IdleLow] it only
// informs. Where threads were short at the last look, they are until more than [IdleWell] of their time is idle again.
func (j *judge) shortOf(code string, idle float64) (state.Severity, bool) {
	bad := IdleBad
	if j.Last != nil && slices.ContainsFunc(j.Last.Findings, func(f state.Finding) bool { return f.Code == code && f.Severity == state.SeverityWarning }) {
		bad = IdleWell
	}
	if idle < bad {
		return state.SeverityWarning, true
	}
	return state.SeverityInfo, idle < IdleLow
}

// thread is one network thread over the samples.
type thread struct {
	state.Processor
	idle float64 // the most of the samples
}

func (t thread) String() string {
	if t.Listener == "" {
		return t.Number
	}
	return t.Number + " of " + name(t.Listener)
}

// threads are those of the newest sample that all samples know, the busiest first.
func threads(samples []*state.BrokerMetrics) []thread {
	var list []thread
	for _, p := range samples[len(samples)-1].Processors {
		idle, known := mostIdle(samples, func(m *state.BrokerMetrics) state.Reading[float64] {
			for _, q := range m.Processors {
				if q.Listener == p.Listener && q.Number == p.Number {
					return q.Idle
				}
			}
			return state.Reading[float64]{}
		})
		if known {
			list = append(list, thread{p, idle})
		}
	}
	slices.SortStableFunc(list, func(a, b thread) int { return cmp.Compare(a.idle, b.idle) })
	return list
}

// networkThreads judges a broker's network threads: all of them together, or else single ones whose clients wait though the
// mean is fine.
func (j *judge) networkThreads(id int32, samples []*state.BrokerMetrics) {
	all, newest := threads(samples), samples[len(samples)-1]
	mean, known := mostIdle(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle })
	if known {
		if severity, few := j.shortOf(NetworkThreadsBusy, mean); few {
			sentence := fmt.Sprintf("Network threads of broker %d are only %s idle", id, format.Share(mean))
			if len(all) > 0 {
				sentence += fmt.Sprintf("; the busiest, %s, %s", all[0], format.Share(all[0].idle))
			}
			j.busy = append(j.busy, busy{id, NetworkThreadsBusy, severity, mean, sentence, append(sourceOf(samples), idleOfEach(all)...), newest})
			return
		}
	}
	var hot []thread
	for i, t := range all {
		if t.idle < IdleBad || t.idle < IdleLow && othersIdle(all, i)-t.idle >= BelowOthers {
			hot = append(hot, t)
		}
	}
	if len(hot) == 0 {
		return
	}
	severity, _ := j.shortOf(HotNetworkThread, hot[0].idle)
	sentence := fmt.Sprintf("Network thread %s of broker %d is only %s idle", hot[0], id, format.Share(hot[0].idle))
	if len(hot) > 1 {
		sentence = fmt.Sprintf("%d of %d network threads of broker %d are hot; the hottest, %s, is only %s idle", len(hot), len(all), id, hot[0], format.Share(hot[0].idle))
	}
	if known {
		sentence += fmt.Sprintf(", though the average is %s: its clients wait", format.Share(mean))
	}
	j.busy = append(j.busy, busy{id, HotNetworkThread, severity, hot[0].idle, sentence, append(sourceOf(samples), idleOfEach(all)...), newest})
}

// othersIdle is the mean idle share of the other threads; 0 where there is none.
func othersIdle(all []thread, but int) float64 {
	if len(all) < 2 {
		return 0
	}
	sum := 0.0
	for i, t := range all {
		if i != but {
			sum += t.idle
		}
	}
	return sum / float64(len(all)-1)
}

// idleOfEach says how idle the threads are, the busiest of them by name.
func idleOfEach(all []thread) []string {
	const most = 4
	var lines []string
	for _, t := range all[:min(most, len(all))] {
		lines = append(lines, fmt.Sprintf("network thread %s: %s idle", t, format.Share(t.idle)))
	}
	if rest := len(all) - most; rest > 0 {
		lines = append(lines, fmt.Sprintf("%s are %s idle or more", format.Count(rest, "other"), format.Share(all[most].idle)))
	}
	return lines
}

func (j *judge) requestHandlers(id int32, samples []*state.BrokerMetrics) {
	idle, known := mostIdle(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	severity, few := j.shortOf(RequestHandlersBusy, idle)
	if !known || !few {
		return
	}
	evidence := sourceOf(samples)
	if q := samples[len(samples)-1].RequestQueue; q.Known {
		evidence = append(evidence, fmt.Sprintf("%.0f requests are in its queue", q.Value))
	}
	sentence := fmt.Sprintf("Request handlers of broker %d are only %s idle: requests of every kind wait for one", id, format.Share(idle))
	if answered, known := smallest(samples, (*state.BrokerMetrics).RequestRate); known && answered < AnyRate && severity == state.SeverityWarning {
		sentence += "; they answer nothing, so that they may all be blocked: take three thread dumps (jstack) before you restart it"
	}
	j.busy = append(j.busy, busy{id, RequestHandlersBusy, severity, idle, sentence, evidence, samples[len(samples)-1]})
}

// sourceOf says which exporter showed it, and over which time.
func sourceOf(samples []*state.BrokerMetrics) []string {
	newest, over := samples[len(samples)-1], "as the broker counts it over about a minute"
	if len(samples) > 1 {
		over = fmt.Sprintf("in %d polls over %s", len(samples), age(newest.At.Sub(samples[0].At)))
	}
	return []string{fmt.Sprintf("as %s shows it, %s", line(newest.From), over)}
}

// whatIsBusy says of several brokers what a code means.
var whatIsBusy = map[string]string{
	NetworkThreadsBusy:  "Network threads of %s have little time left",
	HotNetworkThread:    "Single network threads of %s have no time left, though the others have: their clients wait",
	RequestHandlersBusy: "Request handlers of %s have little time left: requests of every kind wait for one",
}

// busyBrokers makes findings of the brokers that are short of time, one of each code and severity: an abusive client is felt
// on all brokers alike.
func (j *judge) busyBrokers() {
	slices.SortStableFunc(j.busy, func(a, b busy) int { return cmp.Compare(a.idle, b.idle) })
	for _, code := range []string{RequestHandlersBusy, NetworkThreadsBusy, HotNetworkThread} {
		for _, severity := range []state.Severity{state.SeverityWarning, state.SeverityInfo} {
			var of []busy
			for _, b := range j.busy {
				if b.code == code && b.severity == severity {
					of = append(of, b)
				}
			}
			if len(of) > 0 {
				f := findingOf(of)
				j.blame(&f, code, of[0].newest)
				j.lookThere(&f, of[0].newest)
				f.Subject.Name = string(severity)
				j.find(f)
			}
		}
	}
}

func findingOf(of []busy) state.Finding {
	first := of[0]
	f := state.Finding{
		Code: first.code, Severity: first.severity, Scope: fmt.Sprintf("broker %d", first.id), Fault: "kafka",
		Sentence: first.sentence, Evidence: first.evidence,
		Next: fmt.Sprintf("kdeck tenants --broker %d", first.id), Pane: "brokers", Filter: fmt.Sprintf("id:%d", first.id),
	}
	if len(of) == 1 {
		return f
	}
	const most = 6
	ids := make([]int32, len(of))
	f.Evidence = nil
	for i, b := range of {
		ids[i] = b.id
		if i < most {
			f.Evidence = append(f.Evidence, b.sentence)
		}
	}
	if rest := len(of) - most; rest > 0 {
		f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other broker"))
	}
	f.Evidence = append(f.Evidence, first.evidence[0])
	f.Filter = brokerFilter(ids)
	slices.Sort(ids)
	f.Scope = format.Count(len(of), "broker")
	f.Sentence = fmt.Sprintf(whatIsBusy[first.code], brokers(ids)) + fmt.Sprintf("; broker %d is worst, %s idle", first.id, format.Share(first.idle))
	return f
}

package health

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// From which idle shares on a broker's threads are short of time. Kafka's documentation asks for 0.3 (monitoring.md);
// below 0.1 requests wait for a thread.
const (
	idleLow = 0.30
	idleBad = 0.10
)

// offOthers is how much less idle than the others on the mean a network thread must be to be pointed out before it is bad.
const offOthers = 0.3

// metricsStale is the age from which metrics don't count as read: a Prometheus server may tell of a scrape of long ago.
const metricsStale = 2 * time.Minute

// Sustained is how many polls in a row a thread must be busy for that to be a finding, where one poll follows the other.
// A single look goes by what the brokers themselves count over about a minute.
const Sustained = 3

// Samples are the latest metrics of each broker that came without a gap, the newest last; the newest are a State's.
type Samples map[int32][]*state.BrokerMetrics

// SamplesOf are the samples of a single look.
func SamplesOf(s *state.State) Samples {
	samples := Samples{}
	for id, r := range s.Metrics {
		if r.Known {
			samples[id] = []*state.BrokerMetrics{r.Value}
		}
	}
	return samples
}

// Load judges what the brokers' metrics say: who is short of threads, who is held back by a quota. need is how many samples
// it takes ([Sustained], or 1 of a single look). Where the context says where metrics are, a broker that gives none leaves
// no cluster healthy. The verdict is empty where there is nothing to say.
func Load(s *state.State, samples Samples, need int) (state.Verdict, []state.Finding) {
	if s.Snapshot == nil {
		return "", nil
	}
	l := &load{judge: judge{s: s.Snapshot, now: s.Now}, state: s}
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		if of := samples[b.ID]; len(of) >= need && need > 0 && !l.tooOld(s.Metrics[b.ID]) {
			of = of[len(of)-need:]
			l.networkThreads(b.ID, of)
			l.requestHandlers(b.ID, of)
		}
	}
	l.busyBrokers()
	l.throttled()
	l.metricsNotRead()
	slices.SortStableFunc(l.findings, compare)
	return l.verdict, l.findings
}

// Together lays what [Load] found beside what [Judge] or [Unanswered] did. What is known to be wrong outweighs what is not
// known, but where nobody answers how the cluster is stays unknown.
func Together(v state.Verdict, findings []state.Finding, load state.Verdict, more []state.Finding) (state.Verdict, []state.Finding) {
	all := slices.Concat(findings, more)
	unreachable := slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Code == Unreachable })
	if verdicts[load] > verdicts[v] && !unreachable {
		v = load
	}
	if verdicts[v] > verdicts[state.VerdictHealthy] {
		all = slices.DeleteFunc(all, func(f state.Finding) bool { return f.Code == Well })
	}
	slices.SortStableFunc(all, compare)
	return v, all
}

type load struct {
	judge
	state *state.State
	busy  []busy
}

// busy is a broker some of whose threads have little time left.
type busy struct {
	id       int32
	code     string
	verdict  state.Verdict
	idle     float64 // of what has the least
	sentence string  // of this broker alone
	evidence []string
}

// worst is the most idle that something was over the samples; false where one of them doesn't know. A single one of exactly
// 0 is that of a meter that hasn't begun to count: Kafka's read 0 for the first seconds of a process.
func worst(samples []*state.BrokerMetrics, get func(*state.BrokerMetrics) state.Reading[float64]) (idle float64, known bool) {
	for _, m := range samples {
		r := get(m)
		if !r.Known {
			return 0, false
		}
		idle = max(idle, r.Value)
	}
	return idle, len(samples) > 1 || idle > 0
}

// short is the severity and the verdict of threads with so little time left; false where they have enough. A warning of
// what comes is no degradation yet.
func short(idle float64) (state.Verdict, bool) {
	if idle < idleBad {
		return state.VerdictDegraded, true
	}
	return state.VerdictHealthy, idle < idleLow
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
		idle, known := worst(samples, func(m *state.BrokerMetrics) state.Reading[float64] {
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
func (l *load) networkThreads(id int32, samples []*state.BrokerMetrics) {
	all := threads(samples)
	mean, known := worst(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle })
	if known {
		if v, few := short(mean); few {
			sentence := fmt.Sprintf("Network threads of broker %d are only %s idle", id, format.Percent(100*mean))
			if len(all) > 0 {
				sentence += fmt.Sprintf("; the busiest, %s, %s", all[0], format.Percent(100*all[0].idle))
			}
			l.busy = append(l.busy, busy{id, NetworkThreadsBusy, v, mean, sentence, append(seen(samples), each(all)...)})
			return
		}
	}
	var hot []thread
	for i, t := range all {
		if t.idle < idleBad || t.idle < idleLow && othersIdle(all, i)-t.idle >= offOthers {
			hot = append(hot, t)
		}
	}
	if len(hot) == 0 {
		return
	}
	v, _ := short(hot[0].idle)
	sentence := fmt.Sprintf("Network thread %s of broker %d is only %s idle", hot[0], id, format.Percent(100*hot[0].idle))
	if len(hot) > 1 {
		sentence = fmt.Sprintf("%d of %d network threads of broker %d are hot; the hottest, %s, is only %s idle", len(hot), len(all), id, hot[0], format.Percent(100*hot[0].idle))
	}
	if known {
		sentence += fmt.Sprintf(", though all together are %s: whoever is connected to it waits", format.Percent(100*mean))
	}
	l.busy = append(l.busy, busy{id, HotNetworkThread, v, hot[0].idle, sentence, append(seen(samples), each(all)...)})
}

// othersIdle is how idle the other threads are on the mean; 0 where there is none.
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

// each says how idle the threads are, the busiest of them by name.
func each(all []thread) []string {
	const most = 4
	var lines []string
	for _, t := range all[:min(most, len(all))] {
		lines = append(lines, fmt.Sprintf("network thread %s: %s idle", t, format.Percent(100*t.idle)))
	}
	if rest := len(all) - most; rest > 0 {
		lines = append(lines, fmt.Sprintf("%s are %s idle or more", format.Count(rest, "other"), format.Percent(100*all[most].idle)))
	}
	return lines
}

func (l *load) requestHandlers(id int32, samples []*state.BrokerMetrics) {
	idle, known := worst(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	v, few := short(idle)
	if !known || !few {
		return
	}
	evidence := seen(samples)
	if q := samples[len(samples)-1].RequestQueue; q.Known {
		evidence = append(evidence, fmt.Sprintf("%.0f requests are in its queue", q.Value))
	}
	l.busy = append(l.busy, busy{id, RequestHandlersBusy, v, idle,
		fmt.Sprintf("Request handlers of broker %d are only %s idle: requests of every kind wait for one", id, format.Percent(100*idle)), evidence})
}

// seen says who showed it, and over which time.
func seen(samples []*state.BrokerMetrics) []string {
	newest, over := samples[len(samples)-1], "as the broker counts it over about a minute"
	if len(samples) > 1 {
		over = fmt.Sprintf("in %d polls over %s", len(samples), age(newest.At.Sub(samples[0].At)))
	}
	return []string{fmt.Sprintf("as %s shows it, %s", line(newest.From), over)}
}

// whatIsBusy says of several brokers what a code means.
var whatIsBusy = map[string]string{
	NetworkThreadsBusy:  "Network threads of %s have little time left",
	HotNetworkThread:    "Single network threads of %s have no time left, though all together have: whoever is connected to them waits",
	RequestHandlersBusy: "Request handlers of %s have little time left: requests of every kind wait for one",
}

// busyBrokers makes findings of the brokers that are short of time, one of each code and verdict: an abusive client is felt
// on all brokers alike.
func (l *load) busyBrokers() {
	slices.SortStableFunc(l.busy, func(a, b busy) int { return cmp.Compare(a.idle, b.idle) })
	for _, code := range []string{RequestHandlersBusy, NetworkThreadsBusy, HotNetworkThread} {
		for _, v := range []state.Verdict{state.VerdictDegraded, state.VerdictHealthy} {
			var of []busy
			for _, b := range l.busy {
				if b.code == code && b.verdict == v {
					of = append(of, b)
				}
			}
			if len(of) > 0 {
				l.find(v, findingOf(of))
			}
		}
	}
}

func findingOf(of []busy) state.Finding {
	first := of[0]
	f := state.Finding{
		Code: first.code, Severity: state.SeverityWarning, Scope: fmt.Sprintf("broker %d", first.id), Fault: "kafka",
		Sentence: first.sentence, Evidence: first.evidence,
		Next: fmt.Sprintf("kdeck tenants --broker %d", first.id), Pane: "brokers", Filter: fmt.Sprintf("id:%d", first.id),
	}
	if len(of) == 1 {
		return f
	}
	const most = 6
	ids, filter := make([]int32, len(of)), ""
	f.Evidence = nil
	for i, b := range of {
		ids[i], filter = b.id, filter+fmt.Sprintf("|%d", b.id)
		if i < most {
			f.Evidence = append(f.Evidence, b.sentence)
		}
	}
	if rest := len(of) - most; rest > 0 {
		f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other broker"))
	}
	f.Evidence = append(f.Evidence, first.evidence[0])
	slices.Sort(ids)
	f.Scope = format.Count(len(of), "broker")
	f.Sentence = fmt.Sprintf(whatIsBusy[first.code], brokers(ids)) + fmt.Sprintf("; broker %d is worst, %s idle", first.id, format.Percent(100*first.idle))
	f.Filter = "id:/^(" + filter[1:] + ")$/"
	return f
}

// throttled says which clients are held back by a quota: that is what the quota is for, and nobody's fault but theirs.
func (l *load) throttled() {
	var usages []tenant.Usage
	for _, id := range slices.Sorted(maps.Keys(l.state.Metrics)) {
		if r := l.state.Metrics[id]; r.Known {
			for _, u := range r.Value.Usage {
				if u.ThrottleMS > 0 {
					usages = append(usages, u)
				}
			}
		}
	}
	if len(usages) == 0 {
		return
	}
	custom := false
	for _, t := range l.state.Threads {
		custom = custom || t.Callback != ""
	}
	rows := tenant.Join(l.state.Quotas.Or(tenant.New(nil)), usages, custom, l.state.TenantRules)
	totals := tenant.Totals(rows, len(l.s.Brokers))
	first := totals[0]
	f := state.Finding{
		Code: ClientsThrottled, Severity: state.SeverityInfo, Scope: client(first), Fault: "client",
		Sentence: fmt.Sprintf("%s is held back by its quota, as it is meant to be: %s", capital(client(first)), heldBack(first)),
		Next:     "kdeck tenants", Pane: "tenants", Filter: "is:throttled",
	}
	if n := len(totals); n > 1 {
		f.Scope = format.Count(n, "quota bucket")
		f.Sentence = fmt.Sprintf("%s are held back by their quotas, as is meant to be; most of all %s", format.Count(n, "quota bucket"), client(first))
	}
	var lines []string
	if len(totals) == 1 {
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("broker %d holds it back for %.0f ms on the mean of the last minute", r.Broker, r.ThrottleMS))
		}
	} else {
		for _, t := range totals {
			lines = append(lines, client(t)+": "+heldBack(t))
		}
	}
	const most = 6
	f.Evidence = lines[:min(most, len(lines))]
	if rest := len(lines) - most; rest > 0 {
		f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other"))
	}
	if first.Limited {
		f.Next = "kdeck quota explain" + flag("--user", first.User) + flag("--client", first.ClientID)
	}
	l.find(state.VerdictHealthy, f)
}

func flag(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + " " + shell(value)
}

// client names a bucket.
func client(t tenant.Total) string {
	switch {
	case t.User != "" && t.ClientID != "":
		return "user " + name(t.User) + " with client id " + name(t.ClientID)
	case t.User != "":
		return "user " + name(t.User)
	}
	return "client id " + name(t.ClientID)
}

// heldBack says where a bucket is held back, and by which limit.
func heldBack(t tenant.Total) string {
	s := fmt.Sprintf("%s, by %s, most on broker %d", t.Type, format.Count(t.Throttling, "broker"), t.Worst.Broker)
	if !t.Limited {
		return s + "; its limit is not known"
	}
	if p, known := t.Worst.Percent(); known && !math.IsInf(p, 0) {
		s += fmt.Sprintf(", at %s of", format.Percent(p))
	} else {
		s += ", with"
	}
	return s + fmt.Sprintf(" the limit of %s for %s", tenant.Number(t.Limit), name(t.Entity.String()))
}

// metricsNotRead says which live brokers give no metrics where they should, together where it is for the same reason.
func (l *load) metricsNotRead() {
	if !l.state.MetricsConfigured {
		return
	}
	if l.state.Metrics == nil && l.verdict == "" {
		l.verdict = state.VerdictUnknown // they are being read
	}
	by := map[string][]int32{}
	for i := range l.s.Brokers {
		b := &l.s.Brokers[i]
		switch r, asked := l.state.Metrics[b.ID]; {
		case !asked || !b.Alive:
		case !r.Known:
			by[r.Why] = append(by[r.Why], b.ID)
		case l.tooOld(r):
			why := "the newest of " + r.From + " are old"
			by[why] = append(by[why], b.ID)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(by)) {
		ids := by[why]
		f := state.Finding{
			Code: MetricsNotRead, Severity: state.SeverityWarning, Scope: brokers(ids),
			Sentence: fmt.Sprintf("Metrics of %s not read: %s", brokers(ids), words(why)),
			Evidence: []string{line(why)}, Next: "kdeck doctor", Pane: "brokers",
		}
		if len(ids) == 1 {
			f.Filter = fmt.Sprintf("id:%d", ids[0])
		}
		if at, ok := lastRead(l.state, ids); ok {
			f.Evidence = append(f.Evidence, fmt.Sprintf("they were last read %s ago", age(l.now.Sub(at))))
		}
		l.find(state.VerdictUnknown, f)
	}
}

func (l *load) tooOld(r state.Reading[*state.BrokerMetrics]) bool {
	return r.Known && l.now.Sub(r.Value.At) > metricsStale
}

// lastRead is when any of the brokers gave metrics last.
func lastRead(s *state.State, ids []int32) (last time.Time, ok bool) {
	for _, id := range ids {
		if m := s.Metrics[id].Value; m != nil && m.At.After(last) {
			last, ok = m.At, true
		}
	}
	return last, ok
}

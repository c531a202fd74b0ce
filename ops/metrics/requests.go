package metrics

import (
	"cmp"
	"slices"
	"strings"

	"kdeck/ops/state"
)

var phases = []struct {
	name   string
	metric Metric
}{
	{"request queue", RequestQueueTime}, {"local", LocalTime}, {"remote", RemoteTime},
	{"response queue", ResponseQueueTime}, {"send", ResponseSendTime},
}

func (d *derivation) requests() []state.RequestKind {
	names := map[string]bool{}
	for _, m := range []Metric{Requests, TotalTime} {
		for k := range d.now.Of(m) {
			if k.Tags[0] != "" {
				names[k.Tags[0]] = true
			}
		}
	}
	errors := d.errors()
	list := make([]state.RequestKind, 0, len(names))
	for name := range names {
		r := state.RequestKind{Name: name, Total: d.phase("total", TotalTime, name),
			Throttle: d.phase("throttle", ThrottleTime, name), Errors: errors[strings.ToLower(name)],
			Phases: make([]state.Phase, 0, len(phases)),
			Rate:   d.meterSeriesRate(Key{Metric: Requests, Tags: [2]string{name}})}
		if !r.Rate.Known { // every histogram counts the requests too
			if counted := d.seriesRate(Key{Metric: TotalTime, Attr: Count, Tags: [2]string{name}}); counted.Known {
				r.Rate = counted
			}
		}
		for _, p := range phases {
			r.Phases = append(r.Phases, d.phase(p.name, p.metric, name))
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b state.RequestKind) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// phase returns the time that requests spent in a phase. The mean is that between the two pages, from the growth of the sum, or of
// the mean since the start times the count. Kafka's percentiles cover about the last five minutes.
func (d *derivation) phase(name string, m Metric, request string) state.Phase {
	k := Key{Metric: m, Tags: [2]string{request}}
	p := state.Phase{Name: name, P99: d.figure(k, P99), Mean: d.mean(k)}
	if !p.Mean.Known && m != ThrottleTime { // few requests are throttled: the median would say that none is
		if median := d.figure(k, P50); median.Known {
			p.Mean = d.reading(median.Value, "median of about five minutes")
		}
	}
	return p
}

func (d *derivation) figure(k Key, a Attr) state.Reading[float64] {
	k.Attr = a
	return d.at(k)
}

func (d *derivation) mean(k Key) state.Reading[float64] {
	k.Attr = Count
	count, whole, why := d.delta(k)
	switch {
	case why != "":
		return d.missing(why)
	case !whole:
		return d.missing(brokerRestarted)
	case count == 0:
		return d.missing("there was no such request between the two looks")
	}
	sum := func(p *Page) (float64, bool) {
		if s, ok := p.Value(Key{k.Metric, Sum, k.Tags}); ok {
			return s, true
		}
		mean, ok := p.Value(Key{k.Metric, Mean, k.Tags})
		n, _ := p.Value(k)
		return mean * n, ok
	}
	before, okBefore := sum(d.before)
	now, okNow := sum(d.now)
	if !okBefore || !okNow {
		return d.missing(notExported)
	}
	return d.reading(max(now-before, 0)/count, "counted")
}

// errors returns the error rates by request kind in lower case: rules that write the kind into the metric's name lose its case.
func (d *derivation) errors() map[string][]state.ErrorRate {
	by := map[string][]state.ErrorRate{}
	for _, attr := range []Attr{Count, Rate1} {
		for k := range d.now.Of(Errors) {
			counted := Key{Errors, Count, k.Tags}
			if _, both := d.now.Value(counted); k.Attr != attr || attr == Rate1 && both || k.Tags[1] == "NONE" || k.Tags[0] == "" {
				continue
			}
			kind := strings.ToLower(k.Tags[0])
			by[kind] = append(by[kind], state.ErrorRate{Error: k.Tags[1], Rate: d.meterSeriesRate(k)})
		}
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b state.ErrorRate) int {
			return cmp.Or(cmp.Compare(b.Rate.Or(0), a.Rate.Or(0)), strings.Compare(a.Error, b.Error))
		})
	}
	return by
}

func (d *derivation) purgatories() []state.Purgatory {
	var list []state.Purgatory
	for k := range d.now.Of(Purgatory) {
		list = append(list, state.Purgatory{Operation: k.Tags[0], Size: d.at(k)})
	}
	slices.SortFunc(list, func(a, b state.Purgatory) int { return strings.Compare(a.Operation, b.Operation) })
	return list
}

package metrics

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"kdeck/ops/state"
)

// clampShare limits an idle share to 0..1: a combined node of Kafka before 4.2 counts its idle time twice (KAFKA-19606). What is far
// from any share is no measure of idleness and must not look like all of it: NaN.
func clampShare(v float64) float64 {
	if v > 100 {
		return math.NaN()
	}
	return min(max(v, 0), 1)
}

// handlerIdle returns the idle share of the request handlers: their idle time, which Kafka divides by their number, per time. If a
// combined node shows the broker's own part of it, it returns that.
func (d *derivation) handlerIdle() state.Reading[float64] {
	why := notExported
	for _, m := range []Metric{BrokerHandlerIdle, HandlerIdle} {
		v, whole, no := d.delta(Key{Metric: m, Attr: Count})
		switch {
		case no == "" && whole:
			return d.reading(clampShare(v/d.seconds/1e9), "counted")
		case no == "":
			why = brokerRestarted
		case no == needsTwoPages:
			why = no
		}
		if v, ok := d.now.Value(Key{Metric: m, Attr: Rate1}); ok && !math.IsNaN(v) {
			return d.meanIdle(v / idleUnit(v))
		}
	}
	if why == notExported {
		if _, ok := d.now.Value(Key{Metric: HandlerIdle, Attr: MeanRate}); ok {
			why = "the exporter shows only the mean since the broker was started"
		}
	}
	return d.missing(why)
}

// meanIdle returns an idle share that the broker itself averages. A process's meters read exactly 0 until they begin to count, for
// some seconds, so a 0 on the first page is unknown.
func (d *derivation) meanIdle(share float64) state.Reading[float64] {
	if share == 0 && d.before == nil {
		return d.missing(notBegun)
	}
	return d.reading(clampShare(share), "mean of about a minute")
}

// idleUnit returns the divisor that turns an idle rate into a share: Kafka counts nanoseconds, and shows the rate per second or per
// nanosecond.
func idleUnit(v float64) float64 {
	if v > 1000 {
		return 1e9
	}
	return 1
}

// shareOf returns the growth of a counter of nanoseconds as a share of the time between the two pages.
func (d *derivation) shareOf(k Key) state.Reading[float64] {
	v, whole, why := d.delta(k)
	switch {
	case why != "":
		return d.missing(why)
	case !whole:
		return d.missing(brokerRestarted)
	}
	return d.reading(clampShare(v/d.seconds/1e9), "counted")
}

func (d *derivation) processors() []state.Processor {
	at := map[[2]string]*state.Processor{}
	var order [][2]string
	take := func(tags [2]string, r state.Reading[float64]) {
		if p := at[tags]; p == nil {
			at[tags] = &state.Processor{Listener: tags[0], Number: tags[1], Idle: r}
			order = append(order, tags)
		} else if !p.Idle.Known {
			p.Idle = r
		}
	}
	for k := range d.now.Of(IOWaitTime) {
		take(k.Tags, d.shareOf(k))
	}
	for k, v := range d.now.Of(IOWaitRatio) {
		if !math.IsNaN(v) {
			take(k.Tags, d.meanIdle(v))
		}
	}
	if len(order) == 0 {
		for k, v := range d.now.Of(ProcessorIdle) {
			if !math.IsNaN(v) {
				take(k.Tags, d.meanIdle(v))
			}
		}
	}
	slices.SortFunc(order, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), cmp.Compare(len(a[1]), len(b[1])), strings.Compare(a[1], b[1]))
	})
	list := make([]state.Processor, len(order))
	for i, tags := range order {
		list[i] = *at[tags]
		list[i].Responses = d.at(Key{Metric: ProcessorResponses, Tags: [2]string{"", tags[1]}})
	}
	return list
}

func (d *derivation) networkIdle(processors []state.Processor) state.Reading[float64] {
	sum, n, how := 0.0, 0, ""
	for _, p := range processors {
		if p.Idle.Known {
			sum, n, how = sum+p.Idle.Value, n+1, p.Idle.From
		}
	}
	if n > 0 && n == len(processors) {
		return state.Read(sum/float64(n), d.now.At, how)
	}
	r := d.gauge(NetworkIdleAvg)
	if r.Known && r.Value == 0 && d.before == nil {
		return d.missing(notBegun)
	}
	if !r.Known {
		return r
	}
	return d.reading(clampShare(r.Value), "")
}

// responses returns the response queue of all processors: the exporter's total, or the sum of the processors that it shows.
func (d *derivation) responses() state.Reading[float64] {
	if r := d.gauge(ResponseQueue); r.Known {
		return r
	}
	sum, any := 0.0, false
	for _, v := range d.now.Of(ProcessorResponses) {
		sum, any = sum+v, true
	}
	if !any {
		return d.missing(notExported)
	}
	return d.reading(sum, "sum of the processors")
}

package metrics

import (
	"math"

	"kdeck/ops/state"
)

// derivation derives values from a page, and from the page before it for rates.
type derivation struct {
	before, now *Page
	seconds     float64           // between the two pages; 0 without before
	sources     map[string]string // by the way a value was derived: the source that its reading names
}

// Derive returns the values of a broker's page. before is an earlier page of the same broker, or nil. What needs two pages is then
// taken from the broker's own averages where those are useful, and is unknown otherwise.
func Derive(id int32, before, now *Page) *state.BrokerMetrics {
	d := derivation{before: before, now: now, sources: map[string]string{"": now.From}}
	if before != nil {
		d.seconds = now.At.Sub(before.At).Seconds()
	}
	b := &state.BrokerMetrics{
		ID: id, At: now.At, From: now.From,
		HandlerIdle:  d.handlerIdle(),
		RequestQueue: d.gauge(RequestQueue), ResponseQueue: d.responses(),
		BytesIn: d.meterRate(BytesIn), BytesOut: d.meterRate(BytesOut), MessagesIn: d.meterRate(MessagesIn),
		ReplicationIn: d.meterRate(ReplicationBytesIn), ReplicationOut: d.meterRate(ReplicationBytesOut),
		FailedProduce: d.meterRate(FailedProduce), FailedFetch: d.meterRate(FailedFetch),
		ISRShrinks: d.meterRate(ISRShrinks), ISRExpands: d.meterRate(ISRExpands),
		DiskRead: d.counterRate(DiskRead), DiskWrite: d.counterRate(DiskWrite),
		UnderReplicated: d.gauge(UnderReplicated), UnderMinISR: d.gauge(UnderMinISR),
		Leaders: d.gauge(Leaders), Partitions: d.gauge(Partitions),
		CleanerDirty: d.gauge(CleanerDirty), OfflineLogDirs: d.gauge(OfflineLogDirs),
		DeadCleaners: d.gauge(DeadCleaners), Uncleanable: d.uncleanable(), PoolEmpty: d.gauge(PoolEmpty),
		ActiveController:  d.gauge(ActiveController),
		ExemptRequestTime: d.gauge(ExemptRequestTime),
		LeaderThrottled:   d.gauge(LeaderThrottled), FollowerThrottled: d.gauge(FollowerThrottled),
	}
	b.Processors, b.Listeners = d.processors(), d.listeners()
	b.NetworkIdle = d.networkIdle(b.Processors)
	b.Requests, b.Purgatories = d.requests(), d.purgatories()
	b.Software, b.Addresses = d.software(), d.addresses()
	b.Usage = d.usage(id)
	b.Topics = d.topics()
	b.Coverage = coverageOf(b, now)
	return b
}

// reading returns a figure, which is unknown where what it was derived from makes no sense.
func (d *derivation) reading(v float64, how string) state.Reading[float64] {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return d.missing(makesNoSense)
	}
	from, ok := d.sources[how]
	if !ok {
		from = d.now.From + ", " + how
		d.sources[how] = from
	}
	return state.Read(v, d.now.At, from)
}

func (d *derivation) missing(why string) state.Reading[float64] {
	return state.Missing[float64](why, d.now.At, d.now.From)
}

const (
	notExported     = "the exporter doesn't show it"
	needsTwoPages   = "a rate needs two looks"
	brokerRestarted = "the broker was restarted in between"
	makesNoSense    = "what it shows makes no sense: a figure below 0, without end or larger than any counter"
	wentDown        = "its counter went down, and not to where it begins"
	notBegun        = "0 in the first look: the broker may not have begun to count it"
)

func (d *derivation) gauge(m Metric) state.Reading[float64] {
	return d.at(Key{Metric: m})
}

// at returns the value of a series.
func (d *derivation) at(k Key) state.Reading[float64] {
	v, ok := d.now.Value(k)
	switch {
	case !ok:
		return d.missing(notExported)
	case d.now.clashed[d.now.index.places[k]]:
		return d.missing("several series of its page have this name")
	case d.now.absurd[d.now.index.places[k]]:
		return d.missing(makesNoSense)
	case math.IsNaN(v):
		return d.missing("the broker has no value for it yet")
	}
	return d.reading(v, "")
}

// delta returns how much a counter grew between the two pages. whole is false if it was reset in between; then v is what it has
// counted since. why is set if the growth is unknown.
func (d *derivation) delta(k Key) (v float64, whole bool, why string) {
	now, ok := d.now.Value(k)
	switch {
	case ok && d.now.absurd[d.now.index.places[k]]:
		return 0, false, makesNoSense
	case !ok || math.IsNaN(now):
		return 0, false, notExported
	case d.before == nil || d.seconds <= 0:
		return 0, false, needsTwoPages
	}
	before, ok := d.before.Value(k)
	if !ok || math.IsNaN(before) {
		return 0, false, needsTwoPages
	}
	if now < before {
		if now > before/2 { // after a restart it has counted a few seconds only
			return 0, false, wentDown
		}
		return now, false, ""
	}
	return now - before, true, ""
}

// seriesRate returns a counter's growth per second. After a restart that is only what was counted since.
func (d *derivation) seriesRate(k Key) state.Reading[float64] {
	v, _, why := d.delta(k)
	if why != "" {
		return d.missing(why)
	}
	return d.reading(v/d.seconds, "counted")
}

func (d *derivation) counterRate(m Metric) state.Reading[float64] {
	return d.seriesRate(Key{Metric: m})
}

// meterSeriesRate returns a meter's rate per second: the growth of its count between the two pages, or else the broker's own
// one-minute rate. Its mean since the start of the process says nothing about the present.
func (d *derivation) meterSeriesRate(k Key) state.Reading[float64] {
	k.Attr = Count
	r := d.seriesRate(k)
	if r.Known {
		return r
	}
	k.Attr = Rate1
	if v, ok := d.now.Value(k); ok && !math.IsNaN(v) {
		return d.reading(v, "mean of about a minute")
	}
	return r
}

func (d *derivation) meterRate(m Metric) state.Reading[float64] {
	return d.meterSeriesRate(Key{Metric: m})
}

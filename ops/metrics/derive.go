package metrics

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// derivation reads one page, with the one before for what has to be counted.
type derivation struct {
	before, now *Page
	seconds     float64 // between the two; 0 without
}

// Derive makes values of a page. before is the same broker's page of an earlier look, or nil: what can only be told from
// two looks is then taken from the broker's own averages, where they are of any use, and else unknown.
func Derive(id int32, before, now *Page) *state.BrokerMetrics {
	d := derivation{before: before, now: now}
	if before != nil {
		d.seconds = now.At.Sub(before.At).Seconds()
	}
	b := &state.BrokerMetrics{
		ID: id, At: now.At, From: now.From,
		HandlerIdle:  d.handlerIdle(),
		RequestQueue: d.gauge(RequestQueue), ResponseQueue: d.responses(),
		BytesIn: d.rate(BytesIn), BytesOut: d.rate(BytesOut), MessagesIn: d.rate(MessagesIn),
		ReplicationIn: d.rate(ReplicationBytesIn), ReplicationOut: d.rate(ReplicationBytesOut),
		FailedProduce: d.rate(FailedProduce), FailedFetch: d.rate(FailedFetch),
		ISRShrinks: d.rate(ISRShrinks), ISRExpands: d.rate(ISRExpands),
		DiskRead: d.counted(DiskRead), DiskWrite: d.counted(DiskWrite),
		UnderReplicated: d.gauge(UnderReplicated), UnderMinISR: d.gauge(UnderMinISR),
		Leaders: d.gauge(Leaders), Partitions: d.gauge(Partitions),
		CleanerDirty: d.gauge(CleanerDirty), OfflineLogDirs: d.gauge(OfflineLogDirs),
		ActiveController:  d.gauge(ActiveController),
		ExemptRequestTime: d.gauge(ExemptRequestTime),
		LeaderThrottled:   d.gauge(LeaderThrottled), FollowerThrottled: d.gauge(FollowerThrottled),
	}
	b.Processors = d.processors()
	b.NetworkIdle = d.networkIdle(b.Processors)
	b.Requests = d.requests()
	b.Software = d.software()
	b.Usage = d.usage(id)
	b.Coverage = coverageOf(b, now)
	return b
}

func (d *derivation) known(v float64, how string) state.Reading[float64] {
	from := d.now.From
	if how != "" {
		from += ", " + how
	}
	return state.Read(v, d.now.At, from)
}

func (d *derivation) missing(why string) state.Reading[float64] {
	return state.Missing[float64](why, d.now.At, d.now.From)
}

const (
	notExported = "the exporter doesn't show it"
	needsTwo    = "a rate needs two looks"
	restarted   = "the broker was restarted in between"
)

func (d *derivation) gauge(m Metric) state.Reading[float64] {
	return d.at(Key{Metric: m})
}

func (d *derivation) at(k Key) state.Reading[float64] {
	v, ok := d.now.Series[k]
	switch {
	case !ok:
		return d.missing(notExported)
	case math.IsNaN(v):
		return d.missing("the broker has no value for it yet")
	}
	return d.known(v, "")
}

// responses is the queue of all processors: the exporter's total, or the sum of what it shows of each.
func (d *derivation) responses() state.Reading[float64] {
	if r := d.gauge(ResponseQueue); r.Known {
		return r
	}
	sum, any := 0.0, false
	for k, v := range d.now.Series {
		if k.Metric == ProcessorResponses {
			sum, any = sum+v, true
		}
	}
	if !any {
		return d.missing(notExported)
	}
	return d.known(sum, "sum of the processors")
}

// delta is how much a counter grew between the two looks. whole is false where it began anew in between; then v is what
// it has counted since.
func (d *derivation) delta(k Key) (v float64, whole bool, why string) {
	now, ok := d.now.Series[k]
	switch {
	case !ok || math.IsNaN(now):
		return 0, false, notExported
	case d.before == nil || d.seconds <= 0:
		return 0, false, needsTwo
	}
	before, ok := d.before.Series[k]
	if !ok {
		return 0, false, needsTwo
	}
	if now < before {
		return now, false, ""
	}
	return now - before, true, ""
}

// counted is a counter's growth a second. After a restart it is what was counted since, which is less than what was.
func (d *derivation) countedAt(k Key) state.Reading[float64] {
	v, _, why := d.delta(k)
	if why != "" {
		return d.missing(why)
	}
	return d.known(v/d.seconds, "counted")
}

func (d *derivation) counted(m Metric) state.Reading[float64] { return d.countedAt(Key{Metric: m}) }

// rateAt is a meter's rate: counted between two looks, or the broker's own of the last minute. Its mean since the process
// began says nothing of now.
func (d *derivation) rateAt(k Key) state.Reading[float64] {
	k.Attr = Count
	r := d.countedAt(k)
	if r.Known {
		return r
	}
	k.Attr = Rate1
	if v, ok := d.now.Series[k]; ok && !math.IsNaN(v) {
		return d.known(v, "mean of about a minute")
	}
	return r
}

func (d *derivation) rate(m Metric) state.Reading[float64] { return d.rateAt(Key{Metric: m}) }

// share brings an idle time into 0..1: a combined node of Kafka before 4.2 counts twice (KAFKA-19606).
func share(v float64) float64 { return min(max(v, 0), 1) }

// handlerIdle is the request handlers' idle time in nanoseconds, which Kafka divides by their number, over the time that
// passed. The broker's own part of it comes first, where a combined node tells it apart.
func (d *derivation) handlerIdle() state.Reading[float64] {
	why := notExported
	for _, m := range []Metric{BrokerHandlerIdle, HandlerIdle} {
		v, whole, no := d.delta(Key{Metric: m, Attr: Count})
		switch {
		case no == "" && whole:
			return d.known(share(v/d.seconds/1e9), "counted")
		case no == "":
			why = restarted
		case no == needsTwo:
			why = no
		}
		if v, ok := d.now.Series[Key{Metric: m, Attr: Rate1}]; ok && !math.IsNaN(v) {
			return d.known(share(v/unitOfIdle(v)), "mean of about a minute")
		}
	}
	if why == notExported {
		if _, ok := d.now.Series[Key{Metric: HandlerIdle, Attr: MeanRate}]; ok {
			why = "the exporter shows only the mean since the broker was started"
		}
	}
	return d.missing(why)
}

// unitOfIdle is what an idle rate has to be divided by: Kafka marks nanoseconds, and shows the rate by the second or by
// the nanosecond.
func unitOfIdle(v float64) float64 {
	if v > 1000 {
		return 1e9
	}
	return 1
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
	for k := range d.now.Series {
		if k.Metric == IOWaitTime {
			r := d.countedAt(k)
			if _, whole, no := d.delta(k); no == "" && !whole {
				r = d.missing(restarted)
			}
			r.Value = share(r.Value / 1e9)
			take(k.Tags, r)
		}
	}
	for k, v := range d.now.Series {
		if k.Metric == IOWaitRatio && !math.IsNaN(v) {
			take(k.Tags, d.known(share(v), "mean of about a minute"))
		}
	}
	if len(order) == 0 {
		for k, v := range d.now.Series {
			if k.Metric == ProcessorIdle && !math.IsNaN(v) {
				take(k.Tags, d.known(share(v), "mean of about a minute"))
			}
		}
	}
	slices.SortFunc(order, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), cmp.Compare(len(a[1]), len(b[1])), strings.Compare(a[1], b[1]))
	})
	list := make([]state.Processor, len(order))
	for i, tags := range order {
		list[i] = *at[tags]
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
	r.Value = share(r.Value)
	return r
}

var phases = []struct {
	name   string
	metric Metric
}{
	{"request queue", RequestQueueTime}, {"local", LocalTime}, {"remote", RemoteTime},
	{"response queue", ResponseQueueTime}, {"send", ResponseSendTime},
}

func (d *derivation) requests() []state.RequestKind {
	names := map[string]bool{}
	for k := range d.now.Series {
		if (k.Metric == Requests || k.Metric == TotalTime) && k.Tags[0] != "" {
			names[k.Tags[0]] = true
		}
	}
	var list []state.RequestKind
	for name := range names {
		r := state.RequestKind{Name: name, Total: d.phase("total", TotalTime, name),
			Rate: d.rateAt(Key{Metric: Requests, Tags: [2]string{name}})}
		if !r.Rate.Known { // every histogram counts the requests too
			if counted := d.countedAt(Key{Metric: TotalTime, Attr: Count, Tags: [2]string{name}}); counted.Known {
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

// phase is the mean over the time between two looks: of a sum, or of the mean since the start times the count. Kafka's
// percentiles are of about the last five minutes.
func (d *derivation) phase(name string, m Metric, request string) state.Phase {
	k := Key{Metric: m, Tags: [2]string{request}}
	p := state.Phase{Name: name, P99: d.with(k, P99), Mean: d.mean(k)}
	if !p.Mean.Known {
		if median := d.with(k, P50); median.Known {
			p.Mean = d.known(median.Value, "median of about five minutes")
		}
	}
	return p
}

func (d *derivation) with(k Key, a Attr) state.Reading[float64] {
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
		return d.missing(restarted)
	case count == 0:
		return d.missing("there was none of them between the two looks")
	}
	sum := func(p *Page) (float64, bool) {
		if s, ok := p.Series[Key{k.Metric, Sum, k.Tags}]; ok {
			return s, true
		}
		mean, ok := p.Series[Key{k.Metric, Mean, k.Tags}]
		return mean * p.Series[k], ok
	}
	before, okBefore := sum(d.before)
	now, okNow := sum(d.now)
	if !okBefore || !okNow {
		return d.missing(notExported)
	}
	return d.known(max(now-before, 0)/count, "counted")
}

func (d *derivation) software() []state.Software {
	var list []state.Software
	for k, v := range d.now.Series {
		if k.Metric == ClientSoftware && v > 0 {
			list = append(list, state.Software{Name: k.Tags[0], Version: k.Tags[1], Connections: int(v)})
		}
	}
	slices.SortFunc(list, func(a, b state.Software) int {
		return cmp.Or(cmp.Compare(b.Connections, a.Connections), strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	return list
}

var usageMetrics = map[Metric]struct {
	t        tenant.Type
	throttle bool
}{
	ProduceRate: {tenant.ProducerByteRate, false}, ProduceThrottle: {tenant.ProducerByteRate, true},
	FetchRate: {tenant.ConsumerByteRate, false}, FetchThrottle: {tenant.ConsumerByteRate, true},
	RequestTime: {tenant.RequestPercentage, false}, RequestThrottle: {tenant.RequestPercentage, true},
	MutationRate: {tenant.ControllerMutationRate, false}, MutationThrottle: {tenant.ControllerMutationRate, true},
}

// usage is what each client uses. A throttle time that is no number is none: Kafka's mean over no throttles.
func (d *derivation) usage(id int32) []tenant.Usage {
	type who struct {
		t    tenant.Type
		tags [2]string
	}
	at := map[who]int{}
	var list []tenant.Usage
	for k, v := range d.now.Series {
		m, ok := usageMetrics[k.Metric]
		if !ok || k.Tags == [2]string{} {
			continue
		}
		w := who{m.t, k.Tags}
		i, seen := at[w]
		if !seen {
			i = len(list)
			at[w] = i
			list = append(list, tenant.Usage{Broker: id, Type: m.t, User: userOf(k.Tags[0]), ClientID: clientOf(k.Tags[1]),
				Rate: math.NaN(), ThrottleMS: math.NaN(), Approximate: d.now.Approximate()})
		}
		switch {
		case !m.throttle:
			list[i].Rate = v
		case math.IsNaN(v):
			list[i].ThrottleMS = 0
		default:
			list[i].ThrottleMS = v
		}
	}
	slices.SortFunc(list, func(a, b tenant.Usage) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), strings.Compare(a.User, b.User), strings.Compare(a.ClientID, b.ClientID))
	})
	return list
}

// userOf reads a user as Kafka writes it in a bean's name: percent-encoded (org.apache.kafka.common.utils.Sanitizer).
func userOf(tag string) string {
	tag = unquote(tag)
	if user, err := url.PathUnescape(tag); err == nil {
		return user
	}
	return tag
}

func clientOf(tag string) string { return unquote(tag) }

// unquote undoes javax.management.ObjectName.quote, which Kafka applies to values that a bean's name can't hold.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for in := s[1 : len(s)-1]; in != ""; in = in[1:] {
		if in[0] == '\\' && len(in) > 1 {
			if in = in[1:]; in[0] == 'n' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(in[0])
	}
	return b.String()
}

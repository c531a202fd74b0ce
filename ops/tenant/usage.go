package tenant

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Usage is one series of a broker's metrics: what the clients with its tags use of one type.
type Usage struct {
	Broker         int32
	Type           Type
	User, ClientID string  // "" where the series doesn't have the tag
	Rate           float64 // in the type's unit; NaN where only the throttle time is exported
	ThrottleMS     float64 // mean of the throttles of the last minute; 0: none, NaN: not exported
	// Approximate: the exporter wrote the tags in lower case into the name, with what stood between letters lost, so that they may not
	// be what they seem.
	Approximate bool
}

// Row is a usage beside the limit that applies to it.
type Row struct {
	Usage
	Bound
	Limited bool // there is a limit, or it isn't known
	Tenant  string
	Shares  // of its broker's threads
}

// Percent is the use in percent of the limit. known is false without a limit or a rate.
func (r Row) Percent() (percent float64, known bool) {
	if !r.Limited || math.IsNaN(r.Rate) || r.Level == UnknownLevel {
		return 0, false
	}
	return r.Rate / r.Limit * 100, true
}

// Throttled tells whether the broker throttles these clients.
func (r Row) Throttled() bool { return r.ThrottleMS > 0 }

// Join puts each series beside its limit. unknown says why the quota records don't tell the limits, "" where they do: they may not
// be known, or a class of the cluster's own decides on quotas. The worst come first.
func Join(q *Quotas, usages []Usage, unknown string, rules Rules) []Row {
	rows := make([]Row, len(usages))
	var names *squashedNames
	first := map[bucket]int{} // a bucket has the same limit and tenant on every broker
	for i, u := range usages {
		r := &rows[i]
		r.Usage, r.Shares = u, Shares{math.NaN(), math.NaN()}
		k := bucket{u.Type, u.User, u.ClientID}
		if same, seen := first[k]; seen {
			r.Bound, r.Limited, r.Tenant = rows[same].Bound, rows[same].Limited, rows[same].Tenant
			continue
		}
		first[k] = i
		r.Tenant = rules.Of(u.User, u.ClientID)
		switch {
		case unknown != "":
			r.Bound, r.Limited = unknownBound(unknown), true
		case u.Approximate:
			if names == nil {
				names = q.squashedNames()
			}
			r.Bound, r.Limited = q.ofSquashed(names, u)
		default:
			r.Bound, r.Limited = q.OfTags(u.Type, u.User, u.ClientID)
		}
	}
	return worstFirst(rows)
}

// worstFirst puts rows in order. There may be hundreds of thousands of them, so only their ranks are sorted.
func worstFirst(rows []Row) []Row {
	type place struct {
		rank
		row int
	}
	places := make([]place, len(rows))
	for i := range rows {
		places[i] = place{rows[i].rank(), i}
	}
	slices.SortFunc(places, func(a, b place) int {
		if c := a.worse(b.rank); c != 0 {
			return c
		}
		if c := byName(&rows[a.row], &rows[b.row]); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
	sorted := make([]Row, len(rows))
	for i, p := range places {
		sorted[i] = rows[p.row]
	}
	return sorted
}

// rank is what rows are ordered by before their names: throttled ones first, then by the share of their limit, then
// those without one by what they use.
type rank struct {
	throttled, known bool
	percent, rate    float64
	order            int
}

func (r *Row) rank() rank {
	percent, known := r.Percent()
	return rank{r.Throttled(), known, percent, zeroNaN(r.Rate), typeOrder(r.Type)}
}

func (s rank) worse(than rank) int {
	switch {
	case s.throttled != than.throttled:
		return compareBool(!s.throttled, !than.throttled)
	case s.known != than.known:
		return compareBool(!s.known, !than.known)
	case s.percent != than.percent:
		return cmp.Compare(than.percent, s.percent)
	case s.order != than.order:
		return cmp.Compare(s.order, than.order)
	}
	return cmp.Compare(than.rate, s.rate)
}

func byName(a, b *Row) int {
	if c := strings.Compare(a.User, b.User); c != 0 {
		return c
	}
	if c := strings.Compare(a.ClientID, b.ClientID); c != 0 {
		return c
	}
	return cmp.Compare(a.Broker, b.Broker)
}

func worse(a, b *Row) int {
	if c := a.rank().worse(b.rank()); c != 0 {
		return c
	}
	return byName(a, b)
}

// typeOrder has request time first: on a shared cluster the brokers' threads are what runs out.
func typeOrder(t Type) int {
	if t == RequestPercentage {
		return -1
	}
	return slices.Index(Types, t)
}

func zeroNaN(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return f
}

// Total is one bucket over all brokers.
type Total struct {
	Type           Type
	User, ClientID string
	Tenant         string
	Bound
	Limited      bool
	Brokers      int     // with a series of it
	Throttling   int     // how many of these throttle it
	ThrottledBy  []int32 // their ids, in order
	LongestMS    float64 // the longest of their mean throttle times of the last minute
	Rate         float64 // of all brokers together; NaN where none tells it
	Worst        Row     // the broker where it is nearest to its limit, or uses most
	ThrottleMS   float64 // on all brokers together
	OfThreads    float64 // the largest percentage of a broker's threads that it takes; NaN where none is known
	NominalShare float64 // percent of its limit if its use were spread evenly over the cluster; NaN without a limit
	Skew         float64 // its largest use on a broker, as a multiple of the mean over the brokers that tell it; NaN where its use isn't known
}

type bucket struct {
	t            Type
	user, client string
}

// Totals adds rows up over the brokers. brokers is how many tell what clients use: the quota holds on each of them, except of controller
// mutations, which have one bucket in all. The worst come first.
func Totals(rows []Row, brokers int) []Total {
	at := map[bucket]int{}
	var totals []Total
	most := map[bucket]float64{}
	for _, r := range rows {
		k := bucket{r.Type, r.User, r.ClientID}
		i, seen := at[k]
		if !seen {
			i = len(totals)
			at[k] = i
			totals = append(totals, Total{Type: r.Type, User: r.User, ClientID: r.ClientID, Tenant: r.Tenant,
				Bound: r.Bound, Limited: r.Limited, Worst: r, OfThreads: math.NaN(), Rate: math.NaN()})
		}
		t := &totals[i]
		t.Brokers++
		if !math.IsNaN(r.Rate) {
			t.Rate = zeroNaN(t.Rate) + r.Rate
		}
		t.ThrottleMS += zeroNaN(r.ThrottleMS)
		if r.Throttled() {
			t.Throttling++
			t.ThrottledBy = append(t.ThrottledBy, r.Broker)
			t.LongestMS = max(t.LongestMS, r.ThrottleMS)
		}
		if !math.IsNaN(r.OfCapacity) && !(r.OfCapacity <= t.OfThreads) {
			t.OfThreads = r.OfCapacity
		}
		if worse(&r, &t.Worst) < 0 {
			t.Worst = r
		}
		most[k] = max(most[k], zeroNaN(r.Rate))
	}
	for i := range totals {
		t := &totals[i]
		of := max(brokers, t.Brokers)
		if t.Type == ControllerMutationRate {
			of = 1
		}
		t.NominalShare = math.NaN()
		if t.Limited {
			t.NominalShare = t.Rate / (t.Limit * float64(of)) * 100
		}
		slices.Sort(t.ThrottledBy)
		if math.IsNaN(t.Rate) {
			t.Skew = math.NaN()
		}
		if t.Rate > 0 {
			t.Skew = most[bucket{t.Type, t.User, t.ClientID}] / (t.Rate / float64(of))
		}
	}
	slices.SortStableFunc(totals, func(a, b Total) int { return worse(&a.Worst, &b.Worst) })
	return totals
}

// Threads is what a broker can spend on requests.
type Threads struct {
	IO       int // num.io.threads
	Network  int // network threads of all listeners together: num.network.threads is for each listener
	Known    bool
	WhyNot   string
	Callback string // client.quota.callback.class; "" none
}

// Capacity is the time of all threads, in percent of one.
func (t Threads) Capacity() float64 { return float64(t.IO+t.Network) * 100 }

// Shares are the parts of a broker's thread time that one bucket takes; NaN for all types but request_percentage.
type Shares struct {
	OfCapacity float64 // percent of all that its threads could do
	OfBusy     float64 // percent of what they did for requests, exempt ones included; NaN where that isn't exported
}

// ShareOf returns which parts of a broker's thread time a request time is. exempt is the broker's exempt request time, NaN where it isn't
// exported; all is the request time of all its series.
func ShareOf(rate float64, all, exempt float64, t Threads) Shares {
	s := Shares{math.NaN(), math.NaN()}
	if t.Known && t.Capacity() > 0 {
		s.OfCapacity = rate / t.Capacity() * 100
	}
	if busy := all + exempt; busy > 0 {
		s.OfBusy = rate / busy * 100
	}
	return s
}

package tenant

import "math"

// The thresholds by which clients are judged. Kafka throttles who is over a quota, so 100 % needs no threshold.
const (
	// NearShare is the share of its limit from which a bucket is near it. Kafka measures a rate over about 10 s: at 0.9
	// one second of twice the limit is enough to be throttled, at 0.8 there is time to act.
	NearShare = 0.8
	// HeavyShare is the share of a broker's threads from which a bucket without a limit is heavy.
	HeavyShare = 0.25
)

// Standing is how a bucket stands to its limit.
type Standing int

// The standings, the worst first.
const (
	Throttled Standing = iota // a broker throttles it
	Over                      // at its limit or above
	Near
	Heavy // without a limit that is known, and much of a broker's threads
	Within
	Unlimited
	Unmeasured // what it uses is not known, or its limit
)

// String is the word for it in JSON.
func (s Standing) String() string {
	return [...]string{"throttled", "over", "near", "heavy", "within", "unlimited", "unmeasured"}[s]
}

// Standing is how the bucket stands on the row's broker.
func (r Row) Standing() Standing {
	p, known := r.Percent()
	switch {
	case r.Throttled():
		return Throttled
	case known && p >= 100:
		return Over
	case known && p >= 100*NearShare:
		return Near
	case known:
		return Within
	case r.Limited && r.Level != UnknownLevel, math.IsNaN(r.Rate):
		return Unmeasured
	case r.OfCapacity >= 100*HeavyShare:
		return Heavy
	case r.Limited:
		return Unmeasured
	}
	return Unlimited
}

// Standing is how the bucket stands on the broker where that is worst.
func (t Total) Standing() Standing {
	switch s := t.Worst.Standing(); {
	case t.Throttling > 0:
		return Throttled
	case (s == Unlimited || t.Level == UnknownLevel) && t.OfThreads >= 100*HeavyShare:
		return Heavy
	default:
		return s
	}
}

package health

import (
	"fmt"
	"math"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// An Outlook says when a client will reach its limit, as far as its latest use tells.
type Outlook struct {
	Severity state.Severity // a warning where the limit will be reached soon
	Sentence string         // "" where there is no limit, or what is used of it isn't known
}

// OutlookOf predicts from samples of a bucket's use on all brokers together. It assumes that the broker where the bucket is nearest
// to its limit keeps its share of that use.
func OutlookOf(t tenant.Total, samples []history.Sample, now time.Time) Outlook {
	p, known := t.Worst.Percent()
	l := lineThrough(samples, now)
	say := func(format string, a ...any) Outlook { return Outlook{state.SeverityOK, fmt.Sprintf(format, a...)} }
	switch {
	case !t.Limited || !known || p <= 0:
		return Outlook{}
	case t.Throttling > 0 || p >= 100:
		return say("it is at its limit; what it would use without the limit isn't known")
	case !l.enough():
		return say("too few polls yet to tell (%d of %d)", min(l.polls, OutlookPolls-1), OutlookPolls)
	case !l.rises():
		return say("not rising steadily in the last %s", format.Duration(l.span))
	}
	seconds := (t.Rate*100/p - l.latest) / l.slope
	if !(seconds <= OutlookBeyond.Seconds()) {
		return say("if it goes on rising as in the last %s, it reaches its limit in an hour or more", format.Duration(l.span))
	}
	o := say("if it goes on rising as in the last %[3]s, it reaches its limit on broker %[1]d in about %[2]s (spread over the brokers as now)",
		t.Worst.Broker, format.Seconds(max(seconds, 0)), format.Duration(l.span))
	o.Severity = state.SeverityWarning
	return o
}

// useLine is a straight line through the latest samples.
type useLine struct {
	polls  int
	span   time.Duration
	slope  float64 // per second
	latest float64 // where the line is at the latest sample's time
	fit    float64 // the part of the variance that it explains, 0..1
	mean   float64
}

// lineThrough fits the line by least squares.
func lineThrough(samples []history.Sample, now time.Time) useLine {
	var l useLine
	var xs, ys []float64
	var last time.Time
	for _, s := range samples {
		// A sum over other brokers can't be compared.
		if s.Known && now.Sub(s.At) <= OutlookBack && s.Missing == samples[len(samples)-1].Missing {
			xs, ys, last = append(xs, s.At.Sub(samples[0].At).Seconds()), append(ys, s.Value), s.At
		}
	}
	l.polls = len(xs)
	if l.polls < 2 {
		return l
	}
	n := float64(l.polls)
	var sx, sy float64
	for i := range xs {
		sx, sy = sx+xs[i], sy+ys[i]
	}
	mx, my := sx/n, sy/n
	var sxx, sxy, syy float64
	for i := range xs {
		dx, dy := xs[i]-mx, ys[i]-my
		sxx, sxy, syy = sxx+dx*dx, sxy+dx*dy, syy+dy*dy
	}
	l.mean = my
	l.span = time.Duration((xs[len(xs)-1] - xs[0]) * float64(time.Second))
	if sxx == 0 || syy == 0 {
		l.latest = my
		return l
	}
	l.slope = sxy / sxx
	l.latest = my + l.slope*(last.Sub(samples[0].At).Seconds()-mx)
	l.fit = sxy * sxy / (sxx * syy)
	return l
}

func (l useLine) enough() bool { return l.polls >= OutlookPolls && l.span >= OutlookSpan }

func (l useLine) rises() bool {
	return l.slope > 0 && l.fit >= OutlookFit && l.slope*l.span.Seconds() >= OutlookRise*math.Abs(l.mean)
}

package tenants

import (
	"fmt"
	"kdeck/ops/history"
	"math"
	"time"

	"kdeck/ops/format"
)

// What a course must be to be told of.
const (
	courseLooks  = 8                // samples at the least
	courseSpan   = 30 * time.Second // that lie so far apart
	courseBack   = 10 * time.Minute // how far back it is looked for
	courseFit    = 0.6              // of the variance that a straight line explains, at the least
	courseRise   = 0.05             // of the mean, over the span, at the least
	courseBeyond = time.Hour        // nothing is told of what is further off
)

// course is a straight line through the latest samples.
type course struct {
	looks  int
	span   time.Duration
	slope  float64 // a second
	latest float64 // what the line says of the latest sample's time
	fit    float64 // 0..1
	mean   float64
}

// courseOf fits the line by least squares.
func courseOf(samples []history.Sample, now time.Time) course {
	var t course
	var xs, ys []float64
	var last time.Time
	for _, s := range samples {
		// Of other brokers, it is another sum.
		if s.Known && now.Sub(s.At) <= courseBack && s.Missing == samples[len(samples)-1].Missing {
			xs, ys, last = append(xs, s.At.Sub(samples[0].At).Seconds()), append(ys, s.Value), s.At
		}
	}
	t.looks = len(xs)
	if t.looks < 2 {
		return t
	}
	n := float64(t.looks)
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
	t.mean = my
	t.span = time.Duration((xs[len(xs)-1] - xs[0]) * float64(time.Second))
	if sxx == 0 || syy == 0 {
		t.latest = my
		return t
	}
	t.slope = sxy / sxx
	t.latest = my + t.slope*(last.Sub(samples[0].At).Seconds()-mx)
	t.fit = sxy * sxy / (sxx * syy)
	return t
}

func (t course) enough() bool { return t.looks >= courseLooks && t.span >= courseSpan }

func (t course) rises() bool {
	return t.slope > 0 && t.fit >= courseFit && t.slope*t.span.Seconds() >= courseRise*math.Abs(t.mean)
}

// projection says when a bucket will reach its limit, as far as its course tells. What is known over time is its use on
// all brokers together: it is taken that the broker where it is nearest keeps its part of that.
func projection(r *tenantRow, t course) (text string, soon bool) {
	p, known := r.Worst.Percent()
	switch {
	case !r.Limited || !known || p <= 0:
		return "", false
	case r.Throttling > 0 || p >= 100:
		return "it is at its limit; what it would use without isn't known", false
	case !t.enough():
		return fmt.Sprintf("too few looks yet to tell (%d of %d)", min(t.looks, courseLooks-1), courseLooks), false
	case !t.rises():
		return fmt.Sprintf("not rising steadily in the last %s", format.Duration(t.span)), false
	}
	in := time.Duration((r.Rate*100/p - t.latest) / t.slope * float64(time.Second))
	if in > courseBeyond {
		return fmt.Sprintf("rising, and an hour or more away from its limit, by the last %s", format.Duration(t.span)), false
	}
	return fmt.Sprintf("hits its limit on broker %d in about %s, if it rises on as in the last %s and stays spread as it is",
		r.Worst.Broker, format.Duration(max(in, 0)), format.Duration(t.span)), true
}

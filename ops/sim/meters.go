package sim

import (
	"math"
	"time"
)

// Between two steps of the traffic everything flows evenly, so what a counter holds is known at any moment: what it held at
// the last step, and its rate since.

// meter is a counter of Kafka's server ("Yammer") kind.
type meter struct {
	count  float64 // at the last step
	rate   float64 // a second, since the last step
	minute float64 // the rate as an exponential mean of about a minute
	warm   bool
}

// advance counts for dt at the rate so far.
func (m *meter) advance(dt time.Duration) {
	m.count += m.rate * dt.Seconds()
	if !m.warm {
		m.minute, m.warm = m.rate, true
	}
	m.minute = smooth(m.minute, m.rate, dt, time.Minute)
}

func (m *meter) at(since time.Duration) float64 { return m.count + m.rate*since.Seconds() }

// smooth moves an exponential mean with the time constant tau towards what held during dt.
func smooth(mean, now float64, dt, tau time.Duration) float64 {
	return mean + (now-mean)*(1-math.Exp(-dt.Seconds()/tau.Seconds()))
}

// delay is how long something takes, in milliseconds: two exponential distributions, of which the slow one has its share.
type delay struct {
	typical, slow float64 // means
	share         float64 // of the slow, 0..1
}

func (d delay) mean() float64 { return (1-d.share)*d.typical + d.share*d.slow }

// quantile is approximately the q-quantile, q from 0 to 1: the larger one of the two distributions.
func (d delay) quantile(q float64) float64 {
	beyond := func(mean, share float64) float64 {
		if mean <= 0 || share <= 1-q {
			return 0
		}
		return mean * math.Log(share/(1-q))
	}
	return max(beyond(d.typical, 1-d.share), beyond(d.slow, d.share))
}

// histogram counts delays. Kafka's percentiles are of a sample that forgets: old values count for less, by a factor of e
// after 67 seconds (ExponentiallyDecayingSample with an alpha of 0.015). Its mean is since the start.
type histogram struct {
	n       meter
	sum     float64
	now     delay // of what is counted since the last step
	recent  delay
	largest float64
}

const sampleMemory = 67 * time.Second

func (h *histogram) set(rate float64, d delay) { h.n.rate, h.now = rate, d }

func (h *histogram) advance(dt time.Duration) {
	if !h.n.warm {
		h.recent = h.now
	}
	h.sum += h.n.rate * h.now.mean() * dt.Seconds()
	h.n.advance(dt)
	h.recent.typical = smooth(h.recent.typical, h.now.typical, dt, sampleMemory)
	h.recent.slow = smooth(h.recent.slow, h.now.slow, dt, sampleMemory)
	h.recent.share = smooth(h.recent.share, h.now.share, dt, sampleMemory)
	h.largest = max(h.largest, h.now.quantile(0.9999))
}

func (h *histogram) mean(since time.Duration) float64 {
	n := h.n.at(since)
	if n == 0 {
		return 0
	}
	return (h.sum + h.n.rate*h.now.mean()*since.Seconds()) / n
}

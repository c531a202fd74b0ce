package sim

import "math"

// pace says how many records were written to a log by when. It is a function of time alone, so that a log of any length costs
// nothing until somebody asks for it. Times are seconds, counted from when the log began.
type pace struct {
	rate   float64 // records a second, in the mean
	period float64 // seconds of a wave, or from one burst to the next
	wave   float64 // the rate rises and falls by this share of itself, 0 to 1; without bursts
	burst  float64 // seconds of each period in which records are written; 0: in all of it
	phase  float64 // the share of the first period that had passed when the log began, 0 to 1
	until  float64 // nothing is written from then on; 0: no such time
}

// count is how many records have been written by v, not a whole number. It never falls as v grows.
func (p pace) count(v float64) float64 {
	if p.until != 0 {
		v = min(v, p.until)
	}
	if v <= 0 || p.rate == 0 {
		return 0
	}
	switch {
	case p.burst > 0:
		return p.rate * (p.inBursts(v+p.phase*p.period) - p.inBursts(p.phase*p.period))
	case p.wave > 0:
		turn := 2 * math.Pi * p.phase
		return p.rate * (v + p.wave*p.period/(2*math.Pi)*(math.Sin(2*math.Pi*v/p.period+turn)-math.Sin(turn)))
	}
	return p.rate * v
}

// inBursts is the time by v, stretched where records are written and standing still in between.
func (p pace) inBursts(v float64) float64 {
	whole := math.Floor(v / p.period)
	return p.period * (whole + min((v-whole*p.period)/p.burst, 1))
}

// drawnOut is the pace of a reader that takes by times as long for each burst as the writer did.
func (p pace) drawnOut(by float64) pace {
	p.burst = min(p.burst*by, p.period)
	return p
}

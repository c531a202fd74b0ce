package health

import (
	"maps"
	"time"

	"kdeck/ops/state"
)

// Sightings are what earlier looks at a cluster have shown, those of other runs of kdeck included. They never change; the nil Sightings know nothing.
type Sightings struct {
	Healthy time.Time // when it was last seen healthy; zero: never
	First   map[state.FindingID]time.Time
}

// Next adds what a State was judged to be. Of what the very first look finds, the first sighting is that look. What the State doesn't show is forgotten; all
// tells whether it shows all that is to be found, which a Watch that has just begun doesn't.
func (s *Sightings) Next(st *state.State, all bool) *Sightings {
	next := &Sightings{First: map[state.FindingID]time.Time{}}
	if s != nil {
		next.Healthy = s.Healthy
		if !all {
			maps.Copy(next.First, s.First)
		}
	}
	if st.Verdict == state.VerdictHealthy {
		next.Healthy = st.Now
	}
	for i := range st.Findings {
		f := &st.Findings[i]
		if f.Severity == state.SeverityOK || f.Code == NotRead { // whose subject is a text of the cluster's
			continue
		}
		first, seen := s.first(f.ID())
		if !seen {
			first = st.Now
		}
		next.First[f.ID()] = first
	}
	return next
}

func (s *Sightings) first(id state.FindingID) (time.Time, bool) {
	if s == nil {
		return time.Time{}, false
	}
	first, seen := s.First[id]
	return first, seen
}

// News tells whether next says something that s doesn't, but for the time of a healthy look that is not much later.
func (s *Sightings) News(next *Sightings) bool {
	if s == nil || len(s.First) != len(next.First) || next.Healthy.Sub(s.Healthy) >= healthyAgain {
		return true
	}
	for id, first := range next.First {
		if was, seen := s.First[id]; !seen || !was.Equal(first) {
			return true
		}
	}
	return false
}

// healthyAgain is how much later a healthy look is worth to be kept.
const healthyAgain = time.Minute

// since is when a finding that was there before began, as far as is known.
func (s *Sightings) since(id state.FindingID, now time.Time) state.Reading[time.Time] {
	first, seen := s.first(id)
	switch {
	case seen:
		return state.Read(first, now, "an earlier look of kdeck")
	case s != nil && !s.Healthy.IsZero():
		return state.Missing[time.Time]("after "+s.Healthy.UTC().Format(time.DateTime)+"Z, when kdeck last saw the cluster healthy", now, "kdeck")
	}
	return state.Missing[time.Time]("", now, "")
}

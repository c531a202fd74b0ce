package view

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// RunLines are a run in words, one line for each thing that is known of it. now is the clock that ages are counted from.
func RunLines(r *state.Run, now time.Time) []string {
	lines := []string{
		RunTitle(r, now),
		"moved     " + RunMoved(r),
		"copied    " + RunCopied(r),
		"throttle  " + RunThrottle(r),
	}
	if r.Why != "" {
		lines = append(lines, "why       "+r.Why)
	}
	return lines
}

// RunTitle says which run it is, what it does, and who started it when.
func RunTitle(r *state.Run, now time.Time) string {
	what := strings.Join(r.Stages, " + ")
	if what == "" {
		what = "a plan"
	}
	title := fmt.Sprintf("%s is %s: %s, started by %s at %s (%s ago), process %d", r.ID, r.State, what, r.By,
		r.StartedAt.In(now.Location()).Format(time.TimeOnly), format.Duration(now.Sub(r.StartedAt)), r.PID)
	if age := now.Sub(r.ToldAt); r.State == state.RunOrphaned || age > 15*time.Second {
		title += fmt.Sprintf("; this is %s old", format.Duration(age))
	}
	return title
}

// RunMoved counts the partitions of a run.
func RunMoved(r *state.Run) string {
	s := fmt.Sprintf("%s of %s, %s in flight, %s waiting", format.Thousands(r.Done), format.Count(r.Moves, "partition"),
		format.Thousands(r.InFlight), format.Thousands(r.Waiting()))
	if r.Skipped > 0 {
		s += ", " + format.Thousands(r.Skipped) + " skipped"
	}
	return s
}

// RunCopied is how many bytes of a run are copied, how fast, and how long the rest takes.
func RunCopied(r *state.Run) string {
	s := RunBytes(r)
	if r.Bytes != nil && r.BytesDone != nil && *r.Bytes > 0 {
		s += " (" + format.Percent(math.Floor(100*float64(*r.BytesDone)/float64(*r.Bytes))) + ")"
	}
	return s + RunPace(r)
}

// RunBytes is how many bytes of a run are copied.
func RunBytes(r *state.Run) string {
	if r.Bytes == nil || r.BytesDone == nil {
		return format.Unknown + " bytes: a broker doesn't tell sizes"
	}
	return format.Bytes(*r.BytesDone) + " of " + format.Bytes(*r.Bytes)
}

// RunPace is how fast a run copies and how long the rest takes, each behind a comma; "" where neither is known.
func RunPace(r *state.Run) (s string) {
	if r.Rate != nil {
		s = ", " + format.ByteRate(*r.Rate)
	}
	switch left := RunLeft(r.Left); {
	case left != "":
		s += ", " + left + " left"
	case r.State == state.RunRunning:
		s += ", " + format.Unknown + " time left"
	}
	return s
}

// RunLeft is the time that a run still takes: "7m20s to 9m10s"; "" where it isn't known.
func RunLeft(t *state.TimeLeft) string {
	if t == nil {
		return ""
	}
	low, high := format.Seconds(t.Low), format.Seconds(t.High)
	if low == high {
		return low
	}
	return low + " to " + high
}

// RunThrottle is the throttle of a run, and how many partitions it moves at once.
func RunThrottle(r *state.Run) string {
	if r.Throttle == nil && !r.Auto && r.AtOnce == 0 {
		return "none; as many moves as the brokers bear"
	}
	s := "none"
	if r.Throttle != nil {
		s = format.Bytes(*r.Throttle) + "/s per broker, in and out"
	}
	if r.Auto {
		s += ", chosen by the run itself"
	}
	if r.AtOnce == 0 {
		return s + "; as many moves as they bear"
	}
	return s + "; at most " + format.Count(r.AtOnce, "move") + " at once"
}

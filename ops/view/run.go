package view

import (
	"time"

	"kdeck/ops/state"
)

// RunJSON is a run in an answer, on the socket of its process, and in its record.
type RunJSON struct {
	ID        string         `json:"id"`
	ClusterID string         `json:"cluster_id"`
	Stages    []string       `json:"stages"`
	StartedAt time.Time      `json:"started_at"`
	By        string         `json:"by"`
	PID       int            `json:"pid"`
	State     state.RunState `json:"state"`
	Why       *string        `json:"why"`
	ToldAt    time.Time      `json:"told_at"`
	Done      int            `json:"moves_done"`
	Moves     int            `json:"moves"`
	InFlight  int            `json:"in_flight"`
	Skipped   int            `json:"skipped"`
	BytesDone *int64         `json:"bytes_done"`
	Bytes     *int64         `json:"bytes"`
	Rate      *float64       `json:"rate"`         // bytes a second
	Left      *[2]float64    `json:"left_seconds"` // at least and at most, as a guess
	Throttle  *int64         `json:"throttle"`     // bytes a second for each broker, in and out; null: none
	Auto      bool           `json:"auto"`
	AtOnce    int            `json:"at_once"`
	Waiting   int            `json:"waiting"`
	Flying    []RunMoveJSON  `json:"flying,omitempty"`
	Queue     []RunMoveJSON  `json:"queue,omitempty"` // the first of those that wait, in the order in which they are submitted
}

// RunMoveJSON is a move of a run that is in flight or waits.
type RunMoveJSON struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	From      []int32  `json:"from"`
	To        []int32  `json:"to"`
	BytesDone *int64   `json:"bytes_done"`
	Bytes     *int64   `json:"bytes"`
	Rate      *float64 `json:"rate"`
	Why       *string  `json:"why"`
}

// RunAnswer is a run as JSON has it.
func RunAnswer(r *state.Run) *RunJSON {
	j := &RunJSON{
		ID: r.ID, ClusterID: r.ClusterID, Stages: append([]string{}, r.Stages...), StartedAt: r.StartedAt.UTC(), By: r.By, PID: r.PID,
		State: r.State, Why: named(r.Why), ToldAt: r.ToldAt.UTC(), Done: r.Done, Moves: r.Moves, InFlight: r.InFlight, Skipped: r.Skipped,
		BytesDone: r.BytesDone, Bytes: r.Bytes, Rate: r.Rate, Throttle: r.Throttle, Auto: r.Auto, AtOnce: r.AtOnce,
		Waiting: r.Waiting(), Flying: runMoveAnswers(r.Flying), Queue: runMoveAnswers(r.Queue),
	}
	if r.Left != nil {
		j.Left = &[2]float64{r.Left.Low, r.Left.High}
	}
	return j
}

func runMoveAnswers(moves []state.RunMove) (out []RunMoveJSON) {
	for i := range moves {
		out = append(out, RunMoveAnswer(&moves[i]))
	}
	return out
}

// RunMoveAnswer is a move of a run as JSON has it.
func RunMoveAnswer(m *state.RunMove) RunMoveJSON {
	return RunMoveJSON{m.Topic, m.Partition, m.From, m.To, m.BytesDone, m.Bytes, m.Rate, named(m.Why)}
}

// Run is the run that an answer tells of.
func (j *RunJSON) Run() *state.Run {
	r := &state.Run{
		ID: j.ID, ClusterID: j.ClusterID, Stages: j.Stages, StartedAt: j.StartedAt, By: j.By, PID: j.PID,
		State: j.State, Why: said(j.Why), ToldAt: j.ToldAt, Done: j.Done, Moves: j.Moves, InFlight: j.InFlight, Skipped: j.Skipped,
		BytesDone: j.BytesDone, Bytes: j.Bytes, Rate: j.Rate, Throttle: j.Throttle, Auto: j.Auto, AtOnce: j.AtOnce,
		Flying: runMoves(j.Flying), Queue: runMoves(j.Queue),
	}
	if j.Left != nil {
		r.Left = &state.TimeLeft{Low: j.Left[0], High: j.Left[1]}
	}
	return r
}

func runMoves(moves []RunMoveJSON) (out []state.RunMove) {
	for _, m := range moves {
		out = append(out, state.RunMove{Topic: m.Topic, Partition: m.Partition, From: m.From, To: m.To,
			BytesDone: m.BytesDone, Bytes: m.Bytes, Rate: m.Rate, Why: said(m.Why)})
	}
	return out
}

// said is the text behind a value that may be null.
func said(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

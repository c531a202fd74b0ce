package subcmd

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newMoves(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "moves",
		Short: "Reassignments in flight, and whose they are",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runMoves(cmd.Context(), env, g) },
	}
	cmd.AddCommand(newMovesCancel(env, g))
	return cmd
}

// A flight is one reassignment in progress.
type flight struct {
	state.Partition
	ours  bool
	known bool // whether this machine's journal could be read
}

func (f flight) whose() string {
	switch {
	case !f.known:
		return format.Unknown
	case f.ours:
		return "kdeck, from here"
	}
	return "others"
}

// stuck says why a move can't end, "" where it can.
func (f flight) stuck(s *state.Snapshot) string {
	if f.Leaderless() {
		return "no leader"
	}
	for _, id := range f.AppendAdding(nil) {
		if b := s.Broker(id); b == nil || !b.Alive {
			return fmt.Sprintf("broker %d is not alive", id)
		}
	}
	return ""
}

// copied is how far the new replicas are of what they shall hold; known is false where a broker doesn't say.
func (f flight) copied() (have, want int64, known bool) {
	size, known := f.Size()
	for r := range f.Replicas() {
		if r.Adding {
			want += size
			have += max(0, r.Size)
		}
	}
	return have, want, known
}

func flightsOf(s *state.Snapshot) []flight {
	stateDir, err := change.StateDir()
	var ours func(change.TopicPartition, []int32) bool
	if err == nil {
		ours, err = reassign.Whose(stateDir, s.ClusterID)
	}
	var rows []flight
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		if !p.Moving() {
			continue
		}
		f := flight{Partition: p, known: err == nil}
		f.ours = f.known && ours(change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}, p.AppendLasting(nil))
		rows = append(rows, f)
	}
	return rows
}

func flightColumns(s *state.Snapshot) []view.Column[flight] {
	return []view.Column[flight]{
		{Head: "TOPIC", Cell: func(f flight) string { return f.Topic().Name() }},
		{Head: "PART", Right: true, Cell: func(f flight) string { return strconv.Itoa(int(f.ID())) }},
		{Head: "LEADER", Right: true, Cell: func(f flight) string { return strconv.Itoa(int(f.Leader())) }},
		{Head: "ADDING", Cell: func(f flight) string { return view.IDs(f.AppendAdding(nil)) }},
		{Head: "REMOVING", Cell: func(f flight) string { return view.IDs(f.AppendRemoving(nil)) }},
		{Head: "COPIED", Right: true, Cell: func(f flight) string {
			have, want, known := f.copied()
			if !known {
				return format.Unknown
			}
			return format.Bytes(have) + " of " + format.Bytes(want)
		}},
		{Head: "WHOSE", Cell: flight.whose},
		{Head: "STUCK", Cell: func(f flight) string { return f.stuck(s) }},
	}
}

type movesJSON struct {
	view.Envelope
	Moves []moveJSON `json:"moves"`
}

type moveJSON struct {
	Topic       string  `json:"topic"`
	Partition   int32   `json:"partition"`
	Leader      *int32  `json:"leader"`
	Replicas    []int32 `json:"replicas"` // when it is over
	Adding      []int32 `json:"adding"`
	Removing    []int32 `json:"removing"`
	CopiedBytes *int64  `json:"copied_bytes"`
	TotalBytes  *int64  `json:"total_bytes"`
	Ours        *bool   `json:"ours"`
	Stuck       *string `json:"stuck"`
}

func runMoves(ctx context.Context, env *Env, g *globals) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	defer src.close()
	s := src.snapshot
	if !s.Moves.Known {
		return failed(fmt.Errorf("which reassignments are in flight isn't known: %s", s.Moves.Why))
	}
	rows := flightsOf(s)
	if g.document() {
		doc := movesJSON{Envelope: view.EnvelopeOf(s), Moves: []moveJSON{}}
		for _, f := range rows {
			doc.Moves = append(doc.Moves, moveOf(s, f))
		}
		return env.document(g, doc)
	}
	if len(rows) == 0 {
		fmt.Fprintln(env.Err, "no reassignment is in flight")
		return nil
	}
	return table(env, g, flightColumns(s), rows)
}

func moveOf(s *state.Snapshot, f flight) moveJSON {
	m := moveJSON{
		Topic: f.Topic().Name(), Partition: f.ID(), Replicas: f.AppendLasting([]int32{}),
		Adding: f.AppendAdding([]int32{}), Removing: f.AppendRemoving([]int32{}),
	}
	if l := f.Leader(); l >= 0 {
		m.Leader = &l
	}
	if have, want, known := f.copied(); known {
		m.CopiedBytes, m.TotalBytes = &have, &want
	}
	if f.known {
		m.Ours = &f.ours
	}
	if why := f.stuck(s); why != "" {
		m.Stuck = &why
	}
	return m
}

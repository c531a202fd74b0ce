// Package moves is the console's pane that lists the reassignments in flight. It changes nothing. Start reading at Pane.
package moves

import (
	"errors"
	"io"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane lists the partitions of a snapshot that are being reassigned.
type Pane struct {
	*pane.List[state.Partition]
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[state.Partition]{
		Name: "moves", Title: "Moves", Row: "move", Verb: "moves",
		Columns: pane.DressPartitions(view.MoveColumns()), Order: table.Order{Column: "copied"},
		Rows: func(s *pane.Scene) table.Rows[state.Partition] { return pane.PartitionRows(s.Snapshot(), s) },
		Match: func(s *pane.Scene, f view.Filter) (func(state.Partition) bool, error) {
			match, err := pane.MatchPartitions(s, f)
			return func(p state.Partition) bool { return p.Moving() && match(p) }, err
		},
		Words: view.PartitionFilterWords,
		Keys:  p.keys, Describe: pane.DescribePartition,
		Empty: func(s pane.Scene) string {
			if moves := s.Snapshot().Moves; !moves.Known {
				return format.Unknown + " the reassignments in flight: " + moves.Why
			}
			return "nothing is being reassigned; kdeck plan and kdeck apply move partitions"
		},
		JSON: func(s pane.Scene, rows []state.Partition) (func(io.Writer) error, error) {
			if len(rows) == 0 {
				return nil, errors.New("nothing is being reassigned")
			}
			return pane.PartitionsJSON(s, rows)
		},
		Document: func(s pane.Scene, p state.Partition) any { // whose move it is, only the journal knows: null
			return view.MovesAnswer(s.Snapshot(), []view.Move{{Partition: p}}).Moves[0]
		},
	})
	return p
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	if !p.Ready() {
		return ""
	}
	return format.Count(p.Table.Len(), "move") + " in flight"
}

func (p *Pane) keys() []pane.Binding {
	none := ""
	r, ok := p.Table.Current()
	if !ok {
		none = "there is no move to open"
	}
	return []pane.Binding{{Keys: []string{"enter", "d"}, Show: "enter", Help: "open the partition", Label: "open", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect {
			id := pane.PartitionID(r)
			return []pane.Effect{pane.Open{Pane: "partitions", Filter: "is:moving", Row: &id}}
		}}}
}

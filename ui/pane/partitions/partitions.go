// Package partitions is the console's pane that lists partitions or groups of them. Start reading at New.
package partitions

import (
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// New makes the pane: the worst partitions first, flat or grouped by topic, missing broker or tenant.
func New() pane.Pane {
	var before *state.Snapshot // the one whose partitions are in the table
	var list *pane.List[state.Partition]
	list = pane.NewList(pane.Spec[state.Partition]{
		Name: "partitions", Title: "Partitions", Row: "partition", Verb: "partitions",
		Columns: pane.PartitionColumns(), Order: table.Order{Column: "state"},
		Rows: func(s *pane.Scene) table.Rows[state.Partition] {
			snap := s.Snapshot()
			rows := pane.PartitionRows(snap, s)
			if s.History != nil {
				rows.Changed, _ = s.History.Changed(before, snap)
			}
			before = snap
			return rows
		},
		Incremental: true,
		Match:       pane.MatchPartitions, Words: view.PartitionFilterWords,
		Groups:   groups(),
		Describe: pane.DescribePartition, RowName: pane.PartitionName,
		Keys: func() []pane.Binding {
			return append([]pane.Binding{{Keys: []string{"!"}, Help: "only partitions that are not ok, or all", Group: pane.OnRows, Label: "bad only",
				Do: func() []pane.Effect { return list.ToggleWord("!is:ok") }}}, leads(list.Table.Current())...)
		},
		JSON: pane.PartitionsJSON, Document: pane.PartitionDocument,
	})
	return list
}

// leads returns the keys that lead from a partition to its topic and to the groups that read that.
func leads(p state.Partition, there bool) []pane.Binding {
	none := ""
	if !there {
		none = "there is no partition"
	}
	to := func(name string) func() []pane.Effect {
		return func() []pane.Effect {
			return []pane.Effect{pane.Open{Pane: name, Filter: "topic:/^" + format.Pattern(p.Topic().Name()) + "$/"}}
		}
	}
	return []pane.Binding{
		{Keys: []string{"t"}, Help: "its topic", Group: pane.Going, Disabled: none, Do: to("topics")},
		{Keys: []string{"o"}, Help: "the groups that read its topic", Group: pane.Going, Disabled: none, Do: to("groups")},
	}
}

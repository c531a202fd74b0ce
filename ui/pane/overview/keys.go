package overview

import (
	"slices"

	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Legends implements [pane.Rows].
func (o *Pane) Legends() []pane.Legend {
	brokers := o.brokers.Explain()
	if !o.Ready() { // whether there are metrics isn't known
		brokers = table.Explain(o.meteredColumns())
	}
	return append(o.List.Legends(), pane.Legend{Of: "brokers", Columns: brokers})
}

// toBrokers returns the key that leads from the last finding down to the brokers.
func (o *Pane) toBrokers() []pane.Binding {
	if !o.choosable() || o.Table.Len() > 0 && !o.lastFinding() {
		return nil
	}
	return []pane.Binding{{Keys: []string{"down", "j"}, Show: "j ↓", Help: "to the brokers", Label: "brokers", Group: pane.Moving, Do: pane.Quietly(func() {
		o.focused = true
		if !o.roomy {
			o.matrix.toWorst()
		}
	})}}
}

// choosable tells whether a broker can be chosen. In the matrix without metrics, which says no more than the findings, none can.
func (o *Pane) choosable() bool {
	return !o.open && !o.parts.Brokers.Empty() && (o.roomy && o.brokers.Len() > 0 || !o.roomy && len(o.matrix.columns) > 0)
}

// lastFinding tells that the cursor is on the last finding.
func (o *Pane) lastFinding() bool {
	f, ok := o.Table.Current()
	return ok && findingID(f) == findingID(o.Table.Row(o.Table.Len()-1))
}

// broker returns the broker under the cursor.
func (o *Pane) broker() (id int32, ok bool) {
	if !o.roomy {
		return o.matrix.current()
	}
	r, ok := o.brokers.Current()
	if !ok {
		return 0, false
	}
	return r.ID, true
}

// brokerBindings are the keys while the brokers have the focus.
func (o *Pane) brokerBindings() []pane.Binding {
	id, ok := o.broker()
	none := ""
	if !ok {
		none = "there is no broker"
	}
	leave := pane.Quietly(func() { o.focused = false })
	keys := []pane.Binding{{Keys: []string{"enter"}, Help: "all that is known of the broker", Label: "open", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect { return []pane.Effect{pane.Open{Pane: "brokers", Row: &table.ID{N: id}}} }}}
	if o.roomy {
		list := pane.ListBindings(o.brokers, "broker", func() any {
			r, ok := o.brokers.Current()
			if !ok {
				return nil
			}
			return pane.BrokerDocument(o.Scene, r)
		})
		if first, ok := o.brokers.Current(); ok && first.ID == o.brokers.Row(0).ID {
			up := slices.IndexFunc(list, func(b pane.Binding) bool { return slices.Contains(b.Keys, "up") })
			list[up] = pane.Binding{Keys: []string{"k", "up"}, Show: "k ↑", Help: "to the findings", Group: pane.Moving, Do: leave}
		}
		return append(keys, list...)
	}
	move := func(n int) func() []pane.Effect { return pane.Quietly(func() { o.matrix.move(n) }) }
	keys = append(keys,
		pane.Binding{Keys: []string{"right", "l"}, Show: "l →", Help: "the next broker", Label: "next", Group: pane.Moving, Do: move(1)},
		pane.Binding{Keys: []string{"left", "h"}, Show: "h ←", Help: "the broker before", Group: pane.Moving, Do: move(-1)},
		pane.Binding{Keys: []string{"home", "g"}, Show: "g", Help: "the first broker", Group: pane.Moving, Do: move(-len(o.matrix.columns))},
		pane.Binding{Keys: []string{"end", "G"}, Show: "G", Help: "the last broker", Group: pane.Moving, Do: move(len(o.matrix.columns))},
		pane.Binding{Keys: []string{"up", "k"}, Show: "k ↑", Help: "to the findings", Label: "findings", Group: pane.Moving, Do: leave})
	below := 0
	if !o.matrix.asNumbers {
		below = o.matrix.perLine
	}
	return append(keys, pane.Binding{Keys: []string{"down", "j"}, Show: "j ↓", Help: "the broker under it, where they fill several lines", Group: pane.Moving, Do: move(below)})
}

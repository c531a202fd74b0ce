package pane

import (
	"slices"

	"kdeck/ui/table"
)

// toBrokers is how the cursor gets from the findings to the brokers: down from the last of them.
func (o *Overview) toBrokers() []Binding {
	if !o.choosable() || o.table.Len() > 0 && !o.lastFinding() {
		return nil
	}
	return []Binding{{Keys: []string{"down", "j"}, Show: "j ↓", Help: "to the brokers", Label: "brokers", Group: Moving, Do: func() []Effect {
		o.focused = true
		if !o.roomy {
			o.matrix.toWorst()
		}
		return nil
	}}}
}

// choosable tells whether a broker can be chosen. The matrix without metrics only tells what the findings do.
func (o *Overview) choosable() bool {
	return !o.open && !o.parts.Brokers.Empty() && (o.roomy && o.brokers.Len() > 0 || !o.roomy && len(o.matrix.columns) > 0)
}

func (o *Overview) lastFinding() bool {
	f, ok := o.table.Current()
	return ok && findingID(f) == findingID(o.table.Row(o.table.Len()-1))
}

// broker is the one that the cursor is on.
func (o *Overview) broker() (id int32, ok bool) {
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
func (o *Overview) brokerBindings() []Binding {
	id, ok := o.broker()
	none := ""
	if !ok {
		none = "there is no broker"
	}
	leave := func() []Effect { o.focused = false; return nil }
	keys := []Binding{{Keys: []string{"enter"}, Help: "all that is known of the broker", Label: "open", Group: Going, Disabled: none,
		Do: func() []Effect { return []Effect{Open{Pane: "brokers", Row: &table.ID{N: id}}} }}}
	if o.roomy {
		list := listBindings(o.brokers)
		if first, ok := o.brokers.Current(); ok && first.ID == o.brokers.Row(0).ID {
			up := slices.IndexFunc(list, func(b Binding) bool { return slices.Contains(b.Keys, "up") })
			list[up] = Binding{Keys: []string{"k", "up"}, Show: "k ↑", Help: "to the findings", Group: Moving, Do: leave}
		}
		return append(keys, list...)
	}
	do := func(n int) func() []Effect { return func() []Effect { o.matrix.move(n); return nil } }
	keys = append(keys,
		Binding{Keys: []string{"right", "l"}, Show: "l →", Help: "the next broker", Label: "next", Group: Moving, Do: do(1)},
		Binding{Keys: []string{"left", "h"}, Show: "h ←", Help: "the broker before", Group: Moving, Do: do(-1)},
		Binding{Keys: []string{"home", "g"}, Show: "g", Help: "the first broker", Group: Moving, Do: do(-len(o.matrix.columns))},
		Binding{Keys: []string{"end", "G"}, Show: "G", Help: "the last broker", Group: Moving, Do: do(len(o.matrix.columns))},
		Binding{Keys: []string{"up", "k"}, Show: "k ↑", Help: "to the findings", Label: "findings", Group: Moving, Do: leave})
	below := 0
	if !o.matrix.numbers {
		below = o.matrix.per
	}
	return append(keys, Binding{Keys: []string{"down", "j"}, Show: "j ↓", Help: "the broker under it, where they fill several lines", Group: Moving, Do: do(below)})
}

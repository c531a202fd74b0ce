package metrics

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"kdeck/ops/state"
)

// listeners adds up the figures of each listener's processors.
func (d *derivation) listeners() []state.Listener {
	at := map[string]*state.Listener{}
	of := func(name string) *state.Listener {
		l := at[name]
		if l == nil {
			none := d.missing(notExported)
			l = &state.Listener{Name: name, Connections: none, Opened: none, FailedLogins: none, Blocked: none}
			at[name] = l
		}
		return l
	}
	for k := range d.now.Of(Connections) {
		d.addTo(&of(k.Tags[0]).Connections, d.at(k))
	}
	for m, field := range map[Metric]func(*state.Listener) *state.Reading[float64]{
		ConnectionsOpened: func(l *state.Listener) *state.Reading[float64] { return &l.Opened },
		FailedLogins:      func(l *state.Listener) *state.Reading[float64] { return &l.FailedLogins },
	} {
		for k := range d.now.Of(m) {
			if _, counts := d.now.Value(Key{m, Count, k.Tags}); k.Attr == Count || !counts {
				d.addTo(field(of(k.Tags[0])), d.meterSeriesRate(k))
			}
		}
	}
	for k := range d.now.Of(AcceptorBlocked) {
		of(k.Tags[0]).Blocked = d.shareOf(k)
	}
	list := make([]state.Listener, 0, len(at))
	for _, l := range at {
		list = append(list, *l)
	}
	slices.SortFunc(list, func(a, b state.Listener) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// addTo adds a processor's figure to a sum. If one figure is unknown, so is the sum.
func (d *derivation) addTo(sum *state.Reading[float64], r state.Reading[float64]) {
	switch {
	case !sum.Known && sum.Why != notExported: // one of them is unknown already
	case sum.Known && r.Known:
		sum.Value += r.Value
	default:
		*sum = r
	}
}

// addresses returns the client addresses whose connections Kafka counts, the one with the highest rate first.
func (d *derivation) addresses() []state.Address {
	var list []state.Address
	for k, v := range d.now.Of(IPConnections) {
		if v >= 0 { // and not NaN
			list = append(list, state.Address{IP: k.Tags[0], Rate: v})
		}
	}
	slices.SortFunc(list, func(a, b state.Address) int { return cmp.Or(cmp.Compare(b.Rate, a.Rate), strings.Compare(a.IP, b.IP)) })
	return list
}

func (d *derivation) software() []state.Software {
	var list []state.Software
	for k, v := range d.now.Of(ClientSoftware) {
		if v > 0 {
			list = append(list, state.Software{Name: k.Tags[0], Version: k.Tags[1], Connections: int(min(v, math.MaxInt32))})
		}
	}
	slices.SortFunc(list, func(a, b state.Software) int {
		return cmp.Or(cmp.Compare(b.Connections, a.Connections), strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	return list
}

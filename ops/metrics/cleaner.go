package metrics

import "kdeck/ops/state"

// uncleanable adds up the partitions that the log cleaner skips in each log dir. If one figure is unknown, so is the sum.
func (d *derivation) uncleanable() state.Reading[float64] {
	sum := d.missing(notExported)
	for k := range d.now.Of(Uncleanable) {
		d.addTo(&sum, d.at(k))
	}
	return sum
}

package pane

import "cmp"

// CompareRacks orders racks by their names; brokers without a rack, whose name is "", come last.
func CompareRacks(a, b string) int {
	if (a == "") != (b == "") {
		return -cmp.Compare(a, b)
	}
	return cmp.Compare(a, b)
}

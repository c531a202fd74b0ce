package pane

// entered is where esc leads back to from the partitions of a group.
type Entered struct {
	By, Before string // how the groups were gathered and filtered
	With       string // the filter of the one entered
}

// The ways to gather tenants.
const (
	ByTenant = "tenant"
	ByType   = "type"
)

package pane

// All makes the console's panes, in the order of their numbers.
func All() []Pane {
	return []Pane{
		NewOverview(),
		NewBrokers(),
		newElsewhere("tenants", "Tenants", "kdeck tenants", "client quotas, their use by broker, and who is throttled"),
		NewPartitions(),
		newElsewhere("requests", "Requests", "kdeck request NAME --to NODE", "any request of the protocol to any one node, and its answer"),
		newElsewhere("plan", "Plan", "kdeck plan STAGE …", "a plan of moves; nothing is changed"),
		NewMoves(),
		newElsewhere("audit", "Audit", "kdeck moves undo", "what was changed by kdeck, and the way back"),
	}
}

package pane

// All makes the console's panes, in the order of their numbers. Without a sender none of them sends requests.
func All(sender Sender) []Pane {
	return []Pane{
		NewOverview(),
		NewBrokers(),
		newElsewhere("tenants", "Tenants", "kdeck tenants", "client quotas, their use by broker, and who is throttled"),
		NewPartitions(),
		NewRequests(sender),
		NewPlan(),
		NewMoves(),
		newElsewhere("audit", "Audit", "kdeck moves undo", "what was changed by kdeck, and the way back"),
	}
}

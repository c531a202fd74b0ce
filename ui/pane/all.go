package pane

// All makes the console's panes, in the order of their numbers. Without a sender none of them sends requests.
func All(sender Sender) []Pane {
	return []Pane{
		NewOverview(),
		NewBrokers(),
		NewTenants(),
		NewPartitions(),
		NewRequests(sender),
		NewPlan(),
		NewMoves(),
		newElsewhere("audit", "Audit", "kdeck moves undo", "what was changed by kdeck, and the way back"),
	}
}

package ui

import (
	"context"
	"slices"
	"sync"

	"kdeck/ui/pane"
	"kdeck/ui/pane/audit"
	"kdeck/ui/pane/brokers"
	"kdeck/ui/pane/moves"
	"kdeck/ui/pane/overview"
	"kdeck/ui/pane/partitions"
	"kdeck/ui/pane/plan"
	"kdeck/ui/pane/requests"
	"kdeck/ui/pane/tenants"
)

// newPanes returns the console's panes in the order of their numbers. Without an asker the Requests pane sends nothing; what
// the pane sends ends with ctx.
func newPanes(ctx context.Context, asker requests.Asker) []pane.Pane {
	return []pane.Pane{
		overview.New(),
		brokers.New(),
		tenants.New(),
		partitions.New(),
		requests.New(ctx, asker),
		plan.New(),
		moves.New(),
		audit.New(),
	}
}

var paneNames = sync.OnceValue(func() (names []string) {
	for _, p := range newPanes(context.Background(), nil) {
		names = append(names, p.Name())
	}
	return names
})

// PaneNames are the names of the console's panes, in the order of their numbers. The slice is the caller's.
func PaneNames() []string { return slices.Clone(paneNames()) }

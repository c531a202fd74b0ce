package ui

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"kdeck/ui/pane"
	"kdeck/ui/pane/audit"
	"kdeck/ui/pane/brokers"
	"kdeck/ui/pane/groups"
	"kdeck/ui/pane/moves"
	"kdeck/ui/pane/overview"
	"kdeck/ui/pane/partitions"
	"kdeck/ui/pane/plan"
	"kdeck/ui/pane/requests"
	"kdeck/ui/pane/tenants"
)

// numbered are the panes in the order of their digits. That isn't the order in which they stand: a pane that came later took none of the digits that
// hands know.
var numbered = []string{"overview", "brokers", "tenants", "partitions", "requests", "plan", "moves", "audit", "groups"}

// digit is the key that leads to a pane.
func digit(p pane.Pane) string { return strconv.Itoa(slices.Index(numbered, p.Name()) + 1) }

// newPanes returns the console's panes in the order in which they stand. Without an asker the Requests pane sends nothing; what
// the pane sends ends with ctx.
func newPanes(ctx context.Context, asker requests.Asker) []pane.Pane {
	return []pane.Pane{
		overview.New(),
		brokers.New(),
		tenants.New(),
		partitions.New(),
		groups.New(),
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

// PaneNames are the names of the console's panes, in the order in which they stand. The slice is the caller's.
func PaneNames() []string { return slices.Clone(paneNames()) }

package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"kdeck/ui/pane"
	"kdeck/ui/pane/audit"
	"kdeck/ui/pane/brokers"
	"kdeck/ui/pane/groups"
	"kdeck/ui/pane/machine"
	"kdeck/ui/pane/moves"
	"kdeck/ui/pane/overview"
	"kdeck/ui/pane/partitions"
	"kdeck/ui/pane/plan"
	"kdeck/ui/pane/requests"
	"kdeck/ui/pane/tenants"
	"kdeck/ui/pane/topics"
)

// numbered are the panes in the order of their digits. That isn't the order in which they stand: a pane that came later took none of the digits that
// hands know.
var numbered = []string{"overview", "brokers", "tenants", "partitions", "requests", "plan", "moves", "audit", "groups", "topics"}

// digit is the key that leads to a pane; 0 is the tenth.
func digit(p pane.Pane) string { return strconv.Itoa((slices.Index(numbered, p.Name()) + 1) % 10) }

// newPanes returns the console's panes in the order in which they stand. Where the cluster has nobody to be asked, the Requests
// pane sends nothing, and the Topics and the Groups pane ask nothing of what is opened; what they send ends with ctx.
func newPanes(ctx context.Context, c *Cluster) []pane.Pane {
	if c.Machine {
		return []pane.Pane{machine.New()}
	}
	return []pane.Pane{
		overview.New(),
		brokers.New(),
		tenants.New(),
		topics.New(ctx, c.Topics),
		partitions.New(),
		groups.New(ctx, c.Groups),
		requests.New(ctx, c.Requests),
		plan.New(),
		moves.New(),
		audit.New(),
	}
}

// allPanes are panes of no console.
var allPanes = sync.OnceValue(func() []pane.Pane { return newPanes(context.Background(), &Cluster{}) })

// PaneNames are the names of the console's panes, in the order in which they stand. The slice is the caller's.
func PaneNames() (names []string) {
	for _, p := range allPanes() {
		names = append(names, p.Name())
	}
	return names
}

// FindPane returns the index in [PaneNames] of the pane with that name, title or digit.
func FindPane(name string) (int, bool) { return findPane(allPanes(), name) }

func findPane(panes []pane.Pane, name string) (int, bool) {
	for i, p := range panes {
		if strings.EqualFold(p.Name(), name) || strings.EqualFold(p.Title(), name) || name == digit(p) {
			return i, true
		}
	}
	return 0, false
}

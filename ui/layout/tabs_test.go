package layout

import (
	"fmt"
	"strings"
	"testing"
)

var (
	tabNames  = []string{"Overview", "Brokers", "Tenants", "Topics", "Partitions", "Groups", "Requests", "Plan", "Moves", "Audit"}
	tabShorts = []string{"Over", "Broker", "Tenant", "Topic", "Parts", "Group", "Reqs", "Plan", "Moves", "Audit"}
)

func drawTabs(t *testing.T, width, front int) string {
	t.Helper()
	line := []byte(strings.Repeat(" ", width))
	for i, tab := range Tabs(tabNames, tabShorts, front, width) {
		text := fmt.Sprintf("%d %s", (i+1)%10, tab.Name)
		if i == front {
			text = "[" + text + "]"
		}
		if len(text) != tab.W || tab.X < 0 || tab.X+tab.W > width {
			t.Fatalf("width %d, front %d: %q has the place %d+%d", width, front, text, tab.X, tab.W)
		}
		if was := line[tab.X : tab.X+tab.W]; strings.TrimSpace(string(was)) != "" {
			t.Fatalf("width %d, front %d: %q lies on %q", width, front, text, was)
		}
		copy(line[tab.X:], text)
	}
	return string(line)
}

func TestTheTabsAreDrawn(t *testing.T) {
	for _, c := range []struct {
		width, front int
		want         string
	}{
		{60, 0, "[1 Over] 2 Br 3 Te 4 To 5 Pa 6 Gr 7 Re 8 Pl 9 Mo 0 Au"},
		{60, 3, " 1 Ov 2 Br 3 Te [4 Topic] 5 Pa 6 Gr 7 Re 8 Pl 9 Mo 0 Au"},
		{80, 2, " 1 Over 2 Broker[3 Tenant]4 Topic 5 Parts 6 Group 7 Reqs 8 Plan 9 Moves 0 Audit"},
		{100, 0, "[1 Overview] 2 Brokers 3 Tenants 4 Topics 5 Partitions 6 Groups 7 Requests 8 Plan 9 Moves 0 Audit"},
		{200, 7, " 1 Overview  2 Brokers  3 Tenants  4 Topics  5 Partitions  6 Groups  7 Requests [8 Plan] 9 Moves  0 Audit"},
	} {
		if got := strings.TrimRight(drawTabs(t, c.width, c.front), " "); got != c.want {
			t.Errorf("%d:\n%q, want\n%q", c.width, got, c.want)
		}
	}
}

// Every pane keeps a name of at least two letters at every width that shows panes.
func TestTabsKeepTheirNamesAtEveryWidth(t *testing.T) {
	for width := MinWidth; width <= 250; width++ {
		for front := range tabNames {
			drawTabs(t, width, front)
			for i, tab := range Tabs(tabNames, tabShorts, front, width) {
				switch {
				case len(tab.Name) < leastName, !strings.HasPrefix(tabNames[i], tab.Name) && tab.Name != tabShorts[i] && !strings.HasPrefix(tabShorts[i], tab.Name):
					t.Errorf("width %d: pane %d is called %q", width, i+1, tab.Name)
				case width >= 80 && tab.Name != tabNames[i] && tab.Name != tabShorts[i]:
					t.Errorf("width %d: %q is cut to %q", width, tabNames[i], tab.Name)
				case width >= 100 && tab.Name != tabNames[i]:
					t.Errorf("width %d: %q is shortened to %q", width, tabNames[i], tab.Name)
				}
			}
		}
	}
}

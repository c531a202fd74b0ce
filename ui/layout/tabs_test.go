package layout

import (
	"fmt"
	"strings"
	"testing"
)

var (
	tabNames  = []string{"Overview", "Brokers", "Tenants", "Partitions", "Requests", "Plan", "Moves", "Audit"}
	tabShorts = []string{"Overview", "Brokers", "Tenants", "Parts", "Reqs", "Plan", "Moves", "Audit"}
)

func drawTabs(t *testing.T, width, front int) string {
	t.Helper()
	line := []byte(strings.Repeat(" ", width))
	for i, tab := range Tabs(tabNames, tabShorts, front, width) {
		text := fmt.Sprintf("%d %s", i+1, tab.Name)
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
		{60, 0, "[1 Overview] 2 Bro 3 Ten 4 Par 5 Req 6 Pla 7 Mov 8 Aud"},
		{60, 3, " 1 Over 2 Brok 3 Tena [4 Parts] 5 Reqs 6 Plan 7 Move 8 Audi"},
		{80, 2, " 1 Overview  2 Brokers [3 Tenants] 4 Parts  5 Reqs  6 Plan  7 Moves  8 Audit"},
		{100, 0, "[1 Overview] 2 Brokers  3 Tenants  4 Partitions  5 Requests  6 Plan  7 Moves  8 Audit"},
		{200, 7, " 1 Overview  2 Brokers  3 Tenants  4 Partitions  5 Requests  6 Plan  7 Moves [8 Audit]"},
	} {
		if got := strings.TrimRight(drawTabs(t, c.width, c.front), " "); got != c.want {
			t.Errorf("%d:\n%q, want\n%q", c.width, got, c.want)
		}
	}
}

// Every pane keeps a name of at least three letters at every width that shows panes.
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
				case width >= 90 && tab.Name != tabNames[i]:
					t.Errorf("width %d: %q is shortened to %q", width, tabNames[i], tab.Name)
				}
			}
		}
	}
}

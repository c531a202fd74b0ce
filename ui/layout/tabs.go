package layout

// Tab is the name of one pane in the line of tabs.
type Tab struct {
	Name string // whole, short or its first letters
	X, W int    // W has room for the number, a blank and the name; of the pane in front also for a blank at either side
}

const (
	tabsFrom   = 1 // the column of the first tab
	leastName  = 2 // letters of a name in the narrowest line
	tabNumbers = 2 // columns of a number and the blank behind it
	tight      = 0 // a gap of one column, in which the blanks of the tab in front stand too
)

// Tabs fits the names of numbered panes, of which one is in front, into a line: whole ones or, where there is no room for those,
// short ones, and then the first letters of those. A name that has no short form stands in short as it is. In a line that is too
// narrow for all of them the last ones are cut off.
func Tabs(names, short []string, front, width int) []Tab {
	for _, form := range [][]string{names, short} {
		for gap := 2; gap >= tight; gap-- {
			if tabs := placeTabs(form, front, gap, len(longest(form))); tabsEnd(tabs) <= width {
				return tabs
			}
		}
	}
	most := len(longest(short))
	for most > leastName && tabsEnd(placeTabs(short, front, 1, most)) > width {
		most--
	}
	return placeTabs(short, front, 1, most)
}

func longest(names []string) (name string) {
	for _, n := range names {
		if len(n) > len(name) {
			name = n
		}
	}
	return name
}

// placeTabs puts names of at most so many letters side by side; the one in front is whole.
func placeTabs(names []string, front, gap, most int) []Tab {
	tabs := make([]Tab, len(names))
	x := tabsFrom
	for i, name := range names {
		if i != front {
			name = name[:min(len(name), most)]
			tabs[i] = Tab{name, x, tabNumbers + len(name)}
			x += tabs[i].W + max(gap, 1)
			continue
		}
		if i == 0 || gap != 1 { // its blanks stand in the gaps
			x--
		}
		tabs[i] = Tab{name, x, tabNumbers + len(name) + 2}
		x += tabs[i].W + min(gap, 1)
	}
	return tabs
}

func tabsEnd(tabs []Tab) int {
	if len(tabs) == 0 {
		return 0
	}
	last := tabs[len(tabs)-1]
	return last.X + last.W
}

package ui

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"kdeck/protocol/race"
	"kdeck/ui/fixture"
)

// tenantStates hands a console what clients use over so many looks, five seconds apart, of a cluster in which 7 dies
// before the last two.
func tenantStates(d *driver, looks int, of fixture.Tenants) {
	c := fixture.Small()
	for i := range looks {
		c.At = fixture.Noon.Add(time.Duration(i) * 5 * time.Second)
		if i >= looks-2 {
			c.Dead = 7
		}
		s := c.State(uint64(i + 1))
		now := of
		now.Step = i
		now.AddTo(s)
		d.state(s)
	}
}

// tenantScenes are screens of the Tenants pane.
var tenantScenes = []struct {
	name string
	do   func(d *driver)
}{
	{"tenants", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}) }},
	{"tenant", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}); d.keys("enter") }},
	{"tenant-rising", func(d *driver) {
		tenantStates(d, 10, fixture.Tenants{})
		d.keys("/", "user:web type:produce", "enter", "enter")
	}},
	{"tenants-none", func(d *driver) {
		s := fixture.Small().State(1)
		s.NoMetrics = "b1: no exporter answers on its usual ports (9404, 7071, 1234, 5556, 11001, 8080, 7778)"
		d.state(s)
	}},
	{"tenants-quotas", func(d *driver) { tenantStates(d, 3, fixture.Tenants{NoUsage: true}) }},
	{"tenants-throttled", func(d *driver) {
		tenantStates(d, 3, fixture.Tenants{Quiet: true})
		tenantStates(d, 4, fixture.Tenants{})
		d.keys("/", "throttled", "enter")
	}},
	{"tenants-old", func(d *driver) { tenantStates(d, 20, fixture.Tenants{Old: 2 * time.Minute}) }},
	{"tenants-by-type", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}); d.keys("b", "b") }},
}

func TestTenantScreens(t *testing.T) {
	for _, theme := range []string{"dark", "ascii"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, s := range tenantScenes {
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, theme, size[0], size[1], nil)
					d.keys("3")
					s.do(d)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

// tenantsShown is a console on the Tenants pane, with a command line.
func tenantsShown(t testing.TB, w, h int) *driver {
	d := newDriver(t, "dark", w, h, withCommands(&commandLine{}, &readWrite{}))
	d.keys("3")
	tenantStates(d, 4, fixture.Tenants{})
	return d
}

func TestTheWorstTenantIsFirstAndItsLimitOneKeyAway(t *testing.T) {
	d := tenantsShown(t, 80, 24)
	if !strings.Contains(d.line(4), "crawler / -") || !strings.Contains(d.line(4), "✖ THROTTLED 210ms") {
		t.Fatalf("the first row is %q", d.line(4))
	}
	for _, c := range []struct{ keys, want string }{
		{"L", "quota set --user crawler --execute request_percentage="},
		{"W", "quota what-if --user crawler request_percentage="},
		{"X", "quota remove --user crawler request_percentage --execute"},
	} {
		d.keys(c.keys)
		if got := d.app.prompt.input.Value(); got != c.want {
			t.Errorf("%s: %q", c.keys, got)
		}
		d.keys("esc", "enter", c.keys)
		if got := d.app.prompt.input.Value(); got != c.want {
			t.Errorf("%s in the detail: %q", c.keys, got)
		}
		d.keys("esc", "esc")
	}
	if d.app.dialog != nil || len(d.app.running) > 0 {
		t.Error("a key has begun something")
	}
}

func TestAQuotaIsNeverOfferedForSomebodyElse(t *testing.T) {
	d := tenantsShown(t, 80, 24)
	d.keys("/", "is:approximate", "enter", "L")
	if d.app.prompt.mode != notTyping || !strings.Contains(d.screen(), "only approximate") {
		t.Errorf("names that are only approximate can be limited:\n%s", d.screen())
	}
	d.keys("esc", "/", "user:web type:request", "enter", "X")
	if d.app.prompt.mode != notTyping || !strings.Contains(d.screen(), "record of another level") {
		t.Errorf("the default of all can be removed:\n%s", d.screen())
	}
	s := fixture.Small().State(9)
	fixture.Tenants{Name: func(n string) string { return n + " x" }}.AddTo(s)
	d.state(s)
	d.keys("esc", "L")
	if d.app.prompt.mode != notTyping || !strings.Contains(d.screen(), "blanks") {
		t.Errorf("the palette would cut a name in two:\n%s", d.screen())
	}
}

func TestUnknownIsNeverShownAsZero(t *testing.T) {
	d := tenantsShown(t, 200, 60)
	d.keys("/", "type:mutation", "enter")
	if row := d.line(4); strings.Count(row, "??") != 5 || strings.Contains(row, "0.0") || strings.Count(row, " ? ") != 2 {
		t.Errorf("a use that isn't exported: %q", row)
	}
	d.keys("esc")
	if row := d.line(4); !strings.Contains(row, "─") {
		t.Errorf("the dead broker has no mark: %q", row)
	}
	d.sees("?? broker 7: connect: connection refused")
}

// A quota holds on each broker: the figure beside it is one broker's, never the sum.
func TestUsageBesideALimitIsThatOfTheBrokerWhereItIsWorst(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		d := tenantsShown(t, size[0], size[1])
		d.keys("/", "user:web type:produce", "enter")
		if row := d.line(4); !strings.Contains(row, "7.10MB/s  10.0MB/s   71%   2  within") {
			t.Errorf("%v: %q", size, row)
		}
		if sum := strings.Contains(d.line(4), "30.1MB/s  2.6x"); sum != (size[0] == 200) {
			t.Errorf("%v: the sum is shown: %v\n%s", size, sum, d.line(4))
		}
	}
}

func TestACallbackOfTheClustersOwnIsSaid(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	s := fixture.Small().State(1)
	fixture.Tenants{Quiet: true}.AddTo(s)
	for id, th := range s.Threads {
		th.Callback = "com.example.Quotas"
		s.Threads[id] = th
	}
	d.state(s)
	d.keys("3")
	d.sees("com.example.Quotas decides which limit applies", "208%     ??    ??   5  ??", "1 record that may")
	d.seesNot("NEAR", "OVER", "no limit", "of it on broker", "level -1")
}

func TestTenantsAreGatheredAndGroupsEntered(t *testing.T) {
	d := tenantsShown(t, 120, 40)
	d.keys("b")
	d.sees("by tenant: 3 tenants", "billing", "analytics")
	d.keys("/", "tenant:billing", "enter", "enter")
	d.sees("2 of 9 usages", "billing / batch")
	d.keys("esc")
	d.sees("by tenant: 1 tenant")
	d.keys("esc", "b")
	d.sees("by type: 4 types")
	d.keys("b")
	d.sees("9 usages")
	d.keys(":", "group type", "enter")
	d.sees("by type: 4 types")
	d.keys(":", "group topic", "enter")
	d.sees("there are tenant, type, none")
}

func TestTheTenantsCommandIsCopied(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{nil, "kdeck tenants"},
		{[]string{"/", "type:request broker:3 web", "enter"}, "kdeck tenants --type request_percentage --broker 3"},
		{[]string{"/", "batch", "enter", "enter"}, "kdeck quota explain --user billing --client batch"},
		{[]string{"enter"}, "kdeck tenants --by-broker --type request_percentage"},
	} {
		d := tenantsShown(t, 80, 24)
		d.keys(c.keys...)
		d.keys("C")
		if len(d.copied) != 1 || d.copied[0] != c.want {
			t.Errorf("%v: copied %q, want %q", c.keys, d.copied, c.want)
		}
	}
}

func TestTenantsAreExported(t *testing.T) {
	d := tenantsShown(t, 80, 24)
	d.app.opt.SaveDir = t.TempDir()
	d.keys("/", "type:request", "enter", "ctrl+e", ":", "export csv", "enter")
	read := func(ending string) []byte {
		t.Helper()
		found, _ := filepath.Glob(filepath.Join(d.app.opt.SaveDir, "kdeck-tenants-*."+ending))
		if len(found) != 1 {
			t.Fatalf("%d files: %s", len(found), d.screen())
		}
		b, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var doc struct {
		Tenants []struct{ User, Type string }
		Totals  []struct{ User, Type string }
		Unknown []struct{ Node int }
	}
	if err := json.Unmarshal(read("json"), &doc); err != nil || len(doc.Totals) != 3 || len(doc.Tenants) != 33 || doc.Totals[0].User != "crawler" || len(doc.Unknown) == 0 {
		t.Errorf("%v: %d totals, %d rows, %d unknown", err, len(doc.Totals), len(doc.Tenants), len(doc.Unknown))
	}
	records, err := csv.NewReader(strings.NewReader(string(read("csv")))).ReadAll()
	if err != nil || len(records) != 4 || records[1][0] != "crawler" {
		t.Errorf("%v: %q", err, records)
	}
}

func TestFiguresThatAreOldAreDimmedAndTheirAgeIsSaid(t *testing.T) {
	fresh, old := tenantsShown(t, 80, 24), newDriver(t, "dark", 80, 24, nil)
	old.keys("3")
	tenantStates(old, 4, fixture.Tenants{Old: time.Minute})
	if cmp.Equal(rowLooks(fresh, 5), rowLooks(old, 5)) {
		t.Error("old figures look like new ones")
	}
	old.sees("were read up to 1m01s ago")
	fresh.wait(40 * time.Second)
	fresh.sees("were read up to 41s ago")
}

// rowLooks is a line of the screen with its styles.
func rowLooks(d *driver, y int) string { return strings.Split(d.app.View().Content, "\n")[y] }

// TestGridTheTenantsFrameStaysWithinItsAllocations holds the part of the budget that does not depend on the machine.
func TestGridTheTenantsFrameStaysWithinItsAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates too")
	}
	d := newDriver(t, "dark", 200, 60, nil)
	s := fixture.Small().State(1)
	fixture.Tenants{Random: 900}.AddTo(s)
	d.state(s)
	d.keys("3")
	down := tea.KeyPressMsg(keyCodes["pgdown"])
	if n := testing.AllocsPerRun(20, func() { d.app.Update(down) }); n > 1000 {
		t.Errorf("a frame takes %.0f allocations", n)
	}
	d.sees("consumer-")
}

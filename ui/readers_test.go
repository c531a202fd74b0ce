package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ui/fixture"
)

// readersDriver is a console on a cluster with topics and groups of every kind.
func readersDriver(t testing.TB, theme string, w, h int, r fixture.Readers, change func(*Options)) *driver {
	t.Helper()
	d := newDriver(t, theme, w, h, func(o *Options) {
		o.Commands = &commandLine{}
		o.Topics = func(_ context.Context, _ *state.Snapshot, topic string) *state.TopicRead { return r.Written(topic) }
		if change != nil {
			change(o)
		}
	})
	d.state(r.State(1))
	return d
}

func TestScreensOfTopicsAndGroups(t *testing.T) {
	for _, s := range []struct {
		name string
		of   fixture.Readers
		keys []string
	}{
		{"topics", fixture.Readers{}, []string{"0"}},
		{"topic", fixture.Readers{}, []string{":", "topics topic:orders", "enter", "d"}},
		{"groups", fixture.Readers{}, []string{"9"}},
		{"group", fixture.Readers{}, []string{":", "groups checkout", "enter", "enter"}},
		{"topics-unread", fixture.Readers{NoGroups: true}, []string{"0"}},
		{"groups-unread", fixture.Readers{NoGroups: true}, []string{"9"}},
		{"topics-none", fixture.Readers{Empty: true}, []string{"0"}},
		{"groups-none", fixture.Readers{Empty: true}, []string{"9"}},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, theme := range []string{"dark", "ascii"} {
				if theme == "ascii" && (size[0] != 80 || strings.Contains(s.name, "-")) {
					continue
				}
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := readersDriver(t, theme, size[0], size[1], s.of, nil)
					d.keys(s.keys...)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

func TestATopicLeadsToItsPartitionsAndItsGroupsAndEscLeadsBack(t *testing.T) {
	d := readersDriver(t, "dark", 80, 24, fixture.Readers{}, nil)
	d.keys("0", "/", "orders.dlq", "enter", "enter")
	d.sees("1 of 77 partitions", "orders.dlq")
	d.keys("t") // and from a partition back to its topic
	d.sees("1 of 11 topics")
	d.keys("esc", "esc")
	d.sees("1 of 11 topics", "/orders.dlq")
	d.keys("esc", "/", "topic:payments", "enter", "o")
	d.sees("2 of 13 groups", "fraud", "replay")
	d.keys("t") // the topics of the group under the cursor
	d.sees("payments", "1 of 11 topics")
	d.keys("esc")
	d.sees("2 of 13 groups")
	d.keys("esc")
	d.sees("/topic:payments")
	d.keys("4", "/", "orders", "enter", "o")
	d.sees("billing", "checkout", "mail-sender")
	d.keys("esc")
	d.sees("PART", "/orders")
}

func TestATopicThatIsOpenedIsAskedForOnce(t *testing.T) {
	asked := []string{}
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(o *Options) {
		o.Topics = func(ctx context.Context, _ *state.Snapshot, topic string) *state.TopicRead {
			asked = append(asked, topic)
			return fixture.Readers{}.Written(topic)
		}
	})
	d.keys("0", "G", "k", "k")
	if len(asked) > 0 {
		t.Fatalf("asked for %q while the cursor moved", asked)
	}
	d.keys("/", "topic:orders", "enter", "d")
	d.sees("2 producers, the last write 3s ago", "259200000, 3d0h (dynamic)", "producer (default)", "checkout", "mail-sender")
	d.state(fixture.Readers{}.State(2))
	if len(asked) != 1 || asked[0] != "orders" {
		t.Errorf("asked for %q", asked)
	}
	d.keys("esc", "esc")
	d.seesNot("WRITERS")
}

func TestATopicThatIsClosedBeforeItsBrokersAnswerIsForgotten(t *testing.T) {
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(o *Options) {
		o.Topics = func(ctx context.Context, _ *state.Snapshot, topic string) *state.TopicRead {
			<-ctx.Done()
			return fixture.Readers{}.Written(topic)
		}
	})
	d.keys("0")
	_, cmd := d.app.Update(keyPress('d'))
	d.sees("asking brokers for its configs")
	d.keys("esc")
	d.run(cmd) // ends, because the context has
	d.seesNot("WRITERS")
}

// opener stands for the leaders that are asked of a group that is opened: its oldest records are 41 seconds old.
type opener struct {
	asked []string
	why   string
}

func (o *opener) read(ctx context.Context, g *state.Group, before *state.GroupRead, ends *state.Offsets) *state.GroupRead {
	what := g.ID
	if before != nil {
		what += " again"
	}
	o.asked = append(o.asked, what)
	exact := *g
	exact.Partitions.Value = slices.Clone(g.Partitions.Value)
	for i := range exact.Partitions.Value {
		p := &exact.Partitions.Value[i]
		p.Oldest, p.OldestWithin = g.Partitions.At.Add(-41*time.Second).UnixMilli(), 300
	}
	exact.Behind.Value, exact.BehindWithin = 41*time.Second, 300*time.Millisecond
	return &state.GroupRead{Of: g, Exact: &exact, Ends: ends, Why: o.why}
}

func TestAGroupThatIsOpenedIsAskedForExactlyOnceALook(t *testing.T) {
	o := &opener{}
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(opt *Options) { opt.Groups = o.read })
	d.keys("9", "/", "enrich", "enter")
	d.sees("the oldest ~45s old, give or take 8s", "~45s")
	if len(o.asked) > 0 {
		t.Fatalf("asked for %q while no group was open", o.asked)
	}
	d.keys("enter")
	d.sees("the oldest 41s old", "5,000 to read, 41s old")
	d.seesNot("45s", "give or take")
	d.wait(3 * time.Second) // the same look
	s := fixture.Readers{}.State(2)
	s.Ends = nil // and one that has no ends to it
	d.state(s)
	d.sees("~45s old, give or take 8s")
	d.state(fixture.Readers{}.State(3))
	d.sees("the oldest 41s old")
	if want := []string{"clickstream.enrich_v2", "clickstream.enrich_v2 again"}; !slices.Equal(o.asked, want) {
		t.Errorf("asked for %q, want %q", o.asked, want)
	}
	d.keys("esc")
	d.sees("~45s")
	d.keys("enter")
	if n := len(o.asked); n != 3 || o.asked[2] != "clickstream.enrich_v2" {
		t.Errorf("opened again, asked for %q", o.asked)
	}
	o.why = "NOT_LEADER_OR_FOLLOWER"
	d.state(fixture.Readers{}.State(4))
	d.sees("how old", "?? not known exactly: NOT_LEADER_OR_FOLLOWER")
}

// Whatever closes the detail ends what is asked for it.
func TestAGroupIsNotAskedForOnceItsDetailIsClosed(t *testing.T) {
	for name, keys := range map[string][]string{
		"by esc":                    {"esc"},
		"by a filter":               {":", "groups fraud", "enter"},
		"by way of another pane":    {":", "topics", "enter", ":", "groups fraud", "enter"},
		"by grouping":               {":", "group none", "enter"},
		"for the detail of another": {"esc", ":", "groups fraud", "enter", "enter"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &opener{}
			d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(opt *Options) { opt.Groups = o.read })
			d.keys("9", "/", "enrich", "enter", "enter")
			d.keys(keys...)
			n := len(o.asked)
			d.state(fixture.Readers{}.State(2))
			for _, of := range o.asked[n:] {
				if strings.HasPrefix(of, "clickstream.enrich") {
					t.Errorf("asked for %q afterwards", of)
				}
			}
		})
	}
}

func TestWhileALookIsAskedAboutAnOpenGroupIsThatOfTheLookBefore(t *testing.T) {
	o := &opener{}
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(opt *Options) { opt.Groups = o.read })
	d.keys("9", "/", "enrich", "enter", "enter")
	s := fixture.Readers{}.State(2)
	_, cmd := d.app.Update(stateMsg{s, d.recorder.Add(s)})
	d.sees("the oldest 41s old")
	d.seesNot("give or take")
	_, more := d.app.Update(stateMsg{s, d.recorder.Add(s)})
	d.run(cmd)
	d.run(more)
	d.sees("the oldest 41s old")
	if len(o.asked) != 2 {
		t.Errorf("asked for %q", o.asked)
	}
}

func TestAGroupThatIsClosedBeforeItsLeadersAnswerIsForgotten(t *testing.T) {
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(opt *Options) {
		opt.Groups = func(ctx context.Context, g *state.Group, before *state.GroupRead, ends *state.Offsets) *state.GroupRead {
			<-ctx.Done()
			return (&opener{}).read(ctx, g, before, ends)
		}
	})
	d.keys("9", "/", "enrich", "enter")
	_, cmd := d.app.Update(tea.KeyPressMsg(keyCodes["enter"]))
	d.sees("the oldest ~45s old")
	d.keys("esc")
	d.run(cmd) // ends, because the context has
	d.sees("~45s")
	d.seesNot("41s")
}

func TestASavedClustersTopicsAreShownAsFarAsTheyAreKnown(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	s := fixture.Readers{}.State(1)
	s.Groups, s.Topics, s.Ends = nil, nil, nil
	d.state(s)
	d.keys("0", "d")
	d.sees("a saved cluster can't be asked", "not read yet")
}

func TestTopicsAreFilteredByWhatTheyAre(t *testing.T) {
	d := readersDriver(t, "dark", 200, 60, fixture.Readers{}, nil)
	d.keys("0")
	for filter, want := range map[string]string{
		"":                    "10 of 11 topics",
		"is:internal":         "1 of 11 topics",
		"offsets":             "1 of 11 topics",
		"is:empty":            "1 of 11 topics",
		"is:compacted":        "2 of 11 topics",
		"is:unread":           "4 of 11 topics",
		"is:stuck":            "1 of 11 topics",
		"!is:ok":              "2 of 11 topics",
		"topic:sessions.*":    "2 of 11 topics",
		"group:fraud|billing": "2 of 11 topics",
		"state:offline":       "1 of 11 topics",
		"overridden:3":        "1 of 11 topics",
	} {
		effects, err := d.pane("topics").SetFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		d.run(d.app.do(d.app.at, effects))
		d.send(tickMsg(fixture.Noon))
		if !strings.Contains(d.screen(), want) {
			t.Errorf("%s: %s is not on the screen:\n%s", filter, want, d.line(2))
		}
	}
	for _, filter := range []string{"is:nothing", "nothing:1", "topic:[", "tenant:shop"} {
		if _, err := d.pane("topics").SetFilter(filter); err == nil {
			t.Errorf("%s is taken", filter)
		}
	}
}

func TestTopicsAndGroupsAreGroupedByTenant(t *testing.T) {
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, nil)
	s := fixture.Readers{}.State(2)
	s.TenantRules = tenant.Rules{{Tenant: "shop", Topic: regexp.MustCompile("^(orders|payments)")}}
	d.state(s)
	d.keys("0", "b")
	d.sees("by tenant: 2 tenants", "shop", "(no tenant)", "REC/S")
	d.keys("G", "enter")
	d.sees("3 of 11 topics", "/tenant:shop", "orders.dlq")
	d.keys("esc")
	d.sees("by tenant: 2 tenants")
	d.keys("9", "b")
	d.sees("by tenant: 2 tenants", "shop", "STUCK")
}

func TestATenantLeadsToItsTopicsAndGroupsAndEscLeadsBack(t *testing.T) {
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, nil)
	s := fixture.Readers{}.State(2)
	fixture.Tenants{}.AddTo(s)
	s.TenantRules = append(s.TenantRules, tenant.Rule{Tenant: "billing", Topic: regexp.MustCompile("^(orders|payments)")})
	d.state(s)
	d.keys("3", "/", "tenant:billing", "enter", "t")
	d.sees("3 of 11 topics", "/tenant:billing", "orders.dlq")
	d.keys("esc")
	d.sees("/tenant:billing", "CLIENT")
	d.keys("o")
	d.sees("5 of 13 groups", "checkout", "fraud")
	d.keys("esc", "enter", "t") // and from the detail of a usage
	d.sees("3 of 11 topics")
	d.keys("esc", "esc", "esc", "b")
	for range 10 {
		if strings.Contains(d.screen(), "▸ billing") {
			break
		}
		d.keys("down")
	}
	d.keys("o")
	d.sees("5 of 13 groups", "/tenant:billing")
	d.keys("esc")
	d.sees("by tenant", "▸ billing")
	d.keys("b", "b", "/", "tenant:analytics", "enter", "t")
	d.sees("no rule of the context puts topics to analytics")
	d.keys("/", "tenant:-", "enter", "o")
	d.sees("it belongs to no tenant of the context's rules")
}

func TestTopicsAreExportedAsTheCommandWritesThem(t *testing.T) {
	dir := t.TempDir()
	d := readersDriver(t, "dark", 120, 40, fixture.Readers{}, func(o *Options) { o.SaveDir = dir })
	d.keys("0", "/", "is:compacted", "enter", ":", "export csv", "enter", ":", "export json", "enter", "C")
	for pattern, want := range map[string]string{"*.csv": "topic,partitions,replication_factor,state", "*.json": `"retention_ms": -1`} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(files) != 1 {
			t.Fatalf("%d files are %s", len(files), pattern)
		}
		if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), want) || strings.Count(string(text), "sessions_compacted") != 2 {
			t.Errorf("%v: %s", err, text)
		}
	}
	if len(d.copied) != 1 || !strings.Contains(d.copied[0], "topics --filter is:compacted") {
		t.Errorf("copied %q", d.copied)
	}
}

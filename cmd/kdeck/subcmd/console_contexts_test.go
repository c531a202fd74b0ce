package subcmd

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/sim"
	"kdeck/ui"
)

// withContexts is what an open console goes to other clusters by: begun with flags on an embedded cluster, which the context
// east leads to as well; nobody listens where west leads to.
func withContexts(t *testing.T, start func(g *globals)) *contexts {
	t.Helper()
	p, c := paletteOn(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	file, err := p.env.configFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []config.Context{
		{Name: "east", Bootstrap: c.Bootstrap()},
		{Name: "west", Bootstrap: []string{"127.0.0.1:1"}, Production: true, Color: "red"},
	} {
		if err := file.Add(&of); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Save(); err != nil {
		t.Fatal(err)
	}
	start(p.g)
	cluster, err := p.env.cluster(p.g)
	if err != nil {
		t.Fatal(err)
	}
	return &contexts{p.env, p.g, cluster.Name}
}

func TestContextsOfAConsoleThatBeganWithAnAddress(t *testing.T) {
	c := withContexts(t, func(g *globals) { g.settings = []string{"client.id=of-the-start"} })
	list, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0].Name != "east" || list[1] != (ui.Context{Name: "west", About: "127.0.0.1:1", Production: true}) || list[2].Name != c.name {
		t.Errorf("listed are %+v", list)
	}
	east, err := c.Open(t.Context(), "east")
	if err != nil {
		t.Fatal(err)
	}
	defer east.Close()
	if line := east.Commands.Command([]string{"status"}); line != "kdeck status --context east" {
		t.Errorf("flags of the start went along: %s", line)
	}
	if s := nextWithBrokers(t, east); s != "east 3" {
		t.Errorf("east shows %s", s)
	}
	back, err := c.Open(t.Context(), c.name)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if line := back.Commands.Command([]string{"status"}); !strings.HasSuffix(line, "-X client.id=of-the-start") {
		t.Errorf("back where the console began: %s", line)
	}
}

// nextWithBrokers waits for the first answer of a cluster, and writes its context and how many brokers it has.
func nextWithBrokers(t *testing.T, c *ui.Cluster) string {
	t.Helper()
	for seq := uint64(0); ; {
		s, _, err := c.States.Next(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		if s.Snapshot != nil {
			return s.Context + " " + string(rune('0'+len(s.Snapshot.Brokers)))
		}
		seq = s.Seq
	}
}

func TestAContextThatCanNotBeOpenedIsRefused(t *testing.T) {
	c := withContexts(t, func(*globals) {})
	if _, err := c.Open(t.Context(), "esat"); err == nil || !strings.Contains(err.Error(), `did you mean "east"?`) {
		t.Errorf("esat: %v", err)
	}
	west, err := c.Open(t.Context(), "west") // opening doesn't wait for an answer
	if err != nil {
		t.Fatal(err)
	}
	defer west.Close()
	s, _, err := west.States.Next(t.Context(), 0)
	if err != nil || s.Context != "west" || !s.Production || s.Color != "red" {
		t.Errorf("%v: %+v", err, s)
	}
}

func TestTheFlagsOfTheStartCountForItsContextOnly(t *testing.T) {
	c := withContexts(t, func(g *globals) {
		g.bootstrap, g.context, g.timeout = "", "east", time.Second
		g.settings = []string{"client.id=x"}
	})
	list, err := c.List()
	if err != nil || len(list) != 2 || !strings.Contains(list[0].About, "with the flags that kdeck was started with") {
		t.Errorf("%v: %+v", err, list)
	}
	west, err := c.Open(t.Context(), "west")
	if err != nil {
		t.Fatal(err)
	}
	defer west.Close()
	if line := west.Commands.Command([]string{"status"}); line != "kdeck status --context west" {
		t.Errorf("flags of the start went along: %s", line)
	}
}

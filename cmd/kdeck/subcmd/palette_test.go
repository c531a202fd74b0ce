package subcmd

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// onPalette is the palette of a console on an embedded cluster, and how often it had the quotas read again.
func onPalette(t *testing.T, o sim.Options) (p *palette, reread *int, c *sim.Cluster) {
	p, c = paletteOn(t, o)
	reread = new(int)
	p.rereadQuotas = func() { *reread++ }
	return p, reread, c
}

var fingerprint = regexp.MustCompile("#[0-9a-f]{6}")

func TestThePaletteAsksForThePhraseOfWhateverChangesTheCluster(t *testing.T) {
	p, _, c := onPalette(t, sim.Options{Brokers: 6, Racks: 3, Topics: 4})
	bootstrap := c.Bootstrap()[0]
	for _, tt := range []struct{ line, phrase, about string }{
		{"request DeleteTopics topics=orders --to 2 --execute", "DeleteTopics orders # to 2 " + bootstrap, "orders"},
		{"request CreateTopics topics=new --to 2 --execute", "CreateTopics new # to 2 " + bootstrap, "CreateTopics"},
		{"request CreateTopics topics=new --to 2 --execute=true", "CreateTopics new # to 2 " + bootstrap, "CreateTopics"},
		{"quota set --user u request_percentage=5 --execute=1", "quota set users/u request_percentage=5 " + bootstrap, "users/u  request_percentage: 5%, now no limit"},
		{"quota observe --by client --execute", "quota observe clients/__kdeck_observe__ request_percentage=100000 " + bootstrap, "counts thread time by client"},
		{"drain 2 --execute=true --throttle none", "drain 2 " + bootstrap, "moves"},
		{"drain 2 --execute --throttle=none --confirm whatever", "drain 2 " + bootstrap, "moves"},
		{"moves cancel --execute", "cancel 0 moves " + bootstrap, ""},
		{"drain 2 --execute=false", "", ""},
		{"drain 2", "", ""},
		{"quota set --user u request_percentage=5", "", ""},
		{"status", "", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			a := p.Prepare(t.Context(), strings.Fields(tt.line))
			if about := strings.Join(a.About, "\n"); fingerprint.ReplaceAllString(a.Phrase, "#") != tt.phrase || !strings.Contains(about, tt.about) {
				t.Errorf("phrase %q, about %q", a.Phrase, about)
			}
			if tt.phrase == "" {
				return
			}
			if output, exit := a.Run(t.Context(), "something else"); exit != exitRefused || !strings.Contains(output, "nothing is changed") {
				t.Errorf("without the phrase: exit %d, %s", exit, output)
			}
		})
	}
	for node, keys := range c.Requests() {
		for _, key := range []int16{19, 20, 45, 49} { // CreateTopics, DeleteTopics, AlterPartitionReassignments, AlterClientQuotas
			if n := keys[key]; n > 0 {
				t.Errorf("node %d got %d requests of key %d", node, n, key)
			}
		}
	}
}

func TestThePaletteRunsCommandsThatChangeNothing(t *testing.T) {
	p, _, _ := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	for _, tt := range []struct {
		line string
		exit int
		says string
	}{
		{"status", 0, "HEALTHY"},
		{"status --nope", exitRefused, "no flag --nope"},
		{"request DeleteTopics topics=orders --to 127.0.0.1:1 --execute", exitRefused, "127.0.0.1:1"},
		{"status --context elsewhere", exitRefused, "the console works on one cluster"},
		{"plan drain 2 -b elsewhere:9092", exitRefused, "the console works on one cluster"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			a := p.Prepare(t.Context(), strings.Fields(tt.line))
			if output, exit := a.Run(t.Context(), ""); a.Phrase != "" || exit != tt.exit || !strings.Contains(output, tt.says) {
				t.Errorf("phrase %q, exit %d: %s", a.Phrase, exit, output)
			}
		})
	}
}

func TestThePaletteUsesTheConsolesSession(t *testing.T) {
	p, _, _ := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	for _, line := range []string{"status", "drain 2", "request Metadata --to 1"} {
		before := p.session.Spent().Requests
		p.Prepare(t.Context(), strings.Fields(line))
		if p.session.Spent().Requests == before {
			t.Errorf("%s: what it asked isn't counted", line)
		}
	}
	if len(p.env.sessions.open) != 1 {
		t.Errorf("%d sessions were opened, want the console's alone", len(p.env.sessions.open))
	}
}

func TestQuotasAreReadAgainWhenTheyWereChanged(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       int
	}{
		{"a quota is set: soon after it began, and when it is done", "quota set --user u request_percentage=5 --execute", 2},
		{"a dry run", "quota set --user u request_percentage=5", 0},
		{"quotas are listed", "quota list", 0},
		{"another change", "moves cancel --execute", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, reread, _ := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
			a := p.Prepare(t.Context(), strings.Fields(tt.line))
			if output, exit := a.Run(t.Context(), a.Phrase); exit != 0 || *reread != tt.want {
				t.Errorf("exit %d, read again %d times, want %d: %s", exit, *reread, tt.want, output)
			}
		})
	}
}

func TestThePaletteOffersWhatTheConsoleKnows(t *testing.T) {
	p, _, c := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	src, err := p.env.look(t.Context(), p.g)
	if err != nil {
		t.Fatal(err)
	}
	p.states = saved(src)
	asked := fmt.Sprint(c.Requests())
	for _, tt := range []struct{ line, offers string }{ // some of them with … behind
		{"", "status plan drain …"},
		{"dra", "drain"},
		{"drain ", "1 2 3"},
		{"drain 2 --to 1,", "1,2 1,3"},
		{"drain 2 --exe", "--execute"},
		{"plan ", "drain leaders …"},
		{"plan drain 2 + lea", "leaders"},
		{"plan drian", "drain"},
		{"plan leaders --topics ord", "orders …"},
		{"request metad", "Metadata"},
		{"request Metdata", "Metadata"},
		{"request Metadata --to lead", "leader-of:"},
		{"request Metadata topics=ord", "topics=orders …"},
		{"quota ", "set list explain …"},
		{"quota set prod", "producer_byte_rate="},
		{"quota set --us", "--user --user-default"},
		{"status -o y", "yaml"},
		{"partitions --topic ordres", "orders"},
		{"comple", ""}, // completion scripts are for shells
		{"comp", "compare"},
		{`drain 2 --topics "ord`, ""},
		{`partitions --topic "ord`, `orders" …`},
		{`partitions --topic 'ord`, `orders' …`},
		{`partitions --topic "orders" --off`, "--offline --offline-replicas"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			offers := p.Complete(tt.line)
			want, some := strings.CutSuffix(tt.offers, "…")
			for _, w := range strings.Fields(want) {
				if !slices.Contains(offers, w) {
					t.Errorf("%q is not among %q", w, offers)
				}
			}
			if n := len(strings.Fields(want)); !some && len(offers) != n {
				t.Errorf("%d words, want %d: %q", len(offers), n, offers)
			}
		})
	}
	if now := fmt.Sprint(c.Requests()); now != asked {
		t.Errorf("asked %s, before %s", now, asked)
	}
}

func TestThePaletteChangesOnlyTheClusterThatTheConsoleShows(t *testing.T) {
	p, _, c := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	show := func(id string) {
		p.states = savedStates{s: &state.State{Seq: 1, Snapshot: &state.Snapshot{ClusterID: id}}}
	}
	words := strings.Fields("quota set --user u request_percentage=5 --execute")
	show(c.ClusterID())
	if a := p.Prepare(t.Context(), words); a.Phrase == "" {
		t.Error("the cluster that is shown can't be changed")
	}
	show("another")
	a := p.Prepare(t.Context(), words)
	if a.Phrase != "" {
		t.Fatalf("asked for %q", a.Phrase)
	}
	if output, exit := a.Run(t.Context(), ""); exit != exitRefused || !strings.Contains(output, `"another"`) {
		t.Errorf("exit %d: %s", exit, output)
	}
	show(c.ClusterID())
	p.shown = "another"
	if a := p.Prepare(t.Context(), words); a.Phrase != "" {
		t.Errorf("another cluster than at the beginning: asked for %q", a.Phrase)
	}
}

// Cobra writes errors of a completion to the process's own terminal, which the console draws on.
func TestACompletionWritesNothingToTheTerminal(t *testing.T) {
	p, _, _ := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	var err error
	before := os.Stderr
	defer func() { os.Stderr = before }()
	if os.Stderr, err = os.Create(filepath.Join(t.TempDir(), "terminal")); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"drain 2 --topics ord", "drain 2 --moves x --thr", "drain 2 --execute=maybe ", "drain --nope 2 ", "drain -z ", "status --=x ", "status -o nope --",
		"partitions --broker x --topic ord", "status --timeout 5 -o ", "nonsense ", "nonsense x y --z ", "plan drain 2 --nope x + lea", "plan --nope ",
		"quota set --user \"a", "quota nope --x ", "request Metadata --to x --watch y ", "help x y ", "--theme x --pane ", "config use --x ", "moves x ", "status --nope=x", "status -z=", "status -bz ", "drain 2 -",
	} {
		p.Complete(line)
	}
	if text, err := os.ReadFile(os.Stderr.Name()); err != nil || len(text) > 0 {
		t.Errorf("written: %v\n%s", err, text)
	}
}

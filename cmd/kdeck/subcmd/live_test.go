package subcmd

import (
	"strings"
	"testing"

	"kdeck/ops/sim"
	"kdeck/ui/pane"
	"kdeck/ui/pane/groups"
	"kdeck/ui/pane/moves"
)

func TestFlagsInThePaletteAreAPanesFilterWhereItCanShowThem(t *testing.T) {
	p, _ := paletteOn(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	before := p.session.Spent().Requests
	for _, tt := range []struct {
		line, pane, filter string // no pane: what the command writes is shown
	}{
		{"partitions", "partitions", ""},
		{"parts", "partitions", ""},
		{"partition --offline", "partitions", "is:offline"},
		{"partitions --under-min-isr", "partitions", "is:under-min-isr"},
		{"partitions --under-min-isr-partitions", "partitions", "is:under-min-isr"},
		{"partitions --under-replicated --broker 2", "partitions", "is:urp broker:2"},
		{"partitions --at-min-isr --leaderless --preferred-not-leading", "partitions", "is:at-min-isr is:leaderless is:preferred-not-leading"},
		{"partitions --topic orders.* --tenant shop", "partitions", "topic:orders.* tenant:shop"},
		{"partitions --filter=!is:ok", "partitions", "!is:ok"},
		{"partitions --watch --offline", "partitions", "is:offline"},
		{"brokers --filter rack-a", "brokers", "rack-a"},
		{"broker", "brokers", ""},
		{"tenants --broker 2 --type consumer_byte_rate", "tenants", "broker:2 type:consumer_byte_rate"},
		{"moves", "moves", ""},
		{"audit", "audit", ""},
		{"groups", "groups", ""},
		{"lag", "groups", ""},
		{"lag --lagging", "groups", "is:lagging"},
		{"group billing", "groups", "group:/^billing$/"},
		{"groups reset billing --topic orders --to earliest", "", ""},
		{"topics", "topics", ""},
		{"topic orders.dlq", "topics", "topic:orders.dlq"},
		{"topics --filter is:unread", "topics", "is:unread"},
		{"topics --internal", "", ""},
		{"audit --failed --who a/b --since 2h --api ElectLeaders", "audit", "since:2h who:/a.b/ api:ElectLeaders is:failed"},
		{"audit last", "", ""},
		{"audit --all-clusters", "", ""},

		{"partitions --offline -o json", "", ""},
		{"partitions --ofline", "", ""},
		{"partitions --broker x", "", ""},
		{"partitions --offline orders", "", ""},
		{"partitions --help", "", ""},
		{"partitions --context elsewhere", "", ""},
		{"tenants --top 3", "", ""},
		{"tenants --by-broker", "", ""},
		{"tenants --type bytes", "", ""},
		{"tenants --request-log /dev/null", "", ""},
		{"moves cancel --execute", "", ""},
		{"status", "", ""},
		{"drain 2 --execute --throttle none", "", ""},
		{"quota set --user u request_percentage=5 --execute", "", ""},
		{"nonsense", "", ""},
	} {
		pane, filter, ok := p.Live(strings.Fields(tt.line))
		if pane != tt.pane || filter != tt.filter || ok != (tt.pane != "") {
			t.Errorf("%s: pane %q, filter %q, %v", tt.line, pane, filter, ok)
		}
	}
	if asked := p.session.Spent().Requests - before; asked > 0 {
		t.Errorf("%d requests were sent", asked)
	}
}

func TestEveryCommandBelowAPanesIsACommandInThePaletteAndNoFilter(t *testing.T) {
	seen := 0
	for _, p := range []pane.Pane{moves.New(), groups.New(t.Context(), nil)} {
		cmd, _, err := Root("test").Find([]string{p.Name()})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cmd.Commands() {
			seen++
			if _, as := p.Take([]string{c.Name(), "billing"}); as != pane.AsCommand {
				t.Errorf(":%s %s is a filter", p.Name(), c.Name())
			}
		}
		if _, as := p.Take([]string{"orders"}); as != pane.AsFilter {
			t.Errorf(":%s orders is no filter", p.Name())
		}
	}
	if seen < 10 {
		t.Errorf("only %d commands were found", seen)
	}
}

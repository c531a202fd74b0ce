package subcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

// fed runs a command with something on its standard input.
func (d *deck) runWithInput(in string, args ...string) result {
	d.t.Helper()
	var out, err bytes.Buffer
	code := subcmd.Execute(d.t.Context(), d.env(strings.NewReader(in), &out, &err), append(slices.Clone(args), d.flags...))
	return result{out.String(), err.String(), code}
}

// saved writes a snapshot: brokers as "1a 2b 3x", the letters their racks, x dead; partitions as "orders-0 1,2", with a size
// behind it if that is known, each in sync and led by its first replica that lives.
func saved(t *testing.T, brokers string, partitions ...string) string {
	t.Helper()
	type object = map[string]any
	var bs []object
	dead := map[string]bool{}
	for _, b := range strings.Fields(brokers) {
		id := strings.TrimRight(b, "abcdefghijklmnopqrstuvwxyz")
		n, err := strconv.Atoi(id)
		must(t, err)
		o := object{"id": n, "host": "b" + id, "port": 9092, "alive": !strings.HasSuffix(b, "x")}
		if rack := strings.TrimSuffix(b[len(id):], "x"); rack != "" {
			o["rack"] = rack
		}
		dead[id] = strings.HasSuffix(b, "x")
		bs = append(bs, o)
	}
	var topics []object
	for _, line := range partitions {
		f := strings.Fields(line)
		name, id, _ := strings.Cut(f[0], "-")
		n, err := strconv.Atoi(id)
		must(t, err)
		replicas, isr, leader := []int{}, []int{}, -1
		for _, w := range strings.Split(f[1], ",") {
			b, err := strconv.Atoi(w)
			must(t, err)
			replicas = append(replicas, b)
			if !dead[w] {
				isr = append(isr, b)
			}
		}
		if len(isr) > 0 {
			leader = isr[0]
		}
		p := object{"id": n, "leader": leader, "leader_epoch": 1, "replicas": replicas, "isr": isr}
		if len(f) > 2 {
			p["size_bytes"], err = strconv.Atoi(f[2])
			must(t, err)
		}
		if len(topics) == 0 || topics[len(topics)-1]["name"] != name {
			topics = append(topics, object{"name": name, "partitions": []object{}})
		}
		last := topics[len(topics)-1]
		last["partitions"] = append(last["partitions"].([]object), p)
	}
	b, err := json.Marshal(object{
		"version": 1, "cluster_id": "Xy", "taken_at": "2026-11-21T10:00:00Z", "moves": 0, "brokers": bs, "topics": topics,
	})
	must(t, err)
	return file(t, "cluster.json", string(b), 0o600)
}

// planned is a plan as programs read it.
type planned struct {
	Partitions []struct {
		Topic     string
		Partition int
		Replicas  []int32
	}
	Kdeck struct {
		Stages                     []string
		Moves                      int
		MovesBound                 int `json:"moves_bound"`
		LeaderChanges              int `json:"leader_changes"`
		Violations, Relaxed, Risks []string
		Confirm                    *string
		Simulation                 *struct{ Seconds, Least_Seconds float64 }
	}
}

func planOf(t *testing.T, out string) *planned {
	t.Helper()
	var p planned
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return &p
}

func (p *planned) lists() []string {
	var lists []string
	for _, a := range p.Partitions {
		lists = append(lists, fmt.Sprintf("%s-%d %s", a.Topic, a.Partition, strings.ReplaceAll(strings.Trim(fmt.Sprint(a.Replicas), "[]"), " ", ",")))
	}
	return lists
}

// What kafka-assigner's tests specify of its actions, asked for in its words.
func TestTheWordsOfKafkaAssigner(t *testing.T) {
	two := []string{"testTopic1-0 1,2 1000", "testTopic1-1 2,1 1000", "testTopic2-0 2,1 2000", "testTopic2-1 1,2 2000"}
	turned := append([]string{"testTopic1-0 2,1 1000"}, two[1:]...)
	for _, c := range []struct {
		words, brokers string
		partitions     []string
		want           []string
	}{
		{"remove 1", "1a 2b 3", two, []string{"testTopic1-0 3,2", "testTopic1-1 2,3", "testTopic2-0 2,3", "testTopic2-1 3,2"}},
		{"remove 1 --to 3 --exclude-topics testTopic1", "1a 2b 3", two, []string{"testTopic2-0 2,3", "testTopic2-1 3,2"}},
		{"clone 1 --to 3", "1a 2b 3", two, []string{"testTopic1-0 3,1,2", "testTopic1-1 2,3,1", "testTopic2-0 2,3,1", "testTopic2-1 3,1,2"}},
		{"clone 1 --to 2", "1a 2b", two, []string{"testTopic1-0 2,1", "testTopic2-1 2,1"}},
		{"clone 3 --to 1", "1a 2b 3", two, nil},
		{"clone 1 --to 3 + trim 1", "1a 2b 3", two, []string{"testTopic1-0 3,2", "testTopic1-1 2,3", "testTopic2-0 2,3", "testTopic2-1 3,2"}},
		{"trim 1", "1a 2b", two, []string{"testTopic1-0 2", "testTopic1-1 2", "testTopic2-0 2", "testTopic2-1 2"}},
		{"trim 1 --exclude-topics testTopic1", "1a 2b", two, []string{"testTopic2-0 2", "testTopic2-1 2"}},
		{"set-replication-factor 1 --topics testTopic1", "1a 2b", two, []string{"testTopic1-0 1", "testTopic1-1 2"}},
		{"set-replication-factor 3 --topics testTopic1", "1a 2b 3", two, []string{"testTopic1-0 1,2,3", "testTopic1-1 2,1,3"}},
		{"set-replication-factor 2 --topics .*", "1a 2b", two, nil},
		{"reorder", "1a 2b", two, nil},
		{"demote 1", "1a 2b", two, []string{"testTopic1-0 2,1", "testTopic2-1 2,1"}},
		{"elect", "1a 2b", two, nil},
		{"balance count", "1a 2b", two, nil},
		{"balance size even count", "1a 2b", two, nil},
		{"racks", "1a 2b", two, nil},
	} {
		t.Run(c.words, func(t *testing.T) {
			d := newDeck(t, "--snapshot", saved(t, c.brokers, c.partitions...))
			p := planOf(t, d.ok(0, append(append([]string{"plan"}, strings.Fields(c.words)...), "-o", "json")...))
			if diff := cmp.Diff(c.want, p.lists()); diff != "" {
				t.Error(diff)
			}
			if c.want == nil {
				if out := d.ok(0, append([]string{"plan"}, strings.Fields(c.words)...)...); !strings.Contains(out, "nothing to move: the cluster is already as") {
					t.Errorf("an empty plan doesn't say so: %s", out)
				}
			}
		})
	}
	d := newDeck(t, "--snapshot", saved(t, "1a 2b", turned...))
	if p := planOf(t, d.ok(0, "plan", "reorder", "-o", "json")); p.Kdeck.Moves != 0 || p.Kdeck.LeaderChanges != 1 || len(p.Partitions) != 1 {
		t.Errorf("reorder of three and one: %v", p.lists())
	}
}

// Each of these is one clear message, exit 2.
func TestBadPlansAreRefusedByName(t *testing.T) {
	cluster := saved(t, "1a 2b 3c 4a 5bx", "orders-0 1,2,3 10", "orders-1 2,3,1 10", "payments-0 3,4 10")
	unsized := saved(t, "1a 2b 3c", "orders-0 1,2")
	plan := func(rows string) string { return file(t, "p.json", `{"version":1,"partitions":[`+rows+`]}`, 0o600) }
	for _, tt := range []struct {
		name, args string
		says       []string
	}{
		{"no stage", "", []string{"no stage given", "drain", "elect"}},
		{"an unknown stage", "drian 4", []string{`"drian"`, `did you mean "drain"`}},
		{"an unknown stage behind another", "drain 4 + blance", []string{`"blance"`, `did you mean "balance"`}},
		{"an unknown flag", "drain 4 --too 1", []string{"drain", "--too", `did you mean "--to"`}},
		{"a flag of another stage", "racks --to 1", []string{"racks", "--to"}},
		{"an unknown flag of the command", "drain 4 --simulat 20MB", []string{"--simulat"}},
		{"an unknown kind of balance", "balance byts", []string{`"byts"`, `did you mean "bytes"`}},
		{"a kind of balance that is a stage", "balance leader", []string{`"leader"`, "+ leaders"}},
		{"a drain of nobody", "drain", []string{"drain", "no broker"}},
		{"a replacement by nobody", "replace 4", []string{"replace", "--with"}},
		{"a clone to nobody", "clone 4", []string{"clone", "--to"}},
		{"a trim of nobody", "trim + leaders", []string{"trim", "no broker"}},
		{"a replication factor of what", "set-replication-factor 2", []string{"--topics"}},
		{"a replication factor of 0", "set-replication-factor 0 --topics orders", []string{"0 is no replication factor"}},
		{"a replication factor above the live brokers", "set-replication-factor 5 --topics orders", []string{"set-replication-factor 5", "4 live brokers"}},
		{"a replication factor that is no number", "set-replication-factor two --topics orders", []string{`"two"`}},
		{"a word after a list flag", "drain 4 --to 1 2", []string{`"2"`, "--to", "commas"}},
		{"a word after an expression", "racks --topics orders payments", []string{`"payments"`, "--topics"}},
		{"a flag before its stage", "--max-moves 9 drain 4", []string{"--max-moves", "a stage comes before its flags"}},
		{"a flag that there isn't", "--simulat 9MB drain 4", []string{"--simulat", "did you mean --simulate"}},
		{"a word after a flag of the command", "drain 4 --why orders/0 1", []string{`"1"`, "--why"}},
		{"an unknown broker", "drain 44", []string{"44", "1 2 3 4 5"}},
		{"an unknown broker to replace with", "replace 4 --with 44", []string{"44", "1 2 3 4 5"}},
		{"a broker that is a word", "demote b4", []string{`"b4"`}},
		{"a target that is drained", "drain 3 4 --to 4", []string{"4", "drained"}},
		{"a target that another stage drains", "clone 1 --to 4 + drain 4", []string{"clone 1 --to 4", "drain 4"}},
		{"a target that is dead", "clone 1 --to 5", []string{"5", "dead"}},
		{"a drain of everything", "drain 1 2 3 4", []string{"replicas", "drained"}},
		{"an expression that matches nothing", "racks --topics order", []string{`"order"`, `did you mean "orders"`}},
		{"an exclusion that matches nothing", "racks --exclude-topics paymnts", []string{`"paymnts"`, `did you mean "payments"`}},
		{"a list for an expression", "racks --topics orders,payments", []string{`"orders,payments"`, "a|b"}},
		{"an expression that is none", "racks --topics (", []string{`"("`}},
		{"a number of moves that is none", "drain 4 --max-moves many", []string{"--max-moves", `"many"`}},
		{"bytes that are none", "drain 4 --max-bytes many", []string{"--max-bytes", `"many"`}},
		{"too few moves", "drain 4 --max-moves 0", []string{"--max-moves 0", "1 move"}},
		{"a bandwidth that is none", "drain 4 --simulate fast", []string{"--simulate", `"fast"`}},
		{"a bandwidth of nothing", "drain 4 --simulate 0", []string{"--simulate 0"}},
		{"a bandwidth without its value", "drain 4 --simulate", []string{"--simulate needs a value"}},
		{"balance of bytes without sizes", "balance bytes --snapshot " + unsized, []string{"balance bytes", "size"}},
		{"a limit on bytes without sizes", "balance --max-bytes 1GB --snapshot " + unsized, []string{"--max-bytes", "size"}},
		{"demands that clash", "set-replication-factor 4 --topics orders + drain 4 + leaders", []string{"set-replication-factor 4 --topics orders", "drain 4", "orders-0 must have 4 replicas"}},
		{"a reason for no partition", "drain 4 --why orders", []string{`"orders"`, "TOPIC/PARTITION"}},
		{"a reason for a topic that isn't there", "drain 4 --why order/0", []string{`"order"`, `did you mean "orders"`}},
		{"a reason for a partition that isn't there", "drain 4 --why orders/9", []string{`"orders"`, "9"}},
		{"a check of standard input", "--check - drain 4", []string{"--check -"}},
		{"a check of no file", "--check /nowhere.json drain 4", []string{"/nowhere.json"}},
		{"a check of a partition twice", "--check " + plan(`{"topic":"orders","partition":0,"replicas":[1]},{"topic":"orders","partition":0,"replicas":[2]}`), []string{"orders-0", "twice"}},
		{"a check of a replica twice", "--check " + plan(`{"topic":"orders","partition":0,"replicas":[1,1]}`), []string{"orders-0", "broker 1 twice"}},
		{"a check of an unknown broker", "--check " + plan(`{"topic":"orders","partition":0,"replicas":[1,44]}`), []string{"orders-0", "broker 44"}},
		{"a check of an unknown topic", "--check " + plan(`{"topic":"order","partition":0,"replicas":[1]}`), []string{`"order"`}},
		{"a check with a timeline", "--check " + plan(``) + " --simulate 20MB", []string{"--check"}},
		{"standard input behind a stage", "drain 4 + -", []string{`"-"`}},
		{"nothing on standard input", "- leaders", []string{"-: the plan is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"plan"}, strings.Fields(tt.args)...)
			if !slices.Contains(args, "--snapshot") {
				args = append(args, "--snapshot", cluster)
			}
			r := newDeck(t).run(args...)
			if r.code != 2 || r.out != "" {
				t.Errorf("exit %d, want 2: %s%s", r.code, r.out, r.err)
			}
			if lines := strings.Count(r.err, "\n"); lines != 1 || !strings.HasPrefix(r.err, "kdeck: ") {
				t.Errorf("not one message of one line: %q", r.err)
			}
			for _, word := range tt.says {
				if !strings.Contains(r.err, word) {
					t.Errorf("the message lacks %q: %s", word, r.err)
				}
			}
		})
	}
}

func TestPlansGoOnThroughPipes(t *testing.T) {
	rows := []string{"orders-0 1,2 10", "orders-1 1,3 10", "payments-0 2,1 10"}
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a", rows...))
	first := d.ok(0, "plan", "clone", "1", "--to", "4", "-o", "json")
	r := d.runWithInput(first, "plan", "-", "trim", "1", "-o", "json")
	if r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	p := planOf(t, r.out)
	if diff := cmp.Diff([]string{"orders-0 4,2", "orders-1 4,3", "payments-0 2,4"}, p.lists()); diff != "" || p.Kdeck.Moves != 3 {
		t.Errorf("%d moves: %s", p.Kdeck.Moves, diff)
	}
	if diff := cmp.Diff([]string{"clone 1 --to 4", "trim 1"}, p.Kdeck.Stages); diff != "" {
		t.Error(diff)
	}
	if again := d.runWithInput(first, "plan", "-", "-o", "json"); again.out != first {
		t.Errorf("the same stages gave another plan:\n%s\n%s", first, again.out)
	}
	if plus := d.runWithInput(first, "plan", "-", "+", "trim", "1", "-o", "json"); plus.out != r.out {
		t.Errorf("with a plus it is another plan: %s%s", plus.out, plus.err)
	}
	limited := d.ok(0, "plan", "balance", "count", "--max-moves", "2", "-o", "json")
	r = d.runWithInput(limited, "plan", "-", "racks", "--max-moves", "1", "--keep-leaders", "-o", "json")
	if p := planOf(t, r.out); cmp.Diff([]string{"balance count", "racks", "--max-moves 1 --keep-leaders"}, p.Kdeck.Stages) != "" || p.Kdeck.Moves > 1 {
		t.Errorf("the tighter limit doesn't hold: %s%s", r.out, r.err)
	}
	elsewhere := `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2]}]}`
	changed := d.with("--snapshot", saved(t, "1a 2b 3c 4a", "orders-0 1,3 10", rows[1], rows[2]))
	for name, c := range map[string]struct {
		d    *deck
		in   string
		says string
	}{
		"another tool's plan": {d, elsewhere, "doesn't say which stages it was made of"},
		"another cluster's":   {d, strings.Replace(first, `"cluster_id":"Xy"`, `"cluster_id":"Ab"`, 1), `"Ab"`},
		"of the past":         {changed, first, "orders-0 was on 1 2 and is on 1 3"},
		"cut short":           {d, first[:len(first)/2], "cut short"},
		"of unknown stages":   {d, strings.Replace(first, `"clone 1 --to 4"`, `"undo of clone 1 --to 4"`, 1), `no stage "undo"`},
	} {
		r := c.d.runWithInput(c.in, "plan", "-", "leaders")
		if r.code != 2 || r.out != "" || !strings.Contains(r.err, c.says) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: exit %d, %s%s, want %q", name, r.code, r.out, r.err, c.says)
		}
	}
}

func TestWhyNamesTheStageThatAMoveServes(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a 5x", "gone-0 5 10", "orders-0 1,2 10", "payments-0 2,3 10", "still-0 2,3 10"))
	chain := strings.Fields("plan drain 1 5 --topics orders|gone + set-replication-factor 3 --topics payments + demote 3")
	for partition, says := range map[string][]string{
		"orders/0":   {"orders/0 goes from 1 2 to 4 2: 4 in place of 1", "because of drain 1 5 --topics orders|gone\n"},
		"payments/0": {"comes", "because of set-replication-factor 3 --topics payments\n"},
		"still/0":    {"still/0 stays on 2 3: no stage needs it to change"},
		"gone/0":     {"gone/0 can't be moved from 5", "no leader"},
	} {
		out := d.ok(0, append(chain, "--why", partition)...)
		for _, word := range says {
			if !strings.Contains(out, word) {
				t.Errorf("%s lacks %q: %s", partition, word, out)
			}
		}
	}
	if out := d.ok(0, "plan", "demote", "2", "--why", "still/0"); !strings.Contains(out, "to 3 2: the order changes, and no data moves\nbecause of demote 2") {
		t.Errorf("an order: %s", out)
	}
	var doc struct {
		Version       int
		Before, After []int32
		Because       []string
	}
	must(t, json.Unmarshal([]byte(d.ok(0, append(chain, "--why=orders/0", "-o", "json")...)), &doc))
	if doc.Version != 1 || !slices.Equal(doc.Before, []int32{1, 2}) || !slices.Equal(doc.After, []int32{4, 2}) || len(doc.Because) != 1 {
		t.Errorf("%+v", doc)
	}
}

func TestPlansMadeElsewhereAreChecked(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a", "orders-0 1,2 10", "payments-0 2,3 10"))
	elsewhere := func(orders string) string {
		return file(t, "p.json", `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[`+orders+`],"log_dirs":["any","any"]},`+
			`{"topic":"payments","partition":0,"replicas":[2,3]}]}`, 0o600)
	}
	for _, c := range []struct {
		name, orders, stages string
		code                 int
		says                 []string
	}{
		{"the best", "4,2", "drain 1", 0, []string{"moves    1 (1 would do)", `does what "drain 1" asks for, and no plan does it better`}},
		{"one that does nothing", "1,2", "drain 1", 1, []string{"WRONG", `orders-0 has a replica on broker 1, which "drain 1" wants none on`}},
		{"one that moves too much", "4,3", "drain 1", 0, []string{"moves    2 (1 would do)", "a better plan can be had"}},
		{"one whose leaders aren't level", "2,1", "leaders", 0, []string{"behind   preferred leaders", "a better plan can be had"}},
		{"without stages", "4,3", "", 0, []string{"moves    2\n", "nothing is wrong with it"}},
		{"two in one rack", "1,4", "", 1, []string{"orders-0 would have 2 replicas in one rack and has 1"}},
	} {
		out := d.ok(c.code, append([]string{"plan", "--check", elsewhere(c.orders)}, strings.Fields(c.stages)...)...)
		for _, word := range c.says {
			if !strings.Contains(out, word) {
				t.Errorf("%s: no %q in %s", c.name, word, out)
			}
		}
	}
	own := file(t, "own.json", d.ok(0, "plan", "drain", "1", "-o", "json"), 0o600)
	if out := d.ok(0, "plan", "--check", own); !strings.Contains(out, `does what "drain 1" asks for`) {
		t.Errorf("our own by its own stages: %s", out)
	}
	var doc struct {
		Version, Moves int
		MovesBound     int `json:"moves_bound"`
		Wrong          []string
		Best           *bool
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "plan", "--check", own, "-o", "json")), &doc))
	if doc.Version != 1 || doc.Moves != 1 || doc.MovesBound != 1 || doc.Best == nil || !*doc.Best {
		t.Errorf("%+v", doc)
	}
}

// The names that programs rely on.
func TestAnswersAboutPlansAreDocumentsForPrograms(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a", "orders-0 1,2 10", "payments-0 2,3 10"))
	own := file(t, "own.json", d.ok(0, "plan", "drain", "1", "-o", "json"), 0o600)
	for args, names := range map[string][]string{
		"plan drain 1 --simulate 1MB":      {"kdeck.stages", "kdeck.violations", "kdeck.relaxed", "kdeck.risks", "kdeck.simulation.rate", "kdeck.simulation.seconds", "kdeck.simulation.steps.at_seconds"},
		"plan drain 1 --why orders/0":      {"cluster_id", "taken_at", "unknown", "topic", "partition", "before", "after", "because", "stuck"},
		"plan --check " + own:              {"cluster_id", "taken_at", "unknown", "stages", "wrong", "behind", "risks", "moves", "moves_bound", "bytes", "leader_changes", "best"},
		"plan --check " + own + " leaders": {"stages", "wrong", "best"},
	} {
		for _, form := range []string{"json", "yaml"} {
			r := d.run(append(strings.Fields(args), "-o", form)...)
			var doc any
			must(t, yaml.Unmarshal([]byte(r.out), &doc)) // JSON is YAML too
			for _, name := range append(names, "version") {
				if !has(doc, strings.Split(name, ".")) {
					t.Errorf("%s -o %s: exit %d, no %s in %s%s", args, form, r.code, name, r.out, r.err)
				}
			}
			if strings.Contains(r.out, "wrong: null") || strings.Contains(r.out, `"stages": null`) {
				t.Errorf("none is null: %s", r.out)
			}
		}
	}
}

func TestAPlanShowsWhatItCosts(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a", "orders-0 1,2 2000000000", "orders-1 1,3 2000000000"))
	d.variables["LC_ALL"] = "C"
	out := d.ok(0, "plan", "--simulate", "100MB", "drain", "1")
	for _, word := range []string{"BYTES NOW", "BYTES NEXT", "################", "moves    2 (no plan can do with fewer than 2)", "100MB/s", "done after 40s; no order of moves takes less than 40s"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	p := planOf(t, d.ok(0, "plan", "drain", "1", "--simulate", "100MB", "-o", "json"))
	if s := p.Kdeck.Simulation; s == nil || s.Seconds != 40 {
		t.Errorf("simulation %+v", s)
	}
	if out := d.ok(0, "plan", "leaders"); !strings.Contains(out, "LEADERS NEXT") || !strings.Contains(out, "1 partition get") {
		t.Errorf("leaders:\n%s", out)
	}
}

// listsOf are the replica lists of the embedded cluster.
func replicaListsOf(c *sim.Cluster) (lists map[string]string, led map[string]bool) {
	lists, led = map[string]string{}, map[string]bool{}
	for _, p := range c.Partitions() {
		name := fmt.Sprintf("%s-%d", p.Topic, p.Partition)
		lists[name] = strings.ReplaceAll(strings.Trim(fmt.Sprint(p.Replicas), "[]"), " ", ",")
		led[name] = p.Leader == p.Replicas[0]
	}
	return lists, led
}

// carried plans, carries out, sees that the cluster is as planned with the preferred leaders leading, and that the same
// stages then plan nothing.
func carryOut(d *deck, c *sim.Cluster, words string) *planned {
	d.t.Helper()
	stages := append([]string{"plan"}, strings.Fields(words)...)
	out := d.ok(0, append(stages, "-o", "json")...)
	p := planOf(d.t, out)
	path := filepath.Join(d.t.TempDir(), "plan.json")
	must(d.t, os.WriteFile(path, []byte(out), 0o600))
	d.ok(0, "apply", path, "--execute", "--throttle", "none", "--confirm", *p.Kdeck.Confirm)
	lists, led := replicaListsOf(c)
	for _, want := range p.lists() {
		name, list, _ := strings.Cut(want, " ")
		if lists[name] != list || !led[name] {
			d.t.Errorf("%s: %s is on %s, planned %s; led by its first: %v", words, name, lists[name], list, led[name])
		}
	}
	if len(p.Partitions) == 0 {
		d.t.Errorf("%s: the plan is empty", words)
	}
	if again := planOf(d.t, d.ok(0, append(stages, "-o", "json")...)); len(again.Partitions) > 0 {
		d.t.Errorf("%s: planned again, it still changes %v", words, again.lists())
	}
	return p
}

func TestPlansOfEveryKindAreCarriedOut(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	name := d.flags[1]
	for _, tt := range []struct {
		words string
		moves bool
		noun  string
	}{
		{"demote 1", false, "change"},
		{"leaders", false, "change"},
		{"set-replication-factor 2 --topics .* --exclude-topics __.*", false, "change"},
		{"set-replication-factor 3 --topics .*", true, "move"},
		{"replace 6 --with 3 --topics orders", true, "move"},
		{"balance count + racks + leaders", true, "move"},
		{"drain 2 + balance topics count + leaders", true, "move"},
	} {
		p := carryOut(d, c, tt.words)
		if (p.Kdeck.Moves > 0) != tt.moves || !strings.HasPrefix(*p.Kdeck.Confirm, "apply ") || !strings.Contains(*p.Kdeck.Confirm, " "+tt.noun) || !strings.HasSuffix(*p.Kdeck.Confirm, name) {
			t.Errorf("%s: %d moves, phrase %q", tt.words, p.Kdeck.Moves, *p.Kdeck.Confirm)
		}
	}
	if set := throttlesOf(d); set != "" {
		t.Errorf("throttles are left: %s", set)
	}
}

func TestPreferredLeadersAreElectedOfTheTopicsChosen(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	must(t, c.Kill(6))
	eventually(t, "broker 6 leads nothing", func() (bool, string) {
		for _, p := range c.Partitions() {
			if p.Leader == 6 {
				return false, p.Topic
			}
		}
		return true, ""
	})
	must(t, c.Start(6))
	eventually(t, "it is in sync again", func() (bool, string) {
		r := d.run("status")
		return r.code == 0, r.out
	})
	away := func() (topics []string) {
		for _, p := range c.Partitions() {
			if p.Leader != p.Replicas[0] && !slices.Contains(topics, p.Topic) {
				topics = append(topics, p.Topic)
			}
		}
		return topics
	}
	topics := away()
	if len(topics) < 2 {
		t.Fatalf("away from home: %v", topics)
	}
	p := carryOut(d, c, "elect --topics "+topics[0])
	if p.Kdeck.Moves != 0 || !strings.Contains(*p.Kdeck.Confirm, " election") {
		t.Errorf("%d moves, phrase %q", p.Kdeck.Moves, *p.Kdeck.Confirm)
	}
	if left := away(); slices.Contains(left, topics[0]) || len(left) != len(topics)-1 {
		t.Errorf("away from home: %v of %v", left, topics)
	}
	carryOut(d, c, "elect")
	if left := away(); len(left) > 0 {
		t.Errorf("away from home: %v", left)
	}
}

func TestHelpIsShownWhereverItIsAskedFor(t *testing.T) {
	d := newDeck(t)
	for _, line := range []string{"drain --help", "drain 7 --help", "drain 7 --to 8 -h", "plan --help", "plan drain 7 --help", "plan drain 7 + leaders -h", "apply x.json --help"} {
		if out := d.ok(0, strings.Fields(line)...); !strings.Contains(out, "Usage:") {
			t.Errorf("%s: %s", line, out)
		}
	}
}

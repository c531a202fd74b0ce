package subcmd

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/ask"
	"kdeck/ops/change"
	"kdeck/ops/reassign"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol"
	"kdeck/protocol/race"
)

// A way is one by which a change can be asked for: a command line, without the flags that carry it out.
type way struct {
	name    string
	words   []string
	object  []string // the same for another object
	request []string // another change of the same object; nil: there is none
	stdin   string
	// Of object and request, where standard input holds what they ask for.
	objectStdin, requestStdin string
	raw                       bool // goes to one node, which --to names
	never                     bool // refused with the right phrase too
	nothing                   bool // changes nothing as the cluster is
	steers                    bool // asks something of a run that is on
	orphaned                  bool // goes on with a run whose process is gone
}

// ground is two clusters, of which one is to be changed and the other has to be left alone, and a home for kdeck.
type ground struct {
	t      *testing.T
	a, b   *sim.Cluster
	home   string
	moved  map[string]string // addresses that lead elsewhere
	closed map[string]int    // how often an address refuses connections
	sent   atomic.Int64      // requests that change something, on whichever connection
}

// wire sees the requests that go over a connection.
type wire struct {
	net.Conn
	g    *ground
	rest []byte // of a frame that isn't whole
}

func (w *wire) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for len(w.rest) >= 6 {
		end := 4 + int(binary.BigEndian.Uint32(w.rest))
		if len(w.rest) < end {
			break
		}
		w.g.see(w.rest[4:end])
		w.rest = w.rest[end:]
	}
	return w.Conn.Write(p)
}

// see counts a request that a phrase is needed for.
func (g *ground) see(frame []byte) {
	api, known := protocol.APIByKey(int16(binary.BigEndian.Uint16(frame)))
	if known && phraseless(api.Class) {
		return
	}
	if c, err := protocol.DecodeCapture(frame, nil, -1); err == nil {
		if class, _ := protocol.Classify(c.Message); !mutates(class) || validatesOnly(c.Message) {
			return
		}
		if kind, _ := c.Message.Root.Get("keyType"); c.Message.API.Name == "FindCoordinator" && kind == int64(0) && hasOffsetsTopic(g.a) && hasOffsetsTopic(g.b) {
			return
		}
	}
	g.sent.Add(1)
}

const (
	nameOfA, nameOfB = "prod", "stg"
	byProperties     = "props" // a context of a whose address stands in a properties file
)

func newGround(t *testing.T, o sim.Options) *ground {
	g := &ground{t: t, home: t.TempDir()}
	for i, listen := range []string{"127.0.0.1:9092", "127.0.0.1:19092"} {
		o.Virtual, o.Listen, o.Seed = true, listen, uint64(i+1)
		c, err := sim.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		if i == 0 {
			g.a = c
		} else {
			g.b = c
		}
	}
	g.plain()
	for _, name := range []string{nameOfA, nameOfB, byProperties} { // seen before, as it is in use
		if said, code := g.run("", "brokers", "--context", name); code != 0 {
			t.Fatalf("exit %d: %s", code, said)
		}
	}
	return g
}

// contexts writes the configuration: the addresses that the contexts lead to, and more about the one of a.
func (g *ground) contexts(a, props, more string) {
	g.t.Helper()
	dir := filepath.Join(g.home, "kdeck")
	text := fmt.Sprintf("contexts:\n  %s: {bootstrap: [%q]%s}\n  %s: {bootstrap: [%q]}\n  other: {bootstrap: [%q]}\n  %s: {properties: p.properties}\n",
		nameOfA, a, more, nameOfB, g.b.Bootstrap()[0], g.a.Bootstrap()[2], byProperties)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		g.t.Fatal(err)
	}
	for name, content := range map[string]string{"config.yaml": text, "p.properties": "bootstrap.servers=" + props + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			g.t.Fatal(err)
		}
	}
}

// plain is the configuration as it is meant.
func (g *ground) plain() { g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ""); g.moved = nil }

func (g *ground) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if g.closed[addr] > 0 {
		g.closed[addr]--
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("connection refused")}
	}
	if to, is := g.moved[addr]; is {
		addr = to
	}
	cluster := g.a
	if strings.Contains(addr, ":190") || strings.Contains(addr, ":191") {
		cluster = g.b
	}
	conn, err := cluster.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn, g: g}, nil
}

func (g *ground) env(stdin string, out *bytes.Buffer) *Env {
	return &Env{In: strings.NewReader(stdin), Out: out, Err: out, Now: time.Now, Dial: g.dial, Version: "test", sessions: new(sessions),
		LookupEnv: func(name string) (string, bool) { return g.home, strings.HasPrefix(name, "XDG_") || name == "HOME" }}
}

func (g *ground) run(stdin string, words ...string) (said string, code int) {
	var out bytes.Buffer
	code = Execute(g.t.Context(), g.env(stdin, &out), words)
	return out.String(), code
}

// typing runs a command line at a terminal.
func (g *ground) typing(typed string, words ...string) (said string, code int) {
	var out bytes.Buffer
	env := g.env(typed, &out)
	env.InTerminal = true
	code = Execute(g.t.Context(), env, words)
	return out.String(), code
}

// hasOffsetsTopic tells whether a cluster has the topic that a broker makes when somebody first asks it for a group's coordinator.
func hasOffsetsTopic(c *sim.Cluster) bool {
	return slices.ContainsFunc(c.Partitions(), func(p sim.PartitionState) bool { return p.Topic == "__consumer_offsets" })
}

// changes counts what was sent to either cluster that changes it: on the wire, and as the clusters saw it.
func (g *ground) changes() int {
	return int(g.sent.Load()) + len(g.a.Mutations()) + len(g.b.Mutations())
}

var asksFor = regexp.MustCompile(`the phrase is ("(?:[^"\\]|\\.)*")`)

// phrase is what a command line asks for where it is carried out without.
func (g *ground) phrase(stdin string, words ...string) string {
	said, _ := g.run(stdin, append(words, "--execute", "--confirm", "x")...)
	m := asksFor.FindStringSubmatch(said)
	if m == nil {
		return ""
	}
	phrase, err := strconv.Unquote(m[1])
	if err != nil {
		g.t.Fatal(err)
	}
	return phrase
}

func with(words []string, more ...string) []string { return append(slices.Clone(words), more...) }

// An attack tries to have a change made that it has no right phrase for. It returns what was said and the exit code, or "" where it
// doesn't apply. right is the right phrase.
type attack struct {
	name string
	says string // has to be among what is said; "": anything
	try  func(g *ground, w way, right string) (said string, code int)
}

func (g *ground) confirmed(w way, target []string, phrase string) (string, int) {
	return g.run(w.stdin, slices.Concat(w.words, target, []string{"--execute", "--confirm", phrase})...)
}

// attacks are those on a command line; right belongs to the context of a.
func attacks(clusterState string) []attack {
	onA := []string{"--context", nameOfA}
	base := func(right string) string { return strings.TrimSuffix(right, " "+nameOfA) }
	wrong := func(name string, change func(right string) string) attack {
		return attack{name, "", func(g *ground, w way, right string) (string, int) { return g.confirmed(w, onA, change(right)) }}
	}
	capped := func(name string, target func(g *ground, w way) ([]string, string)) attack {
		return attack{name, "max_class", func(g *ground, w way, right string) (string, int) {
			words, cluster := target(g, w)
			if words == nil {
				return "", 0
			}
			g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ", max_class: RO")
			defer g.plain()
			return g.confirmed(w, words, base(right)+" "+cluster)
		}}
	}
	typed := func(name, line string) attack {
		return attack{name, "", func(g *ground, w way, right string) (string, int) {
			if w.stdin != "" {
				return "", 0
			}
			return g.typing(line, slices.Concat(w.words, onA, []string{"--execute"})...)
		}}
	}
	return []attack{
		{"no phrase", "", func(g *ground, w way, _ string) (string, int) {
			return g.run(w.stdin, slices.Concat(w.words, onA, []string{"--execute"})...)
		}},
		{"an empty phrase", "", func(g *ground, w way, _ string) (string, int) { return g.confirmed(w, onA, "") }},
		typed("enter alone at a terminal", "\n"),
		typed("the end of the input at a terminal", ""),
		typed("yes at a terminal", "yes\n"),
		wrong("the phrase with two blanks", func(right string) string { return strings.Replace(right, " ", "  ", 1) }),
		wrong("the phrase with a blank behind", func(right string) string { return right + " " }),
		wrong("the phrase with a no-break space", func(right string) string { return strings.Replace(right, " ", "\u00a0", 1) }),
		wrong("the phrase in capitals", strings.ToUpper),
		wrong("the phrase with a letter that looks the same", func(right string) string { return strings.Replace(right, "prod", "pr\u043ed", 1) }),
		wrong("the phrase of another cluster, by its name", func(right string) string { return base(right) + " " + nameOfB }),
		{"the phrase that the other cluster asks for", "", func(g *ground, w way, right string) (string, int) {
			phrase := g.phrase(w.stdin, with(w.words, "--context", nameOfB)...)
			if phrase == "" {
				return "", 0
			}
			return g.confirmed(w, onA, phrase)
		}},
		{"the phrase of another object", "", func(g *ground, w way, right string) (string, int) {
			phrase := g.phrase(w.objectStdin, with(w.object, onA...)...)
			if phrase == "" || phrase == right {
				return fmt.Sprintf("the other object asks for %q", phrase), 0
			}
			return g.confirmed(w, onA, phrase)
		}},
		{"the phrase of another request", "", func(g *ground, w way, right string) (string, int) {
			if w.request == nil {
				return "", 0
			}
			phrase := g.phrase(w.requestStdin, with(w.request, onA...)...)
			if phrase == "" || phrase == right {
				return fmt.Sprintf("the other request asks for %q", phrase), 0
			}
			return g.confirmed(w, onA, phrase)
		}},
		{"a context's name with addresses of another cluster", "", func(g *ground, w way, right string) (string, int) {
			return g.confirmed(w, []string{"--context", nameOfB, "-b", g.a.Bootstrap()[0]}, base(right)+" "+nameOfB)
		}},
		{"a context that was edited to lead elsewhere", "config trust", func(g *ground, w way, right string) (string, int) {
			g.contexts(g.b.Bootstrap()[0], g.a.Bootstrap()[0], "")
			defer g.plain()
			return g.confirmed(w, onA, right)
		}},
		{"a properties file that was edited to lead elsewhere", "config trust", func(g *ground, w way, right string) (string, int) {
			g.contexts(g.a.Bootstrap()[0], g.b.Bootstrap()[0], "")
			defer g.plain()
			return g.confirmed(w, []string{"--context", byProperties}, base(right)+" "+byProperties)
		}},
		{"an address that leads elsewhere", "config trust", func(g *ground, w way, right string) (string, int) {
			g.moved = map[string]string{g.a.Bootstrap()[0]: g.b.Bootstrap()[0]}
			defer g.plain()
			return g.confirmed(w, onA, right)
		}},
		{"a file of known clusters that is damaged", clusterState, func(g *ground, w way, right string) (string, int) {
			files, _ := filepath.Glob(filepath.Join(g.home, clusterState, "*.json"))
			before := map[string][]byte{}
			for _, name := range files {
				before[name], _ = os.ReadFile(name)
				_ = os.WriteFile(name, []byte(`{"name":"prod"`), 0o600)
			}
			defer func() {
				for name, text := range before {
					_ = os.WriteFile(name, text, 0o600)
				}
			}()
			return g.confirmed(w, onA, right)
		}},
		{"a saved cluster", "--snapshot", func(g *ground, w way, right string) (string, int) {
			return g.confirmed(w, with(onA, "--snapshot", filepath.Join(g.home, "a.json")), right)
		}},
		{"a saved cluster and an address", "--snapshot", func(g *ground, w way, right string) (string, int) {
			return g.confirmed(w, []string{"-b", g.a.Bootstrap()[0], "--snapshot", filepath.Join(g.home, "a.json")}, right)
		}},
		capped("a class that the context caps", func(*ground, way) ([]string, string) { return onA, nameOfA }),
		capped("a class that another context of the cluster caps", func(*ground, way) ([]string, string) { return []string{"--context", "other"}, "other" }),
		capped("a class that is capped, by -b", func(g *ground, _ way) ([]string, string) {
			return []string{"-b", g.a.Bootstrap()[1]}, g.a.Bootstrap()[1]
		}),
		capped("a class that is capped, by --to host:port", func(g *ground, w way) ([]string, string) {
			if !w.raw {
				return nil, ""
			}
			return []string{"--to", g.a.Bootstrap()[1]}, g.a.Bootstrap()[1]
		}),
		capped("a class that is capped, by --to host:port beside another cluster", func(g *ground, w way) ([]string, string) {
			if !w.raw {
				return nil, ""
			}
			return []string{"--context", nameOfB, "--to", g.a.Bootstrap()[1]}, nameOfB
		}),
	}
}

// refuses tries every attack on the way with the number i, and then the right phrase.
func (g *ground) refuses(t *testing.T, i int, w way) (tried int) {
	g.t = t
	if w.orphaned {
		defer g.orphan(nameOfA, g.a, "20261130T083312-drain-7")()
		defer g.orphan(nameOfB, g.b, "20261130T083312-drain-9")()
	}
	if w.steers {
		defer g.running(g.a, "20261130T083312-drain-7")()
		defer g.running(g.b, "20261130T083312-drain-9")()
	}
	onA := []string{"--context", nameOfA}
	right := g.phrase(w.stdin, with(w.words, onA...)...)
	if right == "" && !w.never {
		said, code := g.run(w.stdin, slices.Concat(w.words, onA, []string{"--execute"})...)
		t.Fatalf("no phrase is asked for: exit %d: %s", code, said)
	}
	for j, a := range attacks("kdeck/clusters") {
		if !race.Part(i, j, 5) {
			continue
		}
		if right == "" && a.says != "" {
			continue // what is always refused is so for its own reason
		}
		before := g.changes()
		said, code := a.try(g, w, right)
		if said == "" && code == 0 {
			continue
		}
		tried++
		if sent := g.changes() - before; code != exitRefused || sent != 0 || !strings.Contains(said, a.says) {
			t.Errorf("%s: exit %d, %d requests sent: %s", a.name, code, sent, said)
		}
	}
	tried += g.palette(t, w)
	before := g.changes()
	said, code := g.confirmed(w, onA, right)
	switch sent := g.changes() - before; {
	case w.never && (code != exitRefused || sent > 0):
		t.Errorf("with the right phrase: exit %d, %d requests sent: %s", code, sent, said)
	case !w.never && !w.nothing && sent == 0:
		t.Errorf("with the right phrase nothing was sent: exit %d: %s", code, said)
	case w.nothing && code != 0:
		t.Errorf("with the right phrase: exit %d: %s", code, said)
	}
	return tried
}

// palette tries the same in a console's palette.
func (g *ground) palette(t *testing.T, w way) (tried int) {
	var out bytes.Buffer
	env := g.env("", &out)
	flags := &globals{context: nameOfA, timeout: 5 * time.Second}
	src, err := env.look(t.Context(), flags)
	if err != nil {
		t.Fatal(err)
	}
	defer env.sessions.close()
	fresh := func() *palette { return &palette{env: env, g: flags, session: src.session, states: saved(src)} }
	words := with(w.words, "--execute")
	before := g.changes()
	check := func(name string, output string, exit int) {
		tried++
		if sent := g.changes() - before; exit != exitRefused || sent != 0 {
			t.Errorf("in the console, %s: exit %d, %d requests sent: %s", name, exit, sent, output)
		}
	}
	p := fresh()
	a := p.Prepare(t.Context(), words)
	if a.Phrase == "" { // standard input is empty there, or it is always refused
		output, exit := a.Run(t.Context(), "")
		check("which asks for no phrase", output, exit)
		if w.stdin == "" && !w.never {
			t.Errorf("in the console no phrase is asked for: %s", output)
		}
		return tried
	}
	for name, typed := range map[string]string{
		"without a phrase": "", "with another cluster's phrase": strings.TrimSuffix(a.Phrase, nameOfA) + nameOfB,
		"with a blank behind": a.Phrase + " ", "in capitals": strings.ToUpper(a.Phrase),
		"with the other object's phrase": p.Prepare(t.Context(), with(w.object, "--execute")).Phrase,
	} {
		output, exit := a.Run(t.Context(), typed)
		check(name, output, exit)
	}
	other := fresh()
	other.shown = g.b.ClusterID()
	for name, prepare := range map[string]func() (string, int){
		"which showed another cluster at first": func() (string, int) {
			return other.Prepare(t.Context(), words).Run(t.Context(), a.Phrase)
		},
		"with the address of another cluster": func() (string, int) {
			return p.Prepare(t.Context(), with(words, "-b", g.b.Bootstrap()[0])).Run(t.Context(), a.Phrase)
		},
		"with another context": func() (string, int) {
			return p.Prepare(t.Context(), with(words, "--context", nameOfB)).Run(t.Context(), a.Phrase)
		},
		"whose cluster was capped since": func() (string, int) {
			g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ", max_class: RO")
			defer g.plain()
			return a.Run(t.Context(), a.Phrase)
		},
		"whose addresses lead elsewhere since": func() (string, int) {
			g.moved = map[string]string{}
			for i, addr := range g.a.Bootstrap() {
				g.moved[addr] = g.b.Bootstrap()[i]
			}
			defer g.plain()
			fresh, err := env.open(flags) // the session of the console keeps its connections
			if err != nil {
				t.Fatal(err)
			}
			p := &palette{env: env, g: flags, session: fresh.session, states: saved(src)}
			return p.Prepare(t.Context(), words).Run(t.Context(), a.Phrase)
		},
	} {
		output, exit := prepare()
		check(name, output, exit)
	}
	return tried
}

// executable are the commands that carry a change out: a new one is among them by existing.
func executable(root *cobra.Command) (paths []string) {
	for _, c := range root.Commands() {
		if c.Flags().Lookup("execute") != nil {
			paths = append(paths, strings.TrimPrefix(c.CommandPath(), "kdeck "))
		}
		paths = append(paths, executable(c)...)
	}
	return paths
}

func split(line string) []string { return strings.Fields(line) }

func reassignment(topic string, replicas string) string {
	return fmt.Sprintf(`{"version":1,"partitions":[{"topic":%q,"partition":0,"replicas":[%s]}]}`, topic, replicas)
}

// steeredRun is a run that only counts how often it is steered.
type steeredRun struct {
	g   *ground
	run state.Run
}

func (r steeredRun) Status() state.Run                     { return r.run }
func (r steeredRun) Pause(string)                          { r.g.sent.Add(1) }
func (r steeredRun) Continue(string)                       { r.g.sent.Add(1) }
func (r steeredRun) SetRate(int64, string) error           { r.g.sent.Add(1); return nil }
func (r steeredRun) SetPilot(reassign.Pilot, string) error { r.g.sent.Add(1); return nil }
func (r steeredRun) SetMoves(int, string) error            { r.g.sent.Add(1); return nil }
func (r steeredRun) StopBy(string)                         { r.g.sent.Add(1) }
func (r steeredRun) AbandonBy(string)                      { r.g.sent.Add(1) }

// running lets a run be on in a cluster until stop.
func (g *ground) running(c *sim.Cluster, id string) (stop func()) {
	run := state.Run{ID: id, ClusterID: c.ClusterID(), State: state.RunRunning, Stages: []string{"drain 7"}, Moves: 3}
	s, err := reassign.Serve(filepath.Join(g.home, "kdeck"), c.ClusterID(), steeredRun{g, run}, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return s.Close
}

// orphan lets a run have been on in a cluster whose process is gone. remove removes its record.
func (g *ground) orphan(name string, c *sim.Cluster, id string) (remove func()) {
	g.t.Helper()
	dir := filepath.Join(g.home, "kdeck", "runs", change.FileName(c.ClusterID()))
	before, _ := os.ReadDir(dir)
	moved := ""
	for _, f := range before { // what was moved is to be undone after this, and not changed before
		text, _ := os.ReadFile(filepath.Join(dir, f.Name()))
		moved += string(text)
	}
	topic, replicas := "", ""
	for _, p := range c.Partitions() {
		if p.Partition == 0 && !strings.Contains(moved, fmt.Sprintf(`{"topic":%q,"partition":0,`, p.Topic)) {
			slices.Reverse(p.Replicas)
			topic, replicas = p.Topic, strings.ReplaceAll(strings.Trim(fmt.Sprint(p.Replicas), "[]"), " ", ",")
		}
	}
	text, code := g.run(reassignment(topic, replicas), "apply", "-", "-o", "json", "--context", name)
	if code != 0 {
		g.t.Fatalf("exit %d: %s", code, text)
	}
	if len(before) > 0 { // the last one is meant
		id = before[len(before)-1].Name()[:15] + "z" + id[15:]
	}
	record := fmt.Sprintf(`{"version":1,"id":%q,"cluster_id":%q,"status":{"id":%[1]q,"cluster_id":%[2]q,"state":"running"}}`, id, c.ClusterID())
	for suffix, text := range map[string]string{".json": record, ".plan.json": text} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			g.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, id+suffix), []byte(text), 0o600); err != nil {
			g.t.Fatal(err)
		}
	}
	return func() {
		for _, suffix := range []string{".json", ".plan.json"} {
			_ = os.Remove(filepath.Join(dir, id+suffix))
		}
	}
}

// waysOf are the ways of the commands, by their paths.
func (g *ground) waysOf() map[string][]way {
	g.t.Helper()
	file := func(name, text string) string {
		path := filepath.Join(g.home, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			g.t.Fatal(err)
		}
		return path
	}
	p := g.a.Partitions()[0]
	plans := map[string]string{}
	for name, replicas := range map[string]string{"one": "1,2,3", "two": "2,3,4", "three": "3,2,1"} {
		plans[name] = reassignment(p.Topic, replicas)
	}
	topic := func(name string) string { return "topics[0].name=" + name }
	create := split("request CreateTopics@4 topics[0].numPartitions=1 topics[0].replicationFactor=1 --to 1 timeoutMs=1000")
	saved := func(name string) string {
		path := filepath.Join(g.home, name+".kreq")
		line := with(create, topic(name), "--context", nameOfB, "--save", path)
		if said, code := g.run("", with(line, "--execute", "--confirm", g.phrase("", line...))...); code != 0 {
			g.t.Fatalf("exit %d: %s", code, said)
		}
		return path
	}
	setQuota := func(user string) {
		for _, name := range []string{nameOfA, nameOfB} {
			line := split("quota set producer_byte_rate=7 --user " + user + " --context " + name)
			if said, code := g.run("", with(line, "--execute", "--confirm", g.phrase("", line...))...); code != 0 {
				g.t.Fatalf("exit %d: %s", code, said)
			}
		}
	}
	for partition := range int32(2) {
		openTransaction(g.t, g.a, "orders", partition)
		openTransaction(g.t, g.b, "orders", partition)
	}
	setQuota("w")
	setQuota("x")
	for _, group := range []string{"billing", "shipping"} {
		for _, name := range []string{nameOfA, nameOfB} {
			line := split("groups reset " + group + " --topic orders --to earliest --context " + name)
			if said, code := g.run("", with(line, "--execute", "--confirm", g.phrase("", line...))...); code != 0 {
				g.t.Fatalf("exit %d: %s", code, said)
			}
		}
	}
	none := split("--throttle none")
	one, two, three := file("one.json", plans["one"]), file("two.json", plans["two"]), file("three.json", plans["three"])
	first, second := saved("saved1"), saved("saved2")
	for _, probed := range []string{"gone-probe", "kept-probe"} {
		for _, name := range []string{nameOfA, nameOfB} {
			line := split("probe create --topic " + probed + " --context " + name)
			if said, code := g.run("", with(line, "--execute", "--confirm", g.phrase("", line...))...); code != 0 {
				g.t.Fatalf("exit %d: %s", code, said)
			}
		}
	}
	return map[string][]way{
		"probe create": {{name: "probe create", words: split("probe create"), object: split("probe create --topic other-probe")}},
		"probe remove": {{name: "probe remove", words: split("probe remove --topic gone-probe"), object: split("probe remove --topic kept-probe")}},
		"drain":        {{name: "drain", words: split("drain 2 --throttle none"), object: split("drain 3 --throttle none"), request: split("drain 2 --to 1,3,4 --throttle none")}},
		"apply": {
			{name: "apply", words: with([]string{"apply", one}, none...), object: with([]string{"apply", two}, none...), request: with([]string{"apply", three}, none...)},
			{name: "apply by a pipe", words: split("apply - --throttle none"), stdin: plans["two"], object: split("apply - --throttle none"), objectStdin: plans["one"],
				request: split("apply - --throttle none"), requestStdin: plans["three"]},
		},
		"moves continue": {{name: "moves continue", words: split("moves continue"), object: split("moves stop"), steers: true}},
		"moves stop":     {{name: "moves stop", words: split("moves stop"), object: split("moves abandon"), steers: true}},
		"moves abandon":  {{name: "moves abandon", words: split("moves abandon"), object: split("moves stop"), steers: true}},
		"moves throttle": {
			{name: "moves throttle", words: split("moves throttle 80MB"), object: split("moves limit 80"), request: split("moves throttle 90MB"), steers: true},
			{name: "moves throttle none", words: split("moves throttle none"), object: split("moves stop"), request: split("moves throttle 80MB"), steers: true},
		},
		"moves resume":    {{name: "moves resume", words: split("moves resume"), object: split("drain 3 --throttle none"), orphaned: true}},
		"moves limit":     {{name: "moves limit", words: split("moves limit 8"), object: split("moves throttle 8MB"), request: split("moves limit 9"), steers: true}},
		"moves cancel":    {{name: "moves cancel", words: split("moves cancel"), object: split("drain 3 --throttle none"), nothing: true}},
		"moves undo":      {{name: "moves undo", words: split("moves undo --throttle none"), object: split("drain 3 --throttle none"), nothing: true}},
		"throttles clear": {{name: "throttles clear", words: split("throttles clear"), object: split("drain 3 --throttle none"), nothing: true}},
		"configs broker": {
			{name: "configs broker set", words: split("configs broker 2 set num.io.threads=9"), object: split("configs broker 3 set num.io.threads=9"), request: split("configs broker 2 set num.io.threads=10")},
			{name: "configs broker default set", words: split("configs broker default set log.retention.ms=2d"), object: split("configs broker 1 set log.retention.ms=2d"), request: split("configs broker default set log.retention.ms=1d")},
		},
		"configs group": {
			{name: "configs group set", words: split("configs group g set consumer.session.timeout.ms=50s"), object: split("configs group h set consumer.session.timeout.ms=50s"), request: split("configs group g set consumer.session.timeout.ms=51s")},
			{name: "configs group set of a group whose name reads as a config", words: []string{"configs", "group", "k set share.isolation.level=x", "set", "consumer.session.timeout.ms=50s"},
				object: split("configs group k set share.isolation.level=x consumer.session.timeout.ms=50s")},
		},
		"configs topic": {
			{name: "configs topic set", words: split("configs topic orders set retention.ms=3d"), object: split("configs topic orders.dlq set retention.ms=3d"), request: split("configs topic orders set retention.ms=2d max.message.bytes=1000")},
			{name: "configs topic unset", words: split("configs topic orders.dlq unset min.insync.replicas"), object: split("configs topic orders.retry unset min.insync.replicas"), request: split("configs topic orders.dlq set min.insync.replicas=1")},
			{name: "configs topic set of a value that nobody can type", words: []string{"configs", "topic", "orders.retry", "set", "message.timestamp.type=a\tb" + strings.Repeat("c", 200)},
				object: []string{"configs", "topic", "order-lines", "set", "message.timestamp.type=a\tb" + strings.Repeat("c", 200)}, request: []string{"configs", "topic", "orders.retry", "set", "message.timestamp.type=a\tb" + strings.Repeat("c", 201)}},
		},
		"quota set": {
			{name: "quota set", words: split("quota set --user u producer_byte_rate=5"), object: split("quota set --user v producer_byte_rate=5"), request: split("quota set --user u producer_byte_rate=6")},
			{name: "quota set --for", words: split("quota set --user v producer_byte_rate=5 --for 100ms"), object: split("quota set --client v producer_byte_rate=5 --for 100ms"),
				request: split("quota set --user v producer_byte_rate=5")},
			{name: "quota set of a user whose name reads as user and client", words: split("quota set --user a/clients/b producer_byte_rate=5"),
				object: split("quota set --user a --client b producer_byte_rate=5")},
			{name: "quota set of a user whose name reads as a limit", words: []string{"quota", "set", "--user", "a consumer_byte_rate=1", "producer_byte_rate=2"},
				object: split("quota set --user a consumer_byte_rate=1 producer_byte_rate=2")},
		},
		"transactions abort": {{name: "transactions abort", words: split("transactions abort --topic orders --partition 0 --start-offset 0"),
			object: split("transactions abort --topic orders --partition 1 --start-offset 0")}},
		"groups reset": {{name: "groups reset", words: split("groups reset billing --topic orders:0 --to 1"), object: split("groups reset shipping --topic orders:0 --to 1"),
			request: split("groups reset billing --topic orders:1 --to 1")}},
		"groups delete": {{name: "groups delete", words: split("groups delete billing"), object: split("groups delete shipping")}},
		"quota remove":  {{name: "quota remove", words: split("quota remove --user w"), object: split("quota remove --user x"), request: split("quota set --user w producer_byte_rate=8")}},
		"quota observe": {
			{name: "quota observe", words: split("quota observe --by client"), object: split("quota observe --by both")},
		},
		"request": {
			{name: "request", words: with(create, topic("fresh")), object: with(create, topic("ripe")), request: with(create, topic("fresh"), "topics[0].numPartitions=2"), raw: true},
			{name: "request that may be forced", words: with(create, topic("forced"), "--force", "--allow", "inter-broker"), object: with(create, topic("ripe")), raw: true},
			{name: "request --replay", words: split("request --to 2 --replay " + first), object: split("request --to 2 --replay " + second), request: split("request --to 3 --replay " + first), raw: true},
			{name: "request --watch", words: with(create, topic("watched"), "--watch", "100ms"), object: with(create, topic("ripe")), raw: true, never: true},
		},
	}
}

func TestGridNoWayToAChangeLeadsAroundThePhrase(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 6, Racks: 3, Topics: 6, Partitions: 30, PartitionBytes: 1e5})
	if said, code := g.run("", "snapshot", "save", filepath.Join(g.home, "a.json"), "--context", nameOfA); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	all := g.waysOf()
	var out bytes.Buffer
	paths := executable(newRoot(g.env("", &out)))
	if len(paths) < 7 {
		t.Errorf("only %q", paths)
	}
	ways, tried := 0, 0
	for _, path := range paths {
		if len(all[path]) == 0 {
			t.Errorf("kdeck %s has --execute and no row here: write one", path)
		}
		for _, w := range all[path] {
			ways++
			t.Run(w.name, func(t *testing.T) { tried += g.refuses(t, ways, w) })
		}
	}
	for _, w := range rawWays(g) {
		ways++
		t.Run("request "+w.name, func(t *testing.T) { tried += g.refuses(t, ways, w) })
	}
	t.Logf("%d ways, %d attacks", ways, tried)
}

// raised are the fields that make a request of class RO* do more than read.
var raised = map[string]string{
	"Metadata":        "topics: [{name: NAME}]\nallowAutoTopicCreation: true\n",
	"Fetch":           "replicaState: {replicaId: 2, replicaEpoch: 1}\nmaxBytes: 1\ntopics: []\nrackId: NAME\n",
	"FindCoordinator": "keyType: 2\ncoordinatorKeys: [NAME]\n",
}

var firstValue = regexp.MustCompile(`(: |- )(""|-?\d+|false)(  # (?:string|u?int\d+|bool))`)

// rawWays are requests of every API that may do more than read, filled in by their templates.
func rawWays(g *ground) (ways []way) {
	g.t.Helper()
	for _, api := range protocol.APIs() {
		if !phraseless(api.Class) {
			ways = append(ways, rawWay(g, api))
		}
	}
	return ways
}

// phraseless tells whether requests of a class are sent without a phrase, whatever they hold.
func phraseless(c protocol.Class) bool {
	return c == protocol.ClassRO || c == protocol.ClassCONN || c == protocol.ClassIBR
}

func rawWay(g *ground, api protocol.API) way {
	g.t.Helper()
	name := fmt.Sprintf("%s@%d", api.Name, api.Versions.To)
	body, template := raised[api.Name], ""
	other := strings.ReplaceAll(body, "NAME", "two")
	if template = strings.ReplaceAll(body, "NAME", "one"); body == "" {
		var code int
		if template, code = g.run("", "api", name, "--template"); code != 0 {
			g.t.Fatalf("exit %d: %s", code, template)
		}
		other = varied(template)
	}
	file := func(which, text string) string {
		path := filepath.Join(g.home, api.Name+which)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			g.t.Fatal(err)
		}
		return path
	}
	line := func(body, to string) []string {
		return []string{"request", name, "-f", body, "--to", to, "--force", "--allow", "inter-broker"}
	}
	w := way{name: name, raw: true, words: line(file("1", template), "1"), object: line(file("2", other), "1")}
	w.request = line(w.words[3], "2")
	if other == template { // nothing of it can differ but the node
		w.object = w.request
	}
	return w
}

// varied is a body in which the first value is another one.
func varied(template string) string {
	values, n := map[string]string{`""`: `"one"`, "false": "true"}, 0
	return firstValue.ReplaceAllStringFunc(template, func(s string) string {
		if n++; n > 1 {
			return s
		}
		m := firstValue.FindStringSubmatch(s)
		to := values[m[2]]
		if to == "" {
			to = "3"
		}
		return m[1] + to + m[3]
	})
}

func TestThePromptAndTheRequestsPaneSendOnlyWhatReads(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	var lines strings.Builder
	var out bytes.Buffer
	env := g.env("", &out)
	src, err := env.open(&globals{context: nameOfA, timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer env.sessions.close()
	reader := &ask.Reader{Session: src.session, Timeout: 5 * time.Second, Now: time.Now}
	inline := map[string]string{"Metadata": "topics=one allowAutoTopicCreation=true", "Fetch": "replicaState.replicaId=2", "FindCoordinator": "keyType=2 coordinatorKeys=one"}
	for _, api := range protocol.APIs() {
		if phraseless(api.Class) {
			continue
		}
		line := with([]string{api.Name}, split(inline[api.Name])...)
		fmt.Fprintln(&lines, strings.Join(line, " "))
		if _, err := reader.Ask(t.Context(), "1", line); err == nil {
			t.Errorf("the pane sent %s", api.Name)
		}
	}
	said, code := g.run(lines.String(), "request", "--to", "1", "--force", "--allow", "inter-broker", "--context", nameOfA)
	if refused := strings.Count(said, "isn't sent from the prompt"); code != 0 || refused < 10 || g.changes() > 0 {
		t.Errorf("exit %d, %d refused, %d sent: %s", code, refused, g.changes(), said)
	}
}

func TestThePromptKeepsToTheCapHoweverTheClusterIsReached(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ", max_class: RO")
	at := g.a.Bootstrap()[1]
	for name, target := range map[string][]string{
		"the context": {"--context", nameOfA, "--to", "2"}, "an address": {"-b", at, "--to", "2"}, "a node alone": {"--to", at},
		"a node beside another cluster": {"--context", nameOfB, "--to", at},
	} {
		for _, line := range []string{"Fetch@12 sessionEpoch=0\n", "CreateTopics@4 validateOnly=true topics=x\n"} {
			if said, _ := g.run(line, with([]string{"request"}, target...)...); !strings.Contains(said, "max_class") {
				t.Errorf("by %s, %s: %s", name, line, said)
			}
		}
	}
	if n := len(g.a.Mutations()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestANodeThatCanBeReachedLaterGetsNoChangeFromAWatch(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	addr := g.a.Bootstrap()[1]
	g.closed = map[string]int{addr: 2}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out bytes.Buffer
	code := Execute(ctx, g.env("", &out), split("request DeleteTopics@1 topicNames=orders --to "+addr+" --watch 100ms --context "+nameOfA))
	if code != exitRefused || g.changes() > 0 {
		t.Errorf("exit %d, %d requests sent: %s", code, g.changes(), out.String())
	}
}

func TestUnregisteringIsInThePhraseOfADrain(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 6, Racks: 3, Topics: 4, SessionTimeout: time.Second, PartitionBytes: 1e5})
	for _, c := range []*sim.Cluster{g.a, g.b} {
		if err := c.Kill(6); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(5 * time.Minute); ; {
		said, _ := g.run("", "brokers", "--context", nameOfA)
		other, _ := g.run("", "brokers", "--context", nameOfB)
		if strings.Contains(said, "FENCED") && strings.Contains(other, "FENCED") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(said)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if _, code := g.run("", "snapshot", "save", filepath.Join(g.home, "a.json"), "--context", nameOfA); code != 0 {
		t.Fatalf("exit %d", code)
	}
	line := split("drain 6 --unregister --throttle none")
	if got, want := g.phrase("", with(line, "--context", nameOfA)...), "drain 6 and unregister "+nameOfA; got != want {
		t.Errorf("the phrase %q, want %q", got, want)
	}
	g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ", max_class: ADM")
	if said, code := g.confirmed(way{words: line}, []string{"--context", nameOfA}, "drain 6 and unregister "+nameOfA); code != exitRefused || g.changes() > 0 {
		t.Errorf("the cap allows the moves alone: exit %d, %d requests sent: %s", code, g.changes(), said)
	}
	g.plain()
	g.refuses(t, 0, way{name: "drain --unregister", words: line, object: split("drain 5 --throttle none"), request: split("drain 6 --throttle none")})
	if !slices.ContainsFunc(g.a.Mutations(), func(m sim.Mutation) bool { return m.Key == kmsg.UnregisterBroker }) {
		t.Error("broker 6 wasn't unregistered")
	}
}

func TestANameIsTrustedByTheConsoleThatShowsItAlone(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	var out bytes.Buffer
	env := g.env("", &out)
	flags := &globals{context: nameOfA, timeout: 5 * time.Second}
	src, err := env.look(t.Context(), flags)
	if err != nil {
		t.Fatal(err)
	}
	defer env.sessions.close()
	p := &palette{env: env, g: flags, session: src.session, states: saved(src)}
	if said, exit := p.Prepare(t.Context(), split("config trust "+nameOfB)).Run(t.Context(), ""); exit != exitRefused || !strings.Contains(said, "one cluster") {
		t.Errorf("exit %d: %s", exit, said)
	}
}

func TestANameWhoseFileIsDamagedIsTrustedAnew(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	files, _ := filepath.Glob(filepath.Join(g.home, "kdeck", "clusters", "*.json"))
	for _, name := range files {
		if err := os.WriteFile(name, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := g.run("", "status", "--context", nameOfA); code != 0 || !strings.Contains(said, "can't be read") {
		t.Errorf("exit %d: %s", code, said)
	}
	phrase := "trust " + nameOfA + " " + g.a.ClusterID()
	if said, code := g.run("", "config", "trust", nameOfA); code != exitRefused || !strings.Contains(said, phrase) {
		t.Errorf("exit %d: %s", code, said)
	}
	if said, code := g.run("", "config", "trust", nameOfA, "--confirm", phrase); code != 0 {
		t.Errorf("exit %d: %s", code, said)
	}
	line := split("quota set --user u producer_byte_rate=5 --context " + nameOfA)
	if g.phrase("", line...) == "" {
		t.Error("the name is still refused")
	}
}

func TestACapHoldsBeforeItsContextWasEverUsed(t *testing.T) {
	g := newGround(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	if err := os.RemoveAll(filepath.Join(g.home, "kdeck", "clusters")); err != nil {
		t.Fatal(err)
	}
	g.contexts(g.a.Bootstrap()[0], g.a.Bootstrap()[0], ", max_class: RO")
	if said, code := g.run("", split("quota set --user u producer_byte_rate=5 --execute --confirm x -b "+g.a.Bootstrap()[0])...); code != exitRefused || !strings.Contains(said, "max_class") {
		t.Errorf("exit %d: %s", code, said)
	}
}

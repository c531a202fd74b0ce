package subcmd

import (
	"io"
	"strings"
	"testing"
	"time"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/ops/sim"
	"kdeck/protocol"
)

// onConsole is what a console on an embedded cluster sends requests by.
func onConsole(t *testing.T, o sim.Options) (hintingReader, *sim.Cluster) {
	t.Helper()
	p, c := paletteOn(t, o)
	return hintingReader{&ask.Reader{Session: p.session, Timeout: p.g.timeout, Now: p.env.Now}}, c
}

// paletteOn is the palette of a console on an embedded cluster.
func paletteOn(t *testing.T, o sim.Options) (*palette, *sim.Cluster) {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	config := t.TempDir()
	env := &Env{Out: io.Discard, Err: io.Discard, Now: time.Now, Dial: c.DialContext,
		sessions:  new(sessions),
		LookupEnv: func(name string) (string, bool) { return config, strings.HasPrefix(name, "XDG_") || name == "HOME" }}
	g := &globals{bootstrap: c.Bootstrap()[0], timeout: 5 * time.Second}
	src, err := env.open(g)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(env.sessions.close)
	return &palette{env: env, g: g, session: src.session}, c
}

func TestTheConsoleIsAnsweredByEveryNode(t *testing.T) {
	r, _ := onConsole(t, sim.Options{Scenario: "stale-broker"})
	sent, err := r.Ask(t.Context(), "all", []string{"Metadata@12"})
	if err != nil {
		t.Fatal(err)
	}
	if len(sent.Replies) != 12 || sent.Request.Version != 12 || sent.To != "all" || len(sent.Ignore) == 0 {
		t.Errorf("%d answers to version %d to %s, without %v", len(sent.Replies), sent.Request.Version, sent.To, sent.Ignore)
	}
	for _, a := range sent.Replies {
		if a.Err != nil || a.Got == nil || !a.Identity.Whole() || a.Message() == nil || len(a.Answer.ResponseBytes) != a.Answer.ResponseSize || a.Answer.Timing.Total() == 0 {
			t.Errorf("node %s: %+v", a.Name, a)
		}
	}
	var doc strings.Builder
	if err := format.WriteJSON(&doc, sent.Document(false)); err != nil || !strings.Contains(doc.String(), `"classes"`) {
		t.Errorf("%v: %.200s", err, doc.String())
	}
}

func TestTheConsoleSendsNothingThatDoesMoreThanRead(t *testing.T) {
	r, c := onConsole(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	for _, tt := range []struct{ name, to, line, says string }{
		{"a request that deletes", "2", "DeleteTopics topics=orders", "class ADM!"},
		{"a read whose field creates a topic", "2", "Metadata topics=nope allowAutoTopicCreation=true", "allowAutoTopicCreation"},
		{"a version that can't say not to create", "2", "Metadata@3 topics=nope", "only what reads"},
		{"a request that only nodes send each other", "2", "ControlledShutdown brokerId=1", "--allow inter-broker"},
		{"a credential", "2", "SaslHandshake mechanism=PLAIN", "class CONN"},
		{"an unknown request", "2", "Metadat", "Metadat"},
		{"an unknown field", "2", "Metadata topic=orders", "topic"},
		{"a broker that there isn't", "99", "Metadata", "no such broker"},
		{"no node", "", "Metadata", "no node"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent, err := r.Ask(t.Context(), tt.to, strings.Fields(tt.line))
			if err == nil {
				t.Fatalf("%s was sent: %+v", tt.line, sent)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
	for node, keys := range c.Requests() {
		for _, key := range []int16{7, 17, 20} {
			if n := keys[key]; n > 0 {
				t.Errorf("node %d got %d requests of key %d", node, n, key)
			}
		}
	}
}

func TestTheConsolesCommandIsOneThatAShellTakes(t *testing.T) {
	got := (&globals{bootstrap: "b1:9092"}).command("request", "Metadata@12", "topics=a b", "--to", "leader-of:orders/0")
	if want := "kdeck request Metadata@12 'topics=a b' --to leader-of:orders/0 --bootstrap-server b1:9092"; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTheConsoleAsksNodesWhichVersionsTheyServe(t *testing.T) {
	r, _ := onConsole(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	metadata, _, err := protocol.FindAPI("Metadata")
	if err != nil {
		t.Fatal(err)
	}
	before := r.Session.Spent().Requests
	if served, err := r.Served(t.Context(), "1,3", metadata); err != nil || !served.Holds(12) || served.To > metadata.Versions.To {
		t.Errorf("%v, %v", served, err)
	}
	if r.Session.Spent().Requests == before {
		t.Error("what it asked isn't counted")
	}
	for to, says := range map[string]string{"99": "no such broker", "nobody": "is no node", "controllers": "doesn't serve Metadata"} {
		if _, err := r.Served(t.Context(), to, metadata); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("--to %s: %v", to, err)
		}
	}
}

package subcmd_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

func TestTheFirstStartOffersWaysToACluster(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	boot := c.Bootstrap()[0]
	type step struct{ keys, shows string }
	for _, tt := range []struct {
		name    string
		steps   []step
		context string // that is current afterwards
	}{
		{"an import", []step{{"", "> "}, {"1\r", "opens the console on prod; or type another's name> "}, {"\r", "1 over"}}, "prod"},
		{"an import by the tool's name", []step{{"", "what kaf has"}, {"kaf\r", "another's name> "}, {"tset\r", "no context \"tset\""}, {"test\r", "1 over"}}, "prod"},
		{"an address", []step{{"", "HOST:PORT"}, {boot + "\r", "a name for the context (enter: 127.0.0.1)> "}, {"lab 1\r", "no blanks"}, {"lab\r", "1 over"}}, "lab"},
		{"the demo", []step{{"", "demo"}, {"demo\r", "1 over"}}, ""},
		{"words that lead nowhere first", []step{{"", "> "}, {"\r", "> "}, {"7\r", "there is no 7"}, {"nowhere\r", `"nowhere" is no address`},
			{"127.0.0.1:1\r", "\nno context is made"}, {"broken.yaml\r", "not YAML"}, {"~/broken.yaml\r", "not YAML"}, {boot + "\r", "a name"}, {"\r", "1 over"}}, "127.0.0.1"},
		{"leaving", []step{{"", "leave"}, {"q\r", ""}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := d.with()
			d.t = t
			home := d.atHome(boot, map[string]string{".kaf/config": "clusters: [{name: prod, brokers: ['{boot}']}, {name: test, brokers: ['{boot}']}]\n", "broken.yaml": "a: [\n"})
			keys, tty, err := pty.Open()
			must(t, err)
			defer keys.Close()
			must(t, pty.Setsize(keys, &pty.Winsize{Rows: 24, Cols: 80}))
			env := d.env(tty, tty, tty)
			env.InTerminal, env.OutTerminal = true, true
			ended := make(chan int)
			go func() {
				code := subcmd.Execute(t.Context(), env, []string{"--timeout", "2s", "--pane", "overview", "--no-color"})
				tty.Close()
				ended <- code
			}()
			screen := &transcript{t: t, from: keys, got: make(chan []byte)}
			go screen.read()
			opened := false
			for _, s := range tt.steps {
				_, err := io.WriteString(keys, s.keys)
				must(t, err)
				opened = s.shows == "1 over"
				screen.awaitFold(s.shows)
			}
			if opened {
				_, err := io.WriteString(keys, ":q\r")
				must(t, err)
			}
			go func() { // what the console says until it ends
				for range screen.got {
				}
			}()
			if code := <-ended; code != 0 {
				t.Errorf("exit %d", code)
			}
			config, err := os.ReadFile(filepath.Join(home, ".config", "kdeck", "config.yaml"))
			if tt.context == "" {
				if err == nil {
					t.Errorf("a context was made:\n%s", config)
				}
			} else if !strings.Contains(string(config), "current: "+tt.context+"\n") || !strings.Contains(string(config), boot) {
				t.Errorf("the configuration: %v\n%s", err, config)
			}
		})
	}
}

func TestWithContextsButNoneCurrentThoseAreNamed(t *testing.T) {
	d := newDeck(t)
	home := d.atHome("", map[string]string{".config/kdeck/config.yaml": "contexts: {a: {bootstrap: [b1:9092]}, b: {bootstrap: [b2:9092]}}\n"})
	r := d.run("brokers")
	if r.code != 2 || !strings.Contains(r.err, "kdeck config use NAME") || !strings.Contains(r.err, "it has a, b") || strings.Contains(r.err, "kdeck demo") {
		t.Errorf("in %s: exit %d: %s", home, r.code, r.err)
	}
}

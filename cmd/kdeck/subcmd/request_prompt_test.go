package subcmd_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

// A step is what is typed on a terminal, and what then shows.
type step struct{ keys, shows string }

// onTerminal runs a command on a terminal of its own, step by step, and returns its exit code.
func (d *deck) onTerminal(steps []step, args ...string) int {
	t := d.t
	t.Helper()
	keys, tty, err := pty.Open()
	must(t, err)
	defer keys.Close()
	env := d.env(tty, tty, tty)
	env.InTerminal, env.OutTerminal = true, true
	ended := make(chan int)
	go func() {
		code := subcmd.Execute(t.Context(), env, append(args, d.flags...))
		tty.Close()
		ended <- code
	}()
	screen := &transcript{t: t, from: keys, got: make(chan []byte)}
	go screen.read()
	for _, step := range steps {
		_, err := io.WriteString(keys, step.keys)
		must(t, err)
		screen.await(step.shows)
	}
	return <-ended
}

func TestOnATerminalThePromptCompletesAndRemembers(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	code := d.onTerminal([]step{
		{"", "> "},
		{"DescribeClu\t", "DescribeCluster "},
		{"\r", "clusterId: "},
		{"metad\t", "Metadata "},
		{"top\t[0].n\tnosuch\r", "UNKNOWN_TOPIC_OR_PARTITION"},
		{"\x1b[A\r", "UNKNOWN_TOPIC_OR_PARTITION"}, // the line before
		{"metdata\r", "did you mean"},
		{"Describe\t", "DescribeLogDirs"}, // what it may be
		{"\x15q\r", ""},
	}, "request", "--to", "2", "--no-color")
	if code != 0 {
		t.Errorf("exit %d", code)
	}
}

// Without --to the prompt asks for the node, until it gets one.
func TestOnATerminalThePromptAsksForTheNode(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"enter takes the first broker", []step{{"", "to [1]> "}, {"\n", c.Bootstrap()[0] + "> "}, {"DescribeCluster\r", "clusterId: "}, {"q\r", ""}}},
		{"a node by its name", []step{{"", "brokers 1 2 3"}, {"leader-of:" + namesOf(c)[0] + "/0\n", "> "}, {"DescribeCluster\r", "clusterId: "}, {"q\r", ""}}},
		{"a wrong word, a broker that there isn't, several", []step{{"", "to [1]> "}, {"controler\n", `"controller"`}, {"9\n", "no such broker"},
			{"1,2\n", "only one"}, {"3\n", c.Bootstrap()[2] + "> "}, {"q\r", ""}}},
		{"the end of the input", []step{{"", "to [1]> "}, {"\x04", ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			on := *d
			on.t = t
			if code := on.onTerminal(tt.steps, "request", "--no-color"); code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// transcript is what a terminal was sent.
type transcript struct {
	t    *testing.T
	from io.Reader
	got  chan []byte
	text bytes.Buffer // what came since the last await
}

func (s *transcript) read() {
	defer close(s.got)
	for {
		b := make([]byte, 4096)
		n, err := s.from.Read(b)
		if err != nil {
			return
		}
		s.got <- b[:n]
	}
}

func (s *transcript) await(what string) {
	s.t.Helper()
	s.awaitFunc(what, func(text string) bool { return strings.Contains(text, what) })
}

// awaitFold is await without regard to case.
func (s *transcript) awaitFold(what string) {
	s.t.Helper()
	s.awaitFunc(what, func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(what)) })
}

func (s *transcript) awaitFunc(what string, came func(text string) bool) {
	s.t.Helper()
	deadline := time.After(patience)
	for !came(s.text.String()) {
		select {
		case b, open := <-s.got:
			if !open {
				s.t.Fatalf("it ended before %q came: %q", what, s.text.String())
			}
			s.text.Write(b)
		case <-deadline:
			s.t.Fatalf("%q didn't come: %q", what, s.text.String())
		}
	}
	s.text.Reset()
}

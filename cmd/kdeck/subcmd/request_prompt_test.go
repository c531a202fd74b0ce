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

func TestOnATerminalThePromptCompletesAndRemembers(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	keys, tty, err := pty.Open()
	must(t, err)
	defer keys.Close()
	env := subcmd.Process("test")
	env.In, env.Out, env.Err, env.Dial = tty, tty, tty, d.dial
	env.InTerminal, env.OutTerminal = true, true
	ended := make(chan int)
	go func() {
		code := subcmd.Execute(t.Context(), env, []string{"request", "--to", "2", "-b", c.Bootstrap()[0], "--no-color"})
		tty.Close()
		ended <- code
	}()
	screen := &transcript{t: t, from: keys, got: make(chan []byte)}
	go screen.read()
	for _, step := range []struct{ keys, shows string }{
		{"", "> "},
		{"DescribeClu\t", "DescribeCluster "},
		{"\r", "clusterId: "},
		{"metad\t", "Metadata "},
		{"top\t[0].n\tnosuch\r", "UNKNOWN_TOPIC_OR_PARTITION"},
		{"\x1b[A\r", "UNKNOWN_TOPIC_OR_PARTITION"}, // the line before
		{"metdata\r", "did you mean"},
		{"Describe\t", "DescribeLogDirs"}, // what it may be
		{"\x15q\r", ""},
	} {
		_, err := io.WriteString(keys, step.keys)
		must(t, err)
		screen.await(step.shows)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
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
	deadline := time.After(20 * time.Second)
	for !strings.Contains(s.text.String(), what) {
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

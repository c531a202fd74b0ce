package subcmd

import (
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// Each command line of a page is carried out on an embedded cluster, up to the phrase where it changes something.
func TestTheCommandLinesOfTheTopicsAreUnderstood(t *testing.T) {
	p, _, c := onPalette(t, sim.Options{Brokers: 8, Racks: 4, Topics: 6})
	set := p.Prepare(t.Context(), strings.Fields("quota set --user iot producer_byte_rate=20MB --execute")) // so that it can be removed
	if output, exit := set.Run(t.Context(), set.Phrase); exit != 0 {
		t.Fatal(output)
	}
	lines := 0
	for _, topic := range Topics() {
		for line := range strings.Lines(topic.Text) {
			words := strings.Fields(line)
			if !strings.HasPrefix(line, "    kdeck ") {
				continue
			}
			lines++
			t.Run(strings.Join(words, " "), func(t *testing.T) {
				unregister := strings.Contains(line, "--unregister")
				a := p.Prepare(t.Context(), words[1:])
				if words[1] == "moves" && len(words) > 2 && words[2] != "cancel" { // there is no run
					if output, exit := a.Run(t.Context(), ""); exit != exitRefused || !strings.Contains(output, "no run ") {
						t.Errorf("exit %d: %s", exit, output)
					}
					return
				}
				if strings.Contains(line, "--execute") && !unregister {
					if a.Phrase == "" {
						output, _ := a.Run(t.Context(), "")
						t.Errorf("it asks for no phrase: %s", output)
					}
					return
				}
				output, exit := a.Run(t.Context(), "")
				if unregister && strings.Contains(output, "broker 7 is alive") { // as it is here
					return
				}
				if exit == exitRefused {
					t.Errorf("refused: %s", output)
				}
			})
		}
	}
	if lines < 30 {
		t.Errorf("only %d command lines found", lines)
	}
	if n := len(c.Reassignments()); n > 0 {
		t.Errorf("%d reassignments were made", n)
	}
}

func TestHelpShowsTopicsAndCommands(t *testing.T) {
	p, _, _ := onPalette(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	for _, tt := range []struct {
		line string
		exit int
		says string
	}{
		{"help drain", 0, "A broker is dead, or it has to go."},
		{"help drain", 0, "The flags: kdeck drain --help"},
		{"help verdict", 0, "CRITICAL: clients are refused now."},
		{"help quota set", 0, "--for"},
		{"help status", 0, "kdeck status [flags]"},
		{"help", 0, "Available Commands"},
		{"help help", 0, "under-replication"},
		{"help thorttles", exitRefused, `did you mean "throttles"?`},
	} {
		t.Run(tt.line, func(t *testing.T) {
			output, exit := p.Prepare(t.Context(), strings.Fields(tt.line)).Run(t.Context(), "")
			if exit != tt.exit || !strings.Contains(output, tt.says) {
				t.Errorf("exit %d: %s", exit, output)
			}
		})
	}
}

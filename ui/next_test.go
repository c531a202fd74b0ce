package ui

import (
	"strings"
	"testing"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

func TestOneKeyRunsWhatIsNextOfAFinding(t *testing.T) {
	finding := func(next string) *state.State {
		s := fixture.Small().State(1)
		s.Verdict = state.VerdictDegraded
		s.Findings = []state.Finding{{Code: "broker-down", Severity: state.SeverityWarning, Scope: "broker 7", Sentence: "Broker 7 is down", Next: next}}
		return s
	}
	for _, tt := range []struct {
		name, next string
		keys       []string
		ran        string // "" nothing
		sees       []string
	}{
		{"a command that only looks", "kdeck status -o wide", []string{"n"}, "status -o wide|", []string{"output of status -o wide"}},
		{"from the evidence too", "kdeck status -o wide", []string{"d", "n"}, "status -o wide|", []string{"output of status -o wide"}},
		{"a pane of the console", "kdeck moves", []string{"n"}, "", []string{"Moves"}},
		{"a change waits in the palette, and why it can't be made now is said", "kdeck drain 7 --execute", []string{"n"}, "", []string{"drain 7 --execute", "read-only"}},
		{"what is done on the machine", "start broker 7 again; if it can't be started: kdeck drain 7", []string{"n"}, "", []string{"not done from here: start broker 7 again"}},
		{"nothing", "", []string{"n"}, "", []string{"nothing is next of this finding"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &commandLine{}
			d := newDriver(t, "dark", 120, 30, withCommands(c, &readWrite{}))
			d.state(finding(tt.next))
			d.keys(tt.keys...)
			d.sees(tt.sees...)
			ran := ""
			if len(c.ran) > 0 {
				ran = c.ran[0]
			}
			if ran != tt.ran {
				t.Errorf("ran %q, want %q", ran, tt.ran)
			}
		})
	}
}

func TestTheGreenTickSaysWhatWasNotLookedAt(t *testing.T) {
	for _, tt := range []struct {
		width int
		sees  string
	}{
		{200, "HEALTHY as far as the protocol tells; threads, quotas and connections not looked at: no metrics; groups not looked at: not read yet"},
		{80, "HEALTHY, no metrics"},
	} {
		d := newDriver(t, "dark", tt.width, 24, nil)
		s := fixture.Small().State(1)
		d.state(s)
		for _, pane := range []string{"1", "5"} {
			d.keys(pane)
			if line := d.line(0); !strings.Contains(line, tt.sees) {
				t.Errorf("%d columns, pane %s: %q", tt.width, pane, line)
			}
		}
	}
}

// What only informs leaves the verdict healthy, and is said in the header of every pane all the same.
func TestTheHeaderSaysWhatIsWrongThoughTheVerdictIsHealthy(t *testing.T) {
	stopped := state.Finding{Code: health.GroupStuck, Severity: state.SeverityInfo, Sentence: "1 group stopped"}
	hangs := state.Finding{Code: health.StalledTransaction, Severity: state.SeverityInfo, Sentence: "1 transaction stands still"}
	for _, tt := range []struct {
		name     string
		width    int
		context  string
		findings []state.Finding
		sees     string
	}{
		{"a wide screen", 200, "prod-eu-1", []state.Finding{stopped}, "HEALTHY as far as the protocol tells, one group stopped; threads, quotas and connections not looked at: no metrics"},
		{"a narrow screen", 80, "prod-eu-1", []state.Finding{stopped}, "HEALTHY, one group stopped, no metrics  12/12 brokers"},
		{"two things on a narrow screen", 80, "prod-eu-1", []state.Finding{hangs, stopped}, "HEALTHY, one transaction stands still, no metrics"},
		{"two things on a screen of 120 columns", 120, "prod-eu-1", []state.Finding{hangs, stopped}, "HEALTHY, one transaction stands still, one group stopped, no metrics"},
		{"two things on a screen of 100 columns", 100, "prod-eu-1", []state.Finding{hangs, stopped}, "HEALTHY, one transaction stands still and more, no metrics"},
		{"a long name of the cluster", 80, "payments-prod-eu-central-1", []state.Finding{stopped}, "HEALTHY, one group stopped, no metrics"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDriver(t, "dark", tt.width, 24, nil)
			s := fixture.Small().State(1)
			s.Context, s.Findings, s.Groups = tt.context, tt.findings, &state.Groups{At: fixture.Noon}
			d.state(s)
			for _, pane := range []string{"2", "5", "9"} {
				d.keys(pane)
				if line := d.line(0); !strings.Contains(line, tt.sees) {
					t.Errorf("pane %s: %q", pane, line)
				}
			}
		})
	}
}

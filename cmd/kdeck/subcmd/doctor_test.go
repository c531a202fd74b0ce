package subcmd_test

import (
	"strings"
	"testing"

	"kdeck/ops/sim"
)

func TestDoctorPrintsWhatIsAmissFirstAndWhatIsWellAsOneLine(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "healthy"})
	out := d.ok(1, "doctor")
	at := -1
	for _, next := range []string{"WARN  ", "next: ", "GROUP ", "unreachable", "unknown  request logs: ", "well: "} {
		i := strings.Index(out, next)
		if i <= at {
			t.Errorf("%q isn't behind what comes before:\n%s", next, out)
		}
		at = i
	}
	if !strings.HasPrefix(out, "WARN") || strings.Count(out, "unreachable") != 1 {
		t.Errorf("brokers with the same trouble aren't one row:\n%s", out)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "well: 8 checks (moves in flight, ") {
		t.Errorf("last line %q", last)
	}
	wide := d.ok(1, "doctor", "-o", "wide")
	for _, says := range []string{"LOOKED AT", "moves in flight ", "BROKER  PILLAR"} {
		if !strings.Contains(wide, says) || strings.Contains(out, says) {
			t.Errorf("%q is not in the wide answer alone:\n%s", says, wide)
		}
	}
}

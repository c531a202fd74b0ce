package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// built tells that kdeck has been called.
var built bool

// kdeck builds the whole program, once.
var kdeck = sync.OnceValues(func() (string, error) {
	built = true
	dir, err := os.MkdirTemp("", "kdeck-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kdeck")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/kdeck").CombinedOutput()
	if err != nil {
		return "", &buildError{string(out)}
	}
	return path, nil
})

type buildError struct{ output string }

func (e *buildError) Error() string { return "kdeck does not build:\n" + e.output }

func startDemo(t *testing.T, w, h int, args ...string) *ptyScreen {
	t.Helper()
	path, err := kdeck()
	if err != nil {
		t.Fatal(err)
	}
	return startPty(t, w, h, []string{"XDG_STATE_HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + t.TempDir()}, path, append([]string{"demo"}, args...)...)
}

// The console on the embedded cluster, driven by keys, in every story that the cluster can tell.
func TestTheEmbeddedClusterInATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	for _, c := range []struct {
		scenario string
		first    []string // on the first screen
		then     []struct{ keys, see string }
	}{
		{"healthy", []string{"HEALTHY", "12/12 brokers", "hdlr"}, []struct{ keys, see string }{
			{"4", "824 partitions"}, {"/is:leaderless\r", "0 of 824"}, {keyEsc, "▸"}, {"2", "12 brokers"}, {"?", "Help: Brokers"}}},
		{"broker-down", []string{"CRITICAL", "11/12 brokers", "FENC!"}, []struct{ keys, see string }{
			// Arrows, enter: the list of what the dead broker hurts, four keys away.
			{keyDown + keyDown + keyEnter, ":7"}, {keyEnter, "→ "}, {"", "REPLICAS, preferred leader first"}, {keyEsc, "MISSING"}, {keyEsc, "SEV"}}},
		{"stuck-move", []string{"11/12 brokers"}, []struct{ keys, see string }{{"7", "in flight"}, {keyEnter, "moving"}}},
		{"stale-broker", []string{"12/12 brokers"}, []struct{ keys, see string }{{"2", "METADATA"},
			// What the stale broker believes of the partitions, beside what the others do.
			{"5", "95 requests"}, {"/mtdata\r", "3 requests"}, {"\r", "to which nodes?"}, {"\rall\r", "only reads"}, {"s", "node 7: "}}},
		{"bad-disk", []string{"DISK", "is offline"}, []struct{ keys, see string }{{"2", "BAD-DISK"}, {"/state:BAD-DISK\r", "1 of 12 brokers"}, {keyEnter, "KAFKA_STORAGE_ERROR"}}},
		// By the finding, and by the broker that stands out under the findings.
		{"hot-processor", []string{"etwork thread", "min idle"}, []struct{ keys, see string }{{keyEnter, "/id:7"}, {keyEnter, "→ broker 7"}, {"", "answers wait for"},
			{keyEsc, "/id:7"}, {keyEsc, "SEV"}}},
		// By enter alone, to the group that reads from the disks, and to the hosts of its members.
		{"cold-read", []string{"▸ WARN  Group fraud-model-backfill", "min idle"}, []struct{ keys, see string }{{keyEnter, "/group:/^fraud-model-backfill$/"}, {keyEnter, "→ fraud-model-backfill"},
			{"", "10.4.8.13"}}},
		{"hanging-transaction", []string{"DEGRADED: Kafka is at fault, one transaction hangs", "▸ WARN  A transaction hangs in ledger/4"}, []struct{ keys, see string }{{keyEnter, "/topic:ledger partition:4"},
			{keyEnter, "→ ledger-4"}, {"", "OPEN TRANSACTIONS"}, {"", "producer 3977 HANGING"}}},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			w := 80
			if c.scenario == "stale-broker" {
				w = 200
			}
			p := startDemo(t, w, 40, "--scenario", c.scenario)
			p.until(append(c.first, "? help")...)
			for _, step := range c.then {
				p.press(step.keys)
				p.until(step.see)
			}
			p.press("\x03")
			if code := p.ended(); code != 0 {
				t.Errorf("exit %d", code)
			}
			if strings.Contains(p.text(), "1 Over") {
				t.Errorf("the terminal was not given back:\n%s", p.text())
			}
		})
	}
}

func TestWhatIsTriedInTheDemoIsNotTheNextConsoles(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	path, err := kdeck()
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	p := startPty(t, 80, 24, []string{"XDG_STATE_HOME=" + state, "XDG_CONFIG_HOME=" + t.TempDir()}, path, "demo")
	p.until("HEALTHY", "? help")
	p.press("4")
	p.until("824 partitions")
	p.press("b")
	p.until("by topic")
	p.press("\x03")
	if code := p.ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(filepath.Join(state, "kdeck", "console.json")); err == nil {
		t.Error("the grouping was kept for the consoles of real clusters")
	}
}

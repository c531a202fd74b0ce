package subcmd_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kballard/go-shellquote"

	"kdeck/ops/sim"
)

// answerOfStatus is what scripts read of `kdeck status -o json`.
type answerOfStatus struct {
	Verdict     string
	NotLookedAt []string `json:"not_looked_at"`
	Findings    []struct {
		Code, Severity, Sentence, Next string
		Since                          *time.Time
		Evidence                       []string
	}
}

func statusJSON(t *testing.T, d *deck) (a answerOfStatus, code int) {
	t.Helper()
	r := d.run("status", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("exit %d: %v in %s%s", r.code, err, r.out, r.err)
	}
	return a, r.code
}

func TestAStatusWithoutMetricsSaysWhatWasNotLookedAt(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 4, Topics: 6})
	d = hasty(d)
	const headline = "HEALTHY as far as the protocol tells; threads, quotas and connections not looked at: no metrics  "
	if out := d.ok(0, "status"); !strings.HasPrefix(out, headline) {
		t.Error(out)
	}
	if out := d.ok(1, "status", "--strict"); !strings.HasPrefix(out, headline) {
		t.Error(out)
	}
	if a, code := statusJSON(t, d); code != 0 || strings.Join(a.NotLookedAt, ", ") != "threads, quotas, connections" {
		t.Errorf("exit %d: %+v", code, a)
	}
	path := filepath.Join(t.TempDir(), "saved.json")
	d.ok(0, "snapshot", "save", path)
	offline := newDeck(t, "--snapshot", path)
	if out := offline.ok(1, "status", "--strict"); !strings.HasPrefix(out, headline) || !strings.Contains(out, "when the cluster was saved") {
		t.Error(out)
	}
}

func TestASavedClusterSaysWhatWasSaidLive(t *testing.T) {
	for _, scenario := range []string{"healthy", "abusive-tenant", "hot-processor", "stale-broker"} {
		t.Run(scenario, func(t *testing.T) {
			// The clock stands, so that both looks see the same figures: some of them are at a threshold.
			d, c := onMeasured(t, sim.Options{Scenario: scenario, Groups: true, Brokers: 8, Topics: 20, Clock: sim.FrozenClock(time.Now())})
			c.Advance(2 * time.Minute)
			d = hasty(d)
			path := filepath.Join(t.TempDir(), "saved.json")
			d.ok(0, "snapshot", "save", path)
			live, liveCode := statusJSON(t, d)
			if len(live.NotLookedAt) > 0 {
				t.Errorf("not looked at: %v", live.NotLookedAt)
			}
			saved, savedCode := statusJSON(t, newDeck(t, "--snapshot", path))
			if saved.Verdict != live.Verdict || savedCode != liveCode || len(saved.Findings) != len(live.Findings) || len(saved.NotLookedAt) > 0 {
				t.Fatalf("live %+v\nsaved %+v", live, saved)
			}
			for i, f := range saved.Findings {
				if f.Code != live.Findings[i].Code || f.Severity != live.Findings[i].Severity {
					t.Errorf("live %+v\nsaved %+v", live.Findings[i], f)
				}
			}
		})
	}
}

// Whatever is wrong, the command that a finding recommends is one that kdeck carries out.
func TestWhatIsNextOfEachScenarioIsNotRefused(t *testing.T) {
	for _, s := range sim.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			d, c := onMeasured(t, sim.Options{Scenario: s.Name, Groups: true})
			c.Advance(time.Minute)
			d = hasty(d)
			a, _ := statusJSON(t, d)
			for _, f := range a.Findings {
				_, line, found := strings.Cut(": "+f.Next, ": kdeck ")
				if !found {
					continue
				}
				words, err := shellquote.Split(line)
				must(t, err)
				if r := d.run(words...); r.code != 0 && !(r.code == 1 && (strings.HasPrefix(line, "status") || strings.HasPrefix(line, "doctor"))) {
					t.Errorf("%s: kdeck %s: exit %d\n%s%s", f.Sentence, line, r.code, r.out, r.err)
				}
			}
		})
	}
}

func TestSinceWhenABrokerIsDownSurvivesTheEndOfKdeck(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	d = hasty(d)
	d.ok(0, "status")
	must(t, c.FailLogDir(3, 0))
	first, _ := statusJSON(t, d)
	if first.Verdict != "degraded" {
		t.Fatalf("%+v", first)
	}
	later := time.Now().Add(time.Hour)
	d.now = func() time.Time { return later }
	again, _ := statusJSON(t, d)
	for _, f := range again.Findings {
		if f.Code == "log-dir-offline" && (f.Since == nil || later.Sub(*f.Since) < 59*time.Minute) {
			t.Errorf("an hour later: %+v", f)
		}
	}
}

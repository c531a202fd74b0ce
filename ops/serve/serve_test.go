package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/probe"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// plain hides one word.
type plain struct {
	w    io.Writer
	hide string
}

func (p plain) Write(b []byte) (int, error) {
	_, err := io.WriteString(p.w, strings.ReplaceAll(string(b), p.hide, "(hidden)"))
	return len(b), err
}
func (plain) Close() error { return nil }

func snapshotAt(at time.Time, brokers int) *state.Snapshot {
	b := state.NewBuilder("abc", at, 0, 0)
	for id := range brokers {
		b.Broker(state.Broker{ID: int32(id + 1), Alive: true})
	}
	return b.Snapshot()
}

func groupsOf(names ...string) *state.Groups {
	gs := &state.Groups{At: noon}
	for i, name := range names {
		g := &state.Group{ID: name, Kind: state.ConsumerGroup, State: "Stable"}
		g.Lag, g.Behind, g.Status = state.Read(int64(i), noon, ""), state.Read(time.Duration(i)*time.Second, noon, ""), state.GroupOK
		gs.Groups = append(gs.Groups, g)
	}
	return gs
}

func known() *state.State {
	return &state.State{Now: noon, Snapshot: snapshotAt(noon, 3), Verdict: state.VerdictDegraded, Groups: groupsOf("billing", "shipping"),
		Findings: []state.Finding{{Code: "broker-down", Severity: state.SeverityWarning, Scope: "broker 3", Fault: "kafka", Sentence: "Broker 3 is down", Since: state.Read(noon, noon, "")}}}
}

func options(s *state.State) Options {
	return Options{Cluster: "prod", From: "here", Version: "test", State: func() *state.State { return s }, Now: func() time.Time { return noon.Add(time.Second) },
		Stale: time.Minute, Mask: func(w io.Writer) Mask { return plain{w, "s3cret"} }}
}

func get(t *testing.T, o Options, path string) (code int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(o).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func scrape(t *testing.T, o Options) string {
	t.Helper()
	code, body := get(t, o, "/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, body)
	}
	return body
}

func TestWhatIsKnownIsShownAsMetrics(t *testing.T) {
	body := scrape(t, options(known()))
	for _, line := range []string{
		`kdeck_verdict{cluster="prod",from="here",verdict="degraded"} 1`, `kdeck_verdict{cluster="prod",from="here",verdict="healthy"} 0`,
		`kdeck_finding{cluster="prod",code="broker-down",fault="kafka",from="here",scope="broker 3",severity="warning"} 1`,
		`kdeck_findings{cluster="prod",from="here",severity="warning"} 1`,
		`kdeck_group_lag{cluster="prod",from="here",group="shipping"} 1`, `kdeck_group_lag_seconds{cluster="prod",from="here",group="shipping"} 1`,
		`kdeck_brokers{cluster="prod",from="here"} 3`, `kdeck_looking{cluster="prod",from="here"} 1`, `kdeck_look_age_seconds{cluster="prod",from="here"} 1`,
		`kdeck_left_out{cluster="prod",from="here",what="group"} 0`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no %s", line)
		}
	}
}

// What isn't known has no series: 0 would be a figure.
func TestWhatIsNotKnownIsNotShownAsZero(t *testing.T) {
	s := known()
	s.Groups.Groups[0].Lag, s.Groups.Groups[0].Behind = state.Missing[int64]("", noon, ""), state.Missing[time.Duration]("", noon, "")
	body := scrape(t, options(s))
	if strings.Contains(body, `kdeck_group_lag{cluster="prod",from="here",group="billing"}`) || strings.Contains(body, `kdeck_group_lag_seconds{cluster="prod",from="here",group="billing"}`) {
		t.Error("a lag that isn't known is shown")
	}
	waiting := scrape(t, options(&state.State{Now: noon, Verdict: state.VerdictUnknown, Waiting: "the first answer"}))
	for _, name := range []string{"kdeck_brokers", "kdeck_partitions", "kdeck_group", "kdeck_look_age"} {
		if strings.Contains(waiting, "\n"+name) {
			t.Errorf("%s is shown before anything is known", name)
		}
	}
	if !strings.Contains(waiting, `verdict="unknown"} 1`) || !strings.Contains(waiting, `kdeck_looking{cluster="prod",from="here"} 0`) {
		t.Error(waiting)
	}
}

func TestHealthzSaysWhetherItLooks(t *testing.T) {
	old := known()
	old.Snapshot = snapshotAt(noon.Add(-time.Hour), 3)
	failed := known()
	failed.Failed = "nobody answers"
	for _, tt := range []struct {
		name    string
		s       *state.State
		code    int
		looking bool
	}{
		{"it looks", known(), http.StatusOK, true},
		{"the latest look failed, the one before is of now", failed, http.StatusOK, true},
		{"the latest look is old", old, http.StatusServiceUnavailable, false},
		{"nothing was seen yet", &state.State{Waiting: "the first answer"}, http.StatusServiceUnavailable, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, body := get(t, options(tt.s), "/healthz")
			var h Looking
			if err := json.Unmarshal([]byte(body), &h); err != nil || code != tt.code || h.Looking != tt.looking || h.Since.IsZero() || h.From != "here" {
				t.Errorf("%d %s: %v", code, body, err)
			}
		})
	}
}

func TestTheVerdictIsTheDocumentOfStatus(t *testing.T) {
	code, body := get(t, options(known()), "/verdict")
	var doc struct {
		Version  int
		Verdict  string
		Findings []struct{ Code string }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || code != http.StatusOK || doc.Verdict != "degraded" || len(doc.Findings) != 1 || doc.Findings[0].Code != "broker-down" {
		t.Errorf("%d %s: %v", code, body, err)
	}
	if code, body := get(t, options(&state.State{Verdict: state.VerdictUnknown}), "/verdict"); code != http.StatusServiceUnavailable || !strings.Contains(body, "unknown") {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := get(t, options(known()), "/nowhere"); code != http.StatusNotFound {
		t.Errorf("%d", code)
	}
}

// Names that are the same when they are made fit for a label don't cost the scrape, and none acts on a terminal.
func TestHostileNamesCostNothing(t *testing.T) {
	s := known()
	s.Groups = groupsOf("\xff", `\xff`, "a\x1b[2Jb", "line\nbreak\"} 1", strings.Repeat("long", 10000), "with s3cret in it", "")
	s.Findings = append(s.Findings, s.Findings[0], state.Finding{Code: "x", Scope: "\x00\u202e", Severity: state.SeverityCritical})
	body := scrape(t, options(s))
	for line := range strings.Lines(body) {
		if line = strings.TrimSuffix(line, "\n"); !printable.Text(line) || len(line) > 1000 {
			t.Errorf("%.200q", line)
		}
	}
	if strings.Contains(body, "s3cret") || !strings.Contains(body, "(hidden)") {
		t.Error("a secret is shown")
	}
	for _, path := range []string{"/verdict", "/healthz", "/"} {
		if _, body := get(t, options(s), path); strings.Contains(body, "\x1b") || strings.Contains(body, "s3cret") {
			t.Errorf("%s: %q", path, body)
		}
	}
}

func TestSeriesAreBounded(t *testing.T) {
	s := known()
	names := make([]string, MaxGroups+50)
	for i := range names {
		names[i] = fmt.Sprintf("group-%05d", i)
	}
	s.Groups = groupsOf(names...)
	s.Groups.Groups[7].Status = state.GroupStopped
	for i := range MaxFindings + 50 {
		s.Findings = append(s.Findings, state.Finding{Code: fmt.Sprint("code-", i), Severity: state.SeverityInfo})
	}
	o := options(s)
	o.Probe = probed(MaxBrokers+50, nil)
	body := scrape(t, o)
	for name, most := range map[string]int{"kdeck_group_lag{": MaxGroups, "kdeck_finding{": MaxFindings, "kdeck_probe_lost_total{": MaxBrokers} {
		if n := strings.Count(body, "\n"+name); n == 0 || n > most {
			t.Errorf("%d of %s", n, name)
		}
	}
	for _, line := range []string{`what="group"} 50`, `what="finding"} 51`, `what="probed-broker"} 50`} {
		if !strings.Contains(body, line) {
			t.Errorf("no %s", line)
		}
	}
	if !strings.Contains(body, `group="group-00007",kind="consumer",state="Stable",status="stopped"} 1`) {
		t.Error("the group that is worst is left out")
	}
	again := scrape(t, o)
	if a, b := strings.Count(body, "\n"), strings.Count(again, "\n"); a != b {
		t.Errorf("%d series, then %d", a, b)
	}
}

func TestSharesDivideTheGroups(t *testing.T) {
	s := known()
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprint("group-", i))
	}
	s.Groups = groupsOf(names...)
	seen := map[string]int{}
	group := regexp.MustCompile(`kdeck_group_lag\{[^}]*group="([^"]+)"`)
	for part := 1; part <= 3; part++ {
		o := options(s)
		o.Share = Share{part, 3}
		found := group.FindAllStringSubmatch(scrape(t, o), -1)
		if len(found) < 50 {
			t.Errorf("part %d has %d groups", part, len(found))
		}
		for _, m := range found {
			seen[m[1]]++
		}
	}
	for _, name := range names {
		if seen[name] != 1 {
			t.Errorf("%s is in %d shares", name, seen[name])
		}
	}
}

func TestAShareIsRead(t *testing.T) {
	for text, want := range map[string]Share{"": {}, "1/1": {1, 1}, "2/3": {2, 3}} {
		if got, err := ParseShare(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0/3", "4/3", "2", "/", "a/b", "1/0", "-1/3", "1/9999", "2/3/4"} {
		if got, err := ParseShare(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// probed is a probe of so many brokers.
func probed(brokers int, samples []probe.Sample) *Probe {
	r := &probe.Result{Budget: probe.Budget{Target: 99.9}}
	for id := range brokers {
		r.Brokers = append(r.Brokers, probe.BrokerResult{Broker: int32(id + 1), Attempts: 10, Good: 9, Failed: 1, FailedAt: map[string]int64{"tcp": 1}})
	}
	broker := int32(1)
	r.Findings = []probe.Finding{{Kind: "slow-stage", Broker: &broker, Stage: "fetch", Sentence: "…"}}
	p := &Probe{Result: func() *probe.Result { return r }, Document: func() any { return r }}
	for _, s := range samples {
		p.Add(s)
	}
	return p
}

func TestTheProbeIsShown(t *testing.T) {
	o := options(known())
	o.Probe = probed(2, []probe.Sample{
		probe.NewSample(1, probe.Good, map[probe.Stage]time.Duration{probe.Fetch: 3 * time.Millisecond, probe.TCP: 30 * time.Second}),
		probe.NewSample(1, probe.Good, map[probe.Stage]time.Duration{probe.Fetch: 300 * time.Millisecond}),
		probe.NewSample(1, probe.Throttled, map[probe.Stage]time.Duration{probe.Fetch: time.Second}),
	})
	body := scrape(t, o)
	for _, line := range []string{
		`kdeck_probe_attempts_total{broker="1",cluster="prod",from="here",outcome="failed"} 1`, `kdeck_probe_attempts_total{broker="2",cluster="prod",from="here",outcome="good"} 9`,
		`kdeck_probe_failed_at_total{broker="1",cluster="prod",from="here",stage="tcp"} 1`,
		`kdeck_probe_seconds_bucket{broker="1",cluster="prod",from="here",stage="fetch",le="0.002"} 0`, `kdeck_probe_seconds_bucket{broker="1",cluster="prod",from="here",stage="fetch",le="0.005"} 1`,
		`kdeck_probe_seconds_bucket{broker="1",cluster="prod",from="here",stage="fetch",le="+Inf"} 2`, `kdeck_probe_seconds_count{broker="1",cluster="prod",from="here",stage="tcp"} 1`,
		`kdeck_probe_slow{broker="1",cluster="prod",from="here",stage="fetch"} 1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if !strings.Contains(body, `kdeck_probe_target_ratio{cluster="prod",from="here"} 0.999`) {
		t.Error("no target")
	}
	if code, body := get(t, o, "/probe"); code != http.StatusOK || !json.Valid([]byte(body)) {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := get(t, options(known()), "/probe"); code != http.StatusNotFound {
		t.Errorf("%d without a probe", code)
	}
}

// Each metric that a rule asks for is one that is shown, with the labels that it asks for.
func TestTheRulesAskForWhatIsShown(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(Rules()))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	s := known()
	s.Groups.Groups[0].Status = state.GroupStalled
	o := options(s)
	o.Probe = probed(1, nil)
	body := scrape(t, o)
	metric, asked := regexp.MustCompile(`kdeck_[a-z_]+`), map[string]bool{}
	by := regexp.MustCompile(`by \(([a-z, ]+)\)`)
	n := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			n++
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) {
				t.Errorf("%s lacks words or a severity", rule.Alert)
			}
			if rule.For != "" {
				if _, err := time.ParseDuration(rule.For); err != nil {
					t.Errorf("%s: %v", rule.Alert, err)
				}
			}
			names := metric.FindAllString(rule.Expr, -1)
			if len(names) == 0 || strings.Count(rule.Expr, "(") != strings.Count(rule.Expr, ")") {
				t.Errorf("%s: %s", rule.Alert, rule.Expr)
			}
			for _, name := range names {
				asked[name] = true
				i := strings.Index(body, "\n"+name+"{")
				if i < 0 {
					t.Errorf("%s asks for %s, which isn't shown", rule.Alert, name)
					continue
				}
				series, _, _ := strings.Cut(body[i+1:], "\n")
				for _, labels := range by.FindAllStringSubmatch(rule.Expr, -1) {
					for label := range strings.SplitSeq(labels[1], ", ") {
						if !strings.Contains(series, label+`="`) && len(names) == 1 {
							t.Errorf("%s: %s has no label %s", rule.Alert, series, label)
						}
					}
				}
			}
		}
	}
	if n < 10 || len(asked) < 7 {
		t.Errorf("%d rules about %d metrics", n, len(asked))
	}
}

// An hour of scrapes holds nothing more than a minute's.
func TestScrapesLeaveNothingBehind(t *testing.T) {
	s := known()
	o := options(s)
	o.Probe = probed(20, nil)
	h := Handler(o)
	allocs := func(scrapes int) float64 {
		return testing.AllocsPerRun(1, func() {
			for range scrapes {
				o.Probe.Add(probe.NewSample(1, probe.Good, map[probe.Stage]time.Duration{probe.Fetch: time.Millisecond}))
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
			}
		}) / float64(scrapes)
	}
	first, later := allocs(5), allocs(40)
	if math.Abs(later-first) > first/5 {
		t.Errorf("%.0f allocations a scrape, then %.0f", first, later)
	}
	if n := len(o.Probe.times); n != 1 {
		t.Errorf("%d histograms", n)
	}
}

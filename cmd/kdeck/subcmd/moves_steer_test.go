package subcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kdeck/ops/reassign"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// heard notes what a run is asked.
type heard struct {
	mu    sync.Mutex
	asked []string
	run   state.Run
}

func (r *heard) note(words string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, words)
}

func (r *heard) Status() state.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.run
}

func (r *heard) Pause(string)                { r.note("pause") }
func (r *heard) Continue(string)             { r.note("continue") }
func (r *heard) SetRate(int64, string) error { r.note("throttle"); return nil }
func (r *heard) SetPilot(reassign.Pilot, string) error {
	r.note("throttle")
	return nil
}
func (r *heard) SetMoves(int, string) error { r.note("limit"); return nil }
func (r *heard) StopBy(string)              { r.note("stop") }
func (r *heard) AbandonBy(string)           { r.note("abandon") }

// watched is a cluster with a state directory, and kdeck in this process.
type watched struct {
	*testing.T
	sim  *sim.Cluster
	home string
}

func newWatched(t *testing.T, o sim.Options) *watched {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &watched{t, c, t.TempDir()}
}

func (w *watched) stateDir() string { return filepath.Join(w.home, "kdeck") }

func (w *watched) run(words ...string) (out, said string, code int) {
	var o, e bytes.Buffer
	env := &Env{In: strings.NewReader(""), Out: &o, Err: &e, Now: time.Now, Dial: w.sim.DialContext, Version: "test",
		LookupEnv: func(name string) (string, bool) { return w.home, strings.HasPrefix(name, "XDG_") || name == "HOME" }}
	code = Execute(w.Context(), env, append(words, "-b", w.sim.Bootstrap()[0]))
	return o.String(), e.String(), code
}

// on lets a run be on.
func (w *watched) on() *heard {
	w.Helper()
	rate, bytes, done := 85e6, int64(40e9), int64(1.2e9)
	r := &heard{run: state.Run{
		ID: "20261130T083312-drain-7", ClusterID: w.sim.ClusterID(), Stages: []string{"drain 7"}, StartedAt: time.Now().Add(-12 * time.Minute), By: "alice", PID: 4242,
		State: state.RunRunning, ToldAt: time.Now(), Moves: 300, Done: 12, InFlight: 10, BytesDone: &done, Bytes: &bytes, Rate: &rate,
		Left: &state.TimeLeft{Low: 440, High: 550}, Throttle: new(int64(80e6)), AtOnce: 10,
	}}
	s, err := reassign.Serve(w.stateDir(), w.sim.ClusterID(), r, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(s.Close)
	return r
}

func TestMovesShowsTheRunThatIsOn(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 2})
	if out, said, code := w.run("moves"); code != 0 || out != "" || said != "no reassignment is in flight\n" {
		t.Errorf("exit %d: %q %q", code, out, said)
	}
	r := w.on()
	out, said, code := w.run("moves")
	for _, words := range []string{"20261130T083312-drain-7 is running: drain 7, started by alice at ", "(12m00s ago), process 4242\n", "12 of 300 partitions, 10 in flight, 278 waiting",
		"1.20GB of 40.0GB (3%), 85.0MB/s, 7m20s to 9m10s left", "80.0MB/s per broker, in and out; at most 10 moves at once"} {
		if code != 0 || !strings.Contains(out, words) {
			t.Errorf("exit %d, no %q in\n%s%s", code, words, out, said)
		}
	}
	out, _, code = w.run("moves", "-o", "json")
	var doc struct {
		Run struct {
			ID, State, By string
			MovesDone     int       `json:"moves_done"`
			Left          []float64 `json:"left_seconds"`
			Throttle      *int64
		}
		Moves []any
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 || doc.Run.ID != r.run.ID || doc.Run.State != "running" || doc.Run.MovesDone != 12 ||
		len(doc.Run.Left) != 2 || doc.Run.Left[0] != 440 || *doc.Run.Throttle != 80e6 || doc.Moves == nil {
		t.Errorf("exit %d, %v: %+v", code, err, doc)
	}
}

func TestMovesListsWhatWaits(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 1, Partitions: 40})
	r := w.on()
	for _, p := range w.sim.Partitions()[:30] {
		r.run.Queue = append(r.run.Queue, state.RunMove{Topic: p.Topic, Partition: p.Partition, From: []int32{1, 2}, To: []int32{3, 2}, Bytes: r.run.Bytes, Why: "broker 1 sends 3"})
	}
	out, said, code := w.run("moves")
	if lines := strings.Split(out, "\n"); code != 0 || len(lines) < 28 || !strings.Contains(out, "broker 1 sends 3") || !strings.HasSuffix(out, "and 258 more waiting\n") || len(lines) > 28 {
		t.Errorf("exit %d: %d lines:\n%s%s", code, len(lines), out, said)
	}
	if out, _, _ := w.run("moves", "-o", "wide"); !strings.HasSuffix(out, "and 248 more waiting\n") || strings.Count(out, "broker 1 sends 3") != 30 {
		t.Errorf("%s", out)
	}
}

func TestAPauseNeedsNoPhraseAndTakesEffectAtOnce(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 2})
	if _, said, code := w.run("moves", "pause"); code != exitRefused || said != "kdeck: no run is on: nothing is changed\n" {
		t.Errorf("exit %d: %q", code, said)
	}
	r := w.on()
	out, said, code := w.run("moves", "pause")
	if code != 0 || len(r.asked) != 1 || r.asked[0] != "pause" || !strings.HasPrefix(out, "the run was told to submit nothing more for now\n") {
		t.Errorf("exit %d, asked %v: %s%s", code, r.asked, out, said)
	}
	w.sim.Close() // the cluster is away: its name has led to it before
	if _, said, code := w.run("moves", "pause", "--timeout", "300ms"); code != 0 || len(r.asked) != 2 {
		t.Errorf("exit %d, asked %v: %s", code, r.asked, said)
	}
}

func TestARunIsSteeredByTheCommandLine(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 2})
	r := w.on()
	for _, line := range []string{"continue", "throttle 90MB", "throttle none", "throttle auto", "limit 20", "limit none", "stop", "abandon"} {
		words := append([]string{"moves"}, strings.Fields(line)...)
		before := len(r.asked)
		out, said, code := w.run(append(words, "-o", "json")...)
		var doc struct {
			Run     struct{ ID string }
			Confirm string
			Would   string
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 || doc.Run.ID != r.run.ID || doc.Confirm != line+" drain-7 "+w.sim.Bootstrap()[0] || doc.Would == "" || len(r.asked) != before {
			t.Errorf("%s: exit %d, %v: %s%s", line, code, err, out, said)
		}
		if out, said, code := w.run(append(words, "--execute", "--confirm", doc.Confirm)...); code != 0 || len(r.asked) != before+1 || r.asked[before] != strings.Fields(line)[0] {
			t.Errorf("%s: exit %d, asked %v: %s%s", line, code, r.asked, out, said)
		}
	}
	for _, line := range []string{"throttle 80", "throttle 0MB", "throttle 1kB", "throttle", "throttle 8MB 9MB", "limit 0", "limit -3", "limit x", "limit", "stop now", "pause --execute"} {
		before := len(r.asked)
		if out, said, code := w.run(append([]string{"moves"}, strings.Fields(line)...)...); code != exitRefused || len(r.asked) != before || said == "" {
			t.Errorf("%s: exit %d: %s%s", line, code, out, said)
		}
	}
}

func TestAnOrphanedRunIsShownAndADamagedRecordIsNamed(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 2})
	dir := filepath.Join(w.stateDir(), "runs", "cluster-"+w.sim.ClusterID())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "20261130T083312-drain-7.json")
	text := `{"version":1,"id":"20261130T083312-drain-7","cluster_id":"` + w.sim.ClusterID() + `","status":{"id":"20261130T083312-drain-7","stages":["drain 7"],"by":"alice","pid":4242,"state":"running","moves":3,"moves_done":1}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, said, code := w.run("moves"); code != 0 || !strings.Contains(out, "is orphaned") || !strings.Contains(out, "its process 4242 is gone") || !strings.Contains(out, "kdeck moves resume") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	if _, said, code := w.run("moves", "pause"); code != exitRefused || !strings.Contains(said, "kdeck moves resume") {
		t.Errorf("exit %d: %s", code, said)
	}
	if err := os.WriteFile(path, []byte(text[:50]), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, said, code := w.run("moves"); code != exitNo || !strings.Contains(said, path) {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	if _, said, code := w.run("moves", "pause"); code != exitRefused || !strings.Contains(said, path) {
		t.Errorf("exit %d: %s", code, said)
	}
	out, _, code := w.run("moves", "-o", "json")
	if code != exitNo || !strings.Contains(out, `"run": null`) || !strings.Contains(out, "the run") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestMovesAreWatchedUntilTheRunIsOver(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 3, Topics: 2})
	r := &heard{run: state.Run{ID: "20261130T083312-drain-7", ClusterID: w.sim.ClusterID(), State: state.RunRunning, Moves: 3, ToldAt: time.Now()}}
	s, err := reassign.Serve(w.stateDir(), w.sim.ClusterID(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		env := &Env{In: strings.NewReader(""), Out: lineWriter(lines), Err: lineWriter(lines), Now: time.Now, Dial: w.sim.DialContext, Version: "test",
			LookupEnv: func(name string) (string, bool) { return w.home, strings.HasPrefix(name, "XDG_") || name == "HOME" }}
		if code := Execute(ctx, env, []string{"moves", "--watch=100ms", "-o", "json", "-b", w.sim.Bootstrap()[0]}); code != 0 {
			t.Errorf("exit %d", code)
		}
	}()
	n := 0
	for line := range lines {
		var doc struct{ Run *struct{ ID string } }
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch n++; {
		case n == 3:
			s.Close()
		case n < 3 && (doc.Run == nil || doc.Run.ID != r.run.ID):
			t.Errorf("%s", line)
		}
	}
	if n < 4 || ctx.Err() != nil {
		t.Errorf("%d lines, %v", n, ctx.Err())
	}
	for _, bad := range [][]string{{"--watch=1ms"}, {"--watch=-1s"}, {"--watch", "-o", "yaml"}, {"--watch=x"}, {"--watch", "--snapshot", "x"}} {
		if _, said, code := w.run(append([]string{"moves"}, bad...)...); code != exitRefused {
			t.Errorf("%v: exit %d: %s", bad, code, said)
		}
	}
}

type lineWriter chan string

func (w lineWriter) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

// left writes the record of a run that is no longer on, or that has no more than this to tell, and its plan.
func (w *watched) left(id, plan, rest string) {
	w.Helper()
	path := filepath.Join(w.stateDir(), "runs", "cluster-"+w.sim.ClusterID(), id)
	text := `{"version":1,"id":"` + id + `","cluster_id":"` + w.sim.ClusterID() + `",` + rest + `}`
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path+".json", []byte(text), 0o600), os.WriteFile(path+".plan.json", []byte(plan), 0o600)); err != nil {
		w.Fatal(err)
	}
}

// huge is a cluster whose partitions take weeks at the lowest throttle.
var huge = sim.Options{Brokers: 4, Topics: 3, Partitions: 12, PartitionBytes: 400e9, Seed: 3}

func TestARunDoesNotTakeAThrottleThatItsBeginningWouldNotTake(t *testing.T) {
	for name, begin := range map[string]func(*watched) *heard{
		"of what is in flight": func(w *watched) *heard {
			r, at := w.on(), w.sim.Partitions()[0]
			r.run.Flying = []state.RunMove{{Topic: at.Topic, Partition: at.Partition, From: at.Replicas, To: []int32{99}, Bytes: new(int64(3e12)), BytesDone: new(int64(1e12))}}
			return r
		},
		"of what waits": func(w *watched) *heard {
			r := w.on()
			out, said, code := w.run("plan", "drain", "2", "-o", "json")
			if code != 0 {
				w.Fatalf("exit %d: %s", code, said)
			}
			w.left(r.run.ID, out, `"status":{}`)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t, huge)
			r := begin(w)
			for _, c := range []struct{ words, says string }{
				{"throttle 1MB", "more than a week; nothing was sent; --throttle-anyway takes it all the same"},
				{"throttle 500kB", "hardly get on"},
				{"throttle auto --throttle-floor 50MB --throttle-ceiling 10MB", "the floor, 50.0MB/s, is above the ceiling, 10.0MB/s"},
				{"throttle 50MB --throttle-floor 10MB", "go with moves throttle auto"},
			} {
				if _, said, code := w.run(append([]string{"moves"}, strings.Fields(c.words)...)...); code != exitRefused || !strings.Contains(said, c.says) || len(r.asked) > 0 {
					t.Errorf("%s: exit %d, asked %v: %s", c.words, code, r.asked, said)
				}
			}
			for _, words := range []string{"throttle 1MB --throttle-anyway", "throttle 500kB --throttle-anyway", "throttle 90MB", "throttle none", "throttle auto --throttle-floor 10MB --throttle-ceiling 50MB"} {
				if out, said, code := w.run(append([]string{"moves"}, strings.Fields(words)...)...); code != 0 || strings.Contains(words, "auto") && !strings.Contains(out, "from 10.0MB/s, up to 50.0MB/s") {
					t.Errorf("%s: exit %d: %s%s", words, code, out, said)
				}
			}
		})
	}
}

func TestARunThatIsResumedChoosesItsThrottleWithinTheBoundsThatItHad(t *testing.T) {
	w := newWatched(t, sim.Options{Brokers: 4, Topics: 3, Partitions: 12, Seed: 3})
	plan, _, _ := w.run("plan", "drain", "2", "-o", "json")
	const id = "20261130T083312-drain-2"
	for _, c := range []struct{ record, flags, says string }{
		{`"status":{"auto":true},"pilot":{"floor":7000000,"ceiling":90000000}`, "", "from 7.00MB/s up to 90.0MB/s"},
		{`"status":{"auto":true},"pilot":{"floor":0,"ceiling":90000000}`, "", "from 5.00MB/s up to 90.0MB/s"},
		{`"status":{"auto":true},"pilot":{"floor":500000,"ceiling":0}`, "", "from 500kB/s up to 1.00GB/s"},
		{`"status":{"auto":true},"pilot":{"floor":7000000,"ceiling":90000000}`, "--throttle-floor 8MB", "from 8.00MB/s up to 90.0MB/s"},
		{`"status":{"auto":false,"throttle":20000000},"pilot":{"floor":7000000,"ceiling":90000000}`, "--throttle auto", "from 7.00MB/s up to 90.0MB/s"},
		{`"status":{"auto":false,"throttle":20000000},"pilot":{"floor":7000000,"ceiling":90000000}`, "", "at 20.0MB/s"},
	} {
		w.left(id, plan, c.record)
		if out, said, code := w.run(append([]string{"moves", "resume"}, strings.Fields(c.flags)...)...); code != 0 || !strings.Contains(out, c.says) {
			t.Errorf("%s %s: exit %d: %s%s", c.record, c.flags, code, out, said)
		}
	}
	w.left(id, plan, `"status":{"throttle":20000000}`)
	if _, said, code := w.run("moves", "resume", "--throttle", "20"); code != exitRefused {
		t.Errorf("exit %d: %s", code, said)
	}
}

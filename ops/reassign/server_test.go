package reassign

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/state"
)

const served = "a cluster"

// fakeRun notes what is asked of it.
type fakeRun struct {
	mu    sync.Mutex
	asked []string
	run   state.Run
}

func (r *fakeRun) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, fmt.Sprintf(format, args...))
}

func (r *fakeRun) Status() state.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.run
}

func (r *fakeRun) Pause(by string)    { r.note("pause by %s", by) }
func (r *fakeRun) Continue(by string) { r.note("continue by %s", by) }
func (r *fakeRun) StopBy(by string)   { r.note("stop by %s", by) }
func (r *fakeRun) AbandonBy(by string) {
	r.note("abandon by %s", by)
}
func (r *fakeRun) SetRate(rate int64, by string) error {
	r.note("throttle %d by %s", rate, by)
	return nil
}
func (r *fakeRun) SetPilot(bounds Pilot, by string) error {
	r.note("throttle auto from %d to %d by %s", bounds.Floor, bounds.Ceiling, by)
	return nil
}
func (r *fakeRun) SetMoves(n int, by string) error {
	if n < 1 {
		return errors.New("that is too few")
	}
	r.note("limit %d by %s", n, by)
	return nil
}

func (r *fakeRun) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.asked, ", ")
}

// serving serves a fake run in a state directory.
func serving(t *testing.T, dir string) (*fakeRun, *Server) {
	t.Helper()
	run := &fakeRun{run: state.Run{ID: "20261130T083312-drain-7", ClusterID: served, Moves: 300, Done: 12, State: state.RunRunning}}
	s, err := Serve(dir, served, run, config.NewMask("s3cr3t-word"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return run, s
}

func dialed(t *testing.T, dir string) *Control {
	t.Helper()
	c, err := Dial(t.Context(), dir, served)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("too late: %s", what)
		}
	}
}

func TestARunIsSteeredOverItsSocket(t *testing.T) {
	dir := t.TempDir()
	run, s := serving(t, dir)
	c, eighty, none := dialed(t, dir), int64(80e6), int64(0)
	for _, req := range []Request{
		{Do: "status"}, {Do: "pause", By: "alice"}, {Do: "continue", By: "bob"}, {Do: "throttle", Throttle: &eighty, By: "alice", Run: "20261130T083312-drain-7"},
		{Do: "throttle", Throttle: &none, By: "alice"}, {Do: "limit", AtOnce: 20, By: "eve\x1b[2J"}, {Do: "stop", By: strings.Repeat("x", 200)}, {Do: "abandon", By: "alice"},
	} {
		if r, err := c.Do(req); err != nil || r.ID != "20261130T083312-drain-7" || r.Done != 12 || r.Moves != 300 {
			t.Errorf("%+v: %+v, %v", req, r, err)
		}
	}
	until(t, "it was abandoned", func() bool { return strings.Contains(run.all(), "abandon") })
	want := "pause by alice, continue by bob, throttle 80000000 by alice, throttle 0 by alice, limit 20 by somebody, stop by somebody, abandon by alice"
	if got := run.all(); got != want {
		t.Errorf("it was asked for\n%s, want\n%s", got, want)
	}
	for _, req := range []Request{{Do: "dance"}, {}, {Do: "throttle"}, {Do: "limit"}, {Do: "pause", Run: "20261130T083312-drain-8"}} {
		if _, err := c.Do(req); err == nil {
			t.Errorf("%+v was taken", req)
		}
	}
	if got := run.all(); got != want {
		t.Errorf("it was asked for more: %s", got)
	}
	info, err := os.Stat(filepath.Join(dir, "ledger", socketName(served)))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s.Close()
	if _, err := Dial(t.Context(), dir, served); err == nil || !strings.Contains(err.Error(), "no run is on") {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "ledger")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestTwoFollowTheSameRun(t *testing.T) {
	dir := t.TempDir()
	run, s := serving(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	told := make([][]News, 2)
	var wg sync.WaitGroup
	for i := range told {
		wg.Go(func() {
			Follow(ctx, dir, served, func(n News) {
				mu.Lock()
				defer mu.Unlock()
				told[i] = append(told[i], n)
			})
		})
	}
	count := func(is func(News) bool) (least int) {
		mu.Lock()
		defer mu.Unlock()
		least = 1 << 30
		for _, list := range told {
			n := 0
			for _, news := range list {
				if is(news) {
					n++
				}
			}
			least = min(least, n)
		}
		return least
	}
	until(t, "both follow", func() bool { return count(func(n News) bool { return n.Run != nil }) > 0 })
	tp := change.TopicPartition{Topic: "a s3cr3t-word", Partition: 1}
	for range 300 {
		s.tell(Line(time.Now(), Moved{PartitionMove{tp, []int32{1}, []int32{2}}}))
	}
	s.tell([]byte(`{"event":"of a later version"}`))
	s.tell(Line(time.Now(), End{Result: Done}))
	until(t, "both have all events", func() bool { return count(func(n News) bool { return n.Event != nil }) == 301 })
	run.mu.Lock()
	run.run.Done = 13
	run.mu.Unlock()
	until(t, "both are told how it is", func() bool { return count(func(n News) bool { return n.Run != nil && n.Run.Done == 13 }) > 0 })
	if n := count(func(n News) bool { return n.Event != nil && strings.Contains(n.Event.String(), "s3cr3t") }); n > 0 {
		t.Error("they are told a secret")
	}
	s.Close()
	until(t, "both are told that none is on", func() bool { return count(func(n News) bool { return n.Run == nil && n.Err == nil }) == 1 })
	_, again := serving(t, dir)
	until(t, "both follow the next one", func() bool { return len(again.clientsNow()) == 2 })
	cancel()
	wg.Wait()
}

func (s *Server) clientsNow() (list []*client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if c.follows {
			list = append(list, c)
		}
	}
	return list
}

func TestClientsThatMisbehaveAreDroppedAndTheRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	run, s := serving(t, dir)
	raw := func() *net.UnixConn {
		t.Helper()
		conn, err := connect(dir, served)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	ends := func(what string, conn net.Conn) string {
		t.Helper()
		var said bytes.Buffer
		if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := said.ReadFrom(conn); isTimeout(err) {
			t.Errorf("%s: the connection doesn't end", what)
		}
		return said.String()
	}
	long := raw()
	go long.Write(bytes.Repeat([]byte("x"), 1<<20))
	if said := ends("a line without an end", long); said != "" && !strings.Contains(said, "no more than") {
		t.Errorf("%q", said)
	}
	for _, line := range []string{"\n", "no json\n", "[]\n", `{"do":1}` + "\n", `"` + "\n", "{\"do\":\"pause\",\"by\":{}}\n", "\x00\xff\n"} {
		conn := raw()
		if _, err := conn.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		var a Answer
		answer, err := bufio.NewReader(conn).ReadBytes('\n')
		if err != nil || json.Unmarshal(answer, &a) != nil || a.OK || a.Error == "" {
			t.Errorf("%q: %s, %v", line, answer, err)
		}
	}
	raw().Close()

	deaf := raw() // follows and never reads
	if _, err := deaf.Write([]byte(`{"do":"follow"}` + "\n")); err != nil {
		t.Fatal(err)
	}
	good := dialed(t, dir)
	heard := make(chan int, 1)
	go func() {
		n := 0
		_ = good.follow(t.Context(), func(news News) {
			if news.Event != nil {
				n++
			}
		})
		heard <- n
	}()
	until(t, "both follow", func() bool { return len(s.clientsNow()) == 2 })
	line := Line(time.Now(), Skipped{change.TopicPartition{Topic: strings.Repeat("t", 200)}, strings.Repeat("why ", 100)})
	sent := 0
	for began := time.Now(); len(s.clientsNow()) == 2; sent++ {
		if s.tell(line); time.Since(began) > 10*time.Second {
			t.Fatal("the one that doesn't read isn't dropped")
		}
		if sent%100 == 99 {
			time.Sleep(time.Millisecond) // for the one that reads
		}
	}
	s.Close()
	if n := <-heard; n != sent {
		t.Errorf("the other one heard %d of %d", n, sent)
	}
	if got := run.all(); got != "" {
		t.Errorf("it was asked for %s", got)
	}
}

func TestThereAreNoMoreClientsThanThereMayBe(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir)
	var list []*Control
	for range maxClients {
		c := dialed(t, dir)
		if _, err := c.Do(Request{Do: "status"}); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if _, err := dialed(t, dir).Do(Request{Do: "status"}); err == nil {
		t.Error("one more is taken")
	}
	list[0].Close()
	until(t, "there is room again", func() bool { _, err := dialed(t, dir).Do(Request{Do: "status"}); return err == nil })
}

func TestASocketThatWasLeftBehindIsReplacedAndAnythingElseIsNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger", socketName(served))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := Dial(t.Context(), dir, served); err == nil || !strings.Contains(err.Error(), "no run is on") {
		t.Errorf("%v", err)
	}
	_, s := serving(t, dir)
	if _, err := dialed(t, dir).Do(Request{Do: "status"}); err != nil {
		t.Error(err)
	}
	s.Close()
	if err := os.WriteFile(path, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(dir, served, &fakeRun{}, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "a file" {
		t.Errorf("the file holds %q", text)
	}
}

func TestASocketWorksInADirectoryWithALongPath(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("this system has no way around the length of a socket's path")
	}
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	_, s := serving(t, dir)
	if _, err := dialed(t, dir).Do(Request{Do: "status"}); err != nil {
		t.Error(err)
	}
	s.Close()
	if left, _ := os.ReadDir(filepath.Join(dir, "ledger")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestWhoHasTheLockAndSaysNothingIsNamed(t *testing.T) {
	dir := t.TempDir()
	held, err := lock(dir, served)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Dial(t.Context(), dir, served)
	var silent *SilentError
	if !errors.As(err, &silent) || !strings.Contains(err.Error(), fmt.Sprintf("process %d since", os.Getpid())) {
		t.Errorf("%v", err)
	}
	held.Close()
	if r, err := Find(t.Context(), dir, served); r != nil || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestADamagedRecordIsNamed(t *testing.T) {
	dir := t.TempDir()
	r, err := newRecord(dir, served, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.write(state.Run{ID: r.ID, ClusterID: served, State: state.RunRunning}, Pilot{}); err != nil {
		t.Fatal(err)
	}
	run, err := Find(t.Context(), dir, served)
	if err != nil || run == nil || run.State != state.RunOrphaned {
		t.Fatalf("%+v, %v", run, err)
	}
	whole, err := os.ReadFile(r.path())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cut": string(whole[:len(whole)/2]), "empty": "", "of another version": strings.Replace(string(whole), `"version": 1`, `"version": 9`, 1),
		"of another cluster": strings.Replace(string(whole), served, "b cluster", 2), "without a status": strings.Replace(string(whole), `"status"`, `"statis"`, 1),
	} {
		if err := os.WriteFile(r.path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if run, err := Find(t.Context(), dir, served); err == nil || !strings.Contains(err.Error(), r.path()) {
			t.Errorf("%s: %+v, %v", name, run, err)
		}
	}
}

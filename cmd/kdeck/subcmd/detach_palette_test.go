package subcmd

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/reassign"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

func TestAConsoleStartsADrainInAProcessOfItsOwnAndTwoConsolesSeeIt(t *testing.T) {
	c, err := sim.New(sim.Options{Brokers: 4, Racks: 2, Topics: 3, Partitions: 6, PartitionBytes: 20e6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	home := t.TempDir()
	var out, errs bytes.Buffer
	env := &Env{In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now, Version: "test", sessions: new(sessions),
		LookupEnv: func(name string) (string, bool) { return home, strings.HasPrefix(name, "XDG_") || name == "HOME" },
		Self: func(args ...string) *exec.Cmd {
			cmd := reexecute(args...)
			cmd.Env = append(os.Environ(), "KDECK_RUN=1", "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home)
			return cmd
		}}
	g := &globals{bootstrap: c.Bootstrap()[0], timeout: 5 * time.Second}
	src, err := env.look(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	seen := make([]*state.Run, 2)
	for i := range seen {
		go env.runs()(ctx, c.ClusterID(), func(n reassign.News) {
			mu.Lock()
			defer mu.Unlock()
			seen[i] = n.Run
		})
	}
	both := func(what string, is func(*state.Run) bool) {
		t.Helper()
		for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			ok := seen[0] != nil && seen[1] != nil && seen[0].ID == seen[1].ID && is(seen[0]) && is(seen[1])
			mu.Unlock()
			if ok {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("too late: %s: %+v", what, seen)
			}
		}
	}
	p := &palette{env: env, g: g, session: src.session, states: saved(src)}
	a := p.Prepare(t.Context(), strings.Fields("drain 4 --execute --throttle 5MB -m 2"))
	if said, exit := a.Run(t.Context(), a.Phrase); exit != 0 || !strings.HasPrefix(said, "the run ") || !strings.Contains(said, "in a process of its own") {
		t.Fatalf("exit %d: %s", exit, said)
	}
	both("they see the run", func(r *state.Run) bool { return r.State == state.RunRunning && r.InFlight > 0 })
	pid := seen[0].PID
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if said, exit := p.Prepare(t.Context(), strings.Fields("moves pause")).Run(t.Context(), ""); exit != 0 || !strings.Contains(said, "paused") {
		t.Errorf("exit %d: %s", exit, said)
	}
	both("they see the pause", func(r *state.Run) bool { return r.State == state.RunPaused && strings.Contains(r.Why, "paused by ") })
	env.sessions.close() // as the console does at its end
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	both("they see that it is orphaned", func(r *state.Run) bool { return r.State == state.RunOrphaned })
}

func TestARunStaysInTheProcessThatAloneReachesTheCluster(t *testing.T) {
	p, _, _ := onPalette(t, sim.Options{Brokers: 4, Racks: 2, Topics: 2, PartitionBytes: 1000})
	a := p.Prepare(t.Context(), strings.Fields("drain 4 --execute --throttle none"))
	if said, exit := a.Run(t.Context(), a.Phrase); exit != 0 || !strings.Contains(said, "the run stays in it, and ends with it") || !strings.Contains(said, "done: ") {
		t.Errorf("exit %d: %s", exit, said)
	}
}

package kafkatest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// alive reports whether a thread of a process runs: a zombie, dead but not waited
// for, doesn't, but its first thread may be one while others still write.
func alive(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if _, state, ok := strings.Cut(string(stat), ") "); err == nil && ok && !strings.ContainsAny(state[:1], "ZX") {
			return true
		}
	}
	return false
}

func awaitDeath(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); alive(pid); time.Sleep(pollEvery) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d still lives", pid)
		}
	}
}

// onDyingThread runs f on a thread that ends after it, which Go's main thread never does.
func onDyingThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if syscall.Gettid() == syscall.Getpid() {
			onDyingThread(f)
			return
		}
		f()
	}()
	<-done
}

func TestAChildOutlivesTheThreadItWasStartedFrom(t *testing.T) {
	var child *process
	control := exec.Command("sleep", "60")
	control.SysProcAttr = dieWithParent()
	onDyingThread(func() {
		var err error
		if child, err = spawn(exec.Command("sleep", "60")); err != nil {
			t.Error(err)
		}
		if err := control.Start(); err != nil {
			t.Error(err)
		}
	})
	awaitDeath(t, control.Process.Pid) // started by the thread itself, it dies with it
	_ = control.Wait()
	if !child.running() {
		t.Error("the child died with the thread as well")
	}
	must(t, child.end(syscall.SIGKILL, stopTimeout))
}

// owner is what this test binary does instead of testing when it is run as the
// process that gets killed: it starts a cluster, tells its processes, and waits.
const owner = "KAFKATEST_OWNER"

func TestRealKafkaDiesWithAKilledOwner(t *testing.T) {
	if os.Getenv(owner) != "" {
		c := Start(t, Options{})
		fmt.Printf("pid %d\ndir %s\n", c.Nodes[0].PID(), c.Dir)
		select {} // until killed
	}
	Require(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), owner+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // its locks are gone only when its last thread is
	})
	defer kill()

	told := make(map[string]string)
	for lines := bufio.NewScanner(out); len(told) < 2 && lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), " "); ok && (key == "pid" || key == "dir") {
			told[key] = value
		}
	}
	pid, err := strconv.Atoi(told["pid"])
	if err != nil || !alive(pid) {
		t.Fatalf("the owner told %v, %v", told, err)
	}
	kill()
	awaitDeath(t, pid)

	// What a killed owner could not remove, the next cluster does.
	_, remove, err := newWorkDir()
	must(t, err)
	defer func() { must(t, remove()) }()
	if _, err := os.Stat(told["dir"]); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", told["dir"], err)
	}
}

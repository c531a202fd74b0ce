package subcmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/sim"
)

// operator is a machine with a state of its own, from which kdeck runs as a process.
type operator struct {
	t         *testing.T
	state     string
	bootstrap string
}

func newOperator(t *testing.T, c *sim.Cluster) *operator {
	return &operator{t: t, state: t.TempDir(), bootstrap: c.Bootstrap()[0]}
}

// child is a process of kdeck.
type child struct {
	*exec.Cmd
	t        *testing.T
	out, err *shared
}

// command prepares a process of kdeck. It is to be started.
func (o *operator) command(args ...string) *child {
	o.t.Helper()
	exe, err := os.Executable()
	must(o.t, err)
	c := &child{t: o.t, out: &shared{}, err: &shared{}}
	if o.bootstrap != "" {
		args = append(slices.Clone(args), "-b", o.bootstrap)
	}
	c.Cmd = exec.Command(exe, args...)
	c.Env = append(os.Environ(), "KDECK_RUN=1", "XDG_STATE_HOME="+o.state, "XDG_CONFIG_HOME="+o.state)
	c.Stdout, c.Stderr = c.out, c.err
	c.WaitDelay = 10 * time.Second
	return c
}

func (o *operator) start(args ...string) *child {
	o.t.Helper()
	c := o.command(args...)
	must(o.t, c.Start())
	o.t.Cleanup(func() { c.Process.Kill() })
	return c
}

// run runs a command to its end.
func (o *operator) run(args ...string) (r result) {
	o.t.Helper()
	c := o.start(args...)
	code := c.code()
	return result{c.out.String(), c.err.String(), code}
}

// phrase is the phrase of a change, by its dry run.
func (o *operator) phrase(args ...string) string {
	o.t.Helper()
	r := o.run(append(args, "-o", "json")...)
	var doc struct {
		Confirm string
		Kdeck   struct{ Confirm string }
	}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		o.t.Fatalf("%v: exit %d: %v: %s%s", args, r.code, err, r.out, r.err)
	}
	if doc.Confirm == "" {
		return doc.Kdeck.Confirm
	}
	return doc.Confirm
}

func (c *child) send(signals ...syscall.Signal) {
	c.t.Helper()
	for _, s := range signals {
		if err := c.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			c.t.Error(err)
		}
	}
}

// ignores checks that the process ignores a signal (proc(5), SigIgn).
func (c *child) ignores(s syscall.Signal) {
	c.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		c.t.Skip("only Linux tells which signals a process ignores")
	}
	_, mask, _ := strings.Cut(string(status), "SigIgn:")
	mask, _, _ = strings.Cut(strings.TrimSpace(mask), "\n")
	ignored, err := strconv.ParseUint(mask, 16, 64)
	if err != nil || ignored>>(s-1)&1 == 0 {
		c.t.Errorf("%v isn't ignored: %s, %v", s, mask, err)
	}
}

// code waits for the process and returns its exit code, -1 where a signal killed it.
func (c *child) code() int {
	c.t.Helper()
	late := time.AfterFunc(patience, func() {
		c.t.Errorf("%v does not end", c.Args)
		c.Process.Kill()
	})
	defer late.Stop()
	c.Wait()
	return c.ProcessState.ExitCode()
}

// says waits until the output has some words.
func (c *child) says(words string) {
	c.t.Helper()
	eventually(c.t, words, func() (bool, string) {
		all := c.out.String() + c.err.String()
		return strings.Contains(all, words), all
	})
}

// served is a cluster that processes reach.
func served(t *testing.T, o sim.Options) *sim.Cluster {
	t.Helper()
	c, err := sim.New(o)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// holding holds a limit and returns its process.
func (o *operator) holding(arm func(*child), args ...string) *child {
	o.t.Helper()
	set := []string{"quota", "set", "--client", "app", "consumer_byte_rate=5000", "--for", "1h"}
	c := o.command(append(append(set, "--execute", "--confirm", o.phrase(set...)), args...)...)
	if arm != nil {
		arm(c)
	}
	must(o.t, c.Start())
	o.t.Cleanup(func() { c.Process.Kill() })
	return c
}

func (o *operator) noLimit() {
	o.t.Helper()
	if r := o.run("quota", "list"); strings.Contains(r.out, "app") {
		o.t.Errorf("the limit is still there:\n%s", r.out)
	}
}

func TestAProcessThatHoldsALimitUndoesItHoweverItIsEnded(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			o := newOperator(t, served(t, sim.Options{Brokers: 3, Topics: 2}))
			c := o.holding(nil)
			c.says("then it is undone")
			c.send(sig, sig, syscall.SIGTERM)
			if code := c.code(); code != 0 || !strings.Contains(c.out.String(), "restored") || strings.Contains(c.err.String(), "goroutine") {
				t.Errorf("exit %d: %s%s", code, c.out, c.err)
			}
			o.noLimit()
		})
	}
}

func TestAProcessThatHoldsALimitUndoesItWhenNobodyReadsItsOutput(t *testing.T) {
	for name, which := range map[string]func(*child, io.Writer){
		"stdout": func(c *child, w io.Writer) { c.Stdout = w },
		"stderr": func(c *child, w io.Writer) { c.Stderr = w },
		"both":   func(c *child, w io.Writer) { c.Stdout, c.Stderr = w, w },
	} {
		for _, format := range []string{"table", "json"} {
			t.Run(name+" as "+format, func(t *testing.T) {
				o := newOperator(t, served(t, sim.Options{Brokers: 3, Topics: 2}))
				r, w, err := os.Pipe()
				must(t, err)
				c := o.holding(func(c *child) { which(c, w) }, "-o", format)
				must(t, w.Close())
				var some [1]byte
				_, err = r.Read(some[:]) // as head -1 does
				must(t, err)
				if name == "stderr" {
					c.says("changed")
				}
				must(t, r.Close())
				if code := c.code(); code != 0 && (name == "stderr" || code != -1) {
					t.Errorf("exit %d: %s%s", code, c.out, c.err)
				}
				o.noLimit()
			})
		}
	}
}

func TestADemoLeavesNothingBehindHoweverItIsEnded(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			o, temp := &operator{t: t, state: t.TempDir()}, t.TempDir()
			c := o.command("demo", "--headless")
			c.Env = append(c.Env, "TMPDIR="+temp)
			must(t, c.Start())
			t.Cleanup(func() { c.Process.Kill() })
			c.says("current: demo")
			if there, _ := os.ReadDir(temp); len(there) == 0 {
				t.Fatal("it has no directory: the test shows nothing")
			}
			c.send(sig)
			if code := c.code(); code != 0 || strings.Contains(c.err.String(), "goroutine") {
				t.Errorf("exit %d: %s", code, c.err)
			}
			if left, _ := os.ReadDir(temp); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestAQuitEndsWhatOnlyReadsWithoutAWord(t *testing.T) {
	cluster := served(t, sim.Options{Brokers: 3, Topics: 2})
	for _, tt := range []struct {
		args, in, says string
	}{
		{"request --to 1", "DescribeCluster\n", "clusterId"}, // waits for the next line
		{"request DescribeCluster --to 1 --watch 1h", "", "clusterId"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			c := newOperator(t, cluster).command(strings.Fields(tt.args)...)
			in, err := c.StdinPipe()
			must(t, err)
			defer in.Close()
			must(t, c.Start())
			t.Cleanup(func() { c.Process.Kill() })
			_, err = io.WriteString(in, tt.in)
			must(t, err)
			c.says(tt.says)
			c.send(syscall.SIGQUIT)
			if code := c.code(); code != 128+int(syscall.SIGQUIT) || strings.Contains(c.err.String(), "goroutine") {
				t.Errorf("exit %d: %s%s", code, c.out, c.err)
			}
		})
	}
}

func TestAProcessThatIsToOutliveTheHangUpKeepsItsLimit(t *testing.T) {
	o := newOperator(t, served(t, sim.Options{Brokers: 3, Topics: 2}))
	c := o.holding(func(c *child) { // as nohup does
		c.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, c.Path}, c.Args[1:]...)
		sh, err := exec.LookPath("sh")
		must(t, err)
		c.Path = sh
	})
	c.says("then it is undone")
	c.ignores(syscall.SIGHUP) // so that the kernel drops it
	c.send(syscall.SIGHUP)
	if r := o.run("quota", "list"); !strings.Contains(r.out, "app") {
		t.Errorf("the limit is gone:\n%s%s%s", r.out, c.out, c.err)
	}
	c.send(syscall.SIGTERM)
	if code := c.code(); code != 0 {
		t.Errorf("exit %d: %s%s", code, c.out, c.err)
	}
	o.noLimit()
}

// slow is a cluster whose moves take some seconds each at slowRate.
var slow = sim.Options{Brokers: 4, Racks: 2, Topics: 3, Partitions: 6, PartitionBytes: 20e6}

const slowRate = "10MB"

func (o *operator) draining(broker string, args ...string) *child {
	o.t.Helper()
	return o.start(append([]string{"drain", broker, "--execute", "--throttle", slowRate, "--confirm", o.phrase("drain", broker)}, args...)...)
}

func TestAQuitLeavesARunAndSaysHowToGoOn(t *testing.T) {
	sim := served(t, slow)
	o := newOperator(t, sim)
	c := o.draining("4")
	c.says("submitted")
	c.send(syscall.SIGQUIT)
	if code := c.code(); code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, words := range []string{"next: kdeck drain 4 --execute", "moves cancel", "left as they are"} {
		if !strings.Contains(c.out.String(), words) {
			t.Errorf("no %q in\n%s", words, c.out)
		}
	}
	if strings.Contains(c.err.String(), "goroutine") {
		t.Errorf("the runtime wrote:\n%.500s", c.err)
	}
	if len(sim.Reassignments()) == 0 {
		t.Error("nothing was in flight: the test shows nothing")
	}
}

func TestABurstOfSignalsIsOneInterrupt(t *testing.T) {
	sim := served(t, slow)
	o := newOperator(t, sim)
	c := o.draining("4", "-m", "1")
	c.says("submitted")
	c.send(syscall.SIGINT, syscall.SIGINT, syscall.SIGTERM, syscall.SIGINT)
	if code := c.code(); code != 1 || strings.Contains(c.out.String(), "left as they are") {
		t.Errorf("exit %d:\n%s%s", code, c.out, c.err)
	}
	if left := sim.Reassignments(); len(left) > 0 {
		t.Errorf("in flight: %v", left)
	}
}

func TestARunGoesOnWithoutItsTerminal(t *testing.T) {
	for _, how := range []string{"stdout", "stderr", "both", "hang-up"} {
		t.Run(how, func(t *testing.T) {
			size := slow
			if how != "stderr" { // which is interrupted: it has more to do than a busy machine ends before that
				size.PartitionBytes = 5e6
			}
			sim := served(t, size)
			o := newOperator(t, sim)
			r, w, err := os.Pipe()
			must(t, err)
			c := o.command("drain", "4", "-m", "2", "--execute", "--throttle", slowRate, "--confirm", o.phrase("drain", "4"))
			if how == "stdout" || how == "both" {
				c.Stdout = w
			}
			if how == "stderr" || how == "both" {
				c.Stderr = w
			}
			must(t, c.Start())
			must(t, w.Close())
			eventually(t, "something is in flight", func() (bool, string) { return len(sim.Reassignments()) > 0, c.err.String() })
			must(t, r.Close())
			if how == "hang-up" {
				c.send(syscall.SIGHUP)
			}
			if how == "stderr" {
				c.send(syscall.SIGINT) // it says something, which nobody hears
			}
			code, want := c.code(), 0
			if how == "stderr" {
				want = 1
			}
			if code != want || len(sim.Reassignments()) > 0 {
				t.Errorf("exit %d, in flight %v\n%s%s", code, sim.Reassignments(), c.out, c.err)
			}
		})
	}
}

func TestAnErrorThatNobodyReadsKeepsItsExitCode(t *testing.T) {
	o := newOperator(t, served(t, slow))
	first := o.draining("4", "-m", "1")
	first.says("submitted")
	r, w, err := os.Pipe()
	must(t, err)
	must(t, r.Close())
	second := o.command("drain", "3", "--execute", "--throttle", slowRate, "--confirm", o.phrase("drain", "3"))
	second.Stderr = w
	must(t, second.Start())
	must(t, w.Close())
	if code := second.code(); code != 2 {
		t.Errorf("exit %d, want that of a refusal: %s", code, second.out)
	}
	first.send(syscall.SIGKILL)
	first.code()
}

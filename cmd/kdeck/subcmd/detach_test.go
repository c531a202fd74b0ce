package subcmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// theRun is what `kdeck moves` tells of the run.
type theRun struct {
	ID, State string
	PID       int
	InFlight  int `json:"in_flight"`
	Done      int `json:"moves_done"`
	Moves     int
}

func (o *operator) theRun() *theRun {
	o.t.Helper()
	r := o.run("moves", "-o", "json")
	var doc struct{ Run *theRun }
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		o.t.Fatalf("exit %d, %v: %s%s", r.code, err, r.out, r.err)
	}
	return doc.Run
}

// endsLater kills a process that the test doesn't wait for.
func (o *operator) endsLater(pid int) {
	o.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
}

func TestADetachedRunOutlivesWhoStartedItAndIsResumedWhenItIsKilled(t *testing.T) {
	longer := slow // than it takes to look at the run that is resumed
	longer.PartitionBytes = 60e6
	sim := served(t, longer)
	o := newOperator(t, sim)
	flags := []string{"-X", "client.id=s3cr3tw0rd", "-m", "2"}
	words := append([]string{"drain", "4", "--execute", "--throttle", slowRate, "--detach", "--confirm", o.phrase("drain", "4")}, flags...)
	c := o.start(words...)
	if code := c.code(); code != 0 || !strings.Contains(c.out.String(), "has begun in a process of its own") {
		t.Fatalf("exit %d: %s%s", code, c.out, c.err)
	}
	run := o.theRun()
	if run == nil || run.State != "running" || run.PID == c.Process.Pid {
		t.Fatalf("%+v", run)
	}
	o.endsLater(run.PID)
	if group, err := syscall.Getpgid(run.PID); err != nil || group != run.PID {
		t.Errorf("its group is %d, %v", group, err)
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", run.PID))
	if err == nil && (strings.Contains(string(line), "s3cr3t") || strings.Contains(string(line), o.bootstrap) || !strings.Contains(string(line), "drain 4")) {
		t.Errorf("everybody reads %q", line)
	}
	r := o.run("drain", "3", "--execute", "--throttle", slowRate, "--detach", "--confirm", o.phrase("drain", "3"))
	if r.code != 2 || !strings.Contains(r.err, "kdeck moves stop") {
		t.Errorf("a second run: exit %d: %s%s", r.code, r.out, r.err)
	}
	if r := o.run("moves", "pause"); r.code != 0 || !strings.Contains(r.out, "is paused") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if err := syscall.Kill(run.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its process is gone", func() (bool, string) {
		now := o.theRun()
		return now != nil && now.State == "orphaned" && now.ID == run.ID, fmt.Sprintf("%+v", now)
	})
	resume := []string{"moves", "resume"}
	r = o.run("moves", "resume", "--execute", "--detach", "--confirm", o.phrase(resume...))
	if r.code != 0 {
		t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
	}
	again := o.theRun()
	if again == nil || again.ID == run.ID {
		t.Fatalf("%+v", again)
	}
	o.endsLater(again.PID)
	if r := o.run("moves", "limit", "none", "--execute", "--confirm", o.phrase("moves", "limit", "none")); r.code != 0 {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if r := o.run("moves", "throttle", "none", "--execute", "--confirm", o.phrase("moves", "throttle", "none")); r.code != 0 {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if r := o.run("moves", "--watch=100ms"); r.code != 0 {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	for _, p := range sim.Partitions() {
		if slices.Contains(p.Replicas, 4) {
			t.Errorf("%s-%d is on %v", p.Topic, p.Partition, p.Replicas)
		}
	}
	if left := sim.Throttles(); len(left) > 0 {
		t.Errorf("throttles are left: %v", left)
	}
	submitted := map[string]int{}
	for _, m := range sim.Mutations() {
		if req, is := m.Request.(*kmsg.AlterPartitionAssignmentsRequest); is {
			for _, topic := range req.Topics {
				for _, p := range topic.Partitions {
					name := fmt.Sprintf("%s-%d", topic.Topic, p.Partition)
					if submitted[name]++; submitted[name] > 1 {
						t.Errorf("%s was submitted twice", name)
					}
				}
			}
		}
	}
	if len(submitted) == 0 {
		t.Error("nothing was submitted")
	}
	logs, _ := filepath.Glob(filepath.Join(o.state, "kdeck", "runs", "*", "*.log"))
	text, _ := os.ReadFile(logs[len(logs)-1])
	if len(logs) != 2 || !strings.Contains(string(text), "done: ") {
		t.Errorf("%v, the last of them: %s", logs, text)
	}
	if r := o.run("moves", "resume"); r.code != 2 || !strings.Contains(r.err, "is done") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func TestADetachedRunThatDoesNotBeginSaysWhy(t *testing.T) {
	sim := served(t, slow)
	o := newOperator(t, sim)
	right := o.phrase("drain", "4")
	drain := []string{"drain", "4", "--execute", "--throttle", slowRate, "--detach"}
	if r := o.run(append(drain, "--confirm", right+"x")...); r.code != 2 || !strings.Contains(r.err, "the phrase is") {
		t.Errorf("a wrong phrase: exit %d: %s", r.code, r.err)
	}
	ledger := filepath.Join(o.state, "kdeck", "ledger")
	must(t, os.MkdirAll(ledger, 0o700))
	must(t, os.WriteFile(filepath.Join(ledger, "cluster-"+sim.ClusterID()+".json"), []byte("{"), 0o600))
	if r := o.run(append(drain, "--confirm", right)...); r.code != 2 || !strings.Contains(r.err, "is damaged") {
		t.Errorf("a damaged ledger: exit %d: %s", r.code, r.err)
	}
	if logs, _ := filepath.Glob(filepath.Join(o.state, "kdeck", "runs", "*", "*")); len(logs) > 0 {
		t.Errorf("%v is left", logs)
	}
	plan := `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2]}],"kdeck":{"cluster_id":"` + sim.ClusterID() + `","before":[{"topic":"orders","partition":0,"replicas":[1,3]}]}}`
	for name, in := range map[string]string{
		"nothing": "", "no object": "[]", "no plan": `{"timeout":1000}`, "no time": `{"plan":` + plan + `}`,
		"a phrase of its own": `{"cluster":["-b","` + o.bootstrap + `"],"timeout":5000000000,"phrase":"yes","typed":"yes","plan":` + plan + `}`,
		"no phrase":           `{"cluster":["-b","` + o.bootstrap + `"],"timeout":5000000000,"plan":` + plan + `}`,
		"a flag of no kind":   `{"cluster":["--execute"],"timeout":5000000000,"plan":` + plan + `}`,
	} {
		c := o.command("detached")
		c.Args = c.Args[:2] // without an address
		c.Stdin = strings.NewReader(in)
		must(t, c.Start())
		if code := c.code(); code != 2 {
			t.Errorf("%s: exit %d: %s%s", name, code, c.out, c.err)
		}
	}
	if n := len(sim.Mutations()); n > 0 {
		t.Errorf("%d requests for a change were sent", n)
	}
}

package subcmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

func TestANodesAddressIsEnoughWhereNoClusterIsNamed(t *testing.T) {
	on, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d, at := on.with(), c.Bootstrap()[1]
	if a := d.ask(0, "metadata", "--to", at); a.Answers[0].Node != at || a.Answers[0].Response["brokers"] == nil {
		t.Errorf("%+v", a)
	}
	if a := d.ask(0, "ApiVersions", "--to", at+","+c.BootstrapControllers()[0]); len(a.Answers) != 2 || a.Answers[1].Error != nil {
		t.Errorf("%+v", a)
	}
	if out := d.ok(0, "api", "--to", at); !strings.Contains(out, "NODE "+at) {
		t.Error(out)
	}
	for _, to := range []string{"2", "all", "leader-of:a/0", at + ",2"} {
		r := d.run("request", "metadata", "--to", to)
		if r.code != 2 || !strings.Contains(r.err, "no cluster is named") || !strings.Contains(r.err, "the node's own host:port") {
			t.Errorf("--to %s: exit %d: %s", to, r.code, r.err)
		}
	}

	var out, errs bytes.Buffer
	env := d.env(strings.NewReader("DescribeCluster\n"), &out, &errs)
	if code := subcmd.Execute(t.Context(), env, []string{"request", "--to", at}); code != 0 || !strings.Contains(out.String(), "clusterId: ") {
		t.Errorf("exit %d: %s%s", code, out.String(), errs.String())
	}
}

func TestTheAddressThatWasTypedStandsForTheClusterInThePhrase(t *testing.T) {
	on, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d, at := on.with(), c.Bootstrap()[1]
	create := []string{"request", "CreateTopics@4", "topics[0].name=fresh", "topics[0].numPartitions=1", "topics[0].replicationFactor=1", "--to", at}
	r := d.run(create...)
	phrase := wanted(r.err)
	if r.code != 0 || anyFingerprint.ReplaceAllString(phrase, "#") != "CreateTopics fresh # to "+at+" "+at {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if out := d.ok(0, append(create, "--execute", "--confirm", phrase)...); !strings.Contains(out, "fresh") {
		t.Error(out)
	}
}

func TestAnInterruptEndsARequestWithTheAnswersThatCame(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	must(t, c.Silence(2))
	out, errs := &shared{}, &shared{}
	ended := make(chan int)
	to := strings.Join(c.Bootstrap(), ",")
	go func() {
		ended <- d.runTo(out, errs, "request", "metadata@9", "--force", "--to", to, "--timeout", "1h", "-o", "json")
	}()
	eventually(t, "the others are asked", func() (bool, string) {
		return c.Requests()[1][3] > 0 && c.Requests()[3][3] > 0, ""
	})
	d.interrupts <- os.Interrupt
	if code := <-ended; code != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
	var a answers
	must(t, json.Unmarshal([]byte(out.String()), &a))
	if len(a.Answers) != 3 || a.Answers[1].Error == nil || !strings.Contains(*a.Answers[1].Error, "given up") {
		t.Errorf("%+v", a)
	}
}

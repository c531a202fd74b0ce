package subcmd_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestAClusterIsServedUntilTheInterrupt(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	d.ok(0, "probe", "create", "--execute", "--confirm", probePhrase(d, "create"))
	interrupts := make(chan os.Signal, 1)
	on := d.with(d.flags...)
	on.interrupts = interrupts
	said, done := &shared{}, make(chan int, 1)
	go func() {
		done <- on.runTo(io.Discard, said, "serve", "127.0.0.1:0", "--probe", "--from", "here")
	}()
	served := regexp.MustCompile(`http://([^/]+)/metrics`)
	address := ""
	eventually(t, "it says where it listens", func() (bool, string) {
		if m := served.FindStringSubmatch(said.String()); m != nil {
			address = m[1]
		}
		return address != "", said.String()
	})
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	wants := func(path string, words ...string) {
		t.Helper()
		eventually(t, path+" shows the cluster", func() (bool, string) {
			code, body := get(path)
			for _, w := range words {
				if !strings.Contains(body, w) {
					return false, fmt.Sprintf("%d, no %s in\n%s", code, w, body)
				}
			}
			return code == http.StatusOK, fmt.Sprint(code)
		})
	}
	name := on.flags[1]
	wants("/healthz", `"looking": true`, `"from": "here"`)
	wants("/verdict", `"verdict": "healthy"`, c.ClusterID())
	wants("/metrics", `kdeck_verdict{cluster="`+name+`",from="here",verdict="healthy"} 1`, `kdeck_brokers_answering{cluster="`+name+`",from="here"} 6`, `kdeck_probe_seconds_count{broker="6"`)
	wants("/probe", `"topic": "__kdeck-probe"`, `"broker": 6`)

	if r := d.run("serve", address); r.code != 2 || !strings.Contains(r.err, address+" is in use already") {
		t.Errorf("a second one on the same port: exit %d: %s", r.code, r.err)
	}
	if err := c.Kill(2); err != nil {
		t.Fatal(err)
	}
	wants("/metrics", `code="broker-down"`, `kdeck_brokers_answering{cluster="`+name+`",from="here"} 5`)

	interrupts <- os.Interrupt
	if code := <-done; code != 0 {
		t.Errorf("exit %d: %s", code, said)
	}
	if code, said := get("/healthz"); code != 0 {
		t.Errorf("it still answers: %d %s", code, said)
	}
	if n := len(c.Mutations()); n != 1 { // that made the topic
		t.Errorf("%d changes were sent", n)
	}
}

// A cluster that doesn't answer is no reason to end, and none to be healthy.
func TestAClusterThatDoesNotAnswerIsServedAsUnknown(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	for id := int32(1); id <= 6; id++ {
		if err := c.Kill(id); err != nil {
			t.Fatal(err)
		}
	}
	interrupts := make(chan os.Signal, 1)
	d.interrupts = interrupts
	said, done := &shared{}, make(chan int, 1)
	go func() { done <- d.runTo(io.Discard, said, "serve", "127.0.0.1:0", "--probe", "--read-only") }()
	served := regexp.MustCompile(`(http://[^/]+)/metrics`)
	eventually(t, "the verdict is unknown", func() (bool, string) {
		m := served.FindStringSubmatch(said.String())
		if m == nil {
			return false, said.String()
		}
		resp, err := http.Get(m[1] + "/metrics")
		if err != nil {
			return false, err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return strings.Contains(string(body), `verdict="unknown"} 1`) && strings.Contains(string(body), `verdict="healthy"} 0`), string(body)
	})
	interrupts <- os.Interrupt
	if code := <-done; code != 0 {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestTheRulesArePrintedWithoutACluster(t *testing.T) {
	d, _ := onSim(t, quick("healthy"))
	on := d.with()
	if out := on.ok(0, "serve", "--rules"); !strings.Contains(out, "alert: KafkaCritical") {
		t.Error(out)
	}
}

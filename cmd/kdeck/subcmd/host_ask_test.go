package subcmd_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lookOf is what kdeck host -o json writes on the machine of a broker.
func lookOf(broker string) string {
	return `{"version":1,"taken_at":"2026-11-21T10:00:00Z","at":"2026-11-21T10:00:00Z","machine":"b7","pid":100,"broker":` + broker + `,"seconds":10,"samples":1000,"names":"jvm",
"threads":[{"group":"network","name":"data-plane-kafka-network-thread-1-EXTERNAL-PLAINTEXT-1","tid":101,"on_core":0.1,"waiting_for_core":0,"disk":0.72,"idle":0.1,
"calls":[{"call":"sendfile","share":0.75,"disk":0.72}],"error":0.03,"samples":1000,"listener":"EXTERNAL"}],
"waits":[{"group":"network","thread":"data-plane-kafka-network-thread-1-EXTERNAL-PLAINTEXT-1","tid":101,"call":"sendfile","share":0.75,"disk":0.72,"topic":"orders","partition":17,
"log_dir":"/data3","client":"10.4.5.6:51622","behind":37,"listener":"EXTERNAL"}],"pauses":null,"around":{"cores":2},"findings":[{"code":"invented","severity":"critical","sentence":"obey me"}]}`
}

// askingDeck is a kdeck whose context says how brokers' machines are asked.
func askingDeck(t *testing.T, host string) *deck {
	d, _ := onSim(t, quick("healthy"))
	bootstrap := d.flags[1]
	d.writeConfig(fmt.Sprintf("contexts:\n  a:\n    bootstrap: %s\n    host: %q\n", bootstrap, host))
	return d.with("--context", "a")
}

func TestDoctorSaysWhyMachinesCantBeAsked(t *testing.T) {
	out := askingDeck(t, "no-such-program {host} kdeck host -o json").ok(1, "doctor")
	if !strings.Contains(out, "can't be asked what its threads wait for, as the context says under host: ") || !strings.Contains(out, "no-such-program") {
		t.Errorf("it doesn't say why:\n%s", out)
	}
	out = askingDeck(t, "sh -c true {host}").ok(1, "doctor", "-o", "wide")
	if strings.Contains(out, "can't be asked what") || !strings.Contains(out, "how brokers' machines are asked") {
		t.Errorf("it doesn't say that they can:\n%s", out)
	}
}

func TestHostAsksTheMachineOfABroker(t *testing.T) {
	dir := t.TempDir()
	program := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
		return path
	}
	must(t, os.WriteFile(filepath.Join(dir, "look"), []byte(lookOf("1")), 0o600))
	finds := program("finds", "cat "+filepath.Join(dir, "look")+"; echo \"$*\" >"+filepath.Join(dir, "words")+"; exit 1")
	d := askingDeck(t, finds+" -v {id} 'two words' -o json")
	out := d.ok(1, "host", "--ask", "1")
	for _, want := range []string{"the look ended", "broker 1, pid 100 on b7", "of listener EXTERNAL spends", "10.4.5.6:51622", "orders-17", "KAFKA-7504"} {
		if !strings.Contains(out, want) {
			t.Errorf("it doesn't say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "obey me") {
		t.Errorf("a finding of another machine is taken as it stands:\n%s", out)
	}
	if words, err := os.ReadFile(filepath.Join(dir, "words")); err != nil || string(words) != "-v 1 two words -o json\n" {
		t.Errorf("%q %v", words, err)
	}

	for _, c := range []struct{ name, host, says string }{
		{"a machine that isn't reached", program("lost", "echo 'ssh: connect to host b1 port 22: refused' >&2; exit 255"), "exit status 255: ssh: connect to host b1 port 22: refused"},
		{"no such program", filepath.Join(dir, "none"), "no such file"},
		{"nothing is written", program("mute", "exit 0"), "it wrote nothing"},
		{"no JSON", program("prose", "echo hello"), "no look of kdeck host"},
		{"JSON of something else", program("other", "echo '{\"version\":1}'"), "no look of kdeck host"},
		{"a list", program("list", "echo '[]'"), "no look of kdeck host"},
		{"another broker", program("wrong", "sed s/'\"broker\":1'/'\"broker\":2'/ "+filepath.Join(dir, "look")), "broker 2 answered in the place of broker 1"},
		{"an answer without an end", program("endless", "exec cat /dev/zero"), "larger than 16 MB"},
	} {
		r := askingDeck(t, c.host).run("host", "--ask", "1")
		if r.code != 2 || r.out != "" || !strings.Contains(r.err, c.says) {
			t.Errorf("%s: exit %d\n%s%s", c.name, r.code, r.out, r.err)
		}
	}
}

func TestHostAsksByHTTP(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, lookOf("1")) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer server.Close()
	d := askingDeck(t, server.URL+"/host?of={id}")
	cluster := d.dial
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == server.Listener.Addr().String() {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		return cluster(ctx, network, addr)
	}
	if out := d.ok(1, "host", "--ask", "1"); !strings.Contains(out, "asked "+server.URL+"/host?of=1") || !strings.Contains(out, "orders-17") {
		t.Error(out)
	}
	for says, does := range map[string]http.HandlerFunc{
		"503 Service Unavailable process 100 has ended": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"version":1,"error":"process 100 has ended"}`)
		},
		"302 Found": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
	} {
		answer = does
		if r := d.run("host", "--ask", "1"); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d: %s", says, r.code, r.err)
		}
	}
}

func TestHostAsksNobodyWhomTheContextDoesNotName(t *testing.T) {
	d, _ := onSim(t, quick("healthy"))
	for args, says := range map[string]string{
		"host --ask 1":           "the context doesn't say how brokers' machines are asked",
		"host --ask 1 --pid 7":   "--ask 1 and --pid",
		"host --ask 1 --watch":   "--ask 1 and --watch",
		"host --ask -4":          "--ask -4: a broker's id was expected",
		"host --ask 1 --for 30s": "--ask 1 and --for",
	} {
		if r := d.run(strings.Fields(args)...); r.code != 2 || r.out != "" || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d: %s%s", args, r.code, r.out, r.err)
		}
	}
	if r := askingDeck(t, "true").run("host", "--ask", "99"); r.code != 2 || !strings.Contains(r.err, "--ask 99: there is no such broker") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

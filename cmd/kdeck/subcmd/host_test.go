package subcmd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kdeck/ops/host"
)

// nobodysMachine is a machine on which no broker runs.
func nobodysMachine(bool) (*host.System, error) {
	return &host.System{Files: fstest.MapFS{"proc/self/mounts": {}, "proc/1/cmdline": {Data: []byte("/sbin/init\x00")}}, Arch: "amd64", Name: "b7"}, nil
}

// brokersMachine is a machine whose broker has a network thread that waits in sendfile for the disk, a second one with nothing to do, and a request handler.
func brokersMachine() (*host.System, error) {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	link := func(to string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink} }
	files := fstest.MapFS{
		"proc/pressure/cpu": text("some avg10=0.00 avg60=0.00 avg300=0.00 total=100\n"),
		"proc/meminfo":      text("Cached: 1000 kB\nDirty: 0 kB\nWriteback: 0 kB\n"),
		"proc/stat":         text("cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\n"),
		"proc/100/cmdline":  text("/usr/bin/java\x00-Xmx1g\x00kafka.Kafka\x00/etc/kafka/server.properties\x00"),
		"proc/100/root/etc/kafka/server.properties":                    text("node.id=7\nprocess.roles=broker\nlog.dirs=/data1,/data3\nlisteners=EXTERNAL://:9093,INTERNAL://:9092\n"),
		"proc/100/root/data3/click-stream-17/00000000000000000000.log": {ModTime: time.Now().Add(-6 * 24 * time.Hour)},
		"proc/100/status":   text("Name:\tjava\nUid:\t997\t997\t997\t997\nNSpid:\t100\n"),
		"proc/100/stat":     text("100 (java) S 1 100\n"),
		"proc/100/limits":   text("Max open files            100000               100000               files\n"),
		"proc/100/maps":     text("00400000-00401000 r-xp\n"),
		"proc/100/fd/12":    link("socket:[117632]"),
		"proc/100/fd/13":    link("socket:[117633]"),
		"proc/100/fd/14":    link("socket:[117634]"),
		"proc/100/fd/40":    link("/data3/click-stream-17/00000000000000000000.log"),
		"proc/100/fd/9":     link("anon_inode:[eventpoll]"),
		"proc/100/fdinfo/9": text("pos:\t0\ntfd:       12 events:       19 data: 1\ntfd:       13 events: 19 data: 2\ntfd:       14 events: 19 data: 3\n"),
		"proc/100/net/tcp":  text("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:2385 0605040A:C9A6 01 00000000:00000000 00:00000000 00000000   997        0 117632 1\n   1: 0100007F:2385 0705040A:C9A6 01 00000000:00000000 00:00000000 00000000   997        0 117633 1\n   2: 0100007F:2385 0805040A:C9A6 01 00000000:00000000 00:00000000 00000000   997        0 117634 1\n"),
	}
	thread := func(tid, comm, syscall, stat string) {
		dir := "proc/100/task/" + tid + "/"
		files[dir+"comm"], files[dir+"syscall"], files[dir+"stat"] = text(comm+"\n"), text(syscall+"\n"), text(tid+" ("+comm+") "+stat+" 1 100\n")
		files[dir+"schedstat"] = text("1000 1000 10\n")
	}
	thread("101", "data-plane-kafk", "40 0xc 0x28 0x7f00 0x100000 0x0 0x0 0x7fff 0x7f01", "D")
	thread("102", "data-plane-kafk", "232 0xa 0x7f00 0x400 0x12c 0x0 0x0 0x7fff 0x7f01", "S")
	thread("103", "data-plane-kafk", "202 0x7f00 0x189 0x0 0x0 0x0 0xffffffff 0x7fff 0x7f01", "S")
	return &host.System{Files: files, Arch: "amd64", Name: "b7"}, nil
}

func onMachine(t *testing.T, machine func(bool) (*host.System, error)) *deck {
	d := newDeck(t)
	d.machine = machine
	return d
}

func TestHostNamesTheThreadTheClientAndThePartition(t *testing.T) {
	d := onMachine(t, func(bool) (*host.System, error) { return brokersMachine() })
	out := d.ok(1, "host", "--for", "1s", "--every", "20ms")
	for _, want := range []string{
		"broker 7, pid 100 on b7", "Network thread", "of listener EXTERNAL spends 100% of its time in sendfile, waiting for /data3",
		"10.4.5.6:51622 reads click-stream-17 from 6d0h ago; at least 2 other connections of that thread wait behind it (KAFKA-7504)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it doesn't say %q:\n%s", want, out)
		}
	}
	if !regexp.MustCompile(`(?m)^sendfile +100% +100% +click-stream-17 +/data3 +10\.4\.5\.6:51622 +2 `).MatchString(out) {
		t.Errorf("the wait has no row of its own:\n%s", out)
	}
	var doc struct {
		Version  int
		TakenAt  time.Time `json:"taken_at"`
		PID      int
		Broker   int
		Samples  int
		Names    string
		Findings []struct{ Code, Severity string }
		Waits    []struct {
			Call, Topic, Client string
			Partition           int
			LogDir              string `json:"log_dir"`
			Share               float64
		}
		Pauses *struct{}
		Unread []struct{ What string }
	}
	must(t, json.Unmarshal([]byte(d.ok(1, "host", "--for", "1s", "--every", "20ms", "-o", "json")), &doc))
	if doc.Version != 1 || doc.TakenAt.IsZero() || doc.PID != 100 || doc.Broker != 7 || doc.Samples < 10 || doc.Names != "idle-call" || doc.Pauses != nil || len(doc.Unread) == 0 {
		t.Errorf("%+v", doc)
	}
	if len(doc.Findings) != 1 || doc.Findings[0].Code != "network-thread-on-disk" {
		t.Errorf("findings %+v", doc.Findings)
	}
	if len(doc.Waits) != 1 || doc.Waits[0].Topic != "click-stream" || doc.Waits[0].Partition != 17 || doc.Waits[0].Share != 1 || doc.Waits[0].Client != "10.4.5.6:51622" {
		t.Errorf("waits %+v", doc.Waits)
	}
}

// Whoever may not look, or looks at something else, gets one message and 2.
func TestHostSaysWhyItCanNotLook(t *testing.T) {
	change := func(do func(fstest.MapFS)) func(bool) (*host.System, error) {
		return func(bool) (*host.System, error) {
			s, err := brokersMachine()
			do(s.Files.(fstest.MapFS))
			return s, err
		}
	}
	for _, c := range []struct {
		name    string
		machine func(bool) (*host.System, error)
		args    string
		says    []string
	}{
		{"no broker runs here", nobodysMachine, "host", []string{"no Kafka broker runs on this machine", "kafka.Kafka"}},
		{"another process", nobodysMachine, "host --pid 1", []string{"process 1 is no JVM"}},
		{"no process at all", nobodysMachine, "host --pid 4711", []string{"no process 4711"}},
		{"a JVM that is no broker", change(func(m fstest.MapFS) {
			m["proc/200/cmdline"] = &fstest.MapFile{Data: []byte("/usr/bin/java\x00Main\x00")}
		}), "host --pid 200",
			[]string{"process 200 is a JVM, and no Kafka broker"}},
		{"another broker than this one", change(func(fstest.MapFS) {}), "host --broker 8", []string{"broker 8 doesn't run on this machine", "broker 7"}},
		{"several brokers", change(func(m fstest.MapFS) { m["proc/90/cmdline"] = m["proc/100/cmdline"] }), "host", []string{"2 run on this machine", "--pid", "pid 90", "pid 100"}},
		{"no architecture that is known", func(bool) (*host.System, error) {
			s, err := brokersMachine()
			s.Arch = "riscv64"
			return s, err
		}, "host", []string{"riscv64", "amd64"}},
		{"a process that ended", change(func(m fstest.MapFS) {
			for name := range m {
				if strings.HasPrefix(name, "proc/100/task/") {
					delete(m, name)
				}
			}
		}), "host", []string{"process 100 has ended"}},
	} {
		r := onMachine(t, c.machine).run(append(strings.Fields(c.args), "--for", "1s")...)
		if r.code != 2 || r.out != "" {
			t.Errorf("%s: exit %d\n%s%s", c.name, r.code, r.out, r.err)
		}
		for _, want := range c.says {
			if !strings.Contains(r.err, want) {
				t.Errorf("%s: it doesn't say %q: %s", c.name, want, r.err)
			}
		}
	}
}

func TestHostServesLooksAtLoopbackAndSocketsOnly(t *testing.T) {
	for _, c := range []struct{ address, says string }{
		{":9405", "loopback"}, {"0.0.0.0:9405", "loopback"}, {"203.0.113.7:9405", "loopback"}, {"broker7:9405", "loopback"}, {"nowhere", "127.0.0.1:9405"}, {"unix:", "path"},
		{"unix:" + filepath.Join(t.TempDir(), "no", "such", "place"), "listen at"},
	} {
		r := onMachine(t, nobodysMachine).run("host", "--serve", c.address)
		if r.code != 2 || !strings.Contains(r.err, c.says) {
			t.Errorf("%s: exit %d: %s", c.address, r.code, r.err)
		}
	}
	path := filepath.Join(t.TempDir(), "host.sock")
	d := onMachine(t, func(bool) (*host.System, error) { return brokersMachine() })
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	var errs strings.Builder
	go func() {
		defer close(done)
		d.runUntil(ctx, io.Discard, &errs, "host", "--serve", "unix:"+path, "--for", "1s", "--every", "20ms")
	}()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	eventually(t, "it answers", func() (bool, string) {
		resp, err := client.Get("http://host/healthz")
		if err != nil {
			return false, err.Error()
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK, resp.Status
	})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", info.Mode(), err)
	}
	var at [2]string
	for i := range at {
		resp, err := client.Get("http://host/host")
		must(t, err)
		var doc struct {
			TakenAt string `json:"taken_at"`
			PID     int
		}
		must(t, json.NewDecoder(resp.Body).Decode(&doc))
		resp.Body.Close()
		if at[i] = doc.TakenAt; doc.PID != 100 {
			t.Errorf("%+v", doc)
		}
	}
	if at[0] != at[1] {
		t.Errorf("two looks were made for two who asked at once: %v", at)
	}
	for _, c := range []struct {
		query   string
		status  int
		seconds float64
		says    string
	}{
		{"?for=2s", http.StatusOK, 2, ""},
		{"", http.StatusOK, 1, ""},
		{"?for=1h", http.StatusBadRequest, 0, "?for=1h: a time from 1s to 10m0s was expected"},
		{"?for=soon", http.StatusBadRequest, 0, "?for=soon"},
		{"?for=", http.StatusBadRequest, 0, "?for="},
		{"?pid=1", http.StatusBadRequest, 0, "?pid=: only ?for=TIME is known"},
	} {
		resp, err := client.Get("http://host/host" + c.query)
		must(t, err)
		var doc struct {
			Seconds float64
			Error   string
		}
		must(t, json.NewDecoder(resp.Body).Decode(&doc))
		resp.Body.Close()
		if resp.StatusCode != c.status || doc.Seconds < c.seconds || doc.Seconds > c.seconds+0.9 || !strings.Contains(doc.Error, c.says) {
			t.Errorf("%s: %s, %v s, %q", c.query, resp.Status, doc.Seconds, doc.Error)
		}
	}
	end()
	<-done
}

// The journal has the signal before it is sent; without it the JVM isn't signalled.
func TestAJVMIsSignalledOnlyOnceTheJournalHasIt(t *testing.T) {
	signalled := 0
	d := onMachine(t, func(bool) (*host.System, error) {
		s, err := brokersMachine()
		s.Files.(fstest.MapFS)["proc/100/root/data1/meta.properties"] = &fstest.MapFile{Data: []byte("#\n#Mon\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=7\nversion=1\n")}
		s.Attach = func(_ context.Context, p *host.Process) (net.Conn, bool, error) {
			if err := s.Signalling(p); err != nil {
				return nil, false, fmt.Errorf("not signalled: %v", err)
			}
			signalled++
			return nil, true, errors.New("no socket came")
		}
		return s, err
	})
	d.ok(1, "host", "--for", "1s", "--every", "20ms")
	if signalled != 1 {
		t.Fatalf("signalled %d times", signalled)
	}
	out := d.ok(0, "audit", "--all-clusters", "-o", "wide")
	if want := "asked the JVM of broker 7 (process 100 on b7) for the names of its threads, by SIGQUIT"; !strings.Contains(out, want) {
		t.Errorf("the journal doesn't say %q:\n%s", want, out)
	}
	if journals, err := filepath.Glob(filepath.Join(d.stateDir(), "journal", "*MkU3OEVBNTcwNTJENDM2Qg*")); err != nil || len(journals) != 1 {
		t.Errorf("the journal isn't that of the broker's cluster: %v %v", journals, err)
	}
	must(t, os.RemoveAll(d.stateDir()))
	must(t, os.MkdirAll(filepath.Dir(d.stateDir()), 0o700))
	must(t, os.WriteFile(d.stateDir(), nil, 0o600))
	out = d.ok(1, "host", "--for", "1s", "--every", "20ms")
	if signalled != 1 {
		t.Error("it was signalled though the journal can't be written")
	}
	if !strings.Contains(out, "names of threads: by what they wait in") || !strings.Contains(out, "names of threads: not signalled: no journal") {
		t.Errorf("it doesn't say why names are missing:\n%s", out)
	}
}

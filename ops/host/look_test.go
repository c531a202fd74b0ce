package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/state"
)

// The numbers of calls as the two architectures have them.
const (
	epollAMD64, futexAMD64, sendfileAMD64 = "232 0x73 0x7f22045df900 0x400 0x1f4 0x0 0x1f4 0x7f2179bfe660 0x7f220b5", "202 0x7f22046338b8 0x89 0x0 0x7f217a6fe4d0 0x0 0xffffffff 0x7f217a6fe3c0 0x7f220b5", "40 0x5a 0x71 0x7f2179bfe5a8 0xfff00 0x0 0x1f4 0x7f2179bfe660 0x7f220b5"
	epollARM64, sendfileARM64             = "22 0x73 0xffff45df900 0x400 0x1f4 0x0 0x8 0xffff79bfe660 0xffff20b5", "71 0x5a 0x71 0xffff79bfe5a8 0xfff00 0x0 0x1f4 0xffff79bfe660 0xffff20b5"
)

// serving gives a broker a network thread that sends a segment's old records to 10.4.5.6:51622, with two more connections in its epoll.
func serving(m *recorded, pid int) {
	dir := of(pid)
	m.link(dir+"fd/90", "socket:[117632]")
	m.link(dir+"fd/113", "/data1/click.stream-v2-17/00000000000000000000.log")
	m.put(dir+"root/data1/click.stream-v2-17/00000000000000000000.log", "x")
	m.put(dir+"net/tcp6", socketHead+
		"   0: 0000000000000000FFFF00000100007F:2384 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0\n"+
		"   1: 0000000000000000FFFF00000204050A:2384 0000000000000000FFFF00000605040A:C9A6 01 00000000:00000000 00:00000000 00000000     0        0 117632 1 0\n"+
		"   2: 0000000000000000FFFF00000204050A:2384 0000000000000000FFFF00000705040A:C9A7 01 00000000:00000000 00:00000000 00000000     0        0 117633 1 0\n"+
		"   3: 0000000000000000FFFF00000204050A:2384 0000000000000000FFFF00000805040A:C9A8 01 00000000:00000000 00:00000000 00000000     0        0 117634 1 0\n")
	m.link(dir+"fd/115", "anon_inode:[eventpoll]")
	m.put(dir+"fdinfo/115", "pos:\t0\nflags:\t02000002\ntfd:      120 events:       19 data:     7f2200000078  pos:0 ino:40e sdev:10\n"+
		"tfd:       90 events:       1c data:     7f210000005a  pos:0 ino:1cb80 sdev:9\ntfd:       91 events:       19 data:     7f210000005b  pos:0 ino:1cb81 sdev:9\n"+
		"tfd:       92 events:       19 data:     7f210000005c  pos:0 ino:1cb82 sdev:9\n")
}

func of(pid int) string { return strings.TrimPrefix(proc(pid), "/") + "/" }

// turns tells one text and another in turn: of ten times, first so often.
func turns(first int, a, b string) func() (string, error) {
	n := 0
	return func() (string, error) {
		n++
		if n%10 < first {
			return a, nil
		}
		return b, nil
	}
}

func TestANetworkThreadThatWaitsForTheDiskIsNamedWithItsClientAndPartition(t *testing.T) {
	for _, arch := range []struct{ name, epoll, sendfile string }{{"amd64", epollAMD64, sendfileAMD64}, {"arm64", epollARM64, sendfileARM64}} {
		t.Run(arch.name, func(t *testing.T) {
			m := machine()
			serving(m, 4711)
			m.thread(4711, 15128, "data-plane-kafk", arch.sendfile, 'D')
			m.thread(4711, 15127, "data-plane-kafk", arch.epoll, 'S')
			// It is idle in its first second, and waits from then on.
			var began time.Time
			m.changes[of(4711)+"task/15128/syscall"] = func() (string, error) {
				if began.IsZero() {
					began = time.Now()
				}
				if time.Since(began) < time.Second {
					return arch.epoll, nil
				}
				return arch.sendfile, nil
			}
			s := m.system()
			s.Arch = arch.name
			h, err := looked(t, s, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(h.Waits) != 1 {
				t.Fatalf("waits %+v", h.Waits)
			}
			w := h.Waits[0]
			if w.Call != "sendfile" || w.Client != "10.4.5.6:51622" || w.Topic != "click.stream-v2" || w.Partition != 17 || w.LogDir != "/data1" || w.Bytes != 0xfff00 || w.Behind != 2 || w.Listener != "EXTERNAL" || w.TID != 15128 {
				t.Errorf("%+v", w)
			}
			if !w.Written.Known || w.Written.Value.Year() != 1999 {
				t.Errorf("written %+v", w.Written)
			}
			if w.Disk < 0.8 || w.Disk > 0.95 || w.Share != w.Disk {
				t.Errorf("share %v, disk %v of the time", w.Share, w.Disk)
			}
			if th := threadIn(t, h, 15128); th.Group != state.NetworkThreads || th.Error <= 0 || th.Error > 0.05 || th.Samples != h.Samples {
				t.Errorf("%+v", th)
			}
			if th := threadIn(t, h, 15127); th.Group != state.NetworkThreads || th.Idle != 1 || th.Disk != 0 || len(th.Calls) != 0 {
				t.Errorf("%+v", th)
			}
			if h.Names != state.NamesFromIdleCall || h.Broker.Value != 3 || h.Samples < 900 {
				t.Errorf("names %s, broker %+v, %d samples", h.Names, h.Broker, h.Samples)
			}
		})
	}
}

func TestADescriptorThatIsGivenToAnotherFileMeanwhileIsNotNamed(t *testing.T) {
	m := machine()
	serving(m, 4711)
	m.thread(4711, 15128, "data-plane-kafk", sendfileAMD64, 'D')
	// Whenever the call is read a second time it is another one.
	m.changes[of(4711)+"task/15128/syscall"] = turns(5, sendfileAMD64, strings.Replace(sendfileAMD64, "0x71", "0x72", 1))
	n := 0
	m.changes[of(4711)+"task/15128/syscall"] = func() (string, error) {
		if n++; n%2 == 0 {
			return sendfileAMD64, nil
		}
		return strings.Replace(sendfileAMD64, "0xfff00", "0xaaa00", 1), nil
	}
	h, err := looked(t, m.system(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range h.Waits {
		if w.Topic != "" || w.Client != "" {
			t.Errorf("named: %+v", w)
		}
	}
	if th := threadIn(t, h, 15128); th.Disk != 1 {
		t.Errorf("the time counts all the same: %+v", th)
	}
}

func TestABrokerInAContainerIsSeenFromTheHost(t *testing.T) {
	m := machine()
	serving(m, 4711)
	m.put("proc/4711/status", "Name:\tjava\nUid:\t1001\t1001\t1001\t1001\nNSpid:\t4711\t1\n")
	m.thread(4711, 15128, "data-plane-kafk", sendfileAMD64, 'D')
	m.put("proc/4711/task/15128/status", "NSpid:\t15128\t42\n")
	s := m.system()
	s.Attach = func(_ context.Context, p *Process) (net.Conn, bool, error) {
		if p.Inner != 1 {
			t.Errorf("inside it is process %d", p.Inner)
		}
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			b := make([]byte, 100)
			if _, err := there.Read(b); err == nil {
				_, _ = there.Write([]byte("0\nFull thread dump OpenJDK\n\n\"data-plane-kafka-network-thread-3-ListenerName(EX-T)-SASL_SSL-1\" #47 prio=5 os_prio=0 cpu=1676.14ms elapsed=37.37s tid=0x00007f nid=0x2a runnable  [0x00007f]\n"))
			}
		}()
		return here, true, nil
	}
	h, err := looked(t, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	th := threadIn(t, h, 15128)
	if th.Name != "data-plane-kafka-network-thread-3-ListenerName(EX-T)-SASL_SSL-1" || th.Listener != "EX-T" || th.Group != state.NetworkThreads || h.Names != state.NamesFromJVM {
		t.Errorf("%+v, names %s", th, h.Names)
	}
	if len(h.Waits) != 1 || h.Waits[0].Topic != "click.stream-v2" || !h.Waits[0].Written.Known {
		t.Errorf("%+v", h.Waits)
	}
}

func TestAClientIsNamedByTheRequestLogWhereTheBrokerWritesOne(t *testing.T) {
	line := func(connection, id, principal string) string {
		return `[2026-11-30 10:00:00,000] DEBUG Completed request:{"requestHeader":{"requestApiKey":1,"requestApiVersion":12,"clientId":"` + id + `","requestApiKeyName":"FETCH"},"connection":"` + connection + `","principal":"` + principal + `"} (kafka.request.logger)` + "\n"
	}
	mine := line("10.4.5.2:9092-10.4.5.6:51622-0-7", "nightly", "User:batch")
	for _, c := range []struct {
		name, log  string
		ids, users []string
	}{
		{"its connection is there", line("10.4.5.2:9092-10.4.5.6:51623-0-6", "other", "User:web") + mine + mine, []string{"nightly"}, []string{"batch"}},
		{"only another's is", line("10.4.5.2:9092-10.4.5.6:5162-0-6", "other", "User:web") + line("10.4.5.6:51622-10.4.5.9:1-0-6", "other", "User:web"), []string{}, []string{}},
		{"it is empty", "", []string{}, []string{}},
		{"it is no request log", strings.Repeat("10.4.5.6:51622 {", 1000), []string{}, []string{}},
		{"it is long", strings.Repeat("x", mostLogged) + "\n" + mine, []string{"nightly"}, []string{"batch"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := machine()
			serving(m, 4711)
			m.thread(4711, 15128, "data-plane-kafk", sendfileAMD64, 'D')
			m.link(of(4711)+"fd/7", "/var/log/kafka/kafka-request.log")
			m.put(of(4711)+"root/var/log/kafka/kafka-request.log", c.log)
			h, err := looked(t, m.system(), Options{For: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if w := h.Waits[0]; w.Client != "10.4.5.6:51622" || !slices.Equal(w.ClientIDs, c.ids) || !slices.Equal(w.Users, c.users) {
				t.Errorf("%s: %q, %q", w.Client, w.ClientIDs, w.Users)
			}
		})
	}
}

func TestThreadsThatBeginBetweenTwoLooksAreNamedToo(t *testing.T) {
	m := machine()
	serving(m, 4711)
	m.thread(4711, 15128, "data-plane-kafk", epollAMD64, 'S')
	m.thread(4711, 15129, "java", futexAMD64, 'S') // the JVM doesn't name it
	s := m.system()
	asked := 0
	s.Attach = func(context.Context, *Process) (net.Conn, bool, error) {
		asked++
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			if _, err := there.Read(make([]byte, 100)); err == nil {
				fmt.Fprint(there, "0\n")
				for i := range asked { // the second one began when it was asked again
					fmt.Fprintf(there, "\"data-plane-kafka-network-thread-3-ListenerName(A)-SSL-%d\" #47 prio=5 nid=%d runnable\n", i, 15128+2*i)
				}
			}
		}()
		return here, asked == 1, nil
	}
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(t.Context(), s, Options{Broker: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for look, want := range []struct {
			asked int
			name  string
		}{{1, ""}, {2, "data-plane-kafka-network-thread-3-ListenerName(A)-SSL-1"}, {2, "data-plane-kafka-network-thread-3-ListenerName(A)-SSL-1"}} {
			if look == 1 {
				m.thread(4711, 15130, "data-plane-kafk", epollAMD64, 'S')
			}
			h, err := l.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if asked != want.asked {
				t.Errorf("look %d: the JVM was asked %d times, want %d", look, asked, want.asked)
			}
			if want.name != "" && threadIn(t, h, 15130).Name != want.name {
				t.Errorf("look %d: the new thread is called %q", look, threadIn(t, h, 15130).Name)
			}
		}
		time.Sleep(hangsFor)
	})
}

func TestWithoutTheJVMThreadsAreToldApartByWhatTheySitIn(t *testing.T) {
	m := machine()
	serving(m, 4711)
	m.link(of(4711)+"fd/116", "anon_inode:[eventpoll]")
	m.put(of(4711)+"fdinfo/116", "tfd:       93 events:       19 data:     7f210000005c  pos:0 ino:7 sdev:9\n")
	want := map[int]state.ThreadGroup{1: state.NetworkThreads, 2: state.Acceptors, 3: state.RequestHandlers, 4: state.Fetchers, 5: state.GCThreads, 6: state.VMThreads, 7: state.RaftThreads, 8: state.CleanerThreads, 9: state.PurgatoryThread, 10: state.SchedulerThread}
	m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
	m.thread(4711, 2, "data-plane-kafk", strings.Replace(epollAMD64, "0x73", "0x74", 1), 'S')
	m.thread(4711, 3, "data-plane-kafk", futexAMD64, 'S')
	for tid, comm := range map[int]string{4: "ReplicaFetcherT", 5: "GC Thread#0", 6: "C2 CompilerThre", 7: "kafka-3-raft-io", 8: "kafka-log-clean", 9: "ExpirationReape", 10: "kafka-scheduler"} {
		m.thread(4711, tid, comm, futexAMD64, 'S')
	}
	h, err := looked(t, m.system(), Options{For: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for tid, group := range want {
		if th := threadIn(t, h, tid); th.Group != group {
			t.Errorf("%s: %s, want %s", th.Name, th.Group, group)
		}
	}
	if th := threadIn(t, h, 1); th.Listener != "EXTERNAL" {
		t.Errorf("listener %q", th.Listener)
	}
}

func TestWaitsForAPageCountAndThoseForTheAddressSpaceDont(t *testing.T) {
	m := machine()
	m.thread(4711, 1, "data-plane-kafk", "-1 0x7ffe3b2df880 0x7f22", 'D')
	m.thread(4711, 2, "data-plane-kafk", "running", 'D')
	m.thread(4711, 3, "data-plane-kafk", "running", 'R')
	m.thread(4711, 4, "data-plane-kafk", "11 0x7f22 0x1000 0x0 0x0 0x0 0x0 0x7f 0x7f", 'D') // munmap waits for a lock
	m.thread(4711, 5, "data-plane-kafk", "999 0x7f22 0x1000 0x0 0x0 0x0 0x0 0x7f 0x7f", 'S')
	h, err := looked(t, m.system(), Options{For: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for tid, want := range map[int]struct {
		disk float64
		call string
	}{1: {1, "page-fault"}, 2: {1, "page-fault"}, 3: {0, ""}, 4: {0, "munmap"}, 5: {0, "call 999"}} {
		th := threadIn(t, h, tid)
		call := ""
		if len(th.Calls) > 0 {
			call = th.Calls[0].Call
		}
		if th.Disk != want.disk || call != want.call || th.Idle != 0 {
			t.Errorf("thread %d: disk %v, call %q; want %+v", tid, th.Disk, call, want)
		}
	}
}

func TestTimeOnACoreAndWaitingForOneIsCountedByTheKernel(t *testing.T) {
	m := machine()
	m.thread(4711, 1, "data-plane-kafk", "running", 'R')
	m.thread(4711, 2, "data-plane-kafk", "running", 'R')
	m.put(of(4711)+"task/2/schedstat", "0 0 0\n") // a kernel that doesn't count
	var began time.Time
	m.changes[of(4711)+"task/1/schedstat"] = func() (string, error) {
		if began.IsZero() {
			began = time.Now()
		}
		ran := time.Since(began)
		return strings.Join([]string{itoa(int64(ran/4) + 1000), itoa(int64(ran/2) + 5), "7"}, " "), nil
	}
	h, err := looked(t, m.system(), Options{For: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	near := func(a state.Reading[float64], b float64) bool { return a.Known && a.Value > b-0.02 && a.Value < b+0.02 }
	if th := threadIn(t, h, 1); !near(th.OnCore, 0.25) || !near(th.WaitingForCore, 0.5) {
		t.Errorf("on a core %+v, waiting for one %+v", th.OnCore, th.WaitingForCore)
	}
	if th := threadIn(t, h, 2); th.OnCore.Known || th.WaitingForCore.Known {
		t.Errorf("what isn't counted is known: %+v", th)
	}
}

func TestWhatCantBeLookedAtSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(m *recorded, s *System, o *Options)
		want string
	}{
		{"no broker", func(m *recorded, s *System, o *Options) { m.put("proc/4711/cmdline", "java\x00Main\x00") }, "no Kafka broker runs on this machine"},
		{"no broker that this user sees", func(m *recorded, s *System, o *Options) {
			s.User = 1000
			m.put("proc/4711/cmdline", "java\x00Main\x00")
			m.put("proc/self/mounts", "proc /proc proc rw,nosuid,hidepid=2 0 0\n")
		}, "hidepid"},
		{"a process that isn't there", func(m *recorded, s *System, o *Options) { o.PID = 5 }, "there is no process 5"},
		{"a process that this user doesn't see", func(m *recorded, s *System, o *Options) {
			s.User, o.PID = 1000, 5
			m.put("proc/self/mounts", "proc /proc proc rw,hidepid=invisible 0 0\n")
		}, "hidepid"},
		{"no JVM", func(m *recorded, s *System, o *Options) {
			o.PID = 6
			m.put("proc/6/cmdline", "sshd\x00")
			m.link("proc/6/exe", "/usr/sbin/sshd")
		}, "process 6 is no JVM"},
		{"a JVM that is no broker", func(m *recorded, s *System, o *Options) {
			o.PID = 6
			m.put("proc/6/cmdline", "java\x00org.Main\x00")
			m.link("proc/6/exe", "/usr/bin/java")
		}, "no Kafka broker"},
		{"a process of the kernel", func(m *recorded, s *System, o *Options) { o.PID = 7; m.put("proc/7/cmdline", "") }, "no command line"},
		{"another broker", func(m *recorded, s *System, o *Options) { o.Broker = 9 }, "broker 9 doesn't run on this machine; there are:\n  pid 4711: broker 3"},
		{"two brokers", func(m *recorded, s *System, o *Options) { m.broker(4712, "/etc/kafka/other.properties") }, "say which by --pid or --broker"},
		{"an architecture that isn't known", func(m *recorded, s *System, o *Options) { s.Arch = "riscv64" }, "riscv64"},
		{"another user's broker", func(m *recorded, s *System, o *Options) {
			m.changes["proc/4711/task/1/syscall"] = func() (string, error) { return "", fs.ErrPermission }
		}, "the broker's user (uid 1001) or root"},
		{"it ends during the look", func(m *recorded, s *System, o *Options) {
			n := 0
			m.changes["proc/4711/stat"] = func() (string, error) {
				if n++; n > 20 {
					return "", syscall.ESRCH
				}
				return statIn('S'), nil
			}
		}, "ended during the look"},
		{"it becomes a zombie", func(m *recorded, s *System, o *Options) { m.put("proc/4711/stat", statIn('Z')) }, "ended during the look"},
		{"a file of /proc blocks", func(m *recorded, s *System, o *Options) {
			n := 0
			m.changes["proc/4711/task/1/syscall"] = func() (string, error) {
				if n++; n == 20 {
					time.Sleep(hangsFor) // of virtual time
				}
				return epollAMD64, nil
			}
		}, "reading /proc/4711/task/1/syscall didn't end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := machine()
			m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
			s, o := m.system(), Options{Broker: -1}
			c.with(m, s, &o)
			_, err := looked(t, s, o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "sshd") {
				t.Errorf("names a process that is no broker: %v", err)
			}
		})
	}
}

func TestWhatElseIsMissingLeavesTheRest(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(m *recorded)
		ok   func(h *state.Host) bool
	}{
		{"no pressure", func(m *recorded) { delete(m.MapFS, "proc/pressure/io") }, func(h *state.Host) bool { return !h.Around.PressureIO.Known && h.Around.PressureCPU.Known }},
		{"an empty meminfo", func(m *recorded) { m.put("proc/meminfo", "") }, func(h *state.Host) bool { return !h.Around.Dirty.Known && !h.Around.PageCache.Known }},
		{"no io of another user's process", func(m *recorded) {
			m.changes["proc/4711/io"] = func() (string, error) { return "", fs.ErrPermission }
		}, func(h *state.Host) bool { return !h.Around.BrokerRead.Known && h.Around.BrokerRead.Why != "" }},
		{"no reads of a device", func(m *recorded) {}, func(h *state.Host) bool {
			return len(h.Dirs) == 2 && h.Dirs[0].Device == "sdb" && h.Dirs[0].Busy.Known && !h.Dirs[0].ReadWait.Known
		}},
		{"no configuration", func(m *recorded) {
			delete(m.MapFS, "proc/4711/root/etc/kafka/server.properties")
			m.link("proc/4711/fd/7", "/data7/a-0/00000000000000000007.log")
			m.link("proc/4711/fd/8", "/opt/kafka/logs-1/server.log")
		}, func(h *state.Host) bool { return !h.Broker.Known && len(h.Dirs) == 1 && h.Dirs[0].Path == "/data7" }},
		{"no counters of the JVM", func(m *recorded) {}, func(h *state.Host) bool { return !h.Pauses.Known && h.Pauses.Why != "" }},
		{"garbage for counters", func(m *recorded) { m.put("proc/4711/root/tmp/hsperfdata_kafka/4711", strings.Repeat("x", 100)) }, func(h *state.Host) bool { return !h.Pauses.Known }},
		{"a thread's syscall is empty", func(m *recorded) { m.put("proc/4711/task/2/syscall", "") }, func(h *state.Host) bool { return len(h.Threads) >= 1 }},
		{"a CPU quota", func(m *recorded) {
			n := 0
			m.changes["sys/fs/cgroup/kafka.slice/cpu.stat"] = func() (string, error) {
				n++
				return "usage_usec 5\nnr_periods " + itoa(int64(100*n)) + "\nnr_throttled " + itoa(int64(25*n)) + "\nthrottled_usec 99\n", nil
			}
		}, func(h *state.Host) bool { return h.Around.Throttled.Known && h.Around.Throttled.Value == 0.25 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := machine()
			m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
			m.thread(4711, 2, "data-plane-kafk", epollAMD64, 'S')
			c.with(m)
			h, err := looked(t, m.system(), Options{For: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if !c.ok(h) {
				t.Errorf("%+v", h)
			}
			if th := threadIn(t, h, 1); th.Idle != 1 {
				t.Errorf("%+v", th)
			}
		})
	}
}

func TestThreadsComeAndGo(t *testing.T) {
	m := machine()
	m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
	m.thread(4711, 2, "data-plane-kafk", futexAMD64, 'S')
	var first time.Time
	m.changes["proc/4711/task/2/syscall"] = func() (string, error) {
		if first.IsZero() {
			first = time.Now()
		}
		if time.Since(first) > 500*time.Millisecond {
			return "", syscall.ESRCH
		}
		return futexAMD64, nil
	}
	began := 0
	m.changes["proc/4711/stat"] = func() (string, error) {
		if began++; began == 300 {
			m.thread(4711, 3, "data-plane-kafk", futexAMD64, 'S')
		}
		return statIn('S'), nil
	}
	h, err := looked(t, m.system(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if th := threadIn(t, h, 2); th.Samples == 0 || th.Samples > 60 || th.Idle != 1 {
		t.Errorf("the one that ended: %+v", th)
	}
	if th := threadIn(t, h, 3); th.Samples == 0 || th.Samples > h.Samples-250 {
		t.Errorf("the one that began: %d of %d samples", th.Samples, h.Samples)
	}
}

func TestOfThousandsOfThreadsThoseThatClientsWaitForAreLookedAt(t *testing.T) {
	m := machine()
	for tid := range 5000 {
		m.thread(4711, 10+tid, "pool-1-thread-"+itoa(int64(tid%10)), futexAMD64, 'S')
	}
	m.thread(4711, 9000, "data-plane-kafk", epollAMD64, 'S')
	h, err := looked(t, m.system(), Options{For: time.Second, Every: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	threadIn(t, h, 9000)
	if want := fmt.Sprintf("what %d more threads do", 5001-len(h.Threads)); !slices.ContainsFunc(h.Unknown, func(u state.HostUnread) bool { return u.What == want }) || len(h.Threads) < 30 {
		t.Errorf("%d threads, unread %+v", len(h.Threads), h.Unknown)
	}
}

func TestAStoppedProcessIsSaid(t *testing.T) {
	m := machine()
	m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'T')
	began := time.Time{}
	m.changes["proc/4711/stat"] = func() (string, error) {
		if began.IsZero() {
			began = time.Now()
		}
		if time.Since(began) < 2*time.Second {
			return statIn('T'), nil
		}
		return statIn('S'), nil
	}
	h, err := looked(t, m.system(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Stopped < 0.19 || h.Stopped > 0.21 {
		t.Errorf("stopped for %v of the time", h.Stopped)
	}
}

func TestALookThatIsGivenUpSaysSo(t *testing.T) {
	m := machine()
	m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Look(ctx, m.system(), Options{Broker: -1}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

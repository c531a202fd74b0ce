package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

var hostNow = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func seen[T any](v T) state.Reading[T] { return state.Read(v, hostNow, "test") }

// quietHost is a look at a broker that has work and waits for nothing.
func quietHost() *state.Host {
	h := &state.Host{Machine: "b3", PID: 4711, Broker: seen[int32](3), Roles: []string{"broker"}, At: hostNow, Seconds: 10, Samples: 1000, Names: state.NamesFromJVM,
		Pauses: seen(state.Pauses{Safepoints: 4, Share: 0.004, SyncShare: 0.001, Worst: 12, Collectors: []state.Collector{{Name: "G1 young", Collections: 4, Share: 0.003}}}),
		Dirs: []state.HostDir{{Path: "/data1", Device: "sdb", Busy: seen(0.4), ReadWait: seen(2.0), WriteWait: seen(3.0), ReadBytes: seen(1e6), WriteBytes: seen(1e7),
			TotalBytes: seen[int64](1e12), FreeBytes: seen[int64](4e11), InodesFree: seen(0.9)}},
		Around: state.HostMachine{Cores: 8, PressureCPU: seen(0.1), PressureIO: seen(0.1), PressureMemory: seen(0.0), PageCache: seen[int64](1e10), Dirty: seen[int64](1e6), Writeback: seen[int64](0),
			Retransmits: seen(1.0), SegmentsOut: seen(5000.0), ListenDrops: seen(0.0), Descriptors: seen[int64](900), DescriptorsMax: seen[int64](100000), Maps: seen[int64](500), MapsMax: seen[int64](65530), Throttled: seen(0.0)},
	}
	add := func(g state.ThreadGroup, name string, tid int) {
		h.Threads = append(h.Threads, state.HostThread{Group: g, Name: name, TID: tid, OnCore: seen(0.3), WaitingForCore: seen(0.02), Idle: 0.6, Error: 0.03, Samples: 1000})
	}
	add(state.NetworkThreads, "data-plane-kafka-network-thread-3-EXTERNAL-SSL-0", 1)
	add(state.NetworkThreads, "data-plane-kafka-network-thread-3-EXTERNAL-SSL-1", 2)
	add(state.RequestHandlers, "data-plane-kafka-request-handler-0", 3)
	add(state.RequestHandlers, "data-plane-kafka-request-handler-1", 4)
	h.Threads[0].Listener, h.Threads[1].Listener = "EXTERNAL", "EXTERNAL"
	return h
}

// waits puts a thread into a call for a share of its time, all of it for the disk.
func waits(h *state.Host, thread int, share float64, w state.HostWait) {
	t := &h.Threads[thread]
	t.Disk += share
	t.Idle = max(0, t.Idle-share)
	if i := slices.IndexFunc(t.Calls, func(c state.CallShare) bool { return c.Call == w.Call }); i >= 0 {
		t.Calls[i].Share, t.Calls[i].Disk = t.Calls[i].Share+share, t.Calls[i].Disk+share
	} else {
		t.Calls = append(t.Calls, state.CallShare{Call: w.Call, Share: share, Disk: share})
	}
	w.Group, w.Thread, w.TID, w.Share, w.Disk = t.Group, t.Name, t.TID, share, share
	h.Waits = append(h.Waits, w)
}

func TestWhatKeepsABrokerWaitingOnItsMachine(t *testing.T) {
	cold := state.HostWait{Call: "sendfile", Topic: "clickstream", Partition: 17, LogDir: "/data1", File: "/data1/clickstream-17/00000000000000000000.log", Written: seen(hostNow.Add(-6 * 24 * time.Hour)), Client: "10.4.5.6:51622", Listener: "EXTERNAL", Behind: 37}
	for _, c := range []struct {
		name     string
		with     func(h *state.Host)
		code     string // "": nothing is found
		severity state.Severity
		says     []string
	}{
		{"nothing", func(h *state.Host) {}, "", "", nil},
		{"nothing, where little could be read", func(h *state.Host) {
			why := "no permission"
			h.Pauses, h.Dirs, h.Around = state.Missing[state.Pauses](why, hostNow, ""), nil, state.HostMachine{}
			for i := range h.Threads {
				h.Threads[i].OnCore, h.Threads[i].WaitingForCore = state.Missing[float64](why, hostNow, ""), state.Missing[float64](why, hostNow, "")
			}
		}, "", "", nil},
		{"a network thread that waits for the disk", func(h *state.Host) { waits(h, 1, 0.72, cold) }, HostNetworkOnDisk, state.SeverityWarning,
			[]string{"Network thread 1 of listener EXTERNAL spends 72% of its time in sendfile, waiting for /data1: 10.4.5.6:51622 reads clickstream-17 from 6d0h ago; at least 37 other connections of that thread wait behind it (KAFKA-7504)"}},
		{"the same, of a client that the request log names", func(h *state.Host) {
			w := cold
			w.ClientIDs, w.Users = []string{"nightly", "evil\x1b"}, []string{"batch"}
			waits(h, 1, 0.72, w)
		}, HostNetworkOnDisk, state.SeverityWarning, []string{`10.4.5.6:51622 (client id nightly and "evil\x1b", user batch) reads clickstream-17`}},
		{"the same over several segments", func(h *state.Host) {
			for _, segment := range []string{"00", "10", "20", "30"} {
				w := cold
				w.File = "/data1/clickstream-17/000000000000000000" + segment + ".log"
				waits(h, 1, 0.18, w)
			}
		}, HostNetworkOnDisk, state.SeverityWarning, []string{"spends 72% of its time in sendfile"}},
		{"a network thread that waits a little", func(h *state.Host) { waits(h, 1, 0.05, cold) }, "", "", nil},
		{"a network thread that waits, with few samples", func(h *state.Host) { waits(h, 1, 0.3, cold); h.Threads[1].Samples, h.Threads[1].Error = 10, 0.4 }, "", "", nil},
		{"a client whose address isn't known", func(h *state.Host) { w := cold; w.Client, w.Behind = "", -1; waits(h, 1, 0.5, w) }, HostNetworkOnDisk, state.SeverityWarning, []string{"a client reads clickstream-17", "isn't told"}},
		{"names that act on a terminal", func(h *state.Host) { w := cold; w.Topic, w.LogDir = "a\x1b[2J", "/da\nta"; waits(h, 1, 0.5, w) }, HostNetworkOnDisk, state.SeverityWarning, nil},
		{"request handlers that write slowly", func(h *state.Host) {
			for i := 2; i < 4; i++ {
				waits(h, i, 0.4, state.HostWait{Call: "fsync", LogDir: "/data1", Partition: 2, Topic: "orders"})
			}
			h.Dirs[0].Busy = seen(0.98)
		}, HostHandlersWrite, state.SeverityWarning, []string{"/data1", "40%", "sdb", "98% busy"}},
		{"request handlers that read from the disk", func(h *state.Host) { waits(h, 2, 0.5, state.HostWait{Call: "pread64", LogDir: "/data1"}) }, HostHandlersRead, state.SeverityWarning, []string{"/data1", "25%"}},
		{"request handlers that wait for pages", func(h *state.Host) { waits(h, 2, 0.5, state.HostWait{Call: "page-fault", Partition: -1}) }, HostHandlersFault, state.SeverityWarning, []string{"KAFKA-4614"}},
		{"one of many request handlers at a time that writes slowly", func(h *state.Host) {
			for i := range 30 {
				h.Threads = append(h.Threads, state.HostThread{Group: state.RequestHandlers, Name: "h", TID: 100 + i, Idle: 1, Error: 0.03, Samples: 1000})
				waits(h, len(h.Threads)-1, 0.03, state.HostWait{Call: "fsync", LogDir: "/data1"})
			}
		}, HostHandlersWrite, state.SeverityWarning, []string{"/data1", "together 90% of one thread's time"}},
		{"request handlers that write as ever", func(h *state.Host) { waits(h, 2, 0.05, state.HostWait{Call: "write", LogDir: "/data1"}) }, "", "", nil},
		{"no core", func(h *state.Host) {
			for i := range h.Threads {
				h.Threads[i].WaitingForCore = seen(0.45)
			}
		}, HostNoCore, state.SeverityWarning, []string{"45%"}},
		{"a CPU quota", func(h *state.Host) { h.Around.Throttled = seen(0.3) }, HostCPUQuota, state.SeverityWarning, []string{"30%"}},
		{"garbage collection", func(h *state.Host) {
			h.Pauses.Value = state.Pauses{Safepoints: 50, Share: 0.3, SyncShare: 0.01, Worst: 400, Collectors: []state.Collector{{Name: "G1 old", Collections: 50, Share: 0.28}}}
		}, HostJVMPauses, state.SeverityWarning, []string{"30%", "G1 old", "heap"}},
		{"threads that don't stop", func(h *state.Host) {
			h.Pauses.Value = state.Pauses{Safepoints: 50, Share: 0.08, SyncShare: 0.06, Worst: 400}
		}, HostJVMPauses, state.SeverityWarning, []string{"8% of the time, 6% of it waiting to reach the safepoint"}},
		{"one long pause", func(h *state.Host) { h.Pauses.Value.Worst = 1500 }, HostJVMPauses, state.SeverityWarning, []string{"up to 1,500 ms"}},
		{"a stopped process", func(h *state.Host) { h.Stopped = 0.2 }, HostProcessStopped, state.SeverityWarning, []string{"2s of 10s", "kill -CONT 4711"}},
		{"a device without a pause", func(h *state.Host) { h.Dirs[0].Busy, h.Dirs[0].ReadWait = seen(1.0), seen(80.0) }, HostDeviceSlow, state.SeverityInfo, []string{"sdb", "80 ms"}},
		{"a device without a pause that is quick", func(h *state.Host) { h.Dirs[0].Busy = seen(1.0) }, "", "", nil},
		{"a full disk", func(h *state.Host) { h.Dirs[0].FreeBytes = seen[int64](3e10) }, DiskNearlyFull, state.SeverityWarning, []string{"/data1", "3%"}},
		{"a disk with few inodes", func(h *state.Host) { h.Dirs[0].InodesFree = seen(0.08) }, DiskNearlyFull, state.SeverityInfo, []string{"inodes", "8%"}},
		{"descriptors", func(h *state.Host) { h.Around.Descriptors = seen[int64](95000) }, HostDescriptors, state.SeverityWarning, []string{"95,000", "100,000"}},
		{"maps", func(h *state.Host) { h.Around.Maps = seen[int64](65000) }, HostMaps, state.SeverityWarning, []string{"65,530", "vm.max_map_count"}},
		{"a full listen queue", func(h *state.Host) { h.Around.ListenDrops = seen(12.0) }, HostListenDrops, state.SeverityWarning, []string{"12 new connections"}},
		{"a network that loses", func(h *state.Host) { h.Around.Retransmits = seen(200.0) }, HostNetworkLoses, state.SeverityInfo, []string{"200 segments"}},
		{"a large network that loses as ever", func(h *state.Host) { h.Around.Retransmits, h.Around.SegmentsOut = seen(200.0), seen(300000.0) }, "", "", nil},
		{"memory", func(h *state.Host) { h.Around.PressureMemory = seen(0.4) }, HostMemoryShort, state.SeverityWarning, []string{"40%"}},
		{"a full request queue", func(h *state.Host) { h.Threads[0].Calls = []state.CallShare{{Call: "futex", Share: 0.5}} }, HostQueueFull, state.SeverityWarning, []string{"request queue"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := quietHost()
			c.with(h)
			all := HostFindings(h)
			want := c.code
			if want == "" {
				want = HostWell
			}
			if len(all) != 1 || all[0].Code != want {
				t.Fatalf("%+v, want %s alone", all, want)
			}
			f := all[0]
			if c.code != "" && f.Severity != c.severity || c.code == "" && f.Severity != state.SeverityOK {
				t.Errorf("severity %s", f.Severity)
			}
			if c.code != "" && (f.Next == "" || len(f.Evidence) == 0 || f.Scope != "broker 3") {
				t.Errorf("without what it rests on, or what to do: %+v", f)
			}
			text := strings.Join(append([]string{f.Sentence, f.Next}, f.Evidence...), "\n")
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("it doesn't say %q:\n%s", s, text)
				}
			}
			for _, r := range strings.ReplaceAll(text, "\n", "") {
				if r < ' ' {
					t.Errorf("%q acts on a terminal", text)
				}
			}
		})
	}
}

func TestTheWorstOfAMachineStandsFirst(t *testing.T) {
	h := quietHost()
	h.Around.Retransmits = seen(200.0)
	h.Stopped = 0.2
	all := HostFindings(h)
	if len(all) != 2 || all[0].Code != HostProcessStopped || all[1].Code != HostNetworkLoses {
		t.Errorf("%+v", all)
	}
	h.Unknown = []state.HostUnread{{What: "pauses", Why: "no"}}
	h.Around.Retransmits, h.Stopped = seen(0.0), 0
	if all = HostFindings(h); len(all) != 1 || !strings.Contains(all[0].Sentence, "as far as it could be read") {
		t.Errorf("%+v", all)
	}
}

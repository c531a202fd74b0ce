package host

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/protocol/alloctest"
)

func TestSyscallFiles(t *testing.T) {
	for _, c := range []struct {
		text string
		want entry
		ok   bool
	}{
		{"running\n", entry{nr: onCore}, true},
		{"-1 0x7ffe3b2df880 0x7f22\n", entry{nr: pageFault}, true},
		{"40 0x5a 0x71 0x0 0xfff00 0x0 0x1f4 0x7f2179bfe660 0x7f220b5\n", entry{nr: 40, args: [6]uint64{0x5a, 0x71, 0, 0xfff00, 0, 0x1f4}, sp: 0x7f2179bfe660}, true},
		{"", entry{}, false},
		{"?", entry{}, false},
		{"12345678901234567890 0x0", entry{}, false},
		{"40 0x5a", entry{}, false},
	} {
		got, ok := parseEntry([]byte(c.text))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %+v, %v", c.text, got, ok)
		}
	}
}

func TestAStateFollowsANameThatHoldsAnything(t *testing.T) {
	for text, want := range map[string]byte{"1 (java) S 1 2": 'S', "1 (a) D (b) R 1": 'R', "": 0, "1 (java": 0, ")": 0, "1 (x) ": 0} {
		if got := stateOf([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPathsOfSegments(t *testing.T) {
	dirs := []string{"/data1", "/data-2/kafka"}
	for _, c := range []struct {
		file      string
		dirs      []string
		topic     string
		partition int32
		dir       string
	}{
		{"/data1/orders-3/00000000000000000000.log", dirs, "orders", 3, "/data1"},
		{"/data-2/kafka/a-1.b_2-07-12/00000000000000000000.timeindex", dirs, "a-1.b_2-07", 12, "/data-2/kafka"},
		{"/data1/orders-3.0a1b2c3d4e5f60718293a4b5c6d7e8f9-delete/00000000000000000000.log.deleted", dirs, "orders", 3, "/data1"},
		{"/data1/a.b-3.0a1b2c3d4e5f60718293a4b5c6d7e8f9-future/00000000000000000000.log", dirs, "a.b", 3, "/data1"},
		{"/data1/a.b-3.0a1b2c3d4e5f60718293a4b5c6d7e8f9-stray/00000000000000000000.log", dirs, "a.b", 3, "/data1"},
		{"/data1/orders-3/00000000000000000000.log (deleted)", dirs, "orders", 3, "/data1"},
		{"/data1/recovery-point-offset-checkpoint", dirs, "", -1, "/data1"},
		{"/data1/orders-x/00000000000000000000.log", dirs, "", -1, "/data1"},
		{"/opt/kafka/libs-4/kafka.jar", dirs, "", -1, ""},
		{"/data7/orders-3/00000000000000000000.log", nil, "orders", 3, "/data7"},
	} {
		g, ok := segmentOf(c.file, c.dirs)
		if g.topic != c.topic || g.partition != c.partition || g.dir != c.dir || ok != (c.topic != "") {
			t.Errorf("%s: %+v, %v", c.file, g, ok)
		}
	}
}

func TestLinesOfAThreadDump(t *testing.T) {
	for _, c := range []struct {
		line string
		tid  int
		name string
		ok   bool
	}{
		{`"data-plane-kafka-request-handler-7" #47 daemon prio=5 os_prio=0 cpu=1676.14ms elapsed=37.37s tid=0x00007f22 nid=0x1d17 waiting on condition  [0x00007f22]`, 0x1d17, "data-plane-kafka-request-handler-7", true},
		{`"main" #1 [7447] prio=5 os_prio=0 cpu=1676.14ms elapsed=37.37s tid=0x00007f22 nid=7447 runnable  [0x00007f22]`, 7447, "main", true},
		{`"VM Thread" os_prio=0 cpu=10.33ms elapsed=37.37s tid=0x00007f22 nid=0xf runnable`, 15, "VM Thread", true},
		{`"a \" #9 nid=3" #48 prio=5 os_prio=0 tid=0x00007f22 nid=99 runnable`, 99, `a \" #9 nid=3`, true},
		{"\tat sun.nio.ch.EPoll.wait(java.base@17.0.15/Native Method)", 0, "", false},
		{`"no id" #4 prio=5`, 0, "", false},
		{`"`, 0, "", false},
		{"", 0, "", false},
	} {
		if tid, name, ok := parseThread(c.line); tid != c.tid || name != c.name || ok != c.ok {
			t.Errorf("%s: %d %q %v", c.line, tid, name, ok)
		}
	}
}

func TestGroupsByName(t *testing.T) {
	for _, c := range []struct {
		name     string
		group    state.ThreadGroup
		listener string
	}{
		{"data-plane-kafka-network-thread-1-ListenerName(PLAINTEXT)-PLAINTEXT-0", state.NetworkThreads, "PLAINTEXT"},
		{"data-plane-kafka-network-thread-1-PLAINTEXT-PLAINTEXT-0", state.NetworkThreads, "PLAINTEXT"},
		{"data-plane-kafka-network-thread-44-ListenerName(EX-T.1_2)-SASL_SSL-11", state.NetworkThreads, "EX-T.1_2"},
		{"data-plane-kafka-network-thread-44-EX-T-SASL_PLAINTEXT-11", state.NetworkThreads, "EX-T"},
		{"data-plane-kafka-request-handler-0", state.RequestHandlers, ""},
		{"data-plane-kafka-socket-acceptor-ListenerName(EX-T)-SASL_SSL-9092", state.Acceptors, "EX-T"},
		{"data-plane-kafka-socket-acceptor-CONTROLLER-PLAINTEXT-20962", state.Acceptors, "CONTROLLER"},
		{"ReplicaFetcherThread-0-2", state.Fetchers, ""},
		{"ReplicaAlterLogDirsThread-0", state.Fetchers, ""},
		{"kafka-log-cleaner-thread-0", state.CleanerThreads, ""},
		{"ExpirationReaper-1-Produce", state.PurgatoryThread, ""},
		{"kafka-1-raft-io-thread", state.RaftThreads, ""},
		{"quorum-controller-1-event-handler", state.RaftThreads, ""},
		{"kafka-scheduler-3", state.SchedulerThread, ""},
		{"GC Thread#3", state.GCThreads, ""},
		{"G1 Conc#0", state.GCThreads, ""},
		{"VM Thread", state.VMThreads, ""},
		{"Thread-4", state.OtherThreads, ""},
	} {
		if group, listener := groupOf(c.name); group != c.group || listener != c.listener {
			t.Errorf("%s: %s %q", c.name, group, listener)
		}
	}
}

func TestSocketsOfTheKernel(t *testing.T) {
	for _, c := range []struct {
		line, inode, remote string
		port                int
		listen, ok          bool
	}{
		{"   1: 0100007F:2384 0200007F:C9A6 01 00000000:00000000 00:00000000 00000000     0        0 117632 1 0", "117632", "127.0.0.2:51622", 9092, false, true},
		{"   1: 0000000000000000FFFF00000204050A:2384 0000000000000000FFFF00000605040A:C9A6 01 0:0 0:0 0 0 0 5 1 0", "5", "10.4.5.6:51622", 9092, false, true},
		{"   1: B80D01200000000067452301EFCDAB89:2384 B80D012000000000674523010EFCDAB8:C9A6 0A 0:0 0:0 0 0 0 5 1 0", "5", "[2001:db8::123:4567:b8da:fc0e]:51622", 9092, true, true},
		{"   1: 0100007F:2384 0200007F:C9A6 06 0:0 0:0 0 0 0 0 1 0", "", "", 0, false, false}, // in TIME_WAIT it has no inode
		{socketHead, "", "", 0, false, false},
		{"   1: 01007F:2384 0200007F:C9A6 01 0:0 0:0 0 0 0 5", "", "", 0, false, false},
	} {
		inode, s, ok := parseSocket(c.line)
		if ok != c.ok || inode != c.inode || ok && (s.remote.String() != c.remote || s.port != c.port || s.listen != c.listen) {
			t.Errorf("%s: %q %+v %v", c.line, inode, s, ok)
		}
	}
}

// perfData makes a file of a JVM's counters.
func perfData(order binary.ByteOrder, longs map[string]int64, texts map[string]string) string {
	entry := func(name string, kind byte, vector int, data []byte) []byte {
		at := (20 + len(name) + 1 + 7) / 8 * 8
		e := make([]byte, (at+len(data)+7)/8*8)
		order.PutUint32(e, uint32(len(e)))
		order.PutUint32(e[4:], 20)
		order.PutUint32(e[8:], uint32(vector))
		e[12] = kind
		order.PutUint32(e[16:], uint32(at))
		copy(e[20:], name)
		copy(e[at:], data)
		return e
	}
	var entries []byte
	for _, name := range slices.Sorted(maps.Keys(longs)) {
		var b [8]byte
		order.PutUint64(b[:], uint64(longs[name]))
		entries = append(entries, entry(name, 'J', 0, b[:])...)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		entries = append(entries, entry(name, 'B', len(texts[name])+1, append([]byte(texts[name]), 0))...)
	}
	head := make([]byte, 32)
	binary.BigEndian.PutUint32(head, 0xcafec0c0)
	if order == binary.ByteOrder(binary.LittleEndian) {
		head[4] = 1
	}
	head[5], head[7] = 2, 1
	order.PutUint32(head[24:], 32)
	order.PutUint32(head[28:], uint32(len(longs)+len(texts)))
	return string(head) + string(entries)
}

func TestTheJVMsCountersTellOfItsPauses(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t.Run(order.String(), func(t *testing.T) {
			m := machine()
			m.thread(4711, 1, "data-plane-kafk", epollAMD64, 'S')
			n := int64(0)
			// Each time that the file is read there was one more pause, of 4 ms after 1 ms to reach it; the fifth was ten times as long.
			m.changes["proc/4711/root/tmp/hsperfdata_kafka/4711"] = func() (string, error) {
				n++
				at := n / 3 // three counters are read in one go
				long := int64(0)
				if at > 5 {
					long = 9
				}
				return perfData(order, map[string]int64{
					"sun.os.hrt.frequency": 1e9, "sun.rt.safepoints": at, "sun.rt.safepointTime": (at + long) * 4e6, "sun.rt.safepointSyncTime": at * 1e6,
					"java.threads.live": 77, "sun.gc.collector.0.time": 5, "sun.gc.collector.0.invocations": 2,
				}, map[string]string{"java.property.java.version": "17.0.15", "sun.gc.collector.0.name": "G1 young"}), nil
			}
			m.put("proc/4711/root/tmp/hsperfdata_kafka/4711", "") // for the listing
			h, err := looked(t, m.system(), Options{For: 10 * 1e9})
			if err != nil {
				t.Fatal(err)
			}
			p := h.Pauses.Value
			if !h.Pauses.Known || h.Java != "17.0.15" || p.ThreadsLive != 77 || len(p.Collectors) != 1 || p.Collectors[0].Name != "G1 young" {
				t.Fatalf("java %q, pauses %+v", h.Java, h.Pauses)
			}
			if share := float64(p.Safepoints) * 5e-3 / 10; p.Safepoints < 900 || p.Share < share || p.Share > share+0.01 || p.SyncShare < share/5-0.001 || p.SyncShare > share/5+0.001 {
				t.Errorf("%+v", p)
			}
			if p.Worst < 40 || p.Worst > 50 || p.WorstSync < 1 || p.WorstSync > 2 {
				t.Errorf("worst %v ms, %v of it to reach it", p.Worst, p.WorstSync)
			}
		})
	}
}

type text struct{ *strings.Reader }

func (text) Close() error { return nil }

func FuzzCounters(f *testing.F) {
	f.Add(perfData(binary.LittleEndian, map[string]int64{"sun.os.hrt.frequency": 1e9, "sun.rt.safepoints": 1}, map[string]string{"java.property.java.version": "17"}))
	f.Add(perfData(binary.BigEndian, map[string]int64{"sun.gc.collector.0.time": 9}, nil))
	f.Fuzz(func(t *testing.T, s string) {
		defer alloctest.Bound(t, len(s))()
		if c, err := readCounters(text{strings.NewReader(s)}); err == nil {
			c.stops()
			c.collected()
		}
	})
}

func FuzzLinesOfProc(f *testing.F) {
	f.Add("40 0x5a 0x71 0x0 0xfff00 0x0 0x1f4 0x7f2179bfe660 0x7f220b5\n")
	f.Add(`"main" #1 [7447] prio=5 os_prio=0 tid=0x00007f22 nid=7447 runnable`)
	f.Add("   1: 0100007F:2384 0200007F:C9A6 01 00000000:00000000 00:00000000 00000000     0        0 117632 1 0")
	f.Fuzz(func(t *testing.T, s string) {
		defer alloctest.Bound(t, len(s))()
		parseEntry([]byte(s))
		stateOf([]byte(s))
		parseThread(s)
		parseSocket(s)
		segmentOf(s, nil)
		segmentOf(s, []string{"/data1"})
		groupOf(s)
		groupOfComm(s)
	})
}

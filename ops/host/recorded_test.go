package host

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"kdeck/ops/state"
)

// recorded is a machine as it was recorded from a real one (Kafka 4.3.1 on Java 17, Linux 6.18) and cut to what a test needs. What changes during a look is told by
// a function.
type recorded struct {
	fstest.MapFS
	changes map[string]func() (string, error)
}

// machine is a recorded one with one broker, process 4711.
func machine() *recorded {
	m := &recorded{fstest.MapFS{}, map[string]func() (string, error){}}
	m.broker(4711, "/etc/kafka/server.properties")
	m.put("proc/4711/root/etc/kafka/server.properties", "node.id=3\nprocess.roles=broker\nlisteners=EXTERNAL://0.0.0.0:9092,INTERNAL://:9093\nlog.dirs=/data1,/data-2\n")
	m.put("proc/stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n")
	m.put("proc/meminfo", "MemTotal: 32000 kB\nCached:           1000 kB\nDirty:  20 kB\nWriteback:   4 kB\n")
	m.put("proc/self/mounts", "proc /proc proc rw,nosuid 0 0\n")
	m.put("proc/sys/vm/max_map_count", "65530\n")
	m.put("proc/diskstats", "   8      16 sdb 100 0 2048 500 10 0 80 20 0 700 520 0 0 0 0\n")
	for _, of := range []string{"cpu", "io", "memory"} {
		m.put("proc/pressure/"+of, "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
	}
	return m
}

// broker adds the process of one, without threads.
func (m *recorded) broker(pid int, config string) {
	dir := "proc/" + strconv.Itoa(pid) + "/"
	m.put(dir+"cmdline", "java\x00-Xmx6g\x00-cp\x00/opt/kafka/libs/*\x00kafka.Kafka\x00"+config+"\x00")
	m.link(dir+"exe", "/usr/lib/jvm/java-17/bin/java")
	m.put(dir+"status", fmt.Sprintf("Name:\tjava\nUid:\t1001\t1001\t1001\t1001\nNSpid:\t%d\nSigCgt:\t2000000101005ccf\n", pid))
	m.put(dir+"stat", statIn('S'))
	m.put(dir+"limits", "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            100000               100000               files     \n")
	m.put(dir+"maps", "7f22045f4000-7f22045f5000 r-xp 00000000 08:10 5 /usr/lib/jvm/java-17/lib/server/libjvm.so\n")
	m.put(dir+"io", "rchar: 5\nread_bytes: 1000\nwrite_bytes: 2000\n")
	m.put(dir+"cgroup", "0::/kafka.slice\n")
	m.put(dir+"net/snmp", "Tcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 5000 7\n")
	m.put(dir+"net/netstat", "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 3 4\n")
	m.put(dir+"net/tcp", socketHead)
	m.put(dir+"net/tcp6", socketHead)
}

const socketHead = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

// statIn is the stat of a thread in a state.
func statIn(s byte) string {
	return fmt.Sprintf("4711 (a) R (b) %c 1 4711 4711 0 -1 4194368 100 0 0 0 1 2", s)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// thread adds one that stays as it is.
func (m *recorded) thread(pid, tid int, comm, syscall string, s byte) {
	dir := fmt.Sprintf("proc/%d/task/%d/", pid, tid)
	m.put(dir+"comm", comm+"\n")
	m.put(dir+"status", fmt.Sprintf("NSpid:\t%d\n", tid))
	m.put(dir+"syscall", syscall+"\n")
	m.put(dir+"stat", statIn(s))
	m.put(dir+"schedstat", "1000000 2000000 30\n")
}

func (m *recorded) put(name, text string) {
	m.MapFS[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444, ModTime: time.Date(1999, 12, 25, 0, 0, 0, 0, time.UTC)}
}

func (m *recorded) link(name, to string) {
	m.MapFS[name] = &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
}

func (m *recorded) system() *System {
	return &System{Files: m, Arch: "amd64", Name: "b3", User: 0, Volume: func(name string) (Volume, error) {
		return Volume{Major: 8, Minor: 16, Total: 1000, Free: 500, Inodes: 0.9}, nil
	}}
}

// Open opens a file whose text a function tells, and every other as it is.
func (m *recorded) Open(name string) (fs.File, error) {
	if says := m.changes[name]; says != nil {
		if _, err := says(); err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &changing{name: name, says: says}, nil
	}
	return m.MapFS.Open(name)
}

func (m *recorded) ReadFile(name string) ([]byte, error) {
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

type changing struct {
	name string
	says func() (string, error)
	rest io.Reader
}

func (f *changing) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }
func (f *changing) Close() error               { return nil }

func (f *changing) Read(p []byte) (int, error) {
	if f.rest == nil {
		text, err := f.says()
		if err != nil {
			return 0, err
		}
		f.rest = strings.NewReader(text)
	}
	return f.rest.Read(p)
}

func (f *changing) ReadAt(p []byte, off int64) (int, error) {
	text, err := f.says()
	if err != nil {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
	}
	return bytes.NewReader([]byte(text)).ReadAt(p, off)
}

// hangsFor is how long a file that blocks does so.
const hangsFor = time.Hour

// looked looks at a recorded machine for ten seconds of virtual time.
func looked(t *testing.T, s *System, o Options) (h *state.Host, err error) {
	t.Helper()
	if o.PID == 0 && o.Broker == 0 {
		o.Broker = -1
	}
	synctest.Test(t, func(t *testing.T) {
		h, err = Look(t.Context(), s, o)
		time.Sleep(hangsFor) // of virtual time: what was left behind has to end too
	})
	return h, err
}

// threadIn finds a thread.
func threadIn(t *testing.T, h *state.Host, tid int) *state.HostThread {
	t.Helper()
	i := slices.IndexFunc(h.Threads, func(t state.HostThread) bool { return t.TID == tid })
	if i < 0 {
		t.Fatalf("no thread %d in %+v", tid, h.Threads)
	}
	return &h.Threads[i]
}

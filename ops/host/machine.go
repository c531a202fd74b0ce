package host

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/state"
)

func statOf(s *System, name string) (fs.FileInfo, error) { return fs.Stat(s.Files, in(name)) }

// figures are counters of the machine at a moment. What is missing couldn't be read; why stands in whys.
type figures struct {
	at    time.Time
	of    map[string]float64
	whys  map[string]error
	disks map[[2]uint32]disk
}

// disk is a line of /proc/diskstats.
type disk struct {
	name                                   string
	reads, readMS, writes, writeMS, busyMS float64
	readBytes, writeBytes                  float64
}

// The names of counters.
const (
	pressureCPU, pressureIO, pressureMemory = "cpu", "io", "memory" // microseconds in which some task waited
	retransmits, segments, listenDrops      = "RetransSegs", "OutSegs", "ListenDrops"
	brokerRead, brokerWritten               = "read_bytes", "write_bytes"
	periods, held                           = "periods", "throttled" // periods with a CPU quota, and of them those in which it held back
	cached, dirty, writeback                = "Cached", "Dirty", "Writeback"
)

// figures reads the counters of the machine, as the broker's process sees it.
func (s *System) figures(p *Process, now time.Time) *figures {
	f := &figures{at: now, of: map[string]float64{}, whys: map[string]error{}}
	for _, name := range []string{pressureCPU, pressureIO, pressureMemory} {
		text, err := s.read("/proc/pressure/" + name)
		if err == nil {
			err = errors.New("the kernel tells no such pressure")
			for line := range strings.Lines(text) {
				if _, total, ok := strings.Cut(line, "total="); ok && strings.HasPrefix(line, "some ") {
					f.of[name], err = strconv.ParseFloat(strings.TrimSpace(total), 64)
				}
			}
		}
		f.fail(err, name)
	}
	text, err := s.read("/proc/meminfo")
	for line := range strings.Lines(text) {
		key, rest, _ := strings.Cut(line, ":")
		if field := strings.Fields(rest); len(field) > 0 && (key == cached || key == dirty || key == writeback) {
			if kb, err := strconv.ParseFloat(field[0], 64); err == nil {
				f.of[key] = kb * 1024
			}
		}
	}
	f.fail(err, cached, dirty, writeback)
	f.fail(s.tables(p, f, "snmp", "Tcp:", retransmits), retransmits)
	f.fail(s.tables(p, f, "snmp", "Tcp:", segments), segments)
	f.fail(s.tables(p, f, "netstat", "TcpExt:", listenDrops), listenDrops)
	text, err = s.read(proc(p.PID, "io"))
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && (key == brokerRead || key == brokerWritten) {
			if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				f.of[key] = n
			}
		}
	}
	f.fail(err, brokerRead, brokerWritten)
	all, back, err := s.quota(p)
	if err == nil {
		f.of[periods], f.of[held] = all, back
	}
	f.fail(err, periods, held)
	f.disks = s.diskstats()
	return f
}

// fail notes why counters couldn't be read.
func (f *figures) fail(err error, names ...string) {
	for _, n := range names {
		if err == nil {
			if _, ok := f.of[n]; !ok {
				f.whys[n] = errors.New("this kernel doesn't tell it")
			}
			continue
		}
		f.whys[n] = err
	}
}

// tables reads a counter from /proc/PID/net/snmp or netstat: a line of names and a line of values for each protocol.
func (s *System) tables(p *Process, f *figures, file, protocol, name string) error {
	text, err := s.read(proc(p.PID, "net", file))
	if err != nil {
		return err
	}
	var names []string
	for line := range strings.Lines(text) {
		field := strings.Fields(line)
		if len(field) == 0 || field[0] != protocol {
			continue
		}
		if names == nil {
			names = field
			continue
		}
		for i, n := range names {
			if n == name && i < len(field) {
				f.of[name], err = strconv.ParseFloat(field[i], 64)
				return err
			}
		}
	}
	return nil
}

// quota reads in how many periods of the scheduler the broker's control group had a CPU quota, and in how many of them that held its threads back. Times would be sums
// over cores.
func (s *System) quota(p *Process) (all, back float64, err error) {
	groups, err := s.read(proc(p.PID, "cgroup"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(strings.TrimSpace(groups)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		dir := "/sys/fs/cgroup"
		switch {
		case f[1] == "": // version 2
		case strings.Contains(","+f[1]+",", ",cpu,"):
			dir = path.Join(dir, f[1])
		default:
			continue
		}
		for _, in := range []string{path.Join(dir, f[2]), dir} { // the path may be that of another namespace
			text, err := s.read(path.Join(in, "cpu.stat"))
			if err != nil {
				continue
			}
			found := 0
			for line := range strings.Lines(text) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				into := map[string]*float64{"nr_periods": &all, "nr_throttled": &back}[key]
				if into == nil {
					continue
				}
				if *into, err = strconv.ParseFloat(value, 64); err != nil {
					return 0, 0, err
				}
				found++
			}
			if found == 2 {
				return all, back, nil
			}
			break
		}
	}
	return 0, 0, errors.New("its control group has no CPU quota")
}

// diskstats reads /proc/diskstats by the number of the device (Documentation/admin-guide/iostats.rst).
func (s *System) diskstats() map[[2]uint32]disk {
	all := map[[2]uint32]disk{}
	text, err := s.read("/proc/diskstats")
	if err != nil {
		return all
	}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 13 {
			continue
		}
		n := make([]float64, len(f))
		for i := range f {
			if i != 2 {
				n[i], _ = strconv.ParseFloat(f[i], 64)
			}
		}
		all[[2]uint32{uint32(n[0]), uint32(n[1])}] = disk{name: f[2], reads: n[3], readBytes: n[5] * 512, readMS: n[6], writes: n[7], writeBytes: n[9] * 512, writeMS: n[10], busyMS: n[12]}
	}
	return all
}

// around sums up the machine between two moments.
func (s *System) around(p *Process, was, now *figures, cores int) state.HostMachine {
	seconds := now.at.Sub(was.at).Seconds()
	rate := func(name string, unit float64) state.Reading[float64] {
		a, ok1 := was.of[name]
		b, ok2 := now.of[name]
		if !ok1 || !ok2 || seconds <= 0 {
			return state.Missing[float64](why(now.whys[name]), now.at, "")
		}
		return state.Read(max(0, b-a)/unit/seconds, now.at, "/proc")
	}
	level := func(name string) state.Reading[int64] {
		if v, ok := now.of[name]; ok {
			return state.Read(int64(v), now.at, "/proc/meminfo")
		}
		return state.Missing[int64](why(now.whys[name]), now.at, "/proc/meminfo")
	}
	m := state.HostMachine{Cores: cores,
		PressureCPU: rate(pressureCPU, 1e6), PressureIO: rate(pressureIO, 1e6), PressureMemory: rate(pressureMemory, 1e6),
		PageCache: level(cached), Dirty: level(dirty), Writeback: level(writeback),
		Retransmits: rate(retransmits, 1), SegmentsOut: rate(segments, 1), ListenDrops: rate(listenDrops, 1),
		BrokerRead: rate(brokerRead, 1), BrokerWritten: rate(brokerWritten, 1), Throttled: rate(held, 1),
	}
	if n := rate(periods, 1); n.Value > 0 {
		m.Throttled.Value = min(1, m.Throttled.Value/n.Value)
	}
	fds, err := s.numbers(proc(p.PID, "fd"))
	m.Descriptors = reading(int64(len(fds)), err, now.at, proc(p.PID, "fd"))
	limit, err := s.limit(p)
	m.DescriptorsMax = reading(limit, err, now.at, proc(p.PID, "limits"))
	maps, err := s.countLines(proc(p.PID, "maps"))
	m.Maps = reading(maps, err, now.at, proc(p.PID, "maps"))
	most, err := s.read("/proc/sys/vm/max_map_count")
	n := int64(0)
	if err == nil {
		n, err = strconv.ParseInt(strings.TrimSpace(most), 10, 64)
	}
	m.MapsMax = reading(n, err, now.at, "vm.max_map_count")
	return m
}

func reading(n int64, err error, at time.Time, from string) state.Reading[int64] {
	if err != nil {
		return state.Missing[int64](short(err).Error(), at, from)
	}
	return state.Read(n, at, from)
}

func why(err error) string {
	if err == nil {
		return "not read"
	}
	return short(err).Error()
}

// limit is how many descriptors the process may have (its soft limit).
func (s *System) limit(p *Process) (int64, error) {
	text, err := s.read(proc(p.PID, "limits"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				return strconv.ParseInt(f[0], 10, 64)
			}
		}
	}
	return 0, errors.New("no limit is told")
}

func (s *System) countLines(name string) (n int64, err error) {
	f, err := s.Files.Open(in(name))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		n++
	}
	return n, lines.Err()
}

// cores counts the machine's cores.
func (s *System) cores() (n int) {
	text, err := s.read("/proc/stat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "cpu"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			n++
		}
	}
	return n
}

// dirs tells of the log dirs and the devices that hold them.
func (s *System) dirs(p *Process, was, now *figures) []state.HostDir {
	out := []state.HostDir{}
	seconds := now.at.Sub(was.at).Seconds()
	for _, name := range p.LogDirs {
		d := state.HostDir{Path: name}
		v, err := s.volume(path.Join(proc(p.PID, "root"), name))
		if err != nil {
			why := short(err).Error()
			d.FreeBytes, d.TotalBytes = state.Missing[int64](why, now.at, ""), state.Missing[int64](why, now.at, "")
			d.Busy.Why, d.ReadWait.Why, d.WriteWait.Why, d.ReadBytes.Why, d.WriteBytes.Why, d.InodesFree.Why = why, why, why, why, why, why
			out = append(out, d)
			continue
		}
		d.TotalBytes, d.FreeBytes = state.Read(v.Total, now.at, "statfs"), state.Read(v.Free, now.at, "statfs")
		if v.Inodes >= 0 {
			d.InodesFree = state.Read(v.Inodes, now.at, "statfs")
		} else {
			d.InodesFree.Why = "this file system has no fixed number of files"
		}
		a, ok1 := was.disks[[2]uint32{v.Major, v.Minor}]
		b, ok2 := now.disks[[2]uint32{v.Major, v.Minor}]
		if !ok1 || !ok2 || seconds <= 0 {
			why := fmt.Sprintf("its file system has no device of its own in /proc/diskstats (%d:%d)", v.Major, v.Minor)
			d.Busy.Why, d.ReadWait.Why, d.WriteWait.Why, d.ReadBytes.Why, d.WriteBytes.Why = why, why, why, why, why
			out = append(out, d)
			continue
		}
		d.Device = b.name
		read := func(v float64) state.Reading[float64] { return state.Read(v, now.at, "/proc/diskstats") }
		d.Busy = read(min(1, (b.busyMS-a.busyMS)/1000/seconds))
		d.ReadBytes, d.WriteBytes = read((b.readBytes-a.readBytes)/seconds), read((b.writeBytes-a.writeBytes)/seconds)
		d.ReadWait, d.WriteWait = mean(b.readMS-a.readMS, b.reads-a.reads, now.at), mean(b.writeMS-a.writeMS, b.writes-a.writes, now.at)
		out = append(out, d)
	}
	return out
}

// mean is unknown where there was nothing: not 0, which would be the best of all.
func mean(sum, n float64, at time.Time) state.Reading[float64] {
	if n <= 0 {
		return state.Missing[float64]("there were none", at, "/proc/diskstats")
	}
	return state.Read(sum/n, at, "/proc/diskstats")
}

func (s *System) volume(name string) (Volume, error) {
	if s.Volume == nil {
		return Volume{}, &os.PathError{Op: "statfs", Path: name, Err: errors.ErrUnsupported}
	}
	return s.Volume(name)
}

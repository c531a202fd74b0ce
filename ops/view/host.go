package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// A HostRow is a thread of a look at a broker's machine, or several of one group that have nothing to do.
type HostRow struct {
	Group          state.ThreadGroup
	Name           string // of the thread, or how many have little to do
	Short          string // without what its group tells
	TID            string
	OnCore         state.Reading[float64]
	WaitingForCore state.Reading[float64]
	Disk, Idle     float64
	Error          float64
	Calls          []state.CallShare
}

// An idle thread is shown with the others of its group that are.
const (
	hostIdle  = 0.97
	hostQuiet = 0.03
)

// HostRows are the rows of a look: all threads, or those of a group that have little to do in one row, behind the others of the group.
func HostRows(h *state.Host, all bool) (rows []HostRow) {
	var idle *HostRow
	n := 0
	end := func() { // of a group
		if n > 1 {
			idle.Name = fmt.Sprintf("%d with little to do", n)
			idle.Short = idle.Name
		}
		if n > 0 {
			rows = append(rows, *idle)
		}
		idle, n = nil, 0
	}
	for i := range h.Threads {
		t := &h.Threads[i]
		if i > 0 && t.Group != h.Threads[i-1].Group {
			end()
		}
		row := HostRow{t.Group, t.Name, shortThread(t.Group, t.Listener, t.Name), strconv.Itoa(t.TID), t.OnCore, t.WaitingForCore, t.Disk, t.Idle, t.Error, t.Calls}
		if all || !quiet(t) {
			rows = append(rows, row)
			continue
		}
		if n++; n == 1 {
			row.TID, row.Calls = "", nil
			idle = &row
			continue
		}
		mean := func(a, b float64) float64 { return a + (b-a)/float64(n) }
		idle.OnCore.Value, idle.WaitingForCore.Value = mean(idle.OnCore.Value, t.OnCore.Value), mean(idle.WaitingForCore.Value, t.WaitingForCore.Value)
		idle.Disk, idle.Idle, idle.Error = mean(idle.Disk, t.Disk), mean(idle.Idle, t.Idle), max(idle.Error, t.Error)
	}
	end()
	return rows
}

// quiet tells whether a thread has so little to do that it is shown with others.
func quiet(t *state.HostThread) bool {
	return t.Idle >= hostIdle || t.Disk+t.OnCore.Or(1)+t.WaitingForCore.Or(1) <= hostQuiet
}

// Holds tells whether a row is of a thread.
func (r HostRow) Holds(t *state.HostThread) bool {
	if r.TID == "" {
		return r.Group == t.Group && quiet(t)
	}
	return r.TID == strconv.Itoa(t.TID)
}

// HostNames says how the names of threads were come by.
func HostNames(n state.ThreadNames) string {
	if n == state.NamesFromJVM {
		return "from the JVM"
	}
	return "by what they wait in"
}

// shortThread leaves out of a thread's name what its group tells: of a network thread its listener and number are left, of an acceptor its listener and port.
func shortThread(group state.ThreadGroup, listener, name string) string {
	if i := strings.LastIndexByte(name, '-'); (group == state.NetworkThreads || group == state.Acceptors) && listener != "" && i >= 0 {
		return listener + name[i:]
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "data-plane-"), "kafka-")
}

// HostColumns are the columns of threads; wide has their whole names.
func HostColumns(wide bool) []Column[HostRow] {
	share := func(head, name, help string, get func(HostRow) state.Reading[float64]) Column[HostRow] {
		return Column[HostRow]{Head: head, Name: name, Help: help, Right: true,
			Cell: func(r HostRow) string {
				if v := get(r); v.Known {
					return format.Percent(100 * v.Value)
				}
				return format.Unknown
			},
			Key: func(r HostRow) int64 { return Key(get(r).Or(math.NaN())) },
		}
	}
	sampled := func(v float64) state.Reading[float64] { return state.Reading[float64]{Value: v, Known: true} }
	group := Text("GROUP", "group", "what kind of thread it is: network, handler (of requests), fetcher (of a follower), acceptor, cleaner, purgatory, raft, scheduler, gc, vm, other",
		func(r HostRow) string { return string(r.Group) })
	group.Key = func(r HostRow) int64 { return int64(slices.Index(hostGroups, r.Group)) }
	return []Column[HostRow]{
		group,
		Text("THREAD", "name", "its name, without what its group says; threads of a group that have little to do stand in one row", func(r HostRow) string {
			if wide {
				return r.Name
			}
			return r.Short
		}),
		{Head: "TID", Name: "tid", Help: "its number on this machine, as top -H shows it", Right: true, Wide: true, Cell: func(r HostRow) string { return r.TID },
			Key: func(r HostRow) int64 {
				if n, err := strconv.ParseInt(r.TID, 10, 64); err == nil {
					return n
				}
				return NoValue
			}},
		share("ON CORE", "on_core", "share of the time that it ran on a core, counted by the kernel (schedstat); ?? where that can't be read", func(r HostRow) state.Reading[float64] { return r.OnCore }),
		share("NO CORE", "waiting_for_core", "share of the time that it could run and waited for a core, counted by the kernel (schedstat); ?? where that can't be read", func(r HostRow) state.Reading[float64] { return r.WaitingForCore }),
		share("DISK", "disk", "share of the samples in which it waited for a device (state D)", func(r HostRow) state.Reading[float64] { return sampled(r.Disk) }),
		share("IDLE", "idle", "share of the samples in which it waited for work", func(r HostRow) state.Reading[float64] { return sampled(r.Idle) }),
		share("±", "error", "how far off DISK, IDLE and the calls may be: half of their 95 % interval", func(r HostRow) state.Reading[float64] { return sampled(r.Error) }),
		Text("IN CALLS", "calls", "the system calls in which it was, with their shares of the samples, the largest first", func(r HostRow) string { return hostCalls(r.Calls) }),
	}
}

// hostGroups are the groups in the order in which they are shown.
var hostGroups = []state.ThreadGroup{state.NetworkThreads, state.RequestHandlers, state.Fetchers, state.Acceptors, state.CleanerThreads, state.PurgatoryThread,
	state.RaftThreads, state.SchedulerThread, state.GCThreads, state.VMThreads, state.OtherThreads}

// hostCalls names the calls that a thread spends time in.
func hostCalls(calls []state.CallShare) string {
	var parts []string
	for _, c := range calls {
		if c.Share < hostQuiet/3 || len(parts) == 3 {
			break
		}
		parts = append(parts, c.Call+" "+format.Percent(100*c.Share))
	}
	return strings.Join(parts, ", ")
}

// HostWaits are the waits that are worth a row: all, or those of a hundredth of a thread's time and more.
func HostWaits(h *state.Host, all bool) (waits []state.HostWait) {
	for _, w := range h.Waits {
		if all || w.Share >= 0.01 && (w.File != "" || w.Client != "" || w.Disk > 0) {
			waits = append(waits, w)
		}
	}
	return waits
}

// HostWaitColumns are the columns of waits.
func HostWaitColumns() []Column[state.HostWait] {
	return []Column[state.HostWait]{
		{Head: "WAITS IN", Name: "call", Help: "the system call; page-fault is a wait for a device outside of any call", Cell: func(w state.HostWait) string { return w.Call }},
		{Head: "SHARE", Name: "share", Help: "share of the thread's samples", Right: true, Cell: func(w state.HostWait) string { return format.Percent(100 * w.Share) },
			Key: func(w state.HostWait) int64 { return Key(w.Share) }},
		{Head: "DISK", Name: "disk", Help: "the part of SHARE in which it waited for a device", Right: true, Cell: func(w state.HostWait) string { return format.Percent(100 * w.Disk) },
			Key: func(w state.HostWait) int64 { return Key(w.Disk) }},
		{Head: "PARTITION", Name: "partition", Help: "whose segment it reads or writes", Cell: func(w state.HostWait) string {
			if w.Topic == "" {
				return ""
			}
			return fmt.Sprintf("%s-%d", w.Topic, w.Partition)
		}},
		{Head: "LOG DIR", Name: "log_dir", Help: "the log dir that holds the file", Cell: func(w state.HostWait) string { return w.LogDir }},
		{Head: "CLIENT", Name: "client", Help: "the other end of the socket that it sends to, with its client id where the request log tells", Cell: func(w state.HostWait) string {
			who := cmp.Or(w.ClientName, w.Client)
			if len(w.ClientIDs) > 0 {
				who += " (" + strings.Join(w.ClientIDs, ", ") + ")"
			}
			return who
		}},
		{Head: "BEHIND IT", Name: "behind", Help: "how many other connections of the same thread wait meanwhile, at least", Right: true, Key: func(w state.HostWait) int64 { return int64(w.Behind) }, Cell: func(w state.HostWait) string {
			if w.Behind < 0 {
				return ""
			}
			return strconv.Itoa(w.Behind)
		}},
		{Head: "THREAD", Name: "thread", Help: "who waits", Cell: func(w state.HostWait) string { return shortThread(w.Group, "", w.Thread) }},
		{Head: "FILE", Name: "file", Help: "as the broker has it open", Wide: true, Cell: func(w state.HostWait) string { return w.File }},
		{Head: "WRITTEN", Name: "written", Help: "when the file was last written: how old is what is read", Wide: true, Cell: func(w state.HostWait) string {
			if !w.Written.Known {
				return ""
			}
			return w.Written.Value.UTC().Format(time.DateTime) + "Z"
		}},
	}
}

// A HostFigure is one figure of the machine.
type HostFigure struct{ Name, Value, From string }

// HostFigures are the figures of the JVM, its log dirs and the machine.
func HostFigures(h *state.Host) (rows []HostFigure) {
	add := func(name, value, from string) { rows = append(rows, HostFigure{name, value, from}) }
	float := func(name string, r state.Reading[float64], as func(float64) string) {
		if r.Known {
			add(name, as(r.Value), r.From)
		} else {
			add(name, format.Unknown, r.Why)
		}
	}
	whole := func(name string, r state.Reading[int64], as func(int64) string) {
		if r.Known {
			add(name, as(r.Value), r.From)
		} else {
			add(name, format.Unknown, r.Why)
		}
	}
	percent := func(v float64) string { return format.Percent(100 * v) }
	millis := func(v float64) string { return fmt.Sprintf("%.1f ms", v) }
	perSecond := func(v float64) string { return fmt.Sprintf("%.1f/s", v) }
	if p := h.Pauses.Value; h.Pauses.Known {
		add("JVM stands still", percent(p.Share), "hsperfdata")
		add("reaching safepoints", percent(p.SyncShare), "hsperfdata")
		add("longest pause, at most", millis(p.Worst), "hsperfdata")
		for _, c := range p.Collectors {
			add("collector "+c.Name, fmt.Sprintf("%s, %s", format.Count(int(c.Collections), "collection"), percent(c.Share)), "hsperfdata")
		}
	} else {
		add("JVM stands still", format.Unknown, h.Pauses.Why)
	}
	for _, d := range h.Dirs {
		device := d.Device
		if device == "" {
			device = "no device"
		}
		name := d.Path + " (" + device + ")"
		float(name+" busy", d.Busy, percent)
		float(name+" read takes", d.ReadWait, millis)
		float(name+" write takes", d.WriteWait, millis)
		float(name+" reads", d.ReadBytes, format.ByteRate)
		float(name+" writes", d.WriteBytes, format.ByteRate)
		whole(name+" free", d.FreeBytes, format.Bytes)
		float(name+" inodes free", d.InodesFree, percent)
	}
	m := &h.Around
	float("pressure: cpu", m.PressureCPU, percent)
	float("pressure: io", m.PressureIO, percent)
	float("pressure: memory", m.PressureMemory, percent)
	whole("page cache", m.PageCache, format.Bytes)
	whole("dirty pages", m.Dirty, format.Bytes)
	whole("written back", m.Writeback, format.Bytes)
	float("segments sent again", m.Retransmits, perSecond)
	float("connections dropped", m.ListenDrops, perSecond)
	whole("open descriptors", m.Descriptors, format.Thousands[int64])
	whole("the most of them", m.DescriptorsMax, format.Thousands[int64])
	whole("memory maps", m.Maps, format.Thousands[int64])
	whole("the most of them", m.MapsMax, format.Thousands[int64])
	float("broker reads from devices", m.BrokerRead, format.ByteRate)
	float("broker writes to devices", m.BrokerWritten, format.ByteRate)
	float("held back by a CPU quota", m.Throttled, percent)
	return rows
}

// HostFigureColumns are the columns of figures.
func HostFigureColumns() []Column[HostFigure] {
	return []Column[HostFigure]{
		{Head: "FIGURE", Name: "figure", Cell: func(f HostFigure) string { return f.Name }},
		{Head: "VALUE", Name: "value", Right: true, Cell: func(f HostFigure) string { return f.Value }},
		{Head: "FROM", Name: "from", Cell: func(f HostFigure) string { return f.From }},
	}
}

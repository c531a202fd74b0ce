package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// A HostRow is a thread of a look at a broker's machine, or several of one group that have nothing to do.
type HostRow struct {
	Group          state.ThreadGroup
	Name           string
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

// HostRows are the rows of a look, all threads or with the idle ones of a group in one row.
func HostRows(h *state.Host, all bool) (rows []HostRow) {
	idle := map[state.ThreadGroup]*HostRow{}
	count := map[state.ThreadGroup]int{}
	for i := range h.Threads {
		t := &h.Threads[i]
		row := HostRow{t.Group, t.Name, shortThread(t.Group, t.Listener, t.Name), strconv.Itoa(t.TID), t.OnCore, t.WaitingForCore, t.Disk, t.Idle, t.Error, t.Calls}
		if all || t.Idle < hostIdle && t.Disk+t.OnCore.Or(1)+t.WaitingForCore.Or(1) > hostQuiet {
			rows = append(rows, row)
			continue
		}
		count[t.Group]++
		sum := idle[t.Group]
		if sum == nil {
			row.TID, row.Calls = "", nil
			idle[t.Group] = &row
			rows = append(rows, row) // its place
			continue
		}
		n := float64(count[t.Group])
		mean := func(a, b float64) float64 { return a + (b-a)/n }
		sum.OnCore.Value, sum.WaitingForCore.Value = mean(sum.OnCore.Value, t.OnCore.Value), mean(sum.WaitingForCore.Value, t.WaitingForCore.Value)
		sum.Disk, sum.Idle, sum.Error = mean(sum.Disk, t.Disk), mean(sum.Idle, t.Idle), max(sum.Error, t.Error)
	}
	for i := range rows {
		if sum := idle[rows[i].Group]; sum != nil && rows[i].TID == "" {
			rows[i] = *sum
			if n := count[sum.Group]; n > 1 {
				rows[i].Name = fmt.Sprintf("%d that have little to do", n)
				rows[i].Short = rows[i].Name
			}
		}
	}
	return rows
}

// shortThread leaves out of a thread's name what its group tells: of a network thread its listener and number are left.
func shortThread(group state.ThreadGroup, listener, name string) string {
	if i := strings.LastIndexByte(name, '-'); group == state.NetworkThreads && listener != "" && i >= 0 {
		return listener + name[i:]
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "data-plane-"), "kafka-")
}

// HostColumns are the columns of threads; wide has their whole names.
func HostColumns(wide bool) []Column[HostRow] {
	share := func(v float64) string { return format.Percent(100 * v) }
	counted := func(r state.Reading[float64]) string {
		if !r.Known {
			return format.Unknown
		}
		return share(r.Value)
	}
	return []Column[HostRow]{
		{Head: "GROUP", Name: "group", Cell: func(r HostRow) string { return string(r.Group) }},
		{Head: "THREAD", Name: "name", Cell: func(r HostRow) string {
			if wide {
				return r.Name
			}
			return r.Short
		}},
		{Head: "TID", Name: "tid", Right: true, Wide: true, Cell: func(r HostRow) string { return r.TID }},
		{Head: "ON CORE", Name: "on_core", Right: true, Cell: func(r HostRow) string { return counted(r.OnCore) }},
		{Head: "NO CORE", Name: "waiting_for_core", Right: true, Cell: func(r HostRow) string { return counted(r.WaitingForCore) }},
		{Head: "DISK", Name: "disk", Right: true, Cell: func(r HostRow) string { return share(r.Disk) }},
		{Head: "IDLE", Name: "idle", Right: true, Cell: func(r HostRow) string { return share(r.Idle) }},
		{Head: "±", Name: "error", Right: true, Wide: true, Cell: func(r HostRow) string { return share(r.Error) }},
		{Head: "IN CALLS", Name: "calls", Cell: func(r HostRow) string { return hostCalls(r.Calls) }},
	}
}

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
		{Head: "WAITS IN", Name: "call", Cell: func(w state.HostWait) string { return w.Call }},
		{Head: "SHARE", Name: "share", Right: true, Cell: func(w state.HostWait) string { return format.Percent(100 * w.Share) }},
		{Head: "DISK", Name: "disk", Right: true, Cell: func(w state.HostWait) string { return format.Percent(100 * w.Disk) }},
		{Head: "PARTITION", Name: "partition", Cell: func(w state.HostWait) string {
			if w.Topic == "" {
				return ""
			}
			return fmt.Sprintf("%s-%d", w.Topic, w.Partition)
		}},
		{Head: "LOG DIR", Name: "log_dir", Cell: func(w state.HostWait) string { return w.LogDir }},
		{Head: "CLIENT", Name: "client", Cell: func(w state.HostWait) string {
			if w.ClientName != "" {
				return w.ClientName
			}
			return w.Client
		}},
		{Head: "BEHIND IT", Name: "behind", Right: true, Cell: func(w state.HostWait) string {
			if w.Behind < 0 {
				return ""
			}
			return strconv.Itoa(w.Behind)
		}},
		{Head: "THREAD", Name: "thread", Cell: func(w state.HostWait) string { return shortThread(w.Group, "", w.Thread) }},
		{Head: "FILE", Name: "file", Wide: true, Cell: func(w state.HostWait) string { return w.File }},
		{Head: "WRITTEN", Name: "written", Wide: true, Cell: func(w state.HostWait) string {
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

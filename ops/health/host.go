package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// HostFindings judges a look at a broker's own machine, worst first. Where nothing keeps the broker waiting, one finding of [state.SeverityOK] says so.
func HostFindings(h *state.Host) []state.Finding {
	j := &hostJudge{h: h}
	j.frozen()
	j.networkThreads()
	j.handlers()
	j.cores()
	j.pauses()
	j.devices()
	j.limits()
	j.network()
	j.memory()
	if len(j.findings) == 0 {
		sentence := "Nothing on this machine keeps the broker waiting"
		if len(h.Unknown) > 0 {
			sentence += ", as far as it could be read"
		}
		j.find(state.Finding{Code: HostWell, Severity: state.SeverityOK, Sentence: sentence, Fault: "",
			Evidence: []string{j.sampled(), "threads, the JVM's pauses, log dirs and their devices, descriptors and memory maps, pressure, the network"}})
	}
	slices.SortStableFunc(j.findings, func(a, b state.Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	return j.findings
}

// hostJudge collects what a look shows.
type hostJudge struct {
	h        *state.Host
	findings []state.Finding
}

func (j *hostJudge) find(f state.Finding) {
	f.Scope = "this machine"
	f.Subject = state.Subject{Name: f.Code}
	if j.h.Broker.Known {
		f.Scope = fmt.Sprintf("broker %d", j.h.Broker.Value)
		f.Subject = state.Subject{Kind: state.OfBroker, ID: j.h.Broker.Value, Name: f.Code}
	}
	f.Since = state.Missing[time.Time]("one look doesn't show since when", j.h.At, "")
	j.findings = append(j.findings, f)
}

// sampled says what shares rest on.
func (j *hostJudge) sampled() string {
	return fmt.Sprintf("%s of every thread in %s", format.Count(j.h.Samples, "sample"), format.Duration(j.span()))
}

func (j *hostJudge) span() time.Duration { return time.Duration(j.h.Seconds * float64(time.Second)) }

// frozen judges a process that was stopped as a whole.
func (j *hostJudge) frozen() {
	if j.h.Stopped < HostStopped {
		return
	}
	j.find(state.Finding{Code: HostProcessStopped, Severity: state.SeverityWarning, Fault: "kafka",
		Sentence: fmt.Sprintf("The whole process was stopped for about %s of %s: somebody sent it SIGSTOP, or a debugger holds it",
			format.Duration(time.Duration(j.h.Stopped*j.h.Seconds*float64(time.Second))), format.Duration(j.span())),
		Evidence: []string{fmt.Sprintf("/proc/%d/stat said T in %s of %s", j.h.PID, format.Percent(100*j.h.Stopped), format.Count(j.h.Samples, "sample"))},
		Next:     fmt.Sprintf("kill -CONT %d, and find out who stopped it", j.h.PID)})
}

// networkThreads judges each network thread: one that waits for the disk lets all its other connections wait (KAFKA-7504), and one that waits in a futex
// can't hand requests over.
func (j *hostJudge) networkThreads() {
	var locked []string
	worst := 0.0
	for i := range j.h.Threads {
		t := &j.h.Threads[i]
		if t.Group != state.NetworkThreads {
			continue
		}
		if t.Disk >= HostThreadOnDisk && t.Disk > t.Error {
			j.blocked(t)
		}
		if s := shareOf(t, "futex"); s >= HostThreadLocked && s > t.Error {
			locked, worst = append(locked, line(t.Name)), max(worst, s)
		}
	}
	if len(locked) > 0 {
		j.find(state.Finding{Code: HostQueueFull, Severity: state.SeverityWarning, Fault: "kafka",
			Sentence: fmt.Sprintf("%s for a lock up to %s of the time: the request queue is full when request handlers don't keep up",
				count(len(locked), "network thread waits", "network threads wait"), format.Percent(100*worst)),
			Evidence: []string{"in futex, where a network thread has no work of its own: " + listed(locked), j.sampled()},
			Next:     "look at the request handlers below; RequestQueueSize near queued.max.requests confirms it"})
	}
}

// blocked says for what a network thread waits, and who waits behind it.
func (j *hostJudge) blocked(t *state.HostThread) {
	of := j.waitsOf(t)
	where := "of this broker"
	if listener := cmp.Or(append([]string{t.Listener}, listeners(of)...)...); listener != "" {
		where = "of listener " + name(listener)
	}
	f := state.Finding{Code: HostNetworkOnDisk, Severity: state.SeverityWarning, Fault: "client",
		Sentence: fmt.Sprintf("%s %s waits for the disk %s of the time", threadName(t), where, format.Percent(100*t.Disk)),
		Evidence: []string{fmt.Sprintf("/proc/%d/task/%d/stat and syscall: state D in %s of %s, ± %s", j.h.PID, t.TID, format.Percent(100*t.Disk), format.Count(t.Samples, "sample"), format.Percent(100*t.Error))},
		Next:     "find out whose consumers read so far back (kdeck groups --lagging), and hold them back by a quota for bytes (kdeck quota what-if)"}
	if len(of) > 0 {
		w := of[0]
		f.Sentence = fmt.Sprintf("%s %s spends %s of its time in %s, waiting for %s", threadName(t), where, format.Percent(100*w.Share), w.Call, name(cmp.Or(w.LogDir, "a disk")))
		if reads := j.reads(w); reads != "" {
			f.Sentence += ": " + reads
		}
		if w.Behind > 0 {
			f.Sentence += fmt.Sprintf("; at least %s of that thread %s behind it", format.Count(w.Behind, "other connection"), verb(w.Behind, "waits", "wait"))
		}
		f.Sentence += " (KAFKA-7504)"
		for _, w := range of[:min(4, len(of))] {
			what := fmt.Sprintf("%s for %s of the time, %s of it for the disk", w.Call, format.Percent(100*w.Share), format.Percent(100*w.Disk))
			if w.File != "" {
				what += ", " + line(w.File)
			}
			if w.Client != "" {
				what += ", to " + line(w.Client)
			}
			if w.Bytes > 0 {
				what += ", up to " + format.Bytes(w.Bytes) + " in one call"
			}
			f.Evidence = append(f.Evidence, what)
		}
	}
	switch {
	case len(of) == 0 || of[0].Client == "":
		f.Evidence = append(f.Evidence, "which client it serves then isn't told by the call")
	case len(of[0].ClientIDs)+len(of[0].Users) > 0:
		f.Evidence = append(f.Evidence, "whose connection it is, as the broker's request log has it")
	default:
		f.Evidence = append(f.Evidence, "whose connection that is the machine doesn't know; the broker's request log would tell (kdeck quota observe --request-log)")
	}
	j.find(f)
}

// listeners are those of the clients that a thread serves.
func listeners(of []*state.HostWait) (all []string) {
	for _, w := range of {
		all = append(all, w.Listener)
	}
	return all
}

// ThreadOnDisk is the severity of the share of the time that a thread waits for a device.
func ThreadOnDisk(group state.ThreadGroup, share float64) state.Severity {
	if group == state.NetworkThreads && share >= HostThreadOnDisk || group == state.RequestHandlers && share >= HostHandlersOnDisk {
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// ThreadWithoutCore is the severity of the share of the time that a thread could run and has no core.
func ThreadWithoutCore(group state.ThreadGroup, share float64) state.Severity {
	if (group == state.NetworkThreads || group == state.RequestHandlers) && share >= HostCoreWait {
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// waitsOf lists what a thread waits for on disks, the longest first. A consumer goes from one segment to the next: those of one partition are one wait, with the file
// that took longest.
func (j *hostJudge) waitsOf(t *state.HostThread) (of []*state.HostWait) {
	type same struct {
		call, client, topic, dir string
		partition                int32
	}
	by := map[same]*state.HostWait{}
	for i := range j.h.Waits {
		w := j.h.Waits[i]
		if w.TID != t.TID || w.Disk <= 0 {
			continue
		}
		key := same{w.Call, w.Client, w.Topic, w.LogDir, w.Partition}
		if sum := by[key]; sum != nil {
			sum.Share, sum.Disk, sum.Bytes, sum.Behind = sum.Share+w.Share, sum.Disk+w.Disk, max(sum.Bytes, w.Bytes), max(sum.Behind, w.Behind)
			continue
		}
		by[key] = &w
		of = append(of, &w)
	}
	slices.SortStableFunc(of, func(a, b *state.HostWait) int { return cmp.Compare(b.Disk, a.Disk) })
	return of
}

// reads says who reads what from when.
func (j *hostJudge) reads(w *state.HostWait) string {
	if w.Topic == "" {
		return ""
	}
	s := fmt.Sprintf("%s reads %s", cmp.Or(line(w.Client), "a client")+known(w), name(fmt.Sprintf("%s-%d", w.Topic, w.Partition)))
	if w.Written.Known && j.h.At.Sub(w.Written.Value) > coldAge {
		s += " from " + format.Duration(j.h.At.Sub(w.Written.Value)) + " ago"
	}
	return s
}

// known is what is known of a client beside its address: " (client id batch, user alice)".
func known(w *state.HostWait) string {
	var parts []string
	for _, of := range []struct {
		what string
		all  []string
	}{{"client id ", w.ClientIDs}, {"user ", w.Users}} {
		if len(of.all) > 0 {
			parts = append(parts, of.what+listed(names(of.all)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// names writes names as they may be shown.
func names(of []string) []string {
	shown := make([]string, len(of))
	for i, s := range of {
		shown[i] = name(s)
	}
	return shown
}

// threadName makes the beginning of a sentence of a thread: a network thread is known by its number.
func threadName(t *state.HostThread) string {
	if i := strings.LastIndexByte(t.Name, '-'); i >= 0 && t.Group == state.NetworkThreads {
		if n := t.Name[i+1:]; n != "" && strings.Trim(n, "0123456789") == "" {
			return "Network thread " + n
		}
	}
	s := line(t.Name)
	if s == "" {
		return "A thread"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// writing are the calls by which request handlers write, and make and remove files.
var writing = []string{"write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range", "ftruncate", "truncate", "fallocate", "msync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "open", "openat", "close", "mkdir", "mkdirat"}

// handlers judges what request handlers wait for: writes, reads, and pages of mapped indexes (KAFKA-4614).
func (j *hostJudge) handlers() {
	type sum struct {
		share float64
		dirs  map[string]float64
		calls map[string]float64
	}
	kinds := map[string]*sum{}
	n := 0
	for i := range j.h.Threads {
		if j.h.Threads[i].Group == state.RequestHandlers {
			n++
			for _, c := range j.h.Threads[i].Calls {
				s := kinds[kindOf(c.Call)]
				if s == nil {
					s = &sum{dirs: map[string]float64{}, calls: map[string]float64{}}
					kinds[kindOf(c.Call)] = s
				}
				s.share += c.Disk
				s.calls[c.Call] += c.Disk
			}
		}
	}
	for i := range j.h.Waits {
		if w := &j.h.Waits[i]; w.Group == state.RequestHandlers && kinds[kindOf(w.Call)] != nil && w.LogDir != "" {
			kinds[kindOf(w.Call)].dirs[w.LogDir] += w.Disk
		}
	}
	for _, k := range []struct{ kind, code, does, next string }{
		{"write", HostHandlersWrite, "wait for the disk when they write", "look at that device: other writers, its health, vm.dirty_ratio; log.flush.interval.messages should not be set"},
		{"read", HostHandlersRead, "wait for the disk when they read", "find out who reads what is not in the page cache: kdeck groups --lagging"},
		{"page-fault", HostHandlersFault, "wait for pages of mapped files, such as indexes (KAFKA-4614)", "give the page cache more room, or find out what else reads from these disks"},
	} {
		s := kinds[k.kind]
		if s == nil || n == 0 || s.share/float64(n) < HostHandlersOnDisk && s.share < HostHandlersTogether {
			continue
		}
		share := s.share / float64(n)
		where := ""
		if dir := largestOf(s.dirs); dir != "" {
			where = ", in " + name(dir)
		}
		f := state.Finding{Code: k.code, Severity: state.SeverityWarning, Fault: "disk", Next: k.next,
			Sentence: fmt.Sprintf("Request handlers %s%s, %s of their time%s", k.does, where, format.Percent(100*share), j.deviceOf(largestOf(s.dirs))),
			Evidence: []string{fmt.Sprintf("state D in %s, the mean of %s; %s", largestOf(s.calls), format.Count(n, "request handler"), j.sampled())}}
		if share < HostHandlersOnDisk {
			f.Evidence = append(f.Evidence, fmt.Sprintf("together %s of one thread's time: whoever writes to the same partition waits for its lock meanwhile, and seems idle", format.Percent(100*s.share)))
		}
		for _, dir := range sortedBy(s.dirs)[:min(4, len(s.dirs))] {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %s of a thread's time", line(dir), format.Percent(100*s.dirs[dir])))
		}
		j.find(f)
	}
}

func kindOf(call string) string {
	switch {
	case call == "page-fault":
		return "page-fault"
	case slices.Contains(writing, call):
		return "write"
	}
	return "read"
}

// deviceOf says how busy the device of a log dir is, where that is known.
func (j *hostJudge) deviceOf(dir string) string {
	for i := range j.h.Dirs {
		if d := &j.h.Dirs[i]; d.Path == dir && d.Busy.Known && d.Device != "" {
			s := fmt.Sprintf(": device %s is %s busy", line(d.Device), format.Percent(100*d.Busy.Value))
			if j.h.Around.Writeback.Or(0) > 0 {
				s += ", " + format.Bytes(j.h.Around.Writeback.Value) + " are being written back"
			}
			return s
		}
	}
	return ""
}

// cores judges threads that could run and find no core.
func (j *hostJudge) cores() {
	if s := j.h.Around.Throttled; s.Known && s.Value >= HostQuotaHolds {
		j.find(state.Finding{Code: HostCPUQuota, Severity: state.SeverityWarning, Fault: "kafka",
			Sentence: fmt.Sprintf("The CPU quota of the broker's control group holds its threads back in %s of the scheduler's periods", format.Percent(100*s.Value)),
			Evidence: []string{"cpu.stat of its control group"}, Next: "raise the CPU limit of its container or unit, or take it away"})
	}
	for _, g := range []struct {
		group state.ThreadGroup
		name  string
	}{{state.NetworkThreads, "Network threads"}, {state.RequestHandlers, "Request handlers"}} {
		sum, n, worst := 0.0, 0, 0.0
		for i := range j.h.Threads {
			if t := &j.h.Threads[i]; t.Group == g.group && t.WaitingForCore.Known {
				sum, n, worst = sum+t.WaitingForCore.Value, n+1, max(worst, t.WaitingForCore.Value)
			}
		}
		if n == 0 || sum/float64(n) < HostCoreWait {
			continue
		}
		f := state.Finding{Code: HostNoCore, Severity: state.SeverityWarning, Fault: "kafka",
			Sentence: fmt.Sprintf("%s could run and wait for a core %s of their time, one of them up to %s", g.name, format.Percent(100*sum/float64(n)), format.Percent(100*worst)),
			Evidence: []string{fmt.Sprintf("schedstat of %s, counted by the kernel; the machine has %s", format.Count(n, "thread"), format.Count(j.h.Around.Cores, "core"))},
			Next:     "look what else runs on this machine (top), or give it more cores"}
		if p := j.h.Around.PressureCPU; p.Known {
			f.Evidence = append(f.Evidence, fmt.Sprintf("/proc/pressure/cpu: some task waited %s of the time", format.Percent(100*p.Value)))
		}
		j.find(f)
		return
	}
}

// pauses judges how long the whole JVM stood still.
func (j *hostJudge) pauses() {
	p := j.h.Pauses.Value
	worst := time.Duration(p.Worst * float64(time.Millisecond))
	if !j.h.Pauses.Known || p.Share < HostPaused && worst < HostPause {
		return
	}
	gc := 0.0
	f := state.Finding{Code: HostJVMPauses, Severity: state.SeverityWarning, Fault: "kafka",
		Sentence: fmt.Sprintf("The JVM stands still %s of the time, %s of it waiting to reach the safepoint; the longest pause took up to %s ms",
			format.Percent(100*p.Share), format.Percent(100*p.SyncShare), format.Thousands(int(p.Worst))),
		Evidence: []string{fmt.Sprintf("hsperfdata: %s in %s", format.Count(int(p.Safepoints), "safepoint"), format.Duration(j.span()))}}
	for _, c := range p.Collectors {
		gc += c.Share
		if c.Collections > 0 {
			f.Evidence = append(f.Evidence, fmt.Sprintf("collector %s: %s, %s of the time", line(c.Name), format.Count(int(c.Collections), "collection"), format.Percent(100*c.Share)))
		}
	}
	switch {
	case p.SyncShare >= p.Share/2:
		f.Next = "look what keeps threads from stopping: mapped files on a slow disk, or no free core (-Xlog:safepoint names the operation)"
	case gc >= p.Share/2:
		f.Next = "look at the heap: -Xmx against what is live, and the collector's log (-Xlog:gc)"
	default:
		f.Next = "look which operations they are: -Xlog:safepoint"
	}
	j.find(f)
}

// devices judges the devices and file systems of log dirs.
func (j *hostJudge) devices() {
	for i := range j.h.Dirs {
		d := &j.h.Dirs[i]
		if d.Busy.Known && d.Busy.Value >= HostDeviceBusy && max(d.ReadWait.Or(0), d.WriteWait.Or(0)) >= HostDeviceWaitMS {
			j.find(state.Finding{Code: HostDeviceSlow, Severity: state.SeverityInfo, Fault: "disk",
				Sentence: fmt.Sprintf("Device %s of %s has work %s of the time; a read takes %.0f ms on average, a write %.0f", line(d.Device), name(d.Path), format.Percent(100*d.Busy.Value), d.ReadWait.Or(0), d.WriteWait.Or(0)),
				Evidence: []string{fmt.Sprintf("/proc/diskstats: reads %s, writes %s", format.ByteRate(d.ReadBytes.Or(0)), format.ByteRate(d.WriteBytes.Or(0)))},
				Next:     "look what else uses the device (iostat -x), and at its health (smartctl -a)"})
		}
		if d.FreeBytes.Known && d.TotalBytes.Known && d.TotalBytes.Value > 0 {
			if left := float64(d.FreeBytes.Value) / float64(d.TotalBytes.Value); left < DiskLow {
				j.full(d, format.Bytes(d.FreeBytes.Value)+" of its bytes", left)
			}
		}
		if d.InodesFree.Known && d.InodesFree.Value < DiskLow {
			j.full(d, "its inodes", d.InodesFree.Value)
		}
	}
}

func (j *hostJudge) full(d *state.HostDir, what string, left float64) {
	severity := state.SeverityInfo
	if left < DiskBad {
		severity = state.SeverityWarning
	}
	j.find(state.Finding{Code: DiskNearlyFull, Severity: severity, Fault: "disk",
		Sentence: fmt.Sprintf("The file system of %s has %s of %s left: where nothing is left the broker stops", name(d.Path), format.Percent(100*left), what),
		Evidence: []string{"statfs of " + line(d.Path)}, Next: "shorten the retention of its largest topics (kdeck topics), or move replicas away (kdeck plan balance bytes)"})
}

// limits judges what the kernel allows a process.
func (j *hostJudge) limits() {
	for _, l := range []struct {
		used, most        state.Reading[int64]
		code, what, where string
		next              string
	}{
		{j.h.Around.Descriptors, j.h.Around.DescriptorsMax, HostDescriptors, "open descriptors", "limits: Max open files", "raise LimitNOFILE of its unit (or ulimit -n) and restart it: 100,000 and more are usual"},
		{j.h.Around.Maps, j.h.Around.MapsMax, HostMaps, "memory maps", "vm.max_map_count", "sysctl -w vm.max_map_count=262144: each segment needs two maps"},
	} {
		if !l.used.Known || !l.most.Known || l.most.Value <= 0 {
			continue
		}
		used := float64(l.used.Value) / float64(l.most.Value)
		if used < HostLimitNear {
			continue
		}
		j.find(state.Finding{Code: l.code, Severity: state.SeverityWarning, Fault: "kafka",
			Sentence: fmt.Sprintf("The broker has %s %s of the %s that it may have: beyond them log dirs go offline and connections are refused", format.Thousands(int(l.used.Value)), l.what, format.Thousands(int(l.most.Value))),
			Evidence: []string{l.where}, Next: l.next})
	}
}

// network judges what the kernel lost of the broker's network.
func (j *hostJudge) network() {
	if d := j.h.Around.ListenDrops; d.Known && d.Value >= HostDrops {
		j.find(state.Finding{Code: HostListenDrops, Severity: state.SeverityWarning, Fault: "kafka",
			Sentence: fmt.Sprintf("%.0f new connections a second are dropped, since the queue of a listener is full", d.Value),
			Evidence: []string{"/proc/net/netstat: ListenDrops, of all listeners of this network namespace"},
			Next:     "raise net.core.somaxconn and socket.listen.backlog.size, and find out who connects all the time (kdeck status)"})
	}
	if r, all := j.h.Around.Retransmits, j.h.Around.SegmentsOut; r.Known && all.Known && r.Value >= HostRetransmits && r.Value >= HostLoss*all.Value {
		j.find(state.Finding{Code: HostNetworkLoses, Severity: state.SeverityInfo, Fault: "network",
			Sentence: fmt.Sprintf("%.0f segments a second are sent again, of %.0f that are sent: the network lost them, or a client doesn't take them", r.Value, all.Value),
			Evidence: []string{"/proc/net/snmp: RetransSegs and OutSegs, of this network namespace"}, Next: "ss -ti shows the connections with retransmits"})
	}
}

// memory judges whether the machine is short of memory.
func (j *hostJudge) memory() {
	p := j.h.Around.PressureMemory
	if !p.Known || p.Value < HostMemoryPressure {
		return
	}
	j.find(state.Finding{Code: HostMemoryShort, Severity: state.SeverityWarning, Fault: "kafka",
		Sentence: fmt.Sprintf("Some task waits for memory %s of the time: pages of the log are thrown out before they are read", format.Percent(100*p.Value)),
		Evidence: []string{"/proc/pressure/memory", "page cache: " + bytesOf(j.h.Around.PageCache)}, Next: "look what else needs memory on this machine (top), and at -Xmx of the broker"})
}

func bytesOf(r state.Reading[int64]) string {
	if !r.Known {
		return "??"
	}
	return format.Bytes(r.Value)
}

func shareOf(t *state.HostThread, call string) float64 {
	for _, c := range t.Calls {
		if c.Call == call {
			return c.Share
		}
	}
	return 0
}

// sortedBy returns keys, those with the largest value first.
func sortedBy(m map[string]float64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), strings.Compare(a, b)) })
	return keys
}

func largestOf(m map[string]float64) string {
	if keys := sortedBy(m); len(keys) > 0 && m[keys[0]] > 0 {
		return keys[0]
	}
	return ""
}

func count(n int, one, more string) string {
	return format.Thousands(n) + " " + verb(n, one, more)
}

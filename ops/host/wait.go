package host

import (
	"bufio"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/state"
)

// waitKey tells waits apart: the same call of the same thread with the same descriptors.
type waitKey struct{ tid, nr, file, socket int }

// wait is what a thread waited for, in how many samples.
type wait struct {
	hits
	key    waitKey
	thread *thread
	bytes  int64  // the most that one call had still to do
	file   string // what the descriptors stood for; "" where that could not be caught
	socket string // inode
	client conn
	known  bool // client is
	asked  int  // at which sample the descriptors were last looked up
}

// again is after how many samples the descriptors of a wait are looked up anew: a descriptor may be closed and stand for another file.
const again = 100

// waitFor counts a sample of a call that isn't idle, which stands for so many rounds.
func (a *sampler) waitFor(t *thread, e entry, c *call, disk bool, weight int, now time.Time) {
	key := waitKey{t.tid, e.nr, none, none}
	if c != nil {
		if c.file != none {
			key.file = int(int32(e.args[c.file]))
		}
		if c.socket != none {
			key.socket = int(int32(e.args[c.socket]))
		}
	}
	w := a.waits[key]
	if w == nil || w.n-w.asked >= again {
		fresh := &wait{key: key, thread: t}
		caught := a.lookUp(fresh, t, e, now)
		if w == nil || caught && (w.file != fresh.file || w.socket != fresh.socket) {
			w = fresh
			a.waits[key] = w
			a.all = append(a.all, w)
		}
		w.asked = w.n
	} else if w.file == "" && w.socket == "" && (key.file != none || key.socket != none) {
		a.lookUp(w, t, e, now)
	}
	if w.socket != "" {
		a.serve(t, now)
	}
	w.n += weight
	if disk {
		w.disk += weight
	}
	if c != nil && c.bytes != none && e.args[c.bytes] < 1<<40 {
		w.bytes = max(w.bytes, int64(e.args[c.bytes]))
	}
}

// lookUp finds out what the descriptors of a call stand for. caught: the thread was still in the same call afterwards, so that they meant it.
func (a *sampler) lookUp(w *wait, t *thread, e entry, now time.Time) (caught bool) {
	var filed, socketed string
	if w.key.file != none {
		filed, _ = a.s.link(proc(a.p.PID, "fd", strconv.Itoa(w.key.file)))
	}
	if w.key.socket != none {
		socketed, _ = a.s.link(proc(a.p.PID, "fd", strconv.Itoa(w.key.socket)))
	}
	b, err := a.read(t.syscall, &t.path)
	if err != nil {
		return false
	}
	if after, ok := parseEntry(b); !ok || after.nr != e.nr || after.args != e.args {
		return false
	}
	if inode, ok := inodeOf(filed); ok { // read and write are for sockets too
		filed, socketed = "", filed
		w.socket = inode
	} else if inode, ok := inodeOf(socketed); ok {
		w.socket = inode
	}
	w.file = filed
	if w.socket != "" {
		w.client, w.known = a.sockets.find(w.socket, now)
	}
	return true
}

// servesEvery is how often the sockets are read that a waiting network thread serves: of 10,000 that takes some ms.
const servesEvery = time.Second

// serve notes which sockets a thread's epoll watches at the moment (/proc/PID/fdinfo). While a request is in work Kafka takes its connection out (SocketServer mutes
// the channel), that of a consumer that waits for records too: only over some time the others of a thread come to be seen, and never surely all.
func (a *sampler) serve(t *thread, now time.Time) {
	if t.epoll < 0 || now.Sub(t.served) < servesEvery {
		return
	}
	t.served = now
	for _, inode := range a.watched(t.epoll) {
		if a.serves[t.epoll] == nil {
			a.serves[t.epoll] = map[string]bool{}
		}
		a.serves[t.epoll][inode] = true
	}
}

// behind counts the other connections that the network thread of a wait serves at least. -1: not known.
func (a *sampler) behind(w *wait) int {
	if w.socket == "" || w.thread.group != state.NetworkThreads {
		return none
	}
	serves := a.serves[w.thread.epoll]
	if serves == nil {
		return none
	}
	n := 0
	for inode := range serves {
		if c, ok := a.sockets.all[inode]; ok && !c.listen && inode != w.socket {
			n++
		}
	}
	return n
}

// watched returns the inodes that an epoll watches: "tfd: 140 events: 19 data: 7f210000008c pos:0 ino:191c72 sdev:9".
func (a *sampler) watched(epoll int) (inodes []string) {
	if epoll < 0 {
		return nil
	}
	f, err := a.s.Files.Open(in(proc(a.p.PID, "fdinfo", strconv.Itoa(epoll))))
	if err != nil {
		return nil
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "tfd:") {
			continue
		}
		_, rest, told := strings.Cut(lines.Text(), " ino:")
		number, _, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseUint(number, 16, 64); err == nil {
			inodes = append(inodes, strconv.FormatUint(n, 10))
		}
		if f := strings.Fields(lines.Text()); !told && len(f) > 1 { // a kernel before 4.13
			link, _ := a.s.link(proc(a.p.PID, "fd", f[1]))
			if inode, ok := inodeOf(link); ok {
				inodes = append(inodes, inode)
			}
		}
	}
	return inodes
}

// epollOf finds the epoll that watches a socket, for a thread that was never seen to wait at its own.
func (a *sampler) epollOf(socket string) int {
	fds, err := a.s.numbers(proc(a.p.PID, "fd"))
	if err != nil {
		return none
	}
	for _, fd := range fds {
		if link, err := a.s.link(proc(a.p.PID, "fd", strconv.Itoa(fd))); err != nil || link != "anon_inode:[eventpoll]" {
			continue
		}
		if slices.Contains(a.watched(fd), socket) {
			return fd
		}
	}
	return none
}

// listens tells whether a thread accepts connections: its epoll watches a socket that listens. The port is that of any of its sockets; 0: none is known.
func (a *sampler) listens(t *thread, now time.Time) (listens bool, port int) {
	for _, inode := range a.watched(t.epoll) {
		if c, ok := a.sockets.find(inode, now); ok {
			listens, port = listens || c.listen, c.port
		}
	}
	return listens, port
}

// listener is the name of the one that has a port; "" where the configuration names none.
func (p *Process) listener(port int) string {
	for _, l := range p.Listeners {
		if l.Port == port {
			return l.Name
		}
	}
	return ""
}

// said puts a wait into words that stay the same.
func (a *sampler) said(w *wait) state.HostWait {
	n := float64(max(1, w.thread.n))
	out := state.HostWait{Group: w.thread.group, Thread: w.thread.label(), TID: w.thread.tid, Call: nameOf(a.calls, w.key.nr), Share: float64(w.n) / n, Disk: float64(w.hits.disk) / n,
		Partition: none, Bytes: w.bytes, Listener: w.thread.listener, Behind: none, ClientIDs: []string{}, Users: []string{}}
	if w.file != "" {
		out.File = w.file
		g, ok := segmentOf(w.file, a.p.LogDirs)
		out.LogDir = g.dir
		if ok {
			out.Topic, out.Partition = g.topic, g.partition
		}
		if info, err := a.stated(w.file); err == nil {
			out.Written = state.Read(info, time.Now(), "stat")
		} else {
			out.Written.Why = short(err).Error()
		}
	}
	if w.known {
		out.Client = w.client.remote.String()
		out.Listener = cmp.Or(a.p.listener(w.client.port), out.Listener)
	}
	if w.thread.epoll < 0 && w.socket != "" { // it was never idle
		w.thread.epoll = a.epollOf(w.socket)
		a.serve(w.thread, time.Now())
	}
	out.Behind = a.behind(w)
	return out
}

// stated returns when a file of the process was last written.
func (a *sampler) stated(name string) (time.Time, error) {
	info, err := statOf(a.s, proc(a.p.PID, "root", strings.TrimSuffix(name, " (deleted)")))
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

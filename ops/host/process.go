package host

import (
	"fmt"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/magiconair/properties"

	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// mains are the classes that a broker or controller is started by.
var mains = []string{"kafka.Kafka", "io.confluent.support.metrics.SupportedKafka"}

// A Process is the JVM of a broker, of a controller, or of both in one.
type Process struct {
	PID       int
	Inner     int // its pid in its own pid namespace: another one in a container
	UID       int
	Broker    state.Reading[int32] // node.id
	Roles     []string             // process.roles; none where a broker still uses ZooKeeper, or its configuration can't be read
	Config    string               // the file of its configuration, as the process sees it
	LogDirs   []string             // as the process sees them
	Listeners []Listener
	ClusterID string // "" where no log dir tells it

	args []string // its command line
}

// A Listener is a name with the port that it listens on.
type Listener struct {
	Name       string
	Port       int
	Controller bool
}

func (p *Process) String() string {
	what := "Kafka"
	if len(p.Roles) > 0 {
		what = strings.Join(p.Roles, " and ")
	}
	if p.Broker.Known {
		what += fmt.Sprintf(" %d", p.Broker.Value)
	}
	return fmt.Sprintf("pid %d: %s, %s", p.PID, what, printable.Escape(p.Config))
}

// Find returns the brokers and controllers that run on a machine, by pid. An error says that processes can't be listed at all.
func Find(s *System) ([]*Process, error) {
	pids, err := s.numbers("/proc")
	if err != nil {
		return nil, fmt.Errorf("list the processes of this machine: %w", err)
	}
	var all []*Process
	for _, pid := range pids {
		if p, err := s.process(pid); err == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *Process) int { return a.PID - b.PID })
	return all, nil
}

// process reads what is known of one process. The error says why it is no broker that can be looked at.
func (s *System) process(pid int) (*Process, error) {
	line, err := s.read(proc(pid, "cmdline"))
	switch {
	case gone(err):
		return nil, fmt.Errorf("there is no process %d, or this user may not see it%s", pid, s.hidden())
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", proc(pid, "cmdline"), err)
	}
	args := strings.Split(strings.TrimSuffix(line, "\x00"), "\x00")
	main := slices.IndexFunc(args, func(a string) bool { return slices.Contains(mains, a) })
	switch {
	case line == "":
		return nil, fmt.Errorf("process %d has no command line: it belongs to the kernel, or is ending", pid)
	case !s.isJVM(pid, args): // sudo, a shell or a tracer may have the class among its arguments too
		return nil, fmt.Errorf("process %d is no JVM", pid)
	case main < 1:
		return nil, fmt.Errorf("process %d is a JVM, and no Kafka broker: its command line has none of %s", pid, strings.Join(mains, ", "))
	}
	p := &Process{PID: pid, Inner: pid, UID: -1}
	if status, err := s.read(proc(pid, "status")); err == nil {
		for line := range strings.Lines(status) {
			key, rest, _ := strings.Cut(line, ":")
			if f := strings.Fields(rest); len(f) > 0 {
				switch key {
				case "NSpid":
					p.Inner, _ = strconv.Atoi(f[len(f)-1])
				case "Uid":
					p.UID, _ = strconv.Atoi(f[0])
				}
			}
		}
	}
	p.args = args
	s.configure(p, args[main+1:])
	return p, nil
}

// isJVM tells whether a process runs java. Who may not read what its file is goes by its command line.
func (s *System) isJVM(pid int, args []string) bool {
	if exe, err := s.link(proc(pid, "exe")); err == nil {
		return path.Base(strings.TrimSuffix(exe, " (deleted)")) == "java"
	}
	return path.Base(args[0]) == "java"
}

// hidden says that processes of others are hidden, where they are.
func (s *System) hidden() string {
	mounts, err := s.read("/proc/self/mounts")
	if err != nil || s.User == 0 {
		return ""
	}
	for line := range strings.Lines(mounts) {
		if f := strings.Fields(line); len(f) > 3 && f[1] == "/proc" && strings.Contains(f[3], "hidepid=") && !strings.Contains(f[3], "hidepid=0") {
			return ": /proc is mounted with hidepid, so only root and the process's own user see it"
		}
	}
	return ""
}

// configure reads the configuration that is named on the command line of a broker.
func (s *System) configure(p *Process, args []string) {
	if len(args) == 0 {
		p.Broker = state.Missing[int32]("its command line names no configuration", p.Broker.At, "")
		return
	}
	p.Config = s.absolute(p, args[0])
	values := map[string]string{}
	why := ""
	if text, err := s.read(proc(p.PID, "root", p.Config)); err != nil {
		why = fmt.Sprintf("its configuration %s can't be read: %v", printable.Escape(p.Config), short(err))
	} else {
		loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
		if props, err := loader.LoadBytes([]byte(text)); err != nil {
			why = fmt.Sprintf("its configuration %s can't be understood", printable.Escape(p.Config))
		} else {
			values = props.Map()
		}
	}
	for i, a := range args {
		if a == "--override" && i+1 < len(args) {
			if key, value, ok := strings.Cut(args[i+1], "="); ok {
				values[key] = value
			}
		}
	}
	value := func(names ...string) string {
		for _, n := range names {
			if v := strings.TrimSpace(values[n]); v != "" && !strings.Contains(v, "${") { // a config provider's
				return v
			}
		}
		return ""
	}
	if id, err := strconv.ParseInt(value("node.id", "broker.id"), 10, 32); err == nil {
		p.Broker = state.Reading[int32]{Value: int32(id), Known: true, From: p.Config}
	} else {
		if why == "" {
			why = "its configuration names no node.id"
		}
		p.Broker.Why = why
	}
	p.Roles = split(value("process.roles"))
	for _, dir := range append(split(value("log.dirs", "log.dir")), split(value("metadata.log.dir"))...) {
		if dir = s.absolute(p, dir); !slices.Contains(p.LogDirs, dir) {
			p.LogDirs = append(p.LogDirs, dir)
		}
	}
	if len(p.LogDirs) == 0 {
		p.LogDirs = s.openDirs(p)
	}
	p.ClusterID = s.clusterID(p)
	controllers := split(value("controller.listener.names"))
	for _, l := range split(value("listeners")) {
		name, rest, ok := strings.Cut(l, "://")
		if _, port, err := net.SplitHostPort(rest); ok && err == nil {
			if n, err := strconv.Atoi(port); err == nil {
				p.Listeners = append(p.Listeners, Listener{name, n, slices.Contains(controllers, name)})
			}
		}
	}
}

// clusterID reads the cluster's id from the first log dir that tells it.
func (s *System) clusterID(p *Process) string {
	for _, dir := range p.LogDirs {
		text, err := s.read(proc(p.PID, "root", dir, "meta.properties"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(text) {
			if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "cluster.id" {
				return strings.TrimSpace(value)
			}
		}
	}
	return ""
}

// openDirs finds log dirs by the segments that a process has open.
func (s *System) openDirs(p *Process) (dirs []string) {
	fds, err := s.numbers(proc(p.PID, "fd"))
	if err != nil {
		return nil
	}
	for _, fd := range fds {
		link, err := s.link(proc(p.PID, "fd", strconv.Itoa(fd)))
		if err != nil || !strings.HasSuffix(strings.TrimSuffix(link, " (deleted)"), ".log") {
			continue
		}
		// Kafka names a segment by 20 digits; what else ends so may be its own log.
		if g, ok := segmentOf(link, nil); ok && len(path.Base(strings.TrimSuffix(link, " (deleted)"))) == len("00000000000000000000.log") && !slices.Contains(dirs, g.dir) {
			dirs = append(dirs, g.dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// absolute completes a path by the directory in which the process runs.
func (s *System) absolute(p *Process, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	if cwd, err := s.link(proc(p.PID, "cwd")); err == nil {
		return path.Join(cwd, name)
	}
	return name
}

// split splits a list of a configuration.
func split(list string) (all []string) {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// choose returns the broker to look at: the one with the pid or node id, or the only one. A pid of 0 and an id below 0 are none.
func choose(s *System, pid int, id int32) (*Process, error) {
	if pid != 0 {
		return s.process(pid)
	}
	all, err := Find(s)
	if err != nil {
		return nil, err
	}
	var right, unread []*Process
	for _, p := range all {
		switch {
		case id < 0 || p.Broker.Known && p.Broker.Value == id:
			right = append(right, p)
		case !p.Broker.Known:
			unread = append(unread, p)
		}
	}
	switch {
	case len(right) == 1:
		return right[0], nil
	case len(right) > 1:
		return nil, fmt.Errorf("%d run on this machine, say which by --pid or --broker:\n%s", len(right), lines(right))
	case len(all) == 0:
		return nil, fmt.Errorf("no Kafka broker runs on this machine: no process that this user sees has %s on its command line%s", strings.Join(mains, " or "), s.hidden())
	case len(unread) > 0:
		return nil, fmt.Errorf("broker %d isn't known to run on this machine: of %d the id can't be read (%s); say which by --pid:\n%s", id, len(unread), unread[0].Broker.Why, lines(all))
	}
	return nil, fmt.Errorf("broker %d doesn't run on this machine; there are:\n%s", id, lines(all))
}

func lines(all []*Process) string {
	var out []string
	for _, p := range all {
		out = append(out, "  "+p.String())
	}
	return strings.Join(out, "\n")
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// attach connects to the socket of a HotSpot JVM, as jcmd does (sun.tools.attach.VirtualMachineImpl). Where there is none yet, it puts the attach file in place and
// sends SIGQUIT. Without that file, or to another JVM, the signal would have another meaning: so it is sent to no process that isn't known to be HotSpot. signalling
// is called before that.
func attach(ctx context.Context, p *Process, signalling func(*Process) error) (conn net.Conn, signalled bool, err error) {
	root := proc(p.PID, "root")
	socket := filepath.Join(root, "tmp", ".java_pid"+strconv.Itoa(p.Inner))
	info, err := os.Lstat(socket)
	switch {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, false, fmt.Errorf("%s is no socket", socket)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("look for the socket of the JVM: %w", err)
	case err != nil:
		if err := hotSpot(p); err != nil {
			return nil, false, err
		}
		if signalling != nil {
			if err := signalling(p); err != nil {
				return nil, false, fmt.Errorf("the JVM of process %d was not signalled, since the journal must have that first: %v", p.PID, err)
			}
		}
		remove, err := request(p)
		if err != nil {
			return nil, false, err
		}
		defer remove()
		if err := unix.Kill(p.PID, unix.SIGQUIT); err != nil {
			return nil, false, fmt.Errorf("signal the JVM of process %d: %w", p.PID, err)
		}
		if err := appears(ctx, socket); err != nil {
			return nil, true, fmt.Errorf("the JVM of process %d opened no socket: %w (it may run with -XX:+DisableAttachMechanism)", p.PID, err)
		}
		signalled = true
	}
	// A path of a socket is short; that of a process in a container is reached by its root.
	conn, err = new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, signalled, fmt.Errorf("connect to the JVM of process %d: %w", p.PID, err)
	}
	return conn, signalled, nil
}

// hotSpot tells whether a process is a HotSpot JVM that is far enough to take the signal: one that hasn't caught SIGQUIT yet would end.
func hotSpot(p *Process) error {
	pid := p.PID
	maps, err := os.ReadFile(proc(pid, "maps"))
	if err != nil {
		return fmt.Errorf("whether process %d is a HotSpot JVM isn't known, so it was not signalled: %w", pid, err)
	}
	if text := string(maps); !strings.Contains(text, "/libjvm.so") || strings.Contains(text, "/libj9") { // OpenJ9 has a libjvm.so too
		return fmt.Errorf("process %d is no HotSpot JVM, so it was not signalled", pid)
	}
	if forbidsAttach(p) {
		return fmt.Errorf("the JVM of process %d runs with -XX:+DisableAttachMechanism and would print its threads instead, so it was not signalled", pid)
	}
	status, err := os.ReadFile(proc(pid, "status"))
	if err != nil {
		return fmt.Errorf("whether process %d takes SIGQUIT isn't known, so it was not signalled: %w", pid, err)
	}
	for line := range strings.Lines(string(status)) {
		if mask, ok := strings.CutPrefix(line, "SigCgt:"); ok {
			if caught, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64); err == nil && caught&(1<<(unix.SIGQUIT-1)) != 0 {
				return nil
			}
		}
	}
	return fmt.Errorf("process %d doesn't catch SIGQUIT (its JVM runs with -Xrs, or has just begun), so it was not signalled", pid)
}

// forbidsAttach tells whether a JVM doesn't answer, by its command line and by the variables from which it takes options.
func forbidsAttach(p *Process) bool {
	const flag = "-XX:+DisableAttachMechanism"
	if slices.Contains(p.args, flag) {
		return true
	}
	environ, _ := os.ReadFile(proc(p.PID, "environ"))
	for variable := range strings.SplitSeq(string(environ), "\x00") {
		name, options, _ := strings.Cut(variable, "=")
		if slices.Contains([]string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}, name) && strings.Contains(options, flag) {
			return true
		}
	}
	return false
}

// request puts the attach file in place. It must belong to the JVM's user: HotSpot takes no other.
func request(p *Process) (remove func(), err error) {
	name := ".attach_pid" + strconv.Itoa(p.Inner)
	for _, dir := range []string{proc(p.PID, "cwd"), proc(p.PID, "root", "tmp")} {
		path := filepath.Join(dir, name)
		var f *os.File
		if f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|unix.O_NOFOLLOW, 0o600); errors.Is(err, fs.ErrExist) {
			return func() {}, nil // another one asks at this moment
		} else if err != nil {
			continue
		}
		if p.UID >= 0 && os.Geteuid() != p.UID {
			err = f.Chown(p.UID, -1)
		}
		f.Close()
		remove = func() { _ = os.Remove(path) }
		if err == nil {
			return remove, nil
		}
		remove()
	}
	return nil, fmt.Errorf("ask the JVM of process %d for its socket: %w", p.PID, err)
}

// appears waits for a file.
func appears(ctx context.Context, path string) error {
	for {
		if _, err := os.Lstat(path); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

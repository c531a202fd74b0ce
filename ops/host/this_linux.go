package host

import (
	"context"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This returns the machine that kdeck runs on. asks: the JVM may be asked for the names of its threads.
func This(asks bool) (*System, error) {
	name, _ := os.Hostname()
	s := &System{Files: os.DirFS("/"), Hold: hold, Sleep: sleep, Arch: runtime.GOARCH, Name: name, User: os.Geteuid(), Volume: volume, Cost: cost, Lookup: net.DefaultResolver.LookupAddr}
	if asks {
		s.Attach = func(ctx context.Context, p *Process) (net.Conn, bool, error) { return attach(ctx, p, s.Signalling) }
	}
	return s, nil
}

// descriptor is an open file of /proc. None of them waits for a network or a device, so that it needs no poller, and one system call reads it: an [os.File] asks
// a second time whether that was all.
type descriptor int

func hold(name string) (Held, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return descriptor(fd), nil
}

func (d descriptor) ReadAt(p []byte, off int64) (int, error) {
	for {
		n, err := unix.Pread(int(d), p, off)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// sleep doesn't tell the Go runtime that it waits: each time that it knows and another thread of it has slept until then, it wakes up dozens of times to see whether
// the wait is over, which takes more of a core than the samples do.
func sleep(d time.Duration) {
	left := unix.NsecToTimespec(int64(d))
	for { // the kernel writes there for how long it has not slept yet
		if _, _, err := unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&left)), uintptr(unsafe.Pointer(&left)), 0); err != unix.EINTR {
			return
		}
	}
}

func (d descriptor) Close() error { return unix.Close(int(d)) }

func volume(name string) (v Volume, err error) {
	var of unix.Statfs_t
	if err := unix.Statfs(name, &of); err != nil {
		return v, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		return v, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	v = Volume{Major: unix.Major(uint64(st.Dev)), Minor: unix.Minor(uint64(st.Dev)), Total: int64(of.Blocks) * of.Bsize, Free: int64(of.Bavail) * of.Bsize, Inodes: -1}
	if of.Files > 0 {
		v.Inodes = float64(of.Ffree) / float64(of.Files)
	}
	return v, nil
}

func cost() (cpu time.Duration, memory int64) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err == nil {
		cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(statm)); len(f) > 1 {
			pages, _ := strconv.ParseInt(f[1], 10, 64)
			memory = pages * int64(os.Getpagesize())
		}
	}
	return cpu, memory
}

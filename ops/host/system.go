package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

// A System is the machine that is looked at.
type System struct {
	Files fs.FS  // its root directory; its links are read by [fs.ReadLink]
	Arch  string // as [runtime.GOARCH] names it: the numbers of system calls differ
	Name  string // of the machine
	User  int    // who looks; 0 is root
	// Hold opens a file that is read from its beginning again and again; nil: as the others are.
	Hold func(name string) (Held, error)
	// Sleep waits, some milliseconds; nil: by a timer of the Go runtime, which wakes other threads of it too and takes a quarter more of a core.
	Sleep func(time.Duration)
	// Volume tells of the file system that holds a path.
	Volume func(name string) (Volume, error)
	// Attach connects to the JVM's own socket. signalled: the JVM had to be asked for it by a signal. nil: it is never asked.
	Attach func(ctx context.Context, p *Process) (conn net.Conn, signalled bool, err error)
	// Signalling is called before a JVM is sent a signal, which its error prevents; nil: nobody has to know.
	Signalling func(p *Process) error
	// Cost is what this process has used so far.
	Cost func() (cpu time.Duration, memory int64)
	// Lookup gives names of an address; nil: none is asked for.
	Lookup func(ctx context.Context, address string) ([]string, error)
}

// A Volume is a file system.
type Volume struct {
	Major, Minor uint32  // of its device; major 0 is no device of its own
	Total, Free  int64   // bytes; free for users that aren't root
	Inodes       float64 // share that is free, 0..1; -1: it has no fixed number of them
}

// in makes a path of [fs.FS].
func in(name string) string {
	if name = strings.TrimPrefix(path.Clean(name), "/"); name == "" {
		return "."
	}
	return name
}

func (s *System) read(name string) (string, error) {
	b, err := fs.ReadFile(s.Files, in(name))
	return string(b), err
}

func (s *System) link(name string) (string, error) { return fs.ReadLink(s.Files, in(name)) }

func (s *System) list(name string) ([]fs.DirEntry, error) { return fs.ReadDir(s.Files, in(name)) }

// numbers returns the entries of a directory of /proc that are numbers: processes, threads, descriptors.
func (s *System) numbers(name string) ([]int, error) {
	entries, err := s.list(name)
	if err != nil && len(entries) == 0 {
		return nil, err
	}
	var all []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			all = append(all, n)
		}
	}
	return all, nil
}

// Held is a file that is read again and again. Unlike any [io.ReaderAt] it may read less without an error: what /proc had to say.
type Held interface {
	io.ReaderAt
	io.Closer
}

func (s *System) open(name string) (Held, error) {
	if s.Hold != nil {
		return s.Hold(name)
	}
	f, err := s.Files.Open(in(name))
	if err != nil {
		return nil, err
	}
	r, ok := f.(Held)
	if !ok {
		f.Close()
		return nil, fmt.Errorf("%s can't be read at an offset", name)
	}
	return r, nil
}

func proc(pid int, name ...string) string {
	return path.Join(append([]string{"/proc", strconv.Itoa(pid)}, name...)...)
}

// gone tells whether an error says that a process or thread has ended.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(fmt.Sprint(err), "no such process")
}

// denied tells whether an error says that this user may not.
func denied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, os.ErrPermission)
}

package files

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// How many bytes files may have, by their kind. Every one is far above what is in use.
const (
	MaxSettings = 4 << 20   // of a configuration, a properties file, a krb5.conf, or what ${file:…} refers to
	MaxKeys     = 16 << 20  // of a key store, a trust store, a keytab or a token
	MaxState    = 256 << 20 // of what kdeck keeps for itself, but for the journal, which is read line by line
	MaxRequest  = 100 << 20 // of a request's body or a plan: no broker takes a larger request by default (socket.request.max.bytes)
	MaxSnapshot = 1 << 30   // of a saved cluster: 1,000,000 partitions have about 300 MB
)

// SizeError is a file, or another input, that holds more than its kind may.
type SizeError struct {
	Name string
	Most int64 // bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s holds more than %d bytes, the most that is read of it", e.Name, e.Most)
}

// KindError is a path that leads to something else than a regular file, which may never end or never begin.
type KindError struct {
	Path string
	Mode fs.FileMode
}

func (e *KindError) Error() string {
	kind := "no regular file"
	switch {
	case e.Mode.IsDir():
		kind = "a directory"
	case e.Mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case e.Mode&fs.ModeDevice != 0:
		kind = "a device"
	case e.Mode&fs.ModeSocket != 0:
		kind = "a socket"
	}
	return fmt.Sprintf("%s is %s: a regular file was expected", e.Path, kind)
}

// Open opens a file that the user names, for reading. It is a regular file, or a pipe that the shell has opened, as <(command) is in
// bash. A named pipe doesn't keep it waiting.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() && !(fromShell(path) && info.Mode()&fs.ModeNamedPipe != 0) {
		err = &KindError{path, info.Mode()}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// fromShell tells whether a path is a descriptor that the process was started with.
func fromShell(path string) bool {
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// Read reads a file that the user names, whole. One that holds more than most bytes is a [*SizeError].
func Read(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadFrom(f, path, most)
}

// ReadFrom reads an input to its end. One that holds more than most bytes is a [*SizeError]; name is what it is called there.
func ReadFrom(in io.Reader, name string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, &SizeError{name, most}
	}
	return text, nil
}

// Limit makes an input of which a reader can't take more than most bytes: then it gets a [*SizeError].
func Limit(in io.Reader, name string, most int64) io.Reader { return &limited{in, name, most, most} }

type limited struct {
	in         io.Reader
	name       string
	left, most int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left < 0 {
		return 0, &SizeError{l.name, l.most}
	}
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.in.Read(b)
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, &SizeError{l.name, l.most}
	}
	return n, err
}

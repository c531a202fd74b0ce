package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// NoFollow is the flag of an open that fails at a symbolic link.
const NoFollow = syscall.O_NOFOLLOW

// NotOwnError is a file or directory that others than the user and root can change or replace.
type NotOwnError struct {
	Path string
	Why  string // what is wrong, and what to do
}

func (e *NotOwnError) Error() string { return e.Path + " " + e.Why }

// others are the bits of a mode by which the group and others may write.
const others = 0o022

// Owner is the user whom a file belongs to.
func Owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// foreign tells whether somebody else than the user and root owns a file.
func foreign(info fs.FileInfo) bool { return Owner(info) != os.Geteuid() && Owner(info) != 0 }

func ownedByOthers(path string, info fs.FileInfo) error {
	name := strconv.Itoa(Owner(info))
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return &NotOwnError{path, fmt.Sprintf("belongs to %s, who can change it, and isn't used: look at what it holds, then move it away or make it your own with chown", name)}
}

// Check makes sure that an open file is a regular file that belongs to the user or to root, and that nobody else can write.
func Check(f interface{ Stat() (fs.FileInfo, error) }, path string) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &KindError{path, info.Mode()}
	case foreign(info):
		return ownedByOthers(path, info)
	case info.Mode()&others != 0:
		return &NotOwnError{path, fmt.Sprintf("can be written by others (mode %04o) and isn't used: look at what it holds, then run chmod 600 %[2]s", info.Mode().Perm(), path)}
	}
	return nil
}

// OpenOwn opens a file that kdeck keeps. Neither a link nor a pipe is opened in its place, and a file that isn't the user's own is not
// touched: it is a [*NotOwnError]. With os.O_CREATE a new file can be read by the user alone. os.O_TRUNC would come before the check and
// may not be given.
func OpenOwn(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|NoFollow|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, Explain(path, err)
	}
	if err := Check(f, path); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Explain says what [NoFollow] means where an open fails because of it.
func Explain(path string, err error) error {
	if errors.Is(err, syscall.ELOOP) {
		return &NotOwnError{path, "is a symbolic link, and kdeck doesn't follow one among the files that it keeps: remove it"}
	}
	return err
}

// ReadOwn reads a file that kdeck keeps, whole. One that isn't there is [fs.ErrNotExist].
func ReadOwn(path string, most int64) ([]byte, error) {
	f, err := OpenOwn(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadFrom(f, path, most)
}

// MakeOwnDir makes a directory of files that kdeck keeps, with those above it. It is a [*NotOwnError] where others own it, where they
// can write into it, or where they could lead the way to it elsewhere.
func MakeOwnDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := way(dir)
	switch {
	case err != nil:
		return err
	case foreign(info):
		return ownedByOthers(dir, info)
	case info.Mode()&others != 0:
		return &NotOwnError{dir, fmt.Sprintf("can be written by others (mode %04o), and kdeck keeps nothing there: look at what it holds, then run chmod 700 %[2]s", info.Mode().Perm(), dir)}
	}
	return nil
}

// ReadTrusted reads a file that says what kdeck does, such as a configuration. It may be a link of the user's own. A file that others own,
// or that they could replace, is a [*NotOwnError]. mode is the file's.
func ReadTrusted(path string, most int64) (text []byte, mode fs.FileMode, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if foreign(info) {
		return nil, 0, ownedByOthers(path, info)
	}
	if _, err := way(path); err != nil {
		return nil, 0, err
	}
	text, err = ReadFrom(f, path, most)
	return text, info.Mode(), err
}

// maxLinks is how many links a way may lead through, as for the kernel.
const maxLinks = 40

// way goes to a file or directory step by step, and returns what is at its end. Each link on the way must be the user's or root's, and
// no directory may be writable by everybody, unless its sticky bit keeps others from replacing what is in it. Those that the group can
// write pass: on many systems each user has a group of his own.
func way(path string) (fs.FileInfo, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	rest := strings.Split(strings.Trim(path, "/"), "/")
	at, links := "/", 0
	info, err := os.Lstat(at)
	for len(rest) > 0 && err == nil {
		if info.IsDir() && info.Mode()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
			return nil, &NotOwnError{at, fmt.Sprintf("can be written by everybody (mode %04o), so %s may be another's: run chmod o-w %s", info.Mode().Perm(), path, at)}
		}
		step := filepath.Join(at, rest[0])
		rest = rest[1:]
		if info, err = os.Lstat(step); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			at = step
			continue
		}
		if links++; links > maxLinks {
			return nil, &NotOwnError{path, "leads through too many symbolic links"}
		}
		if foreign(info) {
			return nil, ownedByOthers(step, info)
		}
		target, lerr := os.Readlink(step)
		if lerr != nil {
			return nil, lerr
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
		info, err = os.Lstat(at)
	}
	return info, err
}

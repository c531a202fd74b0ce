package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// WriteError is a file that kdeck keeps and that can't be written now, because the disk is full, for example.
type WriteError struct {
	Path string
	Err  error
}

func (e *WriteError) Error() string {
	why := e.Err
	if p, is := errors.AsType[*fs.PathError](e.Err); is { // which names a temporary file
		why = p.Err
	}
	return fmt.Sprintf("%s can't be written: %v", e.Path, why)
}

// Unwrap returns the error of the system.
func (e *WriteError) Unwrap() error { return e.Err }

func notWritten(path string, err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{path, err}
}

// WriteOwn writes a file that kdeck keeps, whole, by renaming it into its place. Its directory is made where there is none. Errors are
// [*WriteError].
func WriteOwn(path string, text []byte) error {
	dir := filepath.Dir(path)
	err := fault(path)
	if err == nil {
		err = MakeOwnDir(dir)
	}
	if err == nil {
		err = renameio.WriteFile(path, text, 0o600, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	}
	return notWritten(path, err)
}

// WriteLasting is [WriteOwn] for what has to outlive a crash of the machine.
func WriteLasting(path string, text []byte) error {
	if err := WriteOwn(path, text); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes sure that a new file in dir outlives a crash of the machine. Errors are [*WriteError].
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	return notWritten(dir, err)
}

// RemoveOwn removes a file that kdeck keeps, if it is there. Errors are [*WriteError].
func RemoveOwn(path string) error {
	err := fault(path)
	if err == nil {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return notWritten(path, err)
}

// Append appends text to an open file that kdeck keeps. Where it can't, a part of it may have been written all the same. Errors are
// [*WriteError].
func Append(f *os.File, text []byte) error {
	err := fault(f.Name())
	if err == nil {
		_, err = f.Write(text)
	} else if text[0] != '\n' { // a full disk takes what its last block has room for, once
		_, _ = f.Write(text[:len(text)/2])
	}
	return notWritten(f.Name(), err)
}

// Sync makes sure that what was appended to a file outlives a crash of the machine. Errors are [*WriteError].
func Sync(f *os.File) error { return notWritten(f.Name(), f.Sync()) }

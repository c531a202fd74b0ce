package reassign

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"kdeck/ops/change"
	"kdeck/ops/files"
)

// lockWait is how long a run waits for the lock.
const lockWait = time.Second

// BusyError says that another process of this machine is carrying something out on the cluster.
type BusyError struct {
	Path string // of the lock
	By   string // the process that holds it, as it wrote
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("another kdeck on this machine (%s) is moving partitions of this cluster: `kdeck moves` shows it, and `kdeck moves stop` ends it (lock %s)", e.By, e.Path)
}

// Free returns a [*BusyError] where another process of this machine is carrying something out on the cluster.
func Free(stateDir, clusterID string) error {
	held, by, err := locked(stateDir, clusterID)
	if err == nil && held {
		err = &BusyError{Path: lockPath(stateDir, clusterID), By: by}
	}
	return err
}

func lockPath(stateDir, clusterID string) string {
	return filepath.Join(stateDir, "ledger", change.FileName(clusterID)+".lock")
}

// heldLock is the lock of a cluster.
type heldLock struct {
	f    *lockedfile.File
	path string
}

// Close lets go of it.
func (l *heldLock) Close() { l.f.Close() }

// lost tells whether its file was removed or replaced: then it no longer keeps others off.
func (l *heldLock) lost() bool {
	mine, err := l.f.Stat()
	if err != nil {
		return true
	}
	there, err := os.Lstat(l.path)
	return err != nil || !os.SameFile(mine, there)
}

// lock makes this process the only one on this machine that changes the cluster's assignments and throttles. The lock
// is released when the process ends, however it ends.
func lock(stateDir, clusterID string) (*heldLock, error) {
	path := lockPath(stateDir, clusterID)
	if err := files.MakeOwnDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("no lock: %w", err)
	}
	type held struct {
		f   *lockedfile.File
		err error
	}
	got := make(chan held, 1)
	go func() {
		f, err := lockedfile.OpenFile(path, os.O_RDWR|os.O_CREATE|files.NoFollow, 0o600)
		got <- held{f, files.Explain(path, err)}
	}()
	select {
	case h := <-got:
		if h.err != nil {
			return nil, fmt.Errorf("no lock: %w", h.err)
		}
		err := files.Check(h.f, path)
		if err == nil {
			err = sign(h.f)
		}
		if err != nil {
			h.f.Close()
			return nil, fmt.Errorf("no lock: %w", err)
		}
		return &heldLock{h.f, path}, nil
	case <-time.After(lockWait):
		go func() { // lockedfile can't be cancelled: release the lock as soon as it is ours
			if h := <-got; h.err == nil {
				h.f.Close()
			}
		}()
		by, _ := files.ReadOwn(path, files.MaxState)
		return nil, &BusyError{Path: path, By: strings.TrimSpace(string(by))}
	}
}

// sign writes into the lock's file who holds it.
func sign(f *lockedfile.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "process %d since %s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339))
	return err
}

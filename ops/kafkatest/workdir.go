package kafkatest

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const workDirPattern = "kdeck-kafkatest-*"

// newWorkDir makes a directory for one cluster, removed by remove. Those whose
// owner died before it could remove them are removed here, by the next one that
// asks: an owner holds a lock in its directory for as long as it lives.
func newWorkDir() (dir string, remove func() error, err error) {
	root, err := cacheDir()
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", nil, err
	}
	// Held while a directory exists without its owner's lock.
	unlock, err := lockedfile.MutexAt(filepath.Join(root, "workdirs.lock")).Lock()
	if err != nil {
		return "", nil, err
	}
	defer unlock()

	old, err := filepath.Glob(filepath.Join(os.TempDir(), workDirPattern))
	if err != nil {
		return "", nil, err
	}
	for _, dir := range old {
		// Another user's can't be opened: not ours to remove.
		if lock, err := tryLock(filepath.Join(dir, "owner")); err == nil && lock != nil {
			os.RemoveAll(dir)
			lock.Close()
		}
	}

	if dir, err = os.MkdirTemp("", workDirPattern); err != nil {
		return "", nil, err
	}
	owner, err := tryLock(filepath.Join(dir, "owner"))
	if err != nil {
		return "", nil, err
	}
	return dir, func() error { return errors.Join(os.RemoveAll(dir), owner.Close()) }, nil
}

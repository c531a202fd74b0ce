package reassign

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"kdeck/ops/files"
	"kdeck/ops/format"
)

// maxSocketPath is how long the path of a unix socket may be on every system (sun_path: 108 bytes on Linux, 104 on BSD and macOS).
const maxSocketPath = 103

// socketName is the name of a cluster's socket in the directory of the ledger: short, because paths of sockets are bounded.
func socketName(clusterID string) string { return format.Digest(clusterID)[:16] + ".sock" }

// withSocket calls do with a path of the cluster's socket that is short enough, which holds until done.
func withSocket(stateDir, clusterID string, do func(path string) error) (done func(), err error) {
	dir, name := filepath.Join(stateDir, "ledger"), socketName(clusterID)
	path, done := filepath.Join(dir, name), func() {}
	if len(path) > maxSocketPath {
		d, err := os.Open(dir)
		if err != nil {
			return done, err
		}
		path, done = fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), name), func() { d.Close() }
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			done()
			return func() {}, fmt.Errorf("the path of the socket, %s, is longer than this system allows (%d bytes): set XDG_STATE_HOME to a shorter one", filepath.Join(dir, name), maxSocketPath)
		}
	}
	if err := do(path); err != nil {
		done()
		return func() {}, err
	}
	return done, nil
}

// listen listens on the cluster's socket. Only the owner of the cluster's lock may call it: a socket that is there was left behind, and
// is removed. close removes the socket.
func listen(stateDir, clusterID string) (l *net.UnixListener, close func(), err error) {
	if err := files.MakeOwnDir(filepath.Join(stateDir, "ledger")); err != nil {
		return nil, nil, err
	}
	var at string
	done, err := withSocket(stateDir, clusterID, func(path string) error {
		switch info, err := os.Lstat(path); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode()&fs.ModeSocket == 0 || files.Owner(info) != os.Geteuid():
			return &files.NotOwnError{Path: filepath.Join(stateDir, "ledger", socketName(clusterID)), Why: "is no socket of the user's own, and stands in the place of one: move it away"}
		default:
			if err := os.Remove(path); err != nil {
				return err
			}
		}
		var err error
		if l, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
			return err
		}
		l.SetUnlinkOnClose(false)
		if err := os.Chmod(path, 0o600); err != nil {
			return errors.Join(err, l.Close())
		}
		at = path
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return l, func() {
		_ = os.Remove(at)
		l.Close()
		done()
	}, nil
}

// connect connects to the cluster's socket.
func connect(stateDir, clusterID string) (conn *net.UnixConn, err error) {
	done, err := withSocket(stateDir, clusterID, func(path string) error {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if files.Owner(info) != os.Geteuid() {
			return &files.NotOwnError{Path: filepath.Join(stateDir, "ledger", socketName(clusterID)), Why: "is a socket of somebody else, and isn't used"}
		}
		conn, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	done()
	return conn, err
}

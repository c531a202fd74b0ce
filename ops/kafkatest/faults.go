package kafkatest

import (
	"fmt"
	"os"
	"syscall"
)

// Pause freezes the node (SIGSTOP): its sockets stay open and answer nothing.
// The controller fences a paused broker after broker.session.timeout.ms.
func (n *Node) Pause() error { return n.setPaused(true, syscall.SIGSTOP) }

// Resume lets a paused node go on (SIGCONT).
func (n *Node) Resume() error { return n.setPaused(false, syscall.SIGCONT) }

func (n *Node) setPaused(paused bool, s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return os.ErrProcessDone
	}
	if err := n.proc.signal(s); err != nil {
		return fmt.Errorf("node %d: %w", n.ID, err)
	}
	n.paused = paused
	return nil
}

func (n *Node) isPaused() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.paused
}

// LogDirs returns the broker's log dirs, as log.dirs names them.
func (n *Node) LogDirs() []string { return n.logDirs }

// TakeLogDirAway makes the i-th log dir (from 0) vanish under the running
// broker. The broker finds out at its next write there, within seconds where it
// holds a partition, and takes the dir offline for as long as its process lives.
// Permissions would not do: tests may run as root.
func (n *Node) TakeLogDirAway(i int) error {
	if err := os.Rename(n.logDirs[i], n.logDirs[i]+".away"); err != nil {
		return err
	}
	// The broker would make the dir again for a new replica.
	return os.WriteFile(n.logDirs[i], nil, 0o600)
}

// PutLogDirBack undoes TakeLogDirAway on disk. The broker uses the dir again
// after a Restart.
func (n *Node) PutLogDirBack(i int) error {
	away := n.logDirs[i] + ".away"
	if _, err := os.Stat(away); err != nil {
		return err
	}
	if err := os.Remove(n.logDirs[i]); err != nil {
		return err
	}
	return os.Rename(away, n.logDirs[i])
}

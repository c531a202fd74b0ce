package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Node is one Kafka process: a broker, a controller, or both. Its directories
// and ports stay the same over restarts.
type Node struct {
	ID         int32
	Rack       string // "" where it has none
	Broker     bool
	Controller bool
	Dir        string // everything of this node: properties, logs, data

	cluster   *Cluster
	logDirs   []string
	ports     nodePorts
	elsewhere string // see Advertise; "" for Addr

	mu      sync.Mutex
	proc    *process // nil before the first start
	logFrom int64    // where the log of the latest start begins
	paused  bool
}

type nodePorts struct{ plaintext, sasl, controller, exporter, jolokia, kerberos int }

// Addr returns host:port of the broker's PLAINTEXT listener.
func (n *Node) Addr() string { return loopback(n.ports.plaintext) }

// AddrSASL returns host:port of the broker's SASL_SSL listener.
func (n *Node) AddrSASL() string { return loopback(n.ports.sasl) }

// ControllerAddr returns host:port of the controller's listener (PLAINTEXT).
func (n *Node) ControllerAddr() string { return loopback(n.ports.controller) }

// LogFile returns the file that holds what the node logged, over all its starts.
func (n *Node) LogFile() string { return filepath.Join(n.Dir, "server.log") }

// RequestLogFile returns the file that the node's request log goes to (Options.RequestLog).
func (n *Node) RequestLogFile() string { return filepath.Join(n.Dir, "requests.log") }

// PID returns the id of the node's latest process, running or not.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return 0
	}
	return n.proc.cmd.Process.Pid
}

// Running reports whether the node's process lives. A paused process does.
func (n *Node) Running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.proc != nil && n.proc.running()
}

// Start starts the node's process on the node's directories. It doesn't wait
// until the node serves: see Cluster.AwaitBrokers.
func (n *Node) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc != nil && n.proc.running() {
		return fmt.Errorf("node %d runs already", n.ID)
	}
	log, err := os.OpenFile(n.LogFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	if n.logFrom, err = log.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	cmd := exec.Command("java", n.cluster.javaArgs(n)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, n.Dir
	n.proc, err = spawn(cmd)
	n.paused = false
	return err
}

// stopTimeout is how long a node may take to shut down. A broker hands over
// its leaders first, and needs the quorum for that.
const stopTimeout = 5 * time.Minute

// Stop shuts the node down in good order (SIGTERM) and waits until it is gone.
func (n *Node) Stop() error {
	if n.isPaused() {
		return fmt.Errorf("node %d is paused and can't shut down", n.ID)
	}
	return n.end(syscall.SIGTERM)
}

// Kill ends the node as a power cut would (SIGKILL) and waits until it is gone.
// It returns os.ErrProcessDone where the node doesn't run.
func (n *Node) Kill() error { return n.end(syscall.SIGKILL) }

func (n *Node) end(s syscall.Signal) error {
	n.mu.Lock()
	proc := n.proc
	n.mu.Unlock() // so that Running need not wait for the end
	if proc == nil {
		return os.ErrProcessDone
	}
	if err := proc.end(s, stopTimeout); err != nil {
		return fmt.Errorf("node %d: %w", n.ID, err)
	}
	return nil
}

// Restart stops the node if it runs, starts it on the same directories, and
// waits until it is back: a broker until every running broker lists it.
func (n *Node) Restart(ctx context.Context) error {
	if err := n.Stop(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := n.Start(); err != nil {
		return err
	}
	if !n.Broker {
		return n.awaitController(ctx)
	}
	return n.cluster.AwaitBrokers(ctx, n.ID)
}

// logExcerpt is how much of a log is shown, in bytes.
const logExcerpt = 4096

// latestLog returns what the node logged since its latest start.
func (n *Node) latestLog() ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	log, err := os.ReadFile(n.LogFile())
	return log[min(n.logFrom, int64(len(log))):], err
}

// exitError explains why a node that should run doesn't. It quotes the node's
// log from the first error on.
func (n *Node) exitError() error {
	log, err := n.latestLog()
	if err != nil {
		return err
	}
	if bytes.Contains(log, []byte("Address already in use")) {
		err = errPortTaken
	}
	if i := bytes.Index(log, []byte("] ERROR ")); i >= 0 {
		log = log[i:min(len(log), i+logExcerpt)]
	}
	return errors.Join(err, fmt.Errorf("node %d ended; from its log:\n%s", n.ID, log[max(0, len(log)-logExcerpt):]))
}

// format writes the node's directories as Kafka's StorageTool does.
func (n *Node) format(ctx context.Context) error {
	args := []string{"format", "-t", n.cluster.ID, "-c", n.propertiesFile()}
	if n.cluster.SASL {
		args = append(args, scramArgs()...)
	}
	out, err := RunTool(ctx, n.cluster.Version, storageTool, args...)
	if err != nil {
		return fmt.Errorf("formatting node %d: %w", n.ID, err)
	}
	if out.Exit != 0 {
		return fmt.Errorf("formatting node %d: exit %d\n%s%s", n.ID, out.Exit, out.Stdout, out.Stderr)
	}
	return nil
}

func (n *Node) String() string { return fmt.Sprintf("node %d", n.ID) }

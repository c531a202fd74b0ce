package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// attachDeadline is how long the JVM may take to open its socket and to answer. It answers at a safepoint: within some ms, unless it stands still.
const attachDeadline = 5 * time.Second

// errForbidden says that nobody wanted the JVM to be asked.
var errForbidden = errors.New("the JVM was not asked for its threads' names")

// askNames asks the JVM for the names of its threads, by their ids in the JVM's own pid namespace.
func (s *System) askNames(ctx context.Context, p *Process) (names map[int]string, signalled bool, err error) {
	if s.Attach == nil {
		return nil, false, errForbidden
	}
	ctx, cancel := context.WithTimeoutCause(ctx, attachDeadline, fmt.Errorf("no answer within %s", attachDeadline))
	defer cancel()
	conn, signalled, err := s.Attach(ctx, p)
	if err != nil {
		return nil, signalled, err
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	// The protocol's version, the command, and its three arguments, each with a zero at its end (sun.tools.attach.HotSpotVirtualMachine).
	if _, err := io.WriteString(conn, "1\x00threaddump\x00\x00\x00\x00"); err != nil {
		return nil, signalled, fmt.Errorf("ask the JVM of process %d for its threads: %w", p.PID, err)
	}
	result, err := untilLine(conn)
	if err != nil {
		return nil, signalled, fmt.Errorf("ask the JVM of process %d for its threads: %w", p.PID, err)
	}
	if result != "0" {
		return nil, signalled, fmt.Errorf("the JVM of process %d refused to name its threads: it answered %.40q", p.PID, result)
	}
	if names, err = parseDump(conn); err == nil && len(names) == 0 {
		err = fmt.Errorf("the JVM of process %d named no thread", p.PID)
	}
	return names, signalled, err
}

func untilLine(r io.Reader) (string, error) {
	var b [1]byte
	var line strings.Builder
	for line.Len() < 100 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return line.String(), nil
		}
		line.WriteByte(b[0])
	}
	return line.String(), nil
}

// inner returns the id of a thread in the JVM's own pid namespace.
func (s *System) inner(p *Process, tid int) int {
	if p.Inner == p.PID {
		return tid
	}
	status, err := s.read(proc(p.PID, "task", strconv.Itoa(tid), "status"))
	if err != nil {
		return tid
	}
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "NSpid:"); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				if n, err := strconv.Atoi(f[len(f)-1]); err == nil {
					return n
				}
			}
		}
	}
	return tid
}

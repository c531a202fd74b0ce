package reassign

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"kdeck/ops/files"
	"kdeck/ops/state"
)

const (
	maxAnswerLine  = 8 << 20 // bytes of a line of a run's process
	controlTimeout = 5 * time.Second
	dialPatience   = 500 * time.Millisecond // for a process that has the lock to listen
	dialPause      = 20 * time.Millisecond
)

// NoRunError says that no run is on.
type NoRunError struct {
	Last *Record // of the run that was the last; nil: there is none
}

func (e *NoRunError) Error() string {
	switch {
	case e.Last == nil:
		return "no run is on"
	case e.Last.Orphaned():
		return fmt.Sprintf("the run %s is not on: %s", e.Last.ID, e.Last.run().Why)
	}
	return fmt.Sprintf("no run is on: the last one, %s, has ended (%s)", e.Last.ID, e.Last.End.Result)
}

// SilentError says that a process of this machine has the cluster's lock and doesn't answer.
type SilentError struct {
	By  string // the process, as it wrote
	Err error
}

func (e *SilentError) Error() string {
	return fmt.Sprintf("another kdeck on this machine (%s) is moving partitions of this cluster, and doesn't tell how far it is: %v", e.By, e.Err)
}

func (e *SilentError) Unwrap() error { return e.Err }

// Control is a connection to the process of a run. Its methods may not be called at once.
type Control struct {
	conn *net.UnixConn
	r    *bufio.Reader
}

// Dial connects to the run that is on. Errors are [*NoRunError], [*SilentError], and those of files that are damaged or somebody else's.
func Dial(ctx context.Context, stateDir, clusterID string) (*Control, error) {
	for deadline := time.Now().Add(dialPatience); ; {
		conn, err := connect(stateDir, clusterID)
		if err == nil {
			return &Control{conn, bufio.NewReaderSize(conn, 1<<16)}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("whether a run is on isn't known: %w", err)
		}
		held, by, lockErr := locked(stateDir, clusterID)
		if lockErr != nil {
			return nil, fmt.Errorf("whether a run is on isn't known: %w", lockErr)
		}
		if !held {
			last, err := newest(stateDir, clusterID)
			if err != nil {
				return nil, err
			}
			return nil, &NoRunError{last}
		}
		if !time.Now().Before(deadline) {
			return nil, &SilentError{by, err}
		}
		t := time.NewTimer(dialPause) // it has just begun, or just ended
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		}
	}
}

// locked tells whether a process has the cluster's lock, and which.
func locked(stateDir, clusterID string) (held bool, by string, err error) {
	path := lockPath(stateDir, clusterID)
	f, err := files.OpenOwn(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	defer f.Close() // and with it what is locked here
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		text, _ := io.ReadAll(io.LimitReader(f, maxName))
		return true, strings.TrimSpace(string(text)), nil
	}
	return false, "", err
}

// Close ends the connection; the run goes on.
func (c *Control) Close() error { return c.conn.Close() }

// Do asks something of the run, and returns how it is then.
func (c *Control) Do(req Request) (*state.Run, error) {
	if err := c.conn.SetDeadline(time.Now().Add(controlTimeout)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(encodeLine(req)); err != nil {
		return nil, fmt.Errorf("the run's process takes no request: %w", err)
	}
	line, err := c.line()
	if err != nil {
		return nil, fmt.Errorf("the run's process gives no answer: %w", err)
	}
	var a Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("the run's process gives an answer that can't be read: %w", err)
	}
	if a.Error != "" || a.Run == nil {
		return nil, errors.New(a.Error)
	}
	return a.Run.Run(), nil
}

// line reads a line, of a length that is bounded.
func (c *Control) line() ([]byte, error) {
	var line []byte
	for {
		part, err := c.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxAnswerLine:
			return nil, fmt.Errorf("a line of more than %d bytes", maxAnswerLine)
		}
	}
}

// News is what is new about the run on a cluster.
type News struct {
	Run *state.Run // as it was told last; nil: no run is on, and none was left undone
	// An event of the run, and when it was; nil: only how it is has been told.
	Event Event
	At    time.Time
	Err   error // why it isn't known whether a run is on
}

// follow calls told with what the run tells, until its process ends the connection or ctx ends.
func (c *Control) follow(ctx context.Context, told func(News)) error {
	defer context.AfterFunc(ctx, func() { c.conn.Close() })()
	run, err := c.Do(Request{Do: "follow"})
	if err != nil {
		return err
	}
	told(News{Run: run, At: run.ToldAt})
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(10 * statusInterval)); err != nil {
			return err
		}
		line, err := c.line()
		if err != nil {
			return err
		}
		at, ev, err := ReadLine(line)
		var unknown *UnknownEventError
		switch {
		case err == nil:
			told(News{Run: run, Event: ev, At: at})
		case errors.As(err, &unknown) && unknown.Kind == "status":
			var s statusLine
			if json.Unmarshal(line, &s) == nil && s.Run != nil {
				run = s.Run.Run()
				told(News{Run: run, At: at})
			}
		}
	}
}

// Find returns the run that is on, or the last one where it was left undone: its State is [state.RunOrphaned]. It returns nil where
// there is neither.
func Find(ctx context.Context, stateDir, clusterID string) (*state.Run, error) {
	c, err := Dial(ctx, stateDir, clusterID)
	if err == nil {
		defer c.Close()
		return c.Do(Request{Do: "status"})
	}
	return leftUndone(err)
}

// leftUndone is the last run, where [Dial] found none on.
func leftUndone(err error) (*state.Run, error) {
	var none *NoRunError
	switch {
	case !errors.As(err, &none):
		return nil, err
	case none.Last != nil && none.Last.Orphaned():
		return none.Last.run(), nil
	}
	return nil, nil
}

// followPause is the time between two looks whether a run has begun.
const followPause = time.Second

// Follow calls told with what is new about the run on a cluster, until ctx ends: first how it is, then each event and, about each
// second, how it is. When no run is on, or one is no longer, it tells so once, and waits for the next. It calls told one at a time.
func Follow(ctx context.Context, stateDir, clusterID string, told func(News)) {
	var last News
	said := false
	for ctx.Err() == nil {
		c, err := Dial(ctx, stateDir, clusterID)
		if err == nil {
			_ = c.follow(ctx, func(n News) { said = false; told(n) })
			c.Close()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		run, err := leftUndone(err)
		n := News{Run: run, At: time.Now(), Err: err}
		if !said || !sameNews(n, last) {
			told(n)
		}
		said, last = true, n
		t := time.NewTimer(followPause)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

func sameNews(a, b News) bool {
	if (a.Run == nil) != (b.Run == nil) || (a.Err == nil) != (b.Err == nil) {
		return false
	}
	return (a.Run == nil || a.Run.ID == b.Run.ID) && (a.Err == nil || a.Err.Error() == b.Err.Error())
}

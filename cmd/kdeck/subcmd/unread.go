package subcmd

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// unreadInterval is the time between two looks at whether the output is still read.
const unreadInterval = 250 * time.Millisecond

// unread returns a channel that is closed when the other end of Out or Err is: a pipe without a reader, or a terminal that hung
// up. It needs no write to find out. The signal SIGPIPE wouldn't do, because the connections to brokers raise it too.
func (e *Env) unread(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	var files []*os.File
	for _, w := range []io.Writer{e.Out, e.Err} {
		if f, ok := terminal(w).(*os.File); ok {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil
	}
	go func() {
		tick := time.NewTicker(unreadInterval)
		defer tick.Stop()
		for {
			for _, f := range files {
				if isUnread(f) {
					close(gone)
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return gone
}

// isUnread asks the kernel whether the other end of a file is closed.
func isUnread(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	lost := false
	conn.Control(func(fd uintptr) {
		polled := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(polled, 0)
		lost = err == nil && polled[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
	})
	return lost
}

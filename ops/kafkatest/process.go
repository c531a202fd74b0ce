package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a child that dies with this process (dieWithParent).
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed once the child has ended and been waited for
}

// launcher runs functions on one OS thread that lives as long as this process.
// The kernel ties a child to the thread that forked it, not to the process: one
// started from any goroutine would be killed when Go retires that goroutine's
// thread.
var launcher = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func spawn(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = dieWithParent()
	started := make(chan error)
	launcher() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.exited)
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// signal reports os.ErrProcessDone where the child has ended.
func (p *process) signal(s syscall.Signal) error {
	if !p.running() {
		return os.ErrProcessDone
	}
	return p.cmd.Process.Signal(s)
}

// end sends s and waits until the child is gone. It returns os.ErrProcessDone
// where the child had ended before.
func (p *process) end(s syscall.Signal, timeout time.Duration) error {
	switch err := p.signal(s); {
	case errors.Is(err, os.ErrProcessDone):
		<-p.exited
		return err
	case err != nil:
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(timeout):
		return fmt.Errorf("process %d still runs %v after %v", p.cmd.Process.Pid, timeout, s)
	}
}

package kafkatest

import "syscall"

// dieWithParent makes the kernel kill the child when the thread that forked it
// ends, and keeps a terminal's ctrl-c from reaching it: the owner ends it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

//go:build !linux

package kafkatest

import "syscall"

// dieWithParent has no way to tie the child to this process where the kernel is
// not Linux. The child stays in the process group, so that a terminal's ctrl-c
// reaches it; only after kill -9 of the parent does it live on.
func dieWithParent() *syscall.SysProcAttr { return nil }

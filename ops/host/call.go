package host

import "strconv"

// A call is a system call, as far as its arguments are understood.
type call struct {
	name         string
	amd64, arm64 int // its numbers; -1: there is none
	// Which arguments are a descriptor that it waits for, a socket that it sends to, and a number of bytes; -1: none.
	file, socket, bytes int
	idle                bool // a thread waits in it for work
}

const none = -1

// memory tells of a call that changes the address space: in state D it waits for the lock of that, and for no device.
func (c *call) memory() bool {
	switch c.name {
	case "mmap", "munmap", "mremap", "mprotect", "madvise":
		return true
	}
	return c.idle
}

// calls are those that a broker's threads spend time in. Sources: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
var calls = []call{
	{"epoll_wait", 232, none, none, none, none, true},
	{"epoll_pwait", 281, 22, none, none, none, true},
	{"epoll_pwait2", 441, 441, none, none, none, true},
	{"futex", 202, 98, none, none, none, true},
	{"futex_waitv", 449, 449, none, none, none, true},
	{"poll", 7, none, none, none, none, true},
	{"ppoll", 271, 73, none, none, none, true},
	{"select", 23, none, none, none, none, true},
	{"pselect6", 270, 72, none, none, none, true},
	{"nanosleep", 35, 101, none, none, none, true},
	{"clock_nanosleep", 230, 115, none, none, none, true},
	{"restart_syscall", 219, 128, none, none, none, true},
	{"accept", 43, 202, none, none, none, true},
	{"accept4", 288, 242, none, none, none, true},
	{"rt_sigtimedwait", 128, 137, none, none, none, true},

	{"sendfile", 40, 71, 1, 0, 3, false},
	{"read", 0, 63, 0, none, 2, false},
	{"pread64", 17, 67, 0, none, 2, false},
	{"readv", 19, 65, 0, none, none, false},
	{"preadv", 295, 69, 0, none, none, false},
	{"write", 1, 64, 0, none, 2, false},
	{"pwrite64", 18, 68, 0, none, 2, false},
	{"writev", 20, 66, 0, none, none, false},
	{"pwritev", 296, 70, 0, none, none, false},
	{"recvfrom", 45, 207, none, 0, 2, false},
	{"recvmsg", 47, 212, none, 0, none, false},
	{"sendto", 44, 206, none, 0, 2, false},
	{"sendmsg", 46, 211, none, 0, none, false},
	{"fsync", 74, 82, 0, none, none, false},
	{"fdatasync", 75, 83, 0, none, none, false},
	{"sync_file_range", 277, 84, 0, none, none, false},
	{"ftruncate", 77, 46, 0, none, none, false},
	{"fallocate", 285, 47, 0, none, none, false},
	{"copy_file_range", 326, 285, 0, none, 4, false},
	{"lseek", 8, 62, 0, none, none, false},
	{"close", 3, 57, none, none, none, false},
	{"open", 2, none, none, none, none, false},
	{"openat", 257, 56, none, none, none, false},
	{"unlink", 87, none, none, none, none, false},
	{"unlinkat", 263, 35, none, none, none, false},
	{"rename", 82, none, none, none, none, false},
	{"renameat", 264, 38, none, none, none, false},
	{"renameat2", 316, 276, none, none, none, false},
	{"mkdir", 83, none, none, none, none, false},
	{"mkdirat", 258, 34, none, none, none, false},
	{"stat", 4, none, none, none, none, false},
	{"newfstatat", 262, 79, none, none, none, false},
	{"statx", 332, 291, none, none, none, false},
	{"getdents64", 217, 61, none, none, none, false},
	{"truncate", 76, 45, none, none, none, false},
	{"msync", 26, 227, none, none, none, false},
	{"mmap", 9, 222, none, none, none, false},
	{"munmap", 11, 215, none, none, none, false},
	{"mremap", 25, 216, none, none, none, false},
	{"mprotect", 10, 226, none, none, none, false},
	{"madvise", 28, 233, none, none, none, false},
	{"sched_yield", 24, 124, none, none, none, false},
	{"connect", 42, 203, none, none, none, false},
}

const (
	// pageFault stands for a wait for a device outside of any call: a page of a mapped file, such as an index (KAFKA-4614), has to be read.
	pageFault     = -1
	pageFaultName = "page-fault"
	// onCore stands for no call: the thread runs, or could.
	onCore = -2
)

// callsOf returns the calls of an architecture by number; nil where its numbers aren't known.
func callsOf(arch string) map[int]*call {
	of := map[int]*call{}
	for i := range calls {
		c, nr := &calls[i], none
		switch arch {
		case "amd64":
			nr = c.amd64
		case "arm64":
			nr = c.arm64
		default:
			return nil
		}
		if nr != none {
			of[nr] = c
		}
	}
	return of
}

// An entry is what /proc/PID/task/TID/syscall says.
type entry struct {
	nr   int // of the call; pageFault: blocked in none; onCore
	args [6]uint64
	sp   uint64
}

// parseEntry reads such a file: "running", "-1 SP PC", or a number, six arguments, SP and PC. It makes no garbage.
func parseEntry(b []byte) (e entry, ok bool) {
	if len(b) == 0 {
		return e, false
	}
	if b[0] == 'r' {
		return entry{nr: onCore}, true
	}
	i, negative := 0, b[0] == '-'
	if negative {
		i = 1
	}
	start := i
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		e.nr = e.nr*10 + int(b[i]-'0')
	}
	if i == start || i-start > 6 {
		return e, false
	}
	if negative {
		return entry{nr: pageFault}, true
	}
	n := 0
	for ; i < len(b) && n < 8; n++ {
		for i < len(b) && b[i] == ' ' {
			i++
		}
		if i+2 < len(b) && b[i] == '0' && b[i+1] == 'x' {
			i += 2
		}
		var v uint64
		digits := 0
		for ; i < len(b); i++ {
			c := b[i]
			switch {
			case c >= '0' && c <= '9':
				c -= '0'
			case c >= 'a' && c <= 'f':
				c -= 'a' - 10
			default:
				c = 255
			}
			if c == 255 {
				break
			}
			v, digits = v<<4|uint64(c), digits+1
		}
		switch {
		case digits == 0:
			return e, n >= 6
		case n < 6:
			e.args[n] = v
		case n == 6:
			e.sp = v
		}
	}
	return e, n >= 6
}

// stateOf finds the state in /proc/PID/task/TID/stat: it follows the name, which is in parentheses and may hold some itself. 0: not found.
func stateOf(b []byte) byte {
	for i := len(b) - 3; i >= 0; i-- {
		if b[i] == ')' {
			return b[i+2]
		}
	}
	return 0
}

// nameOf names a call.
func nameOf(of map[int]*call, nr int) string {
	if nr == pageFault {
		return pageFaultName
	}
	if c := of[nr]; c != nil {
		return c.name
	}
	return "call " + strconv.Itoa(nr)
}

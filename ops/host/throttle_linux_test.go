package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// blkio is where version 1 of the control groups has its controller for disks.
const blkio = "/sys/fs/cgroup/blkio"

// throttled holds what a process reads from, or writes to, the device of a directory to so many bytes a second, until the test ends or release is called. It skips
// the test where that can't be done.
func throttled(t *testing.T, pid int, dir, direction string, bytes int) (release func()) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	if unix.Major(st.Dev) == 0 {
		t.Skipf("skipped: %s is on no device of its own", dir)
	}
	group, err := os.MkdirTemp(blkio, "kdeck-test-")
	if err != nil {
		t.Skipf("skipped: a slow disk is made by control groups of version 1, as root: %v", err)
	}
	release = func() {
		if release == nil {
			return
		}
		release = nil
		_ = os.WriteFile(filepath.Join(blkio, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
		if err := os.Remove(group); err != nil {
			t.Error(err)
		}
	}
	done := release
	t.Cleanup(func() {
		if release != nil {
			done()
		}
	})
	limit := fmt.Sprintf("%d:%d %d", unix.Major(st.Dev), unix.Minor(st.Dev), bytes)
	if err := os.WriteFile(filepath.Join(group, "blkio.throttle."+direction+"_bps_device"), []byte(limit), 0); err != nil {
		t.Skipf("skipped: the disk can't be made slow: %v", err)
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
		t.Skipf("skipped: the broker can't be put into a control group: %v", err)
	}
	return release
}

// evict throws the pages of a partition's files out of the page cache.
func evict(t *testing.T, pattern string) {
	t.Helper()
	unix.Sync()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file fits %s: %v", pattern, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
}

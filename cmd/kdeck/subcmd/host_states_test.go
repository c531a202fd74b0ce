package subcmd

import (
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/host"
	"kdeck/ops/state"
)

// brokerSeven are the files of a machine whose broker has a network thread that waits for a disk in sendfile.
func brokerSeven() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/self/mounts": "", "proc/stat": "cpu  1 2 3\ncpu0 1 2 3\n",
		"proc/100/cmdline":                          "/usr/bin/java\x00kafka.Kafka\x00/etc/kafka/server.properties\x00",
		"proc/100/root/etc/kafka/server.properties": "node.id=7\nlog.dirs=/data3\n",
		"proc/100/status":                           "Name:\tjava\nUid:\t997\t997\t997\t997\nNSpid:\t100\n",
		"proc/100/stat":                             "100 (java) S 1 100\n",
		"proc/100/task/101/comm":                    "data-plane-kafk\n",
		"proc/100/task/101/syscall":                 "40 0xc 0x28 0x7f00 0x100000 0x0 0x0 0x7fff 0x7f01\n",
		"proc/100/task/101/stat":                    "101 (data-plane-kafk) D 1 100\n",
		"proc/100/task/101/schedstat":               "1000 1000 10\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	files["proc/100/fd/12"] = &fstest.MapFile{Data: []byte("socket:[117632]"), Mode: fs.ModeSymlink}
	files["proc/100/fd/40"] = &fstest.MapFile{Data: []byte("/data3/click-stream-17/00000000000000000000.log"), Mode: fs.ModeSymlink}
	return files
}

// ending are the files of a machine whose broker can end and begin again.
type ending struct {
	fs.FS
	ended atomic.Bool
}

func (e *ending) Open(name string) (fs.File, error) {
	if e.ended.Load() && strings.HasPrefix(name, "proc/100") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return e.FS.Open(name)
}

func (e *ending) ReadLink(name string) (string, error)   { return fs.ReadLink(e.FS, name) }
func (e *ending) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(e.FS, name) }

func TestAScreenOfAMachineKeepsTheLastLookAndFindsABrokerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &ending{FS: brokerSeven()}
		machine := &host.System{Files: files, Arch: "amd64", Name: "b7"}
		o := &hostOptions{broker: -1, length: time.Second, every: 20 * time.Millisecond}
		looker, err := host.Open(t.Context(), machine, host.Options{Broker: -1, For: o.length, Every: o.every})
		if err != nil {
			t.Fatal(err)
		}
		states := watchMachine(t.Context(), time.Now, o, machine, looker)
		seq := uint64(0)
		next := func() *state.State {
			t.Helper()
			s, _, err := states.Next(t.Context(), seq)
			if err != nil {
				t.Fatal(err)
			}
			seq = s.Seq
			return s
		}
		if s := next(); s.Host != nil || s.Waiting != "the first look at broker 7 on b7, which takes 1s" || s.Context != "broker 7 on b7" {
			t.Errorf("first: %+v", s)
		}
		if s := next(); s.Host == nil || s.Host.PID != 100 || len(s.Findings) == 0 || s.Findings[0].Code != health.HostNetworkOnDisk || s.Failed != "" {
			t.Errorf("after a look: %+v", s)
		}
		files.ended.Store(true)
		s := next()
		for s.Failed == "" {
			s = next()
		}
		if s.Host == nil || len(s.Findings) == 0 || !strings.Contains(s.Failed, "ended") {
			t.Errorf("when the broker ended: %+v", s)
		}
		if s = next(); !strings.Contains(s.Failed, "broker 7") && !strings.Contains(s.Failed, "no Kafka broker runs") {
			t.Errorf("while it is gone: %q", s.Failed)
		}
		files.ended.Store(false)
		for s.Failed != "" {
			s = next()
		}
		if s.Host == nil || s.Host.At.IsZero() {
			t.Errorf("when it is there again: %+v", s)
		}
		states.end()
	})
}

package kafkatest

import (
	"net"
	"path/filepath"
	"testing"
)

func TestClaimedPortsAreFreeAndNobodyElsesUntilReleased(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	owners := make(map[int]int)
	for owner := range 4 {
		ports, release, err := claimPorts(2*blockSize + 1)
		must(t, err)
		defer release()
		if len(ports) != 2*blockSize+1 {
			t.Fatalf("%d ports", len(ports))
		}
		for _, port := range ports {
			if other, taken := owners[port]; taken {
				t.Errorf("port %d was given to %d and %d", port, other, owner)
			}
			owners[port] = owner
			l, err := net.Listen("tcp", loopback(port))
			must(t, err)
			must(t, l.Close())
		}
	}
}

func TestALockIsFreeOnceItsHolderClosesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := tryLock(path)
	must(t, err)
	if first == nil {
		t.Fatal("a new lock is held by somebody")
	}
	second, err := tryLock(path)
	must(t, err)
	if second != nil {
		t.Error("a lock was taken twice")
	}
	must(t, first.Close())
	third, err := tryLock(path)
	must(t, err)
	if third == nil {
		t.Fatal("a closed lock is still held")
	}
	must(t, third.Close())
}

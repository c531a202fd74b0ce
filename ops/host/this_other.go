//go:build !linux

package host

import (
	"fmt"
	"runtime"
)

// This returns an error: what a look rests on is Linux's own.
func This(bool) (*System, error) {
	return nil, fmt.Errorf("kdeck host runs on Linux only: it reads /proc, which %s doesn't have; run it on the broker's machine", runtime.GOOS)
}

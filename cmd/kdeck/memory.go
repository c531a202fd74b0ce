package main

import (
	"os"
	"runtime/debug"
)

// softMemory is what the collector keeps the process below where it can, in bytes: the whole should stay below 1 GiB. It is no bound of
// what is held: that is bounded where it is read. Go's own GOMEMLIMIT goes before it.
const softMemory = 900 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
}

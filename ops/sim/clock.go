package sim

import "time"

// A Clock tells the model what time it is and wakes it up. It must not run backwards.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, d from now, on a goroutine of its own, unless stop is called first.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// WallClock is the machine's clock or, inside a testing/synctest bubble, the bubble's.
func WallClock() Clock { return wallClock{} }

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// FrozenClock stands still at t: with it, time passes by [Cluster.Advance] alone.
func FrozenClock(t time.Time) Clock { return frozenClock(t) }

type frozenClock time.Time

func (c frozenClock) Now() time.Time { return time.Time(c) }

func (frozenClock) AfterFunc(time.Duration, func()) func() { return func() {} }

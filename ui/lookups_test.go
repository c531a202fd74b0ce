package ui

import (
	"slices"
	"sync"
	"testing"
)

func TestALineThatWasTypedOnIsNotCompleted(t *testing.T) {
	l, began, let := new(lookups), make(chan struct{}), make(chan struct{})
	var completed []uint64
	var all sync.WaitGroup
	l.latest.Store(1)
	all.Go(func() {
		l.look(1, func() []string {
			completed = append(completed, 1)
			close(began)
			<-let
			return nil
		})
	})
	<-began
	l.latest.Store(9) // while the first is under way, as of a line that is pasted
	for version := uint64(2); version <= 9; version++ {
		all.Go(func() {
			if _, current := l.look(version, func() []string { completed = append(completed, version); return nil }); current != (version == 9) {
				t.Errorf("of version %d it said current: %v", version, current)
			}
		})
	}
	close(let)
	all.Wait()
	if !slices.Equal(completed, []uint64{1, 9}) {
		t.Errorf("completed were the versions %v", completed)
	}
}

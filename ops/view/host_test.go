package view

import (
	"slices"
	"testing"

	"kdeck/ops/state"
)

func TestThreadsOfABrokerAreNamedByWhatTheirGroupDoesNotTell(t *testing.T) {
	for _, c := range []struct {
		group                state.ThreadGroup
		listener, name, want string
	}{
		{state.NetworkThreads, "EXTERNAL", "data-plane-kafka-network-thread-7-ListenerName(EXTERNAL)-SASL_SSL-2", "EXTERNAL-2"},
		{state.NetworkThreads, "", "network thread (thread 101)", "network thread (thread 101)"},
		{state.Acceptors, "EXTERNAL", "data-plane-kafka-socket-acceptor-ListenerName(EXTERNAL)-SASL_SSL-9092", "EXTERNAL-9092"},
		{state.RequestHandlers, "", "data-plane-kafka-request-handler-11", "request-handler-11"},
		{state.Fetchers, "", "ReplicaFetcherThread-0-3", "ReplicaFetcherThread-0-3"},
		{state.CleanerThreads, "", "kafka-log-cleaner-thread-0", "log-cleaner-thread-0"},
	} {
		if got := shortThread(c.group, c.listener, c.name); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Threads with nothing to do stand in one row of their group, with what they share; wide shows each.
func TestIdleThreadsOfAGroupStandInOneRow(t *testing.T) {
	thread := func(name string, idle, core float64) state.HostThread {
		return state.HostThread{Group: state.RequestHandlers, Name: name, Idle: idle, OnCore: state.Reading[float64]{Value: core, Known: true}, WaitingForCore: state.Reading[float64]{Known: true}}
	}
	h := &state.Host{Threads: []state.HostThread{thread("a", 1, 0), thread("b", 0.4, 0.5), thread("c", 0.98, 0.02)}}
	names := func(all bool) (names []string) {
		for _, r := range HostRows(h, all) {
			names = append(names, r.Short)
		}
		return names
	}
	if got, want := names(false), []string{"b", "2 with little to do"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := names(true), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("wide: %q, want %q", got, want)
	}
	if r := HostRows(h, false)[1]; r.OnCore.Value != 0.01 || r.Idle != 0.99 {
		t.Errorf("the idle ones together: %+v", r)
	}
}

package watch

import (
	"testing"
)

func TestThreadsAreCountedForEachListenerOfTheBroker(t *testing.T) {
	for _, tt := range []struct {
		name    string
		configs map[string]string
		io, net int
		known   bool
	}{
		{"one listener", map[string]string{"num.io.threads": "8", "num.network.threads": "3", "listeners": "PLAINTEXT://:9092"}, 8, 3, true},
		{"two listeners, and the controllers' left out", map[string]string{"num.io.threads": "8", "num.network.threads": "3",
			"listeners": "PLAINTEXT://:9092, SASL_SSL://:9093,CONTROLLER://:9094", "controller.listener.names": "CONTROLLER"}, 8, 6, true},
		{"a listener with threads of its own", map[string]string{"num.io.threads": "8", "num.network.threads": "3",
			"listeners": "A://:1,B://:2", "listener.name.b.num.network.threads": "10"}, 8, 13, true},
		{"a broker that doesn't tell", map[string]string{"listeners": "A://:1"}, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ThreadsOf(tt.configs)
			if got.IO != tt.io || got.Network != tt.net || got.Known != tt.known || got.Known == (got.WhyNot != "") {
				t.Errorf("%+v", got)
			}
		})
	}
}

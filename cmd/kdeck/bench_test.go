package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kdeck/ops/kafkatest"
)

// From start to the last line of `kdeck status`, a process each time, against three real brokers on loopback.
// Budget: 60 ms on a quiet machine.
func BenchmarkStatusFromStartToLastLine(b *testing.B) {
	kafkatest.Require(b)
	binary := filepath.Join(b.TempDir(), "kdeck")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	c := kafkatest.Start(b, kafkatest.Options{Brokers: 3})
	if err := c.CreateTopics(b.Context(), kafkatest.Topic{Name: "orders", Partitions: 30, Replicas: 3}); err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{{"status"}, {"brokers"}, {"version"}} {
		b.Run(args[0], func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.Command(binary, append(args, "-b", c.Bootstrap())...).CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
}

package kafkatest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"kdeck/protocol/race"
)

// InName is what the name of each test on real Kafka holds. The target test of the Makefile picks them by it, and runs them one
// package at a time, without the race detector: brokers, clients and tools of several packages at once starve each other on a
// small machine.
const InName = "RealKafka"

// Require skips the test where real Kafka can't be run: no Java, or no Maven to
// fetch its jars with. Under CI=true that is a failure instead. It skips the test under the race detector too.
func Require(t testing.TB) {
	t.Helper()
	missing := missing()
	_, benchmark := t.(*testing.B)
	name, _, _ := strings.Cut(t.Name(), "/")
	switch {
	case !benchmark && !strings.Contains(name, InName):
		t.Fatalf("%s runs on real Kafka, but its name doesn't hold %s, by which make test finds such tests", name, InName)
	case len(missing) > 0 && os.Getenv("CI") == "true":
		t.Fatalf("real Kafka can't be run: no %s in PATH", strings.Join(missing, " in PATH, no "))
	case len(missing) > 0:
		t.Skipf("skipped, real Kafka can't be run: no %s in PATH", strings.Join(missing, " in PATH, no "))
	case race.Enabled:
		t.Skipf("skipped: tests on real Kafka are run without the race detector")
	}
}

func missing() (tools []string) {
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			tools = append(tools, tool)
		}
	}
	return tools
}

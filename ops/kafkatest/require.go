package kafkatest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Require skips the test where real Kafka can't be run: no Java, or no Maven to
// fetch its jars with. Under CI=true that is a failure instead.
func Require(t testing.TB) {
	t.Helper()
	missing := missing()
	switch {
	case len(missing) == 0:
	case os.Getenv("CI") == "true":
		t.Fatalf("real Kafka can't be run: no %s in PATH", strings.Join(missing, " in PATH, no "))
	default:
		t.Skipf("skipped, real Kafka can't be run: no %s in PATH", strings.Join(missing, " in PATH, no "))
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

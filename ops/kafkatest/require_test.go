package kafkatest

import (
	"fmt"
	"testing"
)

// outcome takes down what a test would have been told.
type outcome struct {
	testing.TB
	skipped, failed string
}

func (o *outcome) Skipf(format string, args ...any)  { o.skipped = fmt.Sprintf(format, args...) }
func (o *outcome) Fatalf(format string, args ...any) { o.failed = fmt.Sprintf(format, args...) }

func TestRequire(t *testing.T) {
	const why = "real Kafka can't be run: no java in PATH, no mvn in PATH"
	t.Setenv("PATH", t.TempDir())
	for _, test := range []struct{ ci, skipped, failed string }{
		{ci: "", skipped: "skipped, " + why},
		{ci: "false", skipped: "skipped, " + why},
		{ci: "true", failed: why},
	} {
		t.Setenv("CI", test.ci)
		got := outcome{TB: t}
		Require(&got)
		if got.skipped != test.skipped || got.failed != test.failed {
			t.Errorf("with CI=%q: skipped %q, failed %q", test.ci, got.skipped, got.failed)
		}
	}
}

package kafkatest

import (
	"fmt"
	"testing"
)

// outcome takes down what a test of that name would have been told.
type outcome struct {
	testing.TB
	name, skipped, failed string
}

func (o *outcome) Name() string                      { return o.name }
func (o *outcome) Skipf(format string, args ...any)  { o.skipped = fmt.Sprintf(format, args...) }
func (o *outcome) Fatalf(format string, args ...any) { o.failed = fmt.Sprintf(format, args...) }

func TestRequire(t *testing.T) {
	const why = "real Kafka can't be run: no java in PATH, no mvn in PATH"
	t.Setenv("PATH", t.TempDir())
	for _, test := range []struct{ name, ci, skipped, failed string }{
		{name: "TestItOnRealKafka", ci: "", skipped: "skipped, " + why},
		{name: "TestItOnRealKafka/a part", ci: "false", skipped: "skipped, " + why},
		{name: "TestItOnRealKafka", ci: "true", failed: why},
		{name: "TestIt/RealKafka", failed: "TestIt runs on real Kafka, but its name doesn't hold RealKafka, by which make test finds such tests"},
	} {
		t.Setenv("CI", test.ci)
		got := outcome{TB: t, name: test.name}
		Require(&got)
		if got.skipped != test.skipped || got.failed != test.failed {
			t.Errorf("%s with CI=%q: skipped %q, failed %q", test.name, test.ci, got.skipped, got.failed)
		}
	}
}

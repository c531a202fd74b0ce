package view

import "testing"

func TestAValueIsShownAsTheTimeOrSizeThatItsNameSaysItIs(t *testing.T) {
	for name, want := range map[[2]string]string{
		{"retention.ms", "604800000"}: "7d0h", {"retention.ms", "-1"}: "no limit", {"retention.bytes", "-1"}: "no limit", {"flush.ms", "9223372036854775807"}: "never",
		{"segment.bytes", "1073741824"}: "1.07GB", {"leader.replication.throttled.rate", "20000000"}: "20.0MB", {"linger.ms", "5"}: "",
		{"num.io.threads", "8000"}: "", {"retention.ms", "soon"}: "", {"retention.ms", "9223372036854775806"}: "", {"retention.ms", ""}: "",
	} {
		if got := ConfigMeans(name[0], name[1]); got != want {
			t.Errorf("%s=%s means %q, want %q", name[0], name[1], got, want)
		}
	}
}

package subcmd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Of the operations that a drain needs each is taken away alone, and that one is named before anything is sent.
func TestAnOperationThatACLsDoNotAllowIsNamedBeforeAnythingIsSent(t *testing.T) {
	d, s := onSim(t, quick("healthy"))
	phrase := d.phrase("drain", "5") + " not"
	for _, c := range []struct {
		operation  kmsg.ACLOperation
		onTopics   bool
		says       string
		unthrottle bool // it needs it without a throttle too
	}{
		{kmsg.ACLOperationDescribe, false, "Describe on the cluster (lists reassignments and log dirs", true},
		{kmsg.ACLOperationAlter, false, "Alter on the cluster (reassigns partitions, elects leaders, unregisters brokers): kafka-acls --add --operation Alter --cluster", true},
		{kmsg.ACLOperationDescribeConfigs, false, "DescribeConfigs on the cluster (reads the rates of brokers)", false},
		{kmsg.ACLOperationAlterConfigs, false, "AlterConfigs on the cluster (sets the rates of brokers, cordons them)", false},
		{kmsg.ACLOperationDescribeConfigs, true, "DescribeConfigs on 12 topics, ", false},
		{kmsg.ACLOperationAlterConfigs, true, "AlterConfigs on 12 topics, ", false},
		{kmsg.ACLOperationWrite, true, "", false},
		{kmsg.ACLOperationClusterAction, false, "", false},
	} {
		allow := s.Deny(c.operation, c.onTopics)
		try := func(needs bool, words ...string) {
			t.Helper()
			r := d.run(append(words, "--execute", "--confirm", phrase)...)
			// Each is refused: by the operation, or by the wrong phrase that comes after it.
			if r.code != 2 || strings.Contains(r.err, "ACLs don't allow all that it needs:\n") != needs || needs && (!strings.Contains(r.err, c.says) || strings.Count(r.err, "kafka-acls") != 1) {
				t.Errorf("without %s, %v: exit %d: %s", c.says, words, r.code, r.err)
			}
		}
		try(c.says != "", "drain", "5", "--throttle", "50MB", "--throttle-anyway")
		try(c.says != "", "drain", "5", "--throttle", "auto")
		try(c.unthrottle, "drain", "5", "--throttle", "none")
		if r := d.run("drain", "5", "--throttle", "50MB"); r.code != 0 || strings.Contains(r.out, c.says) != true && c.says != "" {
			t.Errorf("the dry run without %s: exit %d: %s%s", c.says, r.code, r.out, r.err)
		}
		if n := len(s.Mutations()); n > 0 {
			t.Errorf("without %s: %d changes were sent", c.says, n)
		}
		allow()
	}
	s.Deny(kmsg.ACLOperationAlter, false)
	s.Deny(kmsg.ACLOperationAlterConfigs, true)
	for _, words := range [][]string{{"moves", "cancel"}, {"throttles", "clear"}} {
		if r := d.run(append(slices.Clone(words), "--execute", "--confirm", "x")...); r.code != 2 || words[0] == "moves" && !strings.Contains(r.err, "Alter on the cluster") {
			t.Errorf("%v: exit %d: %s", words, r.code, r.err)
		}
	}
}

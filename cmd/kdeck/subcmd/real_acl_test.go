package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"kdeck/ops/kafkatest"
)

// A user without ACLs must be told what could not be read, thing by thing, and never that all is well.
func TestMissingACLsAreNamedOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, SASL: true, ACLs: true})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "orders", Partitions: 3, Replicas: 1}))
			as := func(user string) *deck {
				file, err := c.ClientProperties(kafkatest.ScramSHA512, user, kafkatest.Password(user))
				must(t, err)
				return newDeck(t, "-b", c.BootstrapSASL(), "--command-config", file)
			}
			as(kafkatest.Admin).ok(0, "status")

			nobody := as(kafkatest.Tenants[0])
			var doc struct {
				Verdict string
				Unknown []struct{ What, Why string }
			}
			out := nobody.ok(1, "status", "-o", "json")
			must(t, json.Unmarshal([]byte(out), &doc))
			if doc.Verdict != "unknown" {
				t.Errorf("the verdict is %s, want unknown", doc.Verdict)
			}
			for _, what := range []string{"controller", "reassignments", "log dirs"} {
				found := false
				for _, u := range doc.Unknown {
					found = found || u.What == what && strings.Contains(u.Why, "DESCRIBE on CLUSTER")
				}
				if !found {
					t.Errorf("nothing says that %s could not be read and which ACL it takes: %+v", what, doc.Unknown)
				}
			}
			if r := nobody.run("plan", "drain", "1"); r.code != 2 || !strings.Contains(r.err, "reassignments") {
				t.Errorf("a plan without knowing what moves: exit %d: %s", r.code, r.err)
			}
		})
	}
}

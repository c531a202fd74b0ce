package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafkatest"
)

// A user without ACLs must be told what could not be read, thing by thing, and never that all is well.
func TestMissingACLsAreNamedOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, SASL: true, ACLs: true, Brokers: 2})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "orders", Assignment: [][]int32{{1}, {1}, {2}}}))
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
			oneIsMissing(t, c, as(kafkatest.Tenants[1]))
		})
	}
}

// oneIsMissing gives a user all operations that a drain needs but one, which is then named, and nothing is sent.
func oneIsMissing(t *testing.T, c *kafkatest.Cluster, d *deck) {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Bootstrap(), ",")...))
	must(t, err)
	defer client.Close()
	needed := []struct {
		on        kmsg.ACLResourceType
		operation kmsg.ACLOperation
		says      string
	}{
		{kmsg.ACLResourceTypeCluster, kmsg.ACLOperationDescribe, "DESCRIBE on CLUSTER"},
		{kmsg.ACLResourceTypeCluster, kmsg.ACLOperationAlter, "Alter on the cluster"},
		{kmsg.ACLResourceTypeCluster, kmsg.ACLOperationDescribeConfigs, "DescribeConfigs on the cluster"},
		{kmsg.ACLResourceTypeCluster, kmsg.ACLOperationAlterConfigs, "AlterConfigs on the cluster"},
		{kmsg.ACLResourceTypeTopic, kmsg.ACLOperationDescribe, ""}, // without it the topic isn't there
		{kmsg.ACLResourceTypeTopic, kmsg.ACLOperationDescribeConfigs, "DescribeConfigs on 1 topic, orders"},
		{kmsg.ACLResourceTypeTopic, kmsg.ACLOperationAlterConfigs, "AlterConfigs on 1 topic, orders"},
	}
	create := kmsg.NewPtrCreateACLsRequest()
	for _, n := range needed {
		a := kmsg.NewCreateACLsRequestCreation()
		a.ResourceType, a.ResourceName, a.ResourcePatternType = n.on, "kafka-cluster", kmsg.ACLResourcePatternTypeLiteral
		if n.on == kmsg.ACLResourceTypeTopic {
			a.ResourceName = "*"
		}
		a.Principal, a.Host, a.Operation, a.PermissionType = "User:"+kafkatest.Tenants[1], "*", n.operation, kmsg.ACLPermissionTypeAllow
		create.Creations = append(create.Creations, a)
	}
	created, err := create.RequestWith(t.Context(), client)
	must(t, err)
	for _, r := range created.Results {
		must(t, kerr.ErrorForCode(r.ErrorCode))
	}
	drain := []string{"drain", "2", "--throttle", "50MB", "--throttle-anyway", "--execute", "--confirm", "not the phrase"}
	eventually(t, "the ACLs are in force, and the phrase is what is wrong", func() (bool, string) {
		r := d.run(drain...)
		return r.code == 2 && strings.Contains(r.err, "phrase") && !strings.Contains(r.err, "ACLs don't allow"), r.err
	})
	for i, n := range needed {
		if n.says == "" {
			continue
		}
		deny := kmsg.NewPtrCreateACLsRequest()
		a := create.Creations[i]
		a.PermissionType = kmsg.ACLPermissionTypeDeny
		deny.Creations = append(deny.Creations, a)
		_, err := deny.RequestWith(t.Context(), client)
		must(t, err)
		eventually(t, n.says+" is named", func() (bool, string) {
			r := d.run(drain...)
			return r.code == 2 && strings.Contains(r.err, n.says) && !strings.Contains(r.err, "phrase"), r.err
		})
		allow := kmsg.NewPtrDeleteACLsRequest()
		f := kmsg.NewDeleteACLsRequestFilter()
		f.ResourceType, f.ResourceName, f.ResourcePatternType = a.ResourceType, &a.ResourceName, a.ResourcePatternType
		f.Principal, f.Host, f.Operation, f.PermissionType = &a.Principal, &a.Host, a.Operation, kmsg.ACLPermissionTypeDeny
		allow.Filters = append(allow.Filters, f)
		_, err = allow.RequestWith(t.Context(), client)
		must(t, err)
	}
}

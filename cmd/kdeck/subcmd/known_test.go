package subcmd_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// twoClusters are two simulated clusters that one network leads to.
func twoClusters(t *testing.T) (d *deck, a, b *sim.Cluster) {
	t.Helper()
	var both []*sim.Cluster
	for i, listen := range []string{"127.0.0.1:9092", "127.0.0.1:19092"} {
		c, err := sim.New(sim.Options{Virtual: true, Listen: listen, Brokers: 3, Racks: 3, Topics: 4, Seed: uint64(i + 1)})
		must(t, err)
		t.Cleanup(c.Close)
		both = append(both, c)
	}
	a, b = both[0], both[1]
	if a.ClusterID() == b.ClusterID() || a.Bootstrap()[0] == b.Bootstrap()[0] {
		t.Fatalf("both have the id %s or the address %s", a.ClusterID(), a.Bootstrap()[0])
	}
	d = newDeck(t)
	d.dial = network(a, b, nil)
	return d, a, b
}

// network dials whichever cluster has the address; moved leads an address to another one.
func network(a, b *sim.Cluster, moved map[string]string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if to, is := moved[addr]; is {
			addr = to
		}
		if strings.Contains(addr, ":190") {
			return b.DialContext(ctx, network, addr)
		}
		return a.DialContext(ctx, network, addr)
	}
}

func contextLine(name string, c *sim.Cluster, more string) string {
	return "  " + name + ": {bootstrap: [\"" + c.Bootstrap()[0] + "\"]" + more + "}\n"
}

var setQuota = []string{"quota", "set", "--user", "u", "request_percentage=5"}

func TestAContextThatComesToLeadToAnotherClusterChangesNothing(t *testing.T) {
	d, a, b := twoClusters(t)
	d.writeConfig("current: prod\ncontexts:\n" + contextLine("prod", a, ""))
	phrase := wanted(d.ok(0, setQuota...))
	d.writeConfig("current: prod\ncontexts:\n" + contextLine("prod", b, ""))
	if r := d.run(append(slices.Clone(setQuota), "--execute", "--confirm", phrase)...); r.code != 2 || !strings.Contains(r.err, a.ClusterID()) ||
		!strings.Contains(r.err, b.ClusterID()) || !strings.Contains(r.err, "kdeck config trust prod") {
		t.Errorf("edited between dry run and execution: exit %d: %s", r.code, r.err)
	}
	if r := d.run("status"); !strings.Contains(r.err, "careful") {
		t.Errorf("status says nothing of it: %s", r.err)
	}
	if len(a.Mutations())+len(b.Mutations()) > 0 {
		t.Fatalf("changed: %v, %v", a.Mutations(), b.Mutations())
	}
	if r := d.run("config", "trust", "prod"); r.code != 2 || !strings.Contains(r.err, "trust prod "+b.ClusterID()) {
		t.Errorf("trust without its phrase: exit %d: %s", r.code, r.err)
	}
	d.ok(0, "config", "trust", "prod", "--confirm", "trust prod "+b.ClusterID())
	d.ok(0, append(slices.Clone(setQuota), "--execute", "--confirm", phrase)...)
	if len(a.Mutations()) > 0 || len(b.Mutations()) != 1 {
		t.Errorf("after trust: %v, %v", a.Mutations(), b.Mutations())
	}
}

func TestAnAddressThatComesToLeadToAnotherClusterChangesNothing(t *testing.T) {
	d, a, b := twoClusters(t)
	at := a.Bootstrap()[0]
	d.flags = []string{"-b", at, "-X", "client.id=test"}
	phrase := wanted(d.ok(0, setQuota...))
	d.dial = network(a, b, map[string]string{at: b.Bootstrap()[0]})
	if r := d.run(append(slices.Clone(setQuota), "--execute", "--confirm", phrase)...); r.code != 2 || !strings.Contains(r.err, "kdeck config trust "+at) {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	d.dial = network(a, b, nil)
	d.ok(0, append(slices.Clone(setQuota), "--execute", "--confirm", phrase)...)
	if len(a.Mutations()) != 1 || len(b.Mutations()) > 0 {
		t.Errorf("changed: %v, %v", a.Mutations(), b.Mutations())
	}
}

func TestAContextsNameStandsForItsOwnAddressesOnly(t *testing.T) {
	d, a, b := twoClusters(t)
	d.writeConfig("contexts:\n" + contextLine("stg", b, ""))
	d.flags = []string{"--context", "stg", "-b", a.Bootstrap()[0]}
	if phrase := wanted(d.ok(0, setQuota...)); strings.Contains(phrase, "stg") || !strings.HasSuffix(phrase, " "+a.Bootstrap()[0]) {
		t.Errorf("the phrase %q", phrase)
	}
	if r := d.run(append(slices.Clone(setQuota), "--execute", "--confirm", "quota set users/u request_percentage=5 stg")...); r.code != 2 || len(a.Mutations()) > 0 {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func TestTheCapOnAClusterHoldsHoweverItIsReached(t *testing.T) {
	d, a, _ := twoClusters(t)
	at := a.Bootstrap()[0]
	d.writeConfig("contexts:\n" + contextLine("prod", a, ", max_class: RO") + contextLine("other", a, ""))
	d.ok(0, "brokers", "--context", "prod")
	create := []string{"request", "CreateTopics@4", "topics[0].name=fresh", "topics[0].numPartitions=1", "topics[0].replicationFactor=1"}
	for name, words := range map[string][]string{
		"by -b":                append(slices.Clone(setQuota), "-b", at),
		"by another context":   append(slices.Clone(setQuota), "--context", "other"),
		"by another address":   append(slices.Clone(setQuota), "-b", a.Bootstrap()[2]),
		"by --to host:port":    append(slices.Clone(create), "--to", a.Bootstrap()[1]),
		"by --to and -b":       append(slices.Clone(create), "--to", "2", "-b", at),
		"by the context":       append(slices.Clone(setQuota), "--context", "prod"),
		"a read that isn't":    {"request", "GetTelemetrySubscriptions", "--to", at},
		"what takes a session": {"request", "Fetch@12", "sessionEpoch=0", "--to", at},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.run(words...)
			if phrase := wanted(r.out + r.err); phrase != "" {
				r = d.run(append(slices.Clone(words), "--execute", "--confirm", phrase)...)
			}
			if r.code != 2 || !strings.Contains(r.err, "max_class") {
				t.Errorf("exit %d: %s", r.code, r.err)
			}
		})
	}
	if len(a.Mutations()) > 0 {
		t.Errorf("changed: %v", a.Mutations())
	}
}

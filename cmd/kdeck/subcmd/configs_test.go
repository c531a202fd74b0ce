package subcmd_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// edit carries a change of configs out by its dry run's phrase, and returns the command that undoes it.
func (d *deck) edit(args ...string) (undo string) {
	d.t.Helper()
	var doc struct{ Confirm, Undo string }
	must(d.t, json.Unmarshal([]byte(d.ok(0, append(append([]string{"configs"}, args...), "-o", "json")...)), &doc))
	d.ok(0, append(append([]string{"configs"}, args...), "--execute", "--confirm", doc.Confirm)...)
	return doc.Undo
}

// carryOut runs the commands that undo a change, without the flags that name the cluster.
func (d *deck) carryOut(undo string) {
	d.t.Helper()
	for command := range strings.SplitSeq(undo, "; ") {
		words, _, _ := strings.Cut(command, " --execute")
		d.edit(strings.Fields(words)[2:]...)
	}
}

func TestABrokerWithOtherConfigsThanItsPeersIsFoundInOneLook(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 5, Racks: 3, Topics: 4})
	if out := d.ok(0, "configs", "broker", "--diff"); out != "no difference between 5 brokers\n" {
		t.Errorf("ids, racks, hosts and paths are no differences:\n%s", out)
	}
	must(t, c.SetBrokerConfig(3, "num.io.threads", "16"))
	out := d.ok(0, "configs", "broker", "--diff")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 2 ||
		strings.Join(strings.Fields(lines[0]), " ") != "CONFIG 1-2 4-5 3" || strings.Join(strings.Fields(lines[1]), " ") != "num.io.threads 8 16" {
		t.Errorf("one line was expected, of broker 3 against the others:\n%s", out)
	}
	if out := d.ok(0, "configs", "broker", "1", "2,4", "--diff"); out != "no difference between 3 brokers\n" {
		t.Errorf("those that are alike:\n%s", out)
	}
	must(t, c.Kill(5))
	eventually(t, "the dead broker is said not to be compared", func() (bool, string) {
		r := d.run("configs", "broker", "--diff")
		return r.code == 1 && strings.Contains(r.out, "num.io.threads") && strings.Contains(r.err, "broker 5"), r.out + r.err
	})
}

func TestConfigsSayWhereTheirValuesComeFrom(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 6})
	d.edit("broker", "default", "set", "log.retention.ms=2d")
	d.edit("topic", "orders", "set", "retention.ms=12h")
	out := d.ok(0, "configs", "topic", "orders")
	for _, line := range []string{"retention.ms 43200000 12h00m dynamic 172800000 (cluster default)", "segment.ms 604800000 7d0h default -"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), line) {
			t.Errorf("lacks %q:\n%s", line, out)
		}
	}
	if out := d.ok(0, "configs", "broker", "2", "--filter", "source:static listeners"); !strings.Contains(out, "advertised.listeners") || strings.Contains(out, "num.io.threads") {
		t.Errorf("by source:\n%s", out)
	}
	if out := d.ok(0, "configs", "topic", "orders", "order-lines", "--diff"); !strings.Contains(strings.Join(strings.Fields(out), " "), "retention.ms 43200000 172800000") {
		t.Errorf("topics side by side:\n%s", out)
	}
	d.edit("group", "billing", "set", "consumer.session.timeout.ms=60s")
	if out := d.ok(0, "configs", "group", "billing"); !strings.Contains(strings.Join(strings.Fields(out), " "), "consumer.session.timeout.ms 60000 1m00s dynamic 45000 (default)") {
		t.Errorf("of a group:\n%s", out)
	}
	described := func(args ...string) map[int32]int {
		before, n := c.Requests(), map[int32]int{}
		d.ok(0, args...)
		for id, counts := range c.Requests() {
			n[id] = counts[int16(kmsg.DescribeConfigs)] - before[id][int16(kmsg.DescribeConfigs)]
		}
		return n
	}
	look := described("partitions")
	look[3]++
	if got := described("configs", "broker", "3"); !maps.Equal(got, look) {
		t.Errorf("DescribeConfigs by broker: %v, want %v: the broker itself is asked, and it alone", got, look)
	}
}

func TestAChangeOfConfigsIsCheckedByTheBrokerWrittenDownAndUndone(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	before := d.ok(0, "configs", "topic", "orders")
	d.edit("topic", "orders", "set", "max.message.bytes=2000000")
	between := d.ok(0, "configs", "topic", "orders")
	undo := d.edit("topic", "orders", "set", "retention.ms=1h", "max.message.bytes=3000000", "cleanup.policy=compact,delete")
	asked, sent := 0, 0
	for _, counts := range c.Requests() {
		asked += counts[int16(kmsg.IncrementalAlterConfigs)]
	}
	for _, m := range c.Mutations() {
		if r := m.Request.(*kmsg.IncrementalAlterConfigsRequest); len(r.Resources[0].Configs) > 0 {
			sent++
		}
	}
	if sent != 2 || asked != 6 {
		t.Errorf("%d changes in %d requests: each dry run and each change asks first, and two changes were made", sent, asked)
	}
	if out := d.ok(0, "audit", "last"); !strings.Contains(out, "retention.ms") || !strings.Contains(out, "configs topic orders unset retention.ms cleanup.policy --execute") {
		t.Errorf("the journal:\n%s", out)
	}
	d.carryOut(undo)
	if after := d.ok(0, "configs", "topic", "orders"); after != between {
		t.Errorf("undone by %s it is\n%s\nand was\n%s", undo, after, between)
	}
	d.edit("topic", "orders", "unset", "max.message.bytes")
	if after := d.ok(0, "configs", "topic", "orders"); after != before {
		t.Errorf("at the end it is\n%s\nand was\n%s", after, before)
	}
	undo = d.edit("broker", "2", "set", "num.io.threads=12")
	if out := d.ok(0, "configs", "broker", "--diff"); !strings.Contains(out, "num.io.threads") {
		t.Errorf("broker 2 was changed:\n%s", out)
	}
	d.carryOut(undo)
	if out := d.ok(0, "configs", "broker", "--diff"); strings.Contains(out, "num.io.threads") {
		t.Errorf("after %s:\n%s", undo, out)
	}
}

func TestWhatIsLostByAChangeOfConfigsIsSaidBefore(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	for args, says := range map[string]string{
		"topic orders set retention.ms=1h":                       "is deleted at the next check",
		"topic orders set cleanup.policy=compact":                "records without a key are refused",
		"topic orders set unclean.leader.election.enable=true":   "acknowledged are lost",
		"topic orders set min.insync.replicas=4":                 "every write with acks=all is refused",
		"topic orders set min.insync.replicas=3":                 "one broker that is down",
		"topic orders set segment.bytes=1MB":                     "many files",
		"topic orders set max.message.bytes=1000":                "producers whose batches are larger",
		"broker default set num.io.threads=9":                    "every broker that has no value of its own",
		"broker 1 set unclean.leader.election.enable=TRUE":       "acknowledged are lost",
		"topic orders set retention.ms=7d retention.bytes=500GB": "falls from no limit to 500000000000",
	} {
		if out := d.ok(0, append([]string{"configs"}, strings.Fields(args)...)...); !strings.Contains(out, says) {
			t.Errorf("%s lacks %q:\n%s", args, says, out)
		}
	}
	if out := d.ok(0, "configs", "topic", "orders", "set", "retention.ms=30d"); strings.Contains(out, "careful") {
		t.Errorf("nothing is lost by a longer retention:\n%s", out)
	}
}

func TestBadConfigsAreRefusedByNameAndNothingIsChanged(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	for args, says := range map[string]string{
		"topic":                             "NAME is missing",
		"broker":                            "ID is missing",
		"topic order":                       `"orders"`,
		"topic orders payments":             "--diff",
		"broker 9":                          "there is no broker 9",
		"broker x":                          `"x"`,
		"broker -1":                         "-1",
		"broker 1 1 --diff":                 "twice",
		"broker default --diff":             "default is no broker",
		"topic orders set":                  "which config",
		"topic orders set retention.ms":     "CONFIG=VALUE",
		"topic orders unset retention.ms=1": "a name alone",
		"topic orders set retention.ms=1h retention.ms=2h":             "twice",
		"topic orders set retention.m=1h":                              `"retention.ms"`,
		"topic orders set retention.ms=soon":                           `"soon"`,
		"topic orders set segment.bytes=9999999999":                    "too large",
		"topic orders set preallocate=yes":                             "true or false",
		"topic orders set min.cleanable.dirty.ratio=NaN":               "a number",
		"topic orders set min.insync.replicas=0":                       "would refuse it",
		"topic orders set min.insync.replicas=2":                       "already",
		"topic orders unset retention.ms":                              "its value comes from default",
		"topic orders payments set retention.ms=1h":                    "one name too many",
		"topic orders set retention.ms=1h --diff":                      "--diff",
		"topic orders --execute":                                       "set and unset",
		"topic orders set retention.ms=1h --confirm x":                 "--confirm",
		"topic orders --filter value:/[/":                              "[",
		"broker 2 set log.dirs=/data":                                  "read-only",
		"broker 2 set num.io.thread=9":                                 `"num.io.threads"`,
		"group billing set consumer.session.timeout=1":                 "consumer.session.timeout.ms",
		"topic orders set retention.ms=1h --execute --confirm configs": "phrase",
		"set topic orders":                                             "one of broker, group, topic",
	} {
		if r := d.run(append([]string{"configs"}, strings.Fields(args)...)...); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("configs %s: exit %d, lacks %q: %s%s", args, r.code, says, r.out, r.err)
		}
	}
	if sent := c.Mutations(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestAContextThatMayOnlyReadShowsConfigsAndTheDryRun(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	d.writeConfig("current: prod\ncontexts:\n  prod:\n    bootstrap: [\"" + c.Bootstrap()[0] + "\"]\n    max_class: RO\n")
	d.flags = nil
	if out := d.ok(0, "configs", "topic", "orders", "set", "retention.ms=1h"); !strings.Contains(out, "not checked by a broker") {
		t.Errorf("the dry run:\n%s", out)
	}
	if r := d.run("configs", "topic", "orders", "set", "retention.ms=1h", "--execute", "--confirm", "configs topic orders set retention.ms=3600000 prod"); r.code != 2 || !strings.Contains(r.err, "max_class") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if n := len(c.Mutations()); n > 0 {
		t.Errorf("%d requests for a change were sent", n)
	}
}

package subcmd_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestADrainOfMoreBrokersThanTheReplicationFactorLeaves(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a 5b", "orders-0 1,2,3 10", "pay-0 1,5 10"))
	out := d.ok(1, "drain", "1", "2", "3")
	for _, want := range []string{"CAN'T MOVE  orders-0 on 1 2 3: it must have 3 replicas and only brokers 4, 5 may hold one", "moves    1 ",
		"way out  fewer replicas: kdeck plan set-replication-factor 2 --topics orders + drain 1 2 3"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q isn't in\n%s", want, out)
		}
	}
}

// What status recommends is never refused: the drain does what can be done, and says what can't and what to do about it.
func TestADrainOfADeadBrokerDoesWhatCanBeDone(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		code       int
		says       []string
	}{
		{"a part", "1a 2b 3cx", []string{"orders-0 1,2,3 10", "orders-1 2,3,1 10", "pay-0 1,3 10", "pay-1 3,2 10"}, 1, []string{
			"moves    2 ", "broken   2 partitions can't be moved",
			"CAN'T MOVE  orders-0 on 1 2 3: it must have 3 replicas and only brokers 1, 2 may hold one: broker 3 is being drained",
			"way out  fewer replicas: kdeck plan set-replication-factor 2 --topics orders + drain 3",
			"way out  the rest alone: kdeck plan drain 3 --exclude-topics orders"}},
		{"nothing", "1a 2b 3cx", []string{"orders-0 1,2,3 10"}, 1, []string{"nothing can be moved", "CAN'T MOVE  orders-0", "set-replication-factor 2 --topics orders + drain 3"}},
		{"the last broker but one", "1a 3cx", []string{"orders-0 1,3 10", "pay-0 3 10"}, 1, []string{
			"CAN'T MOVE  orders-0 on 1 3: it must have 2 replicas and only broker 1 may hold one", "CAN'T MOVE  pay-0 on 3: it has no leader", "set-replication-factor 1 --topics orders + drain 3"}},
		{"everything", "1a 2b 3cx 4c", []string{"orders-0 1,2,3 10"}, 0, []string{"moves    1 "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t, "--snapshot", saved(t, c.brokers, c.partitions...))
			if out := d.run("status").out; !strings.Contains(out, "kdeck drain 3") {
				t.Errorf("status doesn't recommend the drain:\n%s", out)
			}
			out := d.ok(c.code, "drain", "3")
			for _, want := range c.says {
				if !strings.Contains(out, want) {
					t.Errorf("%q isn't in\n%s", want, out)
				}
			}
		})
	}
}

// What a dry run says of the time follows the flags that are given for the run.
func TestADryRunShowsTheTimeAtTheThrottle(t *testing.T) {
	cluster := saved(t, "1a 2b 3c 4a", "orders-0 1,2 1000000000", "orders-1 1,3 1000000000", "pay-0 1,2 1000000000")
	for _, tt := range []struct{ name, flags, says, never string }{
		{"a throttle", "--throttle 50MB", "time     about 1m00s at 50.0MB/s into and out of each broker, 3 partitions at once; no order of moves takes less than 1m00s", "200MB/s"},
		{"another one", "--throttle=100MB/s", "time     about 30s at 100MB/s ", ""},
		{"no throttle is given", "", "time     at least 2m30s at 20.0MB/s, 1m00s at 50.0MB/s, ", "at once"},
		{"none", "--throttle none", "time     what networks and disks allow, at the cost of clients: at least 2m30s at 20.0MB/s", ""},
		{"how many at once", "--throttle 50MB -m 1", ", 1 partition at once; ", ""},
		{"how many at once, without a throttle", "-m 3", "; --throttle shows it with 3 partitions at once", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDeck(t, "--snapshot", cluster)
			plan := file(t, "plan.json", d.ok(0, "drain", "1", "-o", "json"), 0o600)
			for _, command := range []string{"drain 1", "apply " + plan} {
				out := d.ok(0, strings.Fields(command+" "+tt.flags)...)
				if !strings.Contains(out, tt.says) || tt.never != "" && strings.Contains(out, tt.never) {
					t.Errorf("%s: %q isn't in\n%s", command, tt.says, out)
				}
			}
		})
	}
	var doc struct {
		Kdeck struct {
			Simulation struct{ Seconds float64 } `json:"simulation"`
		} `json:"kdeck"`
	}
	out := newDeck(t, "--snapshot", cluster).ok(0, "drain", "1", "--throttle", "50MB", "-o", "json")
	if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Kdeck.Simulation.Seconds != 60 {
		t.Errorf("%v, as JSON: %s", err, out)
	}
}

func TestARackIsDrainedAsOnePlanThatNamesItsBrokers(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b 3c 4a 5b 6c 7a 8bx", "orders-0 1,2,3 10", "orders-1 4,8,6 10", "pay-0 2,5 10"))
	for _, verb := range [][]string{{"drain"}, {"plan", "drain"}, {"plan", "balance", "+", "drain"}} {
		out := d.ok(0, slices.Concat(verb, []string{"--rack", "b", "-o", "json"})...)
		var doc struct {
			Partitions []struct{ Replicas []int32 }
			Kdeck      struct{ Stages []string }
		}
		must(t, json.Unmarshal([]byte(out), &doc))
		if !slices.Contains(doc.Kdeck.Stages, "drain 2 5 8") {
			t.Errorf("%v: stages %q", verb, doc.Kdeck.Stages)
		}
		for _, p := range doc.Partitions {
			if slices.ContainsFunc(p.Replicas, func(b int32) bool { return b == 2 || b == 5 || b == 8 }) {
				t.Errorf("%v: %v are not off the rack", verb, p.Replicas)
			}
		}
		if out := d.ok(0, slices.Concat(verb, []string{"5", "1", "--rack", "b", "-o", "json"})...); !strings.Contains(out, `"drain 5 1 2 8"`) {
			t.Errorf("%v with other brokers: %s", verb, out)
		}
	}
	for args, want := range map[string]string{
		"--rack d": "there are a, b, c", "--rack B": "no broker is in it", "--rack ": "needs a value",
		"x --rack b": `"x"`, "1 --rack b --to 2": "being drained",
	} {
		for _, verb := range []string{"drain", "plan drain"} {
			r := d.run(strings.Split(verb+" "+args, " ")...)
			if r.code != 2 || !strings.Contains(r.err, want) {
				t.Errorf("%s %s: exit %d\n%s", verb, args, r.code, r.err)
			}
		}
	}
}

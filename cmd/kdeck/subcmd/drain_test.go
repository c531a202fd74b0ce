package subcmd_test

import (
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

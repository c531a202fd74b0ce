package subcmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
)

// Two operators move partitions of the same brokers, each from a machine of its own. One cancels: the other's moves go on
// under the rates, and in the end nothing is left of either.
func TestACancelKeepsTheRatesOfAnotherOperatorsMovesOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	versions := kafkatest.Versions()
	c := kafkatest.Start(t, kafkatest.Options{Version: versions[len(versions)-1], Brokers: 3})
	must(t, c.CreateTopics(t.Context(),
		kafkatest.Topic{Name: "mine", Assignment: [][]int32{{1, 2}, {2, 1}}},
		kafkatest.Topic{Name: "theirs", Assignment: [][]int32{{1, 2}, {2, 1}}},
	))
	load := kafkatest.StartLoad(t, kafkatest.LoadOptions{
		Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"mine", "theirs"}, Rate: 300, Bytes: 100_000,
	})
	time.Sleep(6 * time.Second) // data to be copied
	load.Stop()
	before := configured(t, c, 1, 2, 3)

	moving := func(topic string) (*operator, []string) {
		path := filepath.Join(t.TempDir(), "plan.json")
		text := fmt.Sprintf(`{"version":1,"partitions":[{"topic":%q,"partition":0,"replicas":[1,3]},{"topic":%q,"partition":1,"replicas":[3,1]}]}`, topic, topic)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		o := &operator{t: t, state: t.TempDir(), bootstrap: c.Bootstrap()}
		apply := []string{"apply", path}
		return o, append(apply, "--execute", "--throttle", "200KB", "--throttle-anyway", "--confirm", o.phrase(apply...))
	}
	me, apply := moving("mine")
	other, theirApply := moving("theirs")
	mine, theirs := me.start(apply...), other.start(theirApply...)
	mine.says("submitted mine-1")
	theirs.says("submitted theirs-1")
	mine.send(syscall.SIGQUIT)
	if code := mine.code(); code != 1 || !strings.Contains(mine.out.String(), "moves cancel") {
		t.Errorf("exit %d\n%s%s", code, mine.out, mine.err)
	}
	if now := me.run("moves"); !strings.Contains(now.out, "theirs") || !strings.Contains(now.out, "mine") {
		t.Errorf("in flight:\n%s", now.out)
	}
	r := me.run("moves", "cancel", "--execute", "--confirm", me.phrase("moves", "cancel"))
	if r.code != 1 || !strings.Contains(r.out, "of others run under them") {
		t.Errorf("cancel: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if now := me.run("moves"); !strings.Contains(now.out, "theirs") || strings.Contains(now.out, "mine") {
		t.Errorf("in flight:\n%s", now.out)
	}
	set := configured(t, c, 1, 2, 3)
	for b := 1; b <= 3; b++ {
		if !strings.Contains(set, fmt.Sprintf("brokers --entity-name %d] leader.replication.throttled.rate=200000", b)) {
			t.Errorf("broker %d has no rate:\n%s", b, set)
		}
	}
	if code := theirs.code(); code != 0 {
		t.Errorf("theirs: exit %d\n%s%s", code, theirs.out, theirs.err)
	}
	r = me.run("moves", "cancel", "--execute", "--confirm", me.phrase("moves", "cancel"))
	if r.code != 0 {
		t.Errorf("cancel again: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if now := configured(t, c, 1, 2, 3); now != before {
		t.Errorf("throttles are\n%s, were\n%s", now, before)
	}
}

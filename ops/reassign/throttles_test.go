package reassign

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

// survey lists the throttles as "whose: what key value".
func (w *simulation) survey() (rows []state.Throttle, lines []string) {
	w.Helper()
	rows, _, err := Throttles(w.Context(), w.session, w.dir, w.snapshot())
	w.must(err)
	for _, t := range rows {
		lines = append(lines, fmt.Sprintf("%s: %v %s %s", t.Whose, resourceOf(t), t.Key, t.Value))
	}
	return rows, lines
}

func (w *simulation) clear(rows []state.Throttle) End {
	w.Helper()
	end, err := Clear(w.Context(), ClearOptions{
		Session: w.session, Door: w.door(), Look: w.look, StateDir: w.dir, Throttles: rows, Again: "kdeck throttles clear --execute",
		Sink: func(e Event) { w.events = append(w.events, e) },
	})
	w.must(err)
	return end
}

func leftOver(rows []state.Throttle) []state.Throttle {
	return slices.DeleteFunc(slices.Clone(rows), func(t state.Throttle) bool { return t.Whose != state.LeftOver })
}

func TestWhatARunLeftBehindIsClearedAndOtherValuesComeBack(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000")
		w.abandoned("drain 2")
		rows, lines := w.survey()
		for _, r := range rows {
			if r.Whose != state.OfRun {
				w.Errorf("while its moves are in flight: %v", lines)
				break
			}
		}
		if end := w.clear(rows); end.Result != Partial || *end.Cleared != 0 {
			w.Errorf("cleared under moves: %v", end)
		}
		time.Sleep(10 * time.Minute) // the moves end
		rows, lines = w.survey()
		if len(rows) == 0 || len(leftOver(rows)) != len(rows) {
			w.Fatalf("when they have ended: %v", lines)
		}
		w.want(w.clear(rows), Done, "")
		w.sameThrottles(map[string]string{"broker 1 " + change.LeaderRate: "7000000"})
		w.ledgerIsGone()
		rows, lines = w.survey()
		if len(rows) != 1 || rows[0].Value != "7000000" || rows[0].Whose != state.LeftOver {
			w.Errorf("the value that was there before is judged as any other: %v", lines)
		}
	})
}

func TestThrottlesOfOthersAreJudgedByWhatMovesUnderThem(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.sim.Partitions()[0]
		tp := change.TopicPartition{Topic: p.Topic, Partition: p.Partition}
		target := append([]int32{without([]int32{1, 2, 3, 4, 5}, p.Replicas)[0]}, p.Replicas[1:]...)
		free := without([]int32{1, 2, 3, 4, 5}, append(slices.Clone(p.Replicas), target...))[0]
		for _, b := range []int32{target[0], free} {
			w.set(change.Resource{Broker: b}, change.FollowerRate, "3000000")
		}
		moving, still := fmt.Sprintf("%d:%d", p.Partition, target[0]), fmt.Sprintf("%d:1", p.Partition+1)
		w.set(change.Resource{Topic: p.Topic}, change.FollowerReplicas, still+","+moving)
		w.foreign[tp] = true
		w.reassign(tp, target)
		rows, lines := w.survey()
		want := []string{
			fmt.Sprintf("unknown: broker %d %s 3000000", target[0], change.FollowerRate),
			fmt.Sprintf("leftover: broker %d %s 3000000", free, change.FollowerRate),
			fmt.Sprintf("leftover: topic %s %s %s", p.Topic, change.FollowerReplicas, still),
			fmt.Sprintf("unknown: topic %s %s %s", p.Topic, change.FollowerReplicas, moving),
		}
		slices.Sort(lines)
		slices.Sort(want)
		if !slices.Equal(lines, want) {
			w.Fatalf("the throttles are\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
		}
		for _, r := range rows {
			if r.Moving.Or(false) != (r.Whose == state.Unclear) {
				w.Errorf("%+v", r)
			}
		}
		end := w.clear(rows) // also those under which something moves
		w.want(end, Partial, "2 throttles left: something moves under it now")
		w.sameThrottles(map[string]string{
			fmt.Sprintf("broker %d %s", target[0], change.FollowerRate):  "3000000",
			fmt.Sprintf("topic %s %s", p.Topic, change.FollowerReplicas): moving,
		})
	})
}

func TestALimitThatIsMeantForGoodIsLeft(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		topic := w.sim.Partitions()[0].Topic
		w.set(change.Resource{Topic: topic}, change.LeaderReplicas, "*")
		w.set(change.Resource{Broker: 3}, change.LeaderRate, "9000000")
		w.set(change.Resource{Broker: 4}, change.LeaderRate, noRate)
		w.set(change.Resource{Broker: 4}, change.LogDirRate, "8000000")
		rows, lines := w.survey()
		want := []string{
			"unknown: broker 3 " + change.LeaderRate + " 9000000",
			"leftover: broker 4 " + change.LogDirRate + " 8000000",
			"unknown: topic " + topic + " " + change.LeaderReplicas + " *",
		}
		if !slices.Equal(lines, want) {
			w.Fatalf("the throttles are\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
		}
		before := w.throttles()
		w.want(w.clear(leftOver(rows)), Done, "")
		w.sameThrottles(before) // rates between log dirs are not among them
		if _, lines := w.survey(); len(lines) != 2 {
			w.Errorf("left: %v", lines)
		}
	})
}

func TestAThrottleThatChangedSinceItWasListedIsLeft(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 3}, change.LeaderRate, "9000000")
		rows, _ := w.survey()
		w.set(change.Resource{Broker: 3}, change.LeaderRate, "1000000")
		w.want(w.clear(rows), Partial, "1 throttle left: it isn't set any more, or others changed it")
		w.sameThrottles(map[string]string{"broker 3 " + change.LeaderRate: "1000000"})
	})
}

func TestADeadBrokersRateIsKnownFromTheLedgerAndLeftWithTheWayOut(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.abandoned("drain 2")
		time.Sleep(10 * time.Minute)
		w.must(w.sim.Kill(2))
		time.Sleep(time.Minute)
		rows, lines := w.survey()
		dead := slices.DeleteFunc(slices.Clone(rows), func(t state.Throttle) bool { return t.Broker != 2 || t.Topic != "" })
		if len(dead) != 2 {
			w.Fatalf("rates of the dead broker: %v", lines)
		}
		end := w.clear(rows)
		w.want(end, Partial, "its broker is dead")
		if *end.Cleared != len(entriesOf(rows))-2 {
			w.Errorf("%d of %d are cleared", *end.Cleared, len(entriesOf(rows)))
		}
	})
}

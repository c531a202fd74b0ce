package reassign

import (
	"fmt"
	"runtime"
	"testing"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
	"kdeck/protocol/race"
)

// tiny is a cluster on which a drain takes few enough steps to fail at each of them.
var tiny = sim.Options{Brokers: 4, Topics: 3, Partitions: 6, PartitionBytes: 100_000_000, Seed: 5}

// campaign is a drain that is interrupted, and then run again to the end, among throttles of others.
type campaign struct {
	*simulation
	current         *Executor
	throttlesBefore map[string]string
	factorsBefore   map[string]int
}

func campaigns(t *testing.T, name string, test func(*campaign)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		simulate(t, tiny, func(w *simulation) {
			c := &campaign{simulation: w, factorsBefore: w.factors()}
			w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000")
			w.set(change.Resource{Topic: w.plan("drain 2").Partitions[0].Topic}, change.LeaderReplicas, "0:1,0:99")
			c.throttlesBefore = w.throttles()
			test(c)
		})
	})
}

// attempt runs the drain as it is planned now, on a process that may be killed. It reports whether it came to an end.
func (c *campaign) attempt(arm func(*Options)) (end End, ended bool) {
	c.Helper()
	return c.attemptWords("drain 2", arm)
}

func (c *campaign) attemptWords(words string, arm func(*Options)) (end End, ended bool) {
	c.Helper()
	return c.attemptPlan(c.plan(words), arm)
}

func (c *campaign) attemptPlan(p *plan.Plan, arm func(*Options)) (end End, ended bool) {
	c.Helper()
	o := c.options(p)
	o.Moves = 2
	if arm != nil {
		arm(&o)
	}
	e := c.executor(o)
	c.current = e
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		end, err = e.Run(c.Context())
		if err != nil && !unwritten(err) { // nothing was sent
			c.Errorf("%v", err)
		}
		ended = err == nil
	}()
	<-done
	return end, ended
}

// finish runs the drain again, unharmed, and checks that nothing is left of what came before.
func (c *campaign) finish() {
	c.Helper()
	c.network.at = 0
	end, _ := c.attempt(nil)
	if end.Result != Done {
		c.Errorf("the last run ended with %+v", end)
	}
	c.drained(2, c.factorsBefore)
	c.sameThrottles(c.throttlesBefore)
	if c.Failed() {
		c.Log("\n" + c.log())
	}
}

// sizeOfADrain is how many changes an undisturbed drain takes, and how many events it tells of.
func sizeOfADrain(t *testing.T) (changes, events int) {
	simulate(t, tiny, func(w *simulation) {
		c := &campaign{simulation: w}
		if end, _ := c.attempt(nil); end.Result != Done {
			t.Fatalf("%+v\n%s", end, w.log())
		}
		changes, events = w.network.changes, len(w.events)
	})
	if changes < 10 || events < 20 {
		t.Fatalf("%d changes, %d events: too few to interrupt", changes, events)
	}
	return changes, events
}

// Whatever happens at whichever change, after another run the broker is empty, replication factors are what they were,
// nothing of our throttle is left and that of others is as it was; and at no time is a throttle lifted under a move.
func TestGridHarmAtEachChange(t *testing.T) {
	changes, _ := sizeOfADrain(t)
	for h, name := range harmNames {
		for n := 1; n <= changes+2; n++ {
			if !race.Part(n, int(h), len(harmNames)) {
				continue
			}
			campaigns(t, fmt.Sprintf("%s/%d", name, n), func(c *campaign) {
				c.network.at, c.network.harm = n, h
				end, ended := c.attempt(nil)
				if h == lost || h == unheard { // one lost request is sent again
					if !ended || end.Result != Done {
						c.Errorf("it did not get over one %s request: %+v", name, end)
					}
				}
				c.finish()
			})
		}
	}
}

func TestGridEveryChangeFromOneOnIsLost(t *testing.T) {
	changes, _ := sizeOfADrain(t)
	all := []harm{lost, unheard}
	for i, h := range all {
		for n := 1; n <= changes; n++ {
			if !race.Part(n, 4*i, 8) { // each takes long: nothing gets through to its end
				continue
			}
			campaigns(t, fmt.Sprintf("%s/%d", harmNames[h], n), func(c *campaign) {
				c.network.at, c.network.harm, c.network.times = n, h, 1_000_000
				end, ended := c.attempt(nil)
				if !ended || end.Result == Done {
					c.Errorf("no change got through, and it ended with %+v", end)
				}
				if len(end.Next) == 0 {
					c.Errorf("what to do next isn't said: %+v", end)
				}
				c.finish()
			})
		}
	}
}

func TestGridInterruptionAtEachEvent(t *testing.T) {
	_, events := sizeOfADrain(t)
	for n := 1; n <= events; n++ {
		at := func(c *campaign, do func(*Executor)) func(*Options) {
			return func(o *Options) {
				left, sink := n, o.Sink
				o.Sink = func(ev Event) {
					sink(ev)
					if left--; left == 0 {
						do(c.current)
					}
				}
			}
		}
		interrupt := func(i int, name string, test func(*campaign)) {
			if race.Part(n, i, 3) {
				campaigns(t, fmt.Sprintf("%s/%d", name, n), test)
			}
		}
		interrupt(0, "stopped", func(c *campaign) {
			end, ended := c.attempt(at(c, (*Executor).Stop))
			if !ended || end.Result == Failed {
				c.Errorf("stopped, it ended with %+v", end)
			}
			if moving := c.sim.Reassignments(); len(moving) > 0 {
				c.Errorf("it left %v in flight", moving)
			}
			c.sameThrottles(c.throttlesBefore)
			if end.Result == Partial && end.Left == 0 {
				c.Errorf("nothing is left, and it ended with %+v", end)
			}
			c.finish()
		})
		interrupt(1, "stopped, then abandoned", func(c *campaign) {
			end, ended := c.attempt(at(c, func(e *Executor) { e.Stop(); e.Abandon() }))
			if !ended {
				c.Error("abandoned, it did not return")
			}
			if len(c.sim.Reassignments()) > 0 && len(end.Next) == 0 {
				c.Errorf("moves are in flight, and what to do isn't said: %+v", end)
			}
			c.finish()
		})
		interrupt(2, "killed", func(c *campaign) {
			c.attempt(at(c, func(*Executor) { runtime.Goexit() }))
			c.finish()
		})
	}
}

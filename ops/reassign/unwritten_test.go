package reassign

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/files"
	"kdeck/ops/state"
)

// fill lets nothing be written for a time from the n-th event on, and fails the test where a change is sent meanwhile.
func (c *campaign) fill(n int, err error, span time.Duration) func(*Options) {
	full := false
	guard := c.network.sent
	c.network.sent = func(req kmsg.Request) {
		guard(req)
		if full {
			c.Errorf("%T is sent while nothing can be written\n%s", req, c.log())
		}
	}
	return func(o *Options) {
		left, sink := n, o.Sink
		o.Sink = func(ev Event) {
			sink(ev)
			if left--; left != 0 {
				return
			}
			full = true
			mend := files.Fail(c.dir, err)
			time.AfterFunc(span, func() { full = false; mend() })
		}
	}
}

// moves are the moves that were asked for, each "topic-partition [replicas]".
func (w *simulation) submissions() (all []string) {
	for _, m := range w.sim.Mutations() {
		if req, ok := m.Request.(*kmsg.AlterPartitionAssignmentsRequest); ok {
			for _, t := range req.Topics {
				for _, p := range t.Partitions {
					all = append(all, PartitionMove{TopicPartition: change.TopicPartition{Topic: t.Topic, Partition: p.Partition}, To: p.Replicas}.String())
				}
			}
		}
	}
	return all
}

// Whenever the disk of the state directory is full, for however long, the run goes on by itself when there is room: the assignment is
// as planned, no move was sent twice, and throttles are as before.
func TestAFullDiskIsWaitedForAtEachEvent(t *testing.T) {
	_, events := sizeOfADrain(t)
	for n := 1; n <= events; n++ {
		for name, err := range map[string]error{
			"no space": syscall.ENOSPC, "read-only": syscall.EROFS, "the disk fails": syscall.EIO, "over quota": syscall.EDQUOT,
		} {
			if name != "no space" && n%5 != 0 {
				continue
			}
			campaigns(t, name+"/"+strings.Repeat("i", n), func(c *campaign) {
				end, ended := c.attempt(c.fill(n, err, 5*time.Minute))
				if !ended || end.Result != Done {
					c.Errorf("it ended %v with %+v\n%s", ended, end, c.log())
				}
				sent := c.submissions()
				slices.Sort(sent)
				if again := slices.Compact(slices.Clone(sent)); len(again) != len(sent) {
					c.Errorf("some moves were sent twice: %v", sent)
				}
				c.drained(2, c.factorsBefore)
				c.sameThrottles(c.throttlesBefore)
			})
		}
	}
}

func TestARunSaysWhichFileCanNotBeWrittenAndGoesOn(t *testing.T) {
	campaigns(t, "", func(c *campaign) {
		var told state.Run
		c.attempt(func(o *Options) {
			c.fill(6, syscall.ENOSPC, 5*time.Minute)(o)
			o.when("paused", func() { time.AfterFunc(time.Minute, func() { told = c.current.Status() }) })
		})
		path := ledgerPath(c.dir, c.sim.ClusterID())
		if !c.saidOf("paused", path+" can't be written: no space left on device") || c.said("resumed") == 0 || len(c.submittedWhilePaused()) > 0 {
			c.Errorf("%s", c.log())
		}
		if told.State != state.RunPaused || !strings.Contains(told.Why, path+" can't be written") {
			c.Errorf("meanwhile it tells %v: %s", told.State, told.Why)
		}
		c.lookUp("paused")
	})
}

func TestAThrottleThatIsChangedOnAFullDiskIsSetWhenThereIsRoom(t *testing.T) {
	campaigns(t, "", func(c *campaign) {
		end, _ := c.attempt(func(o *Options) {
			o.when("moved", func() { c.must(c.current.SetRate(2*testRate, "alice")) })
			o.when("steered", func() {
				c.network.before[int16(kmsg.IncrementalAlterConfigs)] = func() { // the first broker still gets it
					mend := files.Fail(c.dir, syscall.ENOSPC)
					time.AfterFunc(5*time.Minute, mend)
				}
			})
		})
		// At first, and for the change on the first broker and on the others.
		if end.Result != Done || c.said("throttled") > 3 || c.said("steered") != 1 || !c.saidOf("paused", "no space left") {
			c.Errorf("%+v\n%s", end, c.log())
		}
		c.sameThrottles(c.throttlesBefore)
	})
}

// lookUp looks for an event in the journal, which is written when there is room again.
func (c *campaign) lookUp(kind string) {
	c.Helper()
	found := false
	c.must(change.Entries(c.dir, c.sim.ClusterID(), func(e *change.Entry) {
		found = found || strings.Contains(string(e.Event), `"event":"`+kind+`"`)
	}))
	if a, err := change.NewTail(c.dir, c.sim.ClusterID()).Read(); err != nil || len(a.Damaged) > 1 {
		c.Errorf("the journal: %v, %+v", err, a.Damaged)
	}
	if !found {
		c.Errorf("the journal doesn't tell of it that it was %s", kind)
	}
}

func TestARunThatIsKilledWhileTheDiskIsFullIsFollowedByOneThatEndsRight(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "later": 3 * time.Minute} {
		campaigns(t, name, func(c *campaign) {
			arm := c.fill(8, syscall.ENOSPC, 10*time.Minute)
			c.attempt(func(o *Options) {
				arm(o)
				o.when("paused", func() {
					time.Sleep(after)
					c.current.Abandon()
				})
			})
			time.Sleep(10 * time.Minute)
			c.finish()
		})
	}
}

func TestARunThatIsStoppedOnAFullDiskEndsAndLeavesTheThrottleToTheNext(t *testing.T) {
	campaigns(t, "", func(c *campaign) {
		arm := c.fill(8, syscall.ENOSPC, 24*time.Hour)
		began := time.Now()
		end, ended := c.attempt(func(o *Options) {
			o.Stall = 2 * time.Minute
			arm(o)
			o.when("paused", func() { c.current.Stop() })
		})
		if took := time.Since(began); !ended || end.Result != Failed || !strings.Contains(end.Error, "no space left") || took > time.Hour {
			c.Errorf("after %v it ended %v with %+v\n%s", took, ended, end, c.log())
		}
		time.Sleep(24 * time.Hour)
		c.finish()
	})
}

func TestFilesThatAreRemovedUnderARunAreWrittenAgain(t *testing.T) {
	_, events := sizeOfADrain(t)
	for n := 1; n < events; n += 3 {
		campaigns(t, strings.Repeat("i", n), func(c *campaign) {
			c.attempt(func(o *Options) {
				left, sink := n, o.Sink
				o.Sink = func(ev Event) {
					sink(ev)
					if left--; left == 0 {
						c.must(errors.Join(os.RemoveAll(filepath.Join(c.dir, "ledger")), os.RemoveAll(filepath.Join(c.dir, "runs")), os.RemoveAll(filepath.Join(c.dir, "journal"))))
					}
					if left == -4 {
						c.current.Abandon()
					}
				}
			})
			if left, err := openLedger(c.dir, c.sim.ClusterID()); err != nil || left.empty() && len(c.sim.Reassignments()) > 0 {
				c.Errorf("moves are in flight, and the ledger doesn't tell: %v", err)
			}
			last, err := newest(c.dir, c.sim.ClusterID())
			if err != nil || last == nil {
				c.Fatalf("no record: %v", err)
			}
			if _, err := last.ReadPlan(c.dir); err != nil {
				c.Error(err)
			}
			c.finish()
		})
	}
}

package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
)

// inThree is a change of three requests. The first part of the first request is taken.
type inThree struct {
	size int // parts of a request
	send func(*simulation, *Door) ([]error, error)
}

func changesInThreeRequests() map[string]inThree {
	moves := func(p *simulation) []Move {
		list := []Move{p.move()}
		for i := range int32(2 * maxPartitions) {
			list = append(list, Move{TopicPartition{"none", i}, []int32{1}, []int32{2}})
		}
		return list
	}
	return map[string]inThree{
		"reassignments": {maxPartitions, func(p *simulation, d *Door) ([]error, error) {
			return d.AlterPartitionReassignments(p.Context(), moves(p), "")
		}},
		"cancels": {maxPartitions, func(p *simulation, d *Door) ([]error, error) {
			return d.CancelPartitionReassignments(p.Context(), moves(p))
		}},
		"elections": {maxPartitions, func(p *simulation, d *Door) ([]error, error) {
			list := moves(p)
			partitions := make([]TopicPartition, len(list))
			for i, m := range list {
				partitions[i] = m.TopicPartition
			}
			return d.ElectLeaders(p.Context(), partitions, make([]int32, len(list)))
		}},
		"topic configs": {maxResources, func(p *simulation, d *Door) ([]error, error) {
			topics := []string{p.sim.Partitions()[0].Topic}
			for i := range 2 * maxResources {
				topics = append(topics, fmt.Sprint("none-", i))
			}
			changes := make([]ConfigChange, len(topics))
			for i, t := range topics {
				changes[i] = ConfigChange{Resource: Resource{Topic: t}, Ops: []ConfigOp{
					{Name: LeaderReplicas, Op: kmsg.IncrementalAlterConfigOpAppend, Value: "0:1"},
				}}
			}
			return d.AlterTopicConfigs(p.Context(), changes)
		}},
	}
}

func TestWhatEarlierRequestsDidIsReturnedWithTheErrorOfALaterOne(t *testing.T) {
	for name, c := range changesInThreeRequests() {
		for how, fail := range map[string]struct {
			harm      func(*simulation) (cut, answerCut bool)
			uncertain bool
		}{
			"refused before it is sent": {harm: func(p *simulation) (bool, bool) {
				p.session.Cluster().MaxClass = protocol.ClassRO
				return false, false
			}},
			"lost": {uncertain: true},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				simulate(t, func(p *simulation) {
					sent := 0
					p.sends = func(int16) (bool, bool) {
						if sent++; sent == 1 && fail.harm != nil {
							return fail.harm(p)
						}
						return sent > 1, false
					}
					o := p.options()
					o.Timeout = time.Second
					d, err := Open(p.Context(), p.session, o)
					if err != nil {
						p.Fatal(err)
					}
					errs, err := c.send(p, d)
					if err == nil || len(errs) != 2*c.size+1 {
						p.Fatalf("%d errors, %v", len(errs), err)
					}
					var no *RefusedError
					if errs[0] != nil || !errors.As(errs[c.size-1], &no) && errs[c.size-1] != nil {
						p.Errorf("of the first request: %v, %v", errs[0], errs[c.size-1])
					}
					for _, second := range errs[c.size : 2*c.size] {
						if Uncertain(second) != fail.uncertain || errors.Is(second, ErrNotTaken) == fail.uncertain {
							p.Fatalf("of the second request: %v", second)
						}
					}
					if last := errs[2*c.size]; !errors.Is(last, ErrNotTaken) || Uncertain(last) {
						p.Errorf("of the third request: %v", last)
					}
				})
			})
		}
	}
}

func TestAPartThatCanNotBeSentKeepsTheOthersBack(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		list := slices.Repeat([]Move{p.move()}, maxPartitions+1)
		list[maxPartitions].Replicas = nil
		errs, err := d.AlterPartitionReassignments(p.Context(), list, "")
		if err == nil || len(errs) != len(list) || !errors.Is(errs[0], ErrNotTaken) || p.changes() > 0 {
			p.Errorf("%d errors, %v, sent %d", len(errs), err, p.changes())
		}
	})
}

func TestATakenChangeWhoseOutcomeCanNotBeWrittenDown(t *testing.T) {
	simulate(t, func(p *simulation) {
		d, m := p.door(), p.move()
		p.sends = func(int16) (bool, bool) {
			d.Journal().Close()
			return false, false
		}
		errs, err := d.AlterPartitionReassignments(p.Context(), []Move{m}, "")
		var unrecorded *UnrecordedError
		if !errors.As(err, &unrecorded) || !Uncertain(err) || len(errs) != 1 || errs[0] != nil {
			p.Errorf("%v, %v", errs, err)
		}
	})
}

func TestALostAnswerIsNotForgottenOverALaterRefusal(t *testing.T) {
	simulate(t, func(p *simulation) {
		d := p.door()
		p.sends = func(int16) (bool, bool) {
			p.session.Cluster().MaxClass = protocol.ClassRO
			return false, true
		}
		s := p.sim.Partitions()[0]
		errs, err := d.ElectLeaders(p.Context(), []TopicPartition{{s.Topic, s.Partition}}, []int32{s.Leader})
		var class *ClassError
		if !Uncertain(err) || !errors.As(err, &class) || len(errs) != 1 || !Uncertain(errs[0]) {
			p.Errorf("%v, %v", errs, err)
		}
		if !strings.Contains(err.Error(), "may have taken effect") {
			p.Errorf("it says %q", err)
		}
	})
}

func TestACancelIsUndoneRequestByRequest(t *testing.T) {
	simulate(t, func(p *simulation) {
		if _, err := changesInThreeRequests()["cancels"].send(p, p.door()); err != nil {
			p.Fatal(err)
		}
		for _, e := range p.entries() {
			if e.Result == nil && strings.Count(string(e.Undo), " to [") != strings.Count(string(e.Request), "partitionIndex") {
				p.Errorf("%d partitions are cancelled, and %d are named to undo it",
					strings.Count(string(e.Request), "partitionIndex"), strings.Count(string(e.Undo), " to ["))
			}
		}
	})
}

func TestWhichReassignmentsMayBeInProgress(t *testing.T) {
	tp := TopicPartition{"a", 1}
	request := func(replicas string) []byte {
		return []byte(`{"topics":[{"name":"a","partitions":[{"partitionIndex":1,"replicas":` + replicas + `}]}]}`)
	}
	asked := func(id, replicas string) *Entry { return &Entry{ID: id, API: apiReassign, Request: request(replicas)} }
	answered := func(id string, o Outcome) *Entry { return &Entry{ID: id, Result: &o} }
	taken, lost, no := Outcome{}, Outcome{Error: "no answer"}, Outcome{Refused: []string{"a-11: no", "a-1: no"}}
	for name, c := range map[string]struct {
		entries []*Entry
		want    [][]int32
	}{
		"one that was taken":                       {[]*Entry{asked("1", "[1,2]"), answered("1", taken)}, [][]int32{{1, 2}}},
		"one whose answer is missing":              {[]*Entry{asked("1", "[1,2]")}, [][]int32{{1, 2}}},
		"one that took another's place":            {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "[3,2]"), answered("2", taken)}, [][]int32{{3, 2}}},
		"one that may have taken another's place":  {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "[3,2]"), answered("2", lost)}, [][]int32{{1, 2}, {3, 2}}},
		"one that was refused another's place":     {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "[3,2]"), answered("2", no)}, [][]int32{{1, 2}, {3, 2}}},
		"one that was cancelled":                   {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "null"), answered("2", taken)}, nil},
		"one whose cancelling was refused":         {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "null"), answered("2", no)}, [][]int32{{1, 2}}},
		"one whose cancelling may not have worked": {[]*Entry{asked("1", "[1,2]"), answered("1", taken), asked("2", "null"), answered("2", lost)}, [][]int32{{1, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := OpenJournal(dir, "Xy")
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			for _, e := range c.entries {
				if err := j.write(e); err != nil {
					t.Fatal(err)
				}
			}
			if sent := sentTo(t, dir, "Xy", tp); !slices.EqualFunc(sent, c.want, slices.Equal[[]int32]) {
				t.Errorf("%v, want %v", sent, c.want)
			}
		})
	}
}

// sentTo are the replicas that a partition may be getting, as the journal tells.
func sentTo(t *testing.T, dir, clusterID string, tp TopicPartition) (to [][]int32) {
	t.Helper()
	sent, err := ReadReassignments(dir, clusterID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sent.All()[tp] {
		to = append(to, s.Replicas)
	}
	return to
}

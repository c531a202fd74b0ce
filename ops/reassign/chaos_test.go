package reassign

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/files"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
	"kdeck/protocol"
	"kdeck/protocol/race"
)

// seeds are those of the schedules to go through: all below KDECK_SOAK, or those that KDECK_SEED names: 1234, or 1200-1299.
func seeds(t *testing.T, ordinary uint64) (list []uint64) {
	t.Helper()
	number := func(word string) uint64 {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first, last := uint64(0), ordinary-1
	if word, set := os.LookupEnv("KDECK_SEED"); set {
		from, to, span := strings.Cut(word, "-")
		if first, last = number(from), number(from); span {
			last = number(to)
		}
	} else if word, set := os.LookupEnv("KDECK_SOAK"); set {
		last = number(word) - 1
	}
	for seed := first; seed <= last; seed++ {
		list = append(list, seed)
	}
	return list
}

// Brokers and controllers die, freeze and come back, requests are lost, processes are killed, stopped and run again at other rates,
// others move partitions, cancel moves, change throttles, delete and create topics, in any order. All the time:
//
//   - nothing of ours leaves a partition without a live replica that is in sync,
//   - no move is submitted that has been done, and no throttle is lifted under one,
//   - what isn't as a run's plan wants it when the run ends is explained by an event.
//
// And when the dust has settled, one more run brings the cluster to where it should be, with every throttle as it was before.
// A schedule that fails is gone through again by KDECK_SEED.
func TestGridAfterAnyTroubleOneMoreRunPutsEverythingRight(t *testing.T) {
	ordinary := uint64(25)
	if race.Enabled {
		ordinary = 4
	}
	for _, seed := range seeds(t, ordinary) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			o := sim.Options{Brokers: 5 + rng.IntN(3), Topics: 4, Partitions: 8 + rng.IntN(8), PartitionBytes: 150_000_000, Seed: seed}
			simulate(t, o, func(w *simulation) { newSchedule(w, rng, int32(o.Brokers)).run() })
			if t.Failed() {
				t.Logf("KDECK_SEED=%d go test -run '^%s$' ./ops/reassign", seed, "TestGridAfterAnyTroubleOneMoreRunPutsEverythingRight")
			}
		})
	}
}

// schedule is a drain among faults.
type schedule struct {
	*campaign
	rng     *rand.Rand
	brokers int32
	victim  int32
	down    map[int32]bool
	deleted map[string]bool
	created int
	rates   bool // others change rates

	full     bool // nothing can be written
	mendDisk func()
}

func newSchedule(w *simulation, rng *rand.Rand, brokers int32) *schedule {
	s := &schedule{campaign: &campaign{simulation: w}, rng: rng, brokers: brokers, down: map[int32]bool{}, deleted: map[string]bool{}, mendDisk: func() {}}
	s.victim = 1 + rng.Int32N(brokers)
	for b := int32(1); b <= brokers; b++ {
		if rng.IntN(3) == 0 {
			w.set(change.Resource{Broker: b}, change.LeaderRate, fmt.Sprint(1_000_000*(5+rng.IntN(9))))
		}
	}
	// By entries of others on the lists our rates look needed as long as others have set one over them.
	s.rates = rng.IntN(2) == 0
	for _, p := range w.sim.Partitions() {
		if !s.rates && rng.IntN(4) == 0 {
			w.set(change.Resource{Topic: p.Topic}, change.FollowerReplicas, fmt.Sprintf("%d:%d", p.Partition, 1+rng.Int32N(brokers)))
		}
	}
	s.throttlesBefore = w.throttles()
	guard := w.network.sent
	w.network.sent = func(req kmsg.Request) {
		guard(req)
		if s.full {
			s.Errorf("%T is sent while nothing can be written\n%s", req, s.log())
		}
		s.watch(req)
	}
	return s
}

func (s *schedule) run() {
	words := fmt.Sprintf("drain %d", s.victim)
	var last *plan.Plan
	for range 1 + s.rng.IntN(3) {
		s.network.harm, s.network.times = harm(s.rng.IntN(4)), 1+s.rng.IntN(3)
		s.network.at = s.network.changes + 1 + s.rng.IntN(60)
		at := map[int]int{} // by the number of an event: the fault
		for range 1 + s.rng.IntN(3) {
			at[1+s.rng.IntN(60)] = s.rng.IntN(faults)
		}
		p, rate, n := s.plan(words), []int64{testRate, 2 * testRate}[s.rng.IntN(2)], 0
		if last != nil && s.rng.IntN(4) == 0 {
			s.note("the plan before is undone")
			p = last.Reverse()
		}
		last = p.Clone()
		first := len(s.events)
		// Where those who are down don't come back, the gate may stay shut: then somebody stops the run.
		enough := time.AfterFunc(time.Hour, func() { s.current.Stop() })
		end, ended := s.attemptPlan(p, func(o *Options) {
			o.Stall, o.Rate, o.Moves = 2*time.Minute, rate, s.rng.IntN(4)
			sink := o.Sink
			o.Sink = func(ev Event) {
				sink(ev)
				n++
				if fault, is := at[n]; is {
					s.strike(fault)
				}
			}
		})
		enough.Stop()
		s.note("attempt ended %v with %+v", ended, end)
		if ended {
			s.explained(p, end, s.events[first:])
		}
		if s.rng.IntN(2) == 0 {
			time.Sleep(time.Duration(s.rng.IntN(120)) * time.Second)
		}
	}
	s.network.at = 0
	s.mendDisk()
	s.mend()
	for range 2 { // the first puts back what others still needed
		s.factorsBefore = s.factors()
		if end, _ := s.attemptPlan(s.plan(words), nil); end.Result == Done {
			break
		}
		time.Sleep(2 * time.Minute)
	}
	if end, _ := s.attemptPlan(s.plan(words), nil); end.Result != Done {
		s.Errorf("the last run ended with %+v", end)
	}
	s.drained(s.victim, s.factorsBefore)
	for key := range s.throttlesBefore {
		for topic := range s.deleted {
			if key == "topic "+topic+" "+change.FollowerReplicas {
				delete(s.throttlesBefore, key)
			}
		}
	}
	s.sameThrottles(s.throttlesBefore)
	for _, p := range s.sim.Partitions() {
		if p.Leader < 0 || len(p.ISR) != len(p.Replicas) {
			s.Errorf("%s-%d has the leader %d, and of %v only %v are in sync", p.Topic, p.Partition, p.Leader, p.Replicas, p.ISR)
		}
	}
	if s.Failed() {
		s.Log("\n" + s.log())
	}
}

// mend brings everybody back, and waits until all are in sync again and nobody moves anything.
func (s *schedule) mend() {
	for _, id := range []int32{3001, 3002, 3003} {
		s.must(s.sim.Start(id))
	}
	for b := int32(1); b <= s.brokers; b++ {
		s.must(s.sim.Start(b))
	}
	clear(s.down)
	time.Sleep(5 * time.Minute)
}

// watch looks at each request of ours that moves or cancels.
func (s *schedule) watch(req kmsg.Request) {
	alter, ok := req.(*kmsg.AlterPartitionAssignmentsRequest)
	if !ok {
		return
	}
	now := map[change.TopicPartition]sim.PartitionState{}
	for _, p := range s.sim.Partitions() {
		now[change.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p
	}
	for _, t := range alter.Topics {
		for _, rp := range t.Partitions {
			tp := change.TopicPartition{Topic: t.Topic, Partition: rp.Partition}
			p, there := now[tp]
			if !there {
				continue
			}
			stays := rp.Replicas
			if stays == nil {
				stays = without(p.Replicas, p.Adding)
			} else {
				delete(s.foreign, tp)
				if slices.Equal(p.Replicas, rp.Replicas) && len(p.Adding)+len(p.Removing) == 0 {
					s.Errorf("%v has %v, and is moved there once more\n%s", tp, rp.Replicas, s.log())
				}
			}
			copied := len(without(stays, p.Replicas)) > 0 // new replicas have everything before any old one goes
			if left := without(p.ISR, without(p.ISR, stays)); len(p.ISR) > 0 && len(left) == 0 && !copied {
				s.Errorf("of %v only %v are in sync, and %v shall stay\n%s", tp, p.ISR, stays, s.log())
			}
		}
	}
}

// explained checks that each partition of a plan is where the plan wants it, or that an event says why not.
func (s *schedule) explained(p *plan.Plan, end End, events []Event) {
	said := map[change.TopicPartition]bool{}
	for _, ev := range events {
		switch ev := ev.(type) {
		case Skipped:
			said[ev.TopicPartition] = ev.Why != ""
		case Replanned:
			said[ev.TopicPartition] = true
		}
	}
	now := map[change.TopicPartition][]int32{}
	for _, p := range s.sim.Partitions() {
		now[change.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p.Replicas
	}
	var open []string
	for i := range p.Partitions {
		tp := at(&p.Partitions[i])
		if !slices.Equal(now[tp], p.Partitions[i].Replicas) && !said[tp] && !s.foreign[tp] && !s.deleted[tp.Topic] {
			open = append(open, tp.String())
		}
	}
	if len(open) > end.Left {
		s.Errorf("%v are not as planned, nothing says why, and %d are left: %+v\n%s", open, end.Left, end, s.log())
	}
}

// faults is how many kinds of faults there are.
const faults = 19

// strike lets a fault happen.
func (s *schedule) strike(fault int) {
	broker := 1 + s.rng.Int32N(s.brokers)
	back := time.Duration(10+s.rng.IntN(400)) * time.Second
	switch fault {
	case 0:
		s.current.Stop()
	case 1:
		s.current.Abandon()
	case 2:
		s.note("kdeck is killed")
		runtime.Goexit()
	case 3:
		s.takeDown("killed", broker, s.sim.Kill, 0)
	case 4:
		s.takeDown("killed for a while", broker, s.sim.Kill, back)
	case 5:
		s.takeDown("frozen", broker, s.sim.Silence, 0)
	case 6:
		s.takeDown("frozen for a while", broker, s.sim.Silence, back)
	case 7:
		s.note("broker %d keeps old metadata", broker)
		s.must(s.sim.Stale(broker))
	case 8:
		s.takeDown("killed for a while", 3001+s.rng.Int32N(3), s.sim.Kill, back)
	case 9:
		s.moveAsOthers()
	case 10:
		s.cancelAsOthers()
	case 11:
		s.throttleAsOthers(broker, fmt.Sprint(3_000_000+s.rng.IntN(1000)))
	case 12:
		if _, set := s.throttlesBefore[fmt.Sprintf("broker %d %s", broker, change.LeaderRate)]; !set {
			s.throttleAsOthers(broker, "")
		}
	case 13:
		s.deleteTopic()
	case 14:
		s.createTopic()
	case 15:
		s.fillDisk(back)
	case 16:
		s.takeTargetDown(back)
	case 17:
		s.takeDown("without a log dir", broker, func(id int32) error { return s.sim.FailLogDir(id, 1) }, s.forGood(back))
	case 18:
		s.takeDown("not making new replicas", broker, s.sim.MakeNone, s.forGood(back))
	}
}

// fillDisk lets no file be written any more, for a while, or until the end.
func (s *schedule) fillDisk(back time.Duration) {
	err := []error{syscall.ENOSPC, syscall.EROFS, syscall.EIO, syscall.EDQUOT}[s.rng.IntN(4)]
	if s.rng.IntN(4) == 0 {
		back = 2 * time.Hour
	}
	s.note("nothing can be written for %v: %v", back, err)
	s.full = true
	mend := files.Fail(s.dir, err)
	s.mendDisk = func() { mend(); s.full = false }
	time.AfterFunc(back, s.mendDisk)
}

// takeTargetDown takes a broker down that a move in flight brings a replica to, for a while or for good.
func (s *schedule) takeTargetDown(back time.Duration) {
	moves := s.sim.Reassignments()
	if len(moves) == 0 {
		return
	}
	m := moves[s.rng.IntN(len(moves))]
	if len(m.Adding) == 0 {
		return
	}
	s.takeDown("a target, and killed", m.Adding[0], s.sim.Kill, s.forGood(back))
}

// forGood returns 0 in half of the cases, for what doesn't come back.
func (s *schedule) forGood(back time.Duration) time.Duration {
	if s.rng.IntN(2) == 0 {
		return 0
	}
	return back
}

// takeDown takes a node down; if back isn't 0 it returns after that time.
func (s *schedule) takeDown(how string, id int32, down func(int32) error, back time.Duration) {
	s.note("node %d is %s", id, how)
	s.must(down(id))
	s.down[id] = true
	if back > 0 {
		time.AfterFunc(back, func() {
			if err := s.sim.Start(id); err != nil {
				s.Error(err)
			}
		})
	}
}

// others sends a request as another tool does, to any broker that answers; nil: none does.
func (s *schedule) others(req kmsg.Request, to ...int32) kmsg.Response {
	if len(to) == 0 {
		for b := int32(1); b <= s.brokers; b++ {
			to = append(to, b)
		}
	}
	for _, b := range to {
		if s.down[b] {
			continue
		}
		conn, err := protocol.Dial(s.Context(), s.sim.Bootstrap()[b-1], protocol.Options{Dial: s.sim.DialContext})
		if err != nil {
			continue
		}
		versions, err := conn.Versions(s.Context())
		if err == nil {
			var v int16
			if v, err = protocol.Pick(versions, req.Key(), req.MaxVersion()); err == nil {
				req.SetVersion(v)
				var answer *protocol.Answer
				if answer, err = conn.Exchange(s.Context(), req); err == nil {
					conn.Close()
					return answer.Response
				}
			}
		}
		conn.Close()
	}
	return nil
}

func (s *schedule) moveAsOthers() {
	all := s.sim.Partitions()
	p := all[s.rng.IntN(len(all))]
	var free []int32
	for b := int32(1); b <= s.brokers; b++ {
		if b != s.victim && !s.down[b] && !slices.Contains(p.Replicas, b) {
			free = append(free, b)
		}
	}
	if len(free) == 0 {
		return
	}
	tp := change.TopicPartition{Topic: p.Topic, Partition: p.Partition}
	target := without(p.Replicas, p.Adding)
	target[s.rng.IntN(len(target))] = free[s.rng.IntN(len(free))]
	s.note("others move %v to %v", tp, target)
	s.foreign[tp] = true
	s.others(newReassignment(tp, target))
}

func (s *schedule) cancelAsOthers() {
	if all := s.sim.Reassignments(); len(all) > 0 {
		m := all[s.rng.IntN(len(all))]
		tp := change.TopicPartition{Topic: m.Topic, Partition: m.Partition}
		s.note("others cancel %v", tp)
		s.others(newReassignment(tp, nil))
	}
}

// throttleAsOthers sets a broker's rate, which is then theirs, or removes the one of ours.
func (s *schedule) throttleAsOthers(broker int32, value string) {
	if s.down[broker] || value != "" && !s.rates {
		return
	}
	s.note("others set the rate of broker %d to %q", broker, value)
	resp, ok := s.others(newConfig(change.Resource{Broker: broker}, change.LeaderRate, value), broker).(*kmsg.IncrementalAlterConfigsResponse)
	if ok && resp.Resources[0].ErrorCode == 0 && value != "" {
		s.throttlesBefore[fmt.Sprintf("broker %d %s", broker, change.LeaderRate)] = value
	}
}

func (s *schedule) deleteTopic() {
	topics := map[string]bool{}
	for _, p := range s.sim.Partitions() {
		topics[p.Topic] = true
	}
	if len(topics) < 3 {
		return
	}
	names := slices.Sorted(maps.Keys(topics))
	name := names[s.rng.IntN(len(names))]
	s.note("others delete %s", name)
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TopicNames = []string{name}
	rt := kmsg.NewDeleteTopicsRequestTopic()
	rt.Topic = &name
	req.Topics = append(req.Topics, rt)
	if s.others(req) != nil {
		s.deleted[name] = true
	}
}

func (s *schedule) createTopic() {
	others := without([]int32{1, 2, 3, 4, 5}, []int32{s.victim})
	s.created++
	name := fmt.Sprintf("late-%d", s.created)
	s.note("others create %s on broker %d", name, s.victim)
	s.others(newTopic(name, s.victim, others[0], others[1]))
}

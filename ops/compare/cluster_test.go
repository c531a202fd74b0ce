package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/protocol"
)

// onSim runs a test on a simulated cluster in virtual time.
func onSim(t *testing.T, o sim.Options, test func(t *testing.T, c *sim.Cluster, s *kafka.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Virtual = true
		c, err := sim.New(o)
		must(t, err)
		defer c.Close()
		s := sessionTo(t, c, config.Flags{Bootstrap: strings.Join(c.Bootstrap()[:2], ",")})
		defer s.Close()
		test(t, c, s)
	})
}

func sessionTo(tb testing.TB, c *sim.Cluster, f config.Flags) *kafka.Session {
	tb.Helper()
	cluster, err := config.Resolve(&config.File{}, f, nil)
	must(tb, err)
	s, err := kafka.Open(cluster, kafka.Options{Dial: c.DialContext})
	must(tb, err)
	return s
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func rest(ctx context.Context) bool { time.Sleep(Between); return ctx.Err() == nil } // virtual time

func compared(t *testing.T, s *kafka.Session, o Options) *Result {
	t.Helper()
	o.Now, o.Rest = time.Now, rest
	r, err := Cluster(t.Context(), s, o)
	must(t, err)
	return r
}

func sentences(found []Difference) string {
	var all []string
	for _, d := range found {
		all = append(all, d.Sentence)
	}
	return strings.Join(all, "\n")
}

func TestAHealthyClusterAgreesInOneLook(t *testing.T) {
	onSim(t, sim.Options{Live: true, Groups: true}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		r := compared(t, s, Options{})
		if agree, known := r.Agree(); !agree || !known || len(r.Brokers) != 12 || r.Topics == 0 || r.Partitions != len(c.Partitions()) {
			t.Errorf("%+v", r)
		}
	})
}

func TestTheLogsOfTopicsThatAreWrittenContradictNothing(t *testing.T) {
	onSim(t, sim.Options{Live: true, Groups: true}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		for id := range int32(12) { // so that replicas are asked at different moments
			must(t, c.Slow(id+1, time.Duration(id)*40*time.Millisecond))
		}
		for range 5 {
			r := compared(t, s, Options{Topics: func(string) bool { return true }})
			if agree, known := r.Agree(); !agree || !known {
				t.Errorf("%s%v", sentences(r.Differences), r.Unknown)
			}
		}
	})
}

func TestTheStaleBrokerIsNamedWithTheLeadersThatItHasWrong(t *testing.T) {
	onSim(t, sim.Options{Scenario: "stale-broker"}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		r := compared(t, s, Options{})
		leaders, behind := 0, 0
		for _, d := range r.Differences {
			switch d.What {
			case WhatMetadata:
				behind++
				if d.Scope != "broker 7" {
					t.Errorf("%s", d.Sentence)
				}
			case WhatLeader:
				leaders++
				if !strings.Contains(d.Sentence, "broker 7 says") || d.Views[7] == d.Views[1] || d.Views[1] != d.Views[2] {
					t.Errorf("%s: %v", d.Sentence, d.Views)
				}
			default:
				t.Errorf("%s: %s", d.What, d.Sentence)
			}
		}
		if behind != 1 || leaders != 20 { // the scenario moves twenty
			t.Errorf("%d behind, %d leaders:\n%s", behind, leaders, sentences(r.Differences))
		}
		if r := compared(t, s, Options{Brokers: []int32{1, 2, 3}}); len(r.Differences) > 0 || len(r.Brokers) != 3 {
			t.Errorf("without the stale broker: %s", sentences(r.Differences))
		}
		d := r.Differences[slices.IndexFunc(r.Differences, func(d Difference) bool { return d.What == WhatLeader })]
		topic, _, _ := strings.Cut(d.Scope, "/")
		if r := compared(t, s, Options{Topics: func(name string) bool { return name == topic }}); r.Topics != 1 || !strings.Contains(sentences(r.Differences), d.Scope) {
			t.Errorf("of %s alone: %+v", topic, r)
		}
	})
}

// changeAll sends a request that changes something to the first broker.
func changeAll(t *testing.T, c *sim.Cluster, reqs ...kmsg.Request) {
	conn, err := protocol.Dial(t.Context(), c.Bootstrap()[0], protocol.Options{Dial: c.DialContext})
	must(t, err)
	defer conn.Close()
	for _, req := range reqs {
		if _, err := conn.Exchange(t.Context(), req); err != nil {
			t.Error(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func creation(name string) kmsg.Request {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.SetVersion(5)
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, 3, 3
	req.Topics = append(req.Topics, topic)
	return req
}

func deletion(name string) kmsg.Request {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.SetVersion(5)
	req.TopicNames = []string{name}
	return req
}

// Brokers that take different times to answer are asked at different moments, so that what they say differs while topics are made.
func TestAThousandTopicsThatAreMadeAndDeletedMeanwhileAreNoDifference(t *testing.T) {
	onSim(t, sim.Options{Brokers: 6}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		for id := range int32(6) {
			must(t, c.Slow(id+1, time.Duration(id)*70*time.Millisecond))
		}
		var reqs []kmsg.Request
		for i := range 1000 {
			reqs = append(reqs, creation(fmt.Sprintf("made-%d", i)))
			if i%3 == 0 {
				reqs = append(reqs, deletion(fmt.Sprintf("made-%d", i)))
			}
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			changeAll(t, c, reqs...)
		}()
		again := 0
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			r := compared(t, s, Options{})
			if len(r.Differences) > 0 {
				t.Errorf("%s", sentences(r.Differences))
			}
			if r.Looks > 0 && r.Topics > 60 {
				again++
			}
		}
		if again < 3 {
			t.Errorf("only %d comparisons while topics were made", again)
		}
	})
}

func TestABrokerThatGivesNoAnswerIsSaidAndCostsTheOthersNothing(t *testing.T) {
	onSim(t, sim.Options{Brokers: 5}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		must(t, c.Garbage(3))
		must(t, c.Slow(4, time.Hour))
		r := compared(t, s, Options{})
		agree, known := r.Agree()
		if !agree || known || !slices.Equal(r.Brokers, []int32{1, 2, 5}) || r.Asked != 5 {
			t.Errorf("%+v", r)
		}
		var unknown []int32
		for _, u := range r.Unknown {
			unknown = append(unknown, u.Node)
		}
		if !slices.Equal(unknown, []int32{3, 4}) {
			t.Errorf("%+v", r.Unknown)
		}
		if a := r.Answer(); a.Agree != nil {
			t.Errorf("agree is %v", *a.Agree)
		}
	})
}

func TestABrokerThatIsNotThereIsRefused(t *testing.T) {
	onSim(t, sim.Options{Brokers: 3}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		_, err := Cluster(t.Context(), s, Options{Brokers: []int32{1, 9}, Now: time.Now, Rest: rest})
		if err == nil || err.Error() != "there is no broker 9; there are 1, 2, 3" {
			t.Errorf("%v", err)
		}
	})
}

func TestEachReplicaTellsItsOwnTruthOfAPartition(t *testing.T) {
	onSim(t, sim.Options{Brokers: 6, Groups: true}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		var p sim.PartitionState
		for _, p = range c.Partitions() {
			if p.Topic == "orders" && len(p.ISR) == 3 {
				break
			}
		}
		r, err := Partition(t.Context(), s, "orders", p.Partition, Options{Now: time.Now, Rest: rest})
		must(t, err)
		if len(r.Differences) > 0 || !strings.HasPrefix(r.Sentence, fmt.Sprintf("All 6 brokers agree: broker %d leads orders/%d in epoch %d, 3 of 3 replicas are in sync, and its 3 copies end ", p.Leader, p.Partition, p.LeaderEpoch)) {
			t.Errorf("%s\n%s", r.Sentence, sentences(r.Differences))
		}
		for _, c := range r.Copies {
			has := slices.Contains(p.Replicas, c.Broker)
			if !c.Knows || (c.Offsets != nil) != has || (c.Log != nil) != has || has && (c.Offsets.Leads != (c.Broker == p.Leader) || c.Offsets.End <= 0) {
				t.Errorf("%+v %+v", c, c.Offsets)
			}
		}
		for _, missing := range []struct {
			topic string
			id    int32
			says  string
		}{{"ordres", 0, "no broker knows topic ordres"}, {"orders", 99, "no broker knows 99"}} {
			if _, err := Partition(t.Context(), s, missing.topic, missing.id, Options{Now: time.Now, Rest: rest}); err == nil || !strings.Contains(err.Error(), missing.says) {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestAPartitionThatAStaleBrokerHasWrongIsSummedUpInOneSentence(t *testing.T) {
	onSim(t, sim.Options{Scenario: "stale-broker"}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		for _, p := range c.Partitions() {
			if p.LeaderEpoch == 0 || p.Leader == p.Replicas[0] {
				continue
			}
			r, err := Partition(t.Context(), s, p.Topic, p.Partition, Options{Now: time.Now, Rest: rest})
			must(t, err)
			if !strings.Contains(sentences(r.Differences), fmt.Sprintf("Outdated leader of %s/%d: broker 7 says", p.Topic, p.Partition)) || r.Sentence == "" {
				t.Errorf("%s\n%s", r.Sentence, sentences(r.Differences))
			}
			return
		}
		t.Error("no leader has moved")
	})
}

package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/protocol"
	"kdeck/protocol/alloctest"
)

func TestAHealthyClusterIsReadWhole(t *testing.T) {
	f := newFake(nil)
	s := lookAtFake(t, f)
	if verdict, findings := judged(s, nil, s.Taken); verdict != state.VerdictHealthy {
		t.Errorf("verdict %s%s", verdict, told(findings))
	}
	if len(s.Unknown) > 0 || s.ClusterID != "sFz1" || s.From != "b1:9092" || s.Controller.Value != 3001 || !s.Moves.Known {
		t.Errorf("%+v", s)
	}
	p, ok := s.FindPartition("orders", 1)
	if size, known := p.Size(); !ok || p.Leader() != 2 || p.LeaderEpoch() != 7 || size != 11 || !known {
		t.Errorf("orders/1: leader %d, epoch %d, size %d", p.Leader(), p.LeaderEpoch(), size)
	}
	if n, known := p.Topic().MinISR(); n != 2 || !known {
		t.Errorf("min ISR %d", n)
	}
	if d := s.Brokers[0].LogDirs.Value; len(d) != 1 || d[0] != (state.LogDir{Path: "/data", Size: 222, Total: 1000, Usable: 500, Replicas: 4}) {
		t.Errorf("log dirs %+v", d)
	}
	if want := map[int32]string{1: "b1:9092", 2: "b2:9092", 3: "b3:9092"}; !cmp.Equal(f.learnt, want) {
		t.Errorf("the session learnt %v", f.learnt)
	}
}

func TestEachThingThatIsNotReadIsNamedWithItsReason(t *testing.T) {
	const unauthorized = 31
	for _, c := range []struct {
		name   string
		change func(addr string, resp kmsg.Response) error
		want   []state.Unknown
	}{
		{"no ACL for the quorum", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				r.ErrorCode = unauthorized
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatController, Why: "CLUSTER_AUTHORIZATION_FAILED: the ACL DESCRIBE on CLUSTER is needed"}}},
		{"no ACL for reassignments", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.ListPartitionReassignmentsResponse); ok {
				r.ErrorCode = unauthorized
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatMoves, Why: "CLUSTER_AUTHORIZATION_FAILED: the ACL DESCRIBE on CLUSTER is needed"}}},
		{"no ACL for one broker's log dirs", func(addr string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeLogDirsResponse); ok && addr == "b2:9092" {
				r.ErrorCode, r.Dirs = unauthorized, nil
			}
			return nil
		}, []state.Unknown{{Node: 2, What: state.WhatLogDirs, Why: "CLUSTER_AUTHORIZATION_FAILED: the ACL DESCRIBE on CLUSTER is needed"}}},
		{"no ACL for log dirs, before there was an error code for it", func(addr string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeLogDirsResponse); ok && addr == "b2:9092" {
				r.Version, r.Dirs = 2, nil
			}
			return nil
		}, []state.Unknown{{Node: 2, What: state.WhatLogDirs, Why: "it lists none: the ACL DESCRIBE on CLUSTER is needed"}}},
		{"no ACL for one topic's configs", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeConfigsResponse); ok {
				r.Resources[0].ErrorCode, r.Resources[0].Configs = 29, nil
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatTopicConfigs, Why: "1 × topic with TOPIC_AUTHORIZATION_FAILED: the ACL DESCRIBE_CONFIGS on TOPIC is needed"}}},
		{"a topic is left out of the configs", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeConfigsResponse); ok {
				r.Resources = r.Resources[:1]
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatTopicConfigs, Why: "1 × topic left out of the answer"}}},
		{"min.insync.replicas is no number", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeConfigsResponse); ok {
				r.Resources[0].Configs[0].Value = kmsg.StringPtr("-3")
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatTopicConfigs, Why: "1 × topic without a min.insync.replicas"}}},
		{"the quorum's answer is about something else", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				r.Topics = nil
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatController, Why: "answered nonsense: it does not describe the quorum"}}},
		{"nobody forwards to the controller in time", func(addr string, resp kmsg.Response) error {
			switch resp.(type) {
			case *kmsg.DescribeQuorumResponse, *kmsg.ListPartitionReassignmentsResponse:
				return silence(addr)
			}
			return nil
		}, []state.Unknown{
			{Node: -1, What: state.WhatActive, Why: "DescribeQuorum, which brokers forward to the controller: no answer in time"},
			{Node: -1, What: state.WhatController, Why: "no answer in time"}, {Node: -1, What: state.WhatMoves, Why: "no answer in time"},
		}},
		{"a broker is silent", func(addr string, resp kmsg.Response) error {
			if addr == "b3:9092" {
				return silence(addr)
			}
			return nil
		}, []state.Unknown{{Node: 3, What: state.WhatAnswer, Why: "no answer in time"}}},
		{"a broker serves nothing", func(addr string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.ApiVersionsResponse); ok && addr == "b3:9092" {
				r.ApiKeys = nil
			}
			return nil
		}, []state.Unknown{{Node: 3, What: state.WhatAnswer, Why: "answered nonsense: it serves no API"}}},
		{"a broker has no address", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.MetadataResponse); ok {
				r.Brokers[2].Port = -1
			}
			return nil
		}, []state.Unknown{{Node: 3, What: state.WhatAnswer, Why: "answered nonsense: the metadata gives no address that can be dialed"}}},
		{"the metadata contradicts itself", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.MetadataResponse); ok {
				again := r.Topics[0]
				again.Partitions = slices.Clone(again.Partitions)
				r.Topics = append(r.Topics, again, kmsg.MetadataResponseTopic{}, kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr("secret"), ErrorCode: 29})
				r.Brokers = append(r.Brokers, r.Brokers[0], kmsg.MetadataResponseBroker{NodeID: -4})
				t := &r.Topics[1]
				t.Partitions = append(t.Partitions, t.Partitions[0], kmsg.MetadataResponseTopicPartition{Partition: 2},
					kmsg.MetadataResponseTopicPartition{Partition: -1, Replicas: []int32{1}})
				t.Partitions[1].ISR = []int32{-9, 1, 2, 3}
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatMetadata, Why: "left out of what b1:9092 answered: 1 × broker with a negative id, 1 × broker listed twice, " +
			"1 × topic without a name, 1 × topic with TOPIC_AUTHORIZATION_FAILED: the ACL DESCRIBE on TOPIC is needed, 1 × topic listed twice, " +
			"1 × replica on a broker with a negative id, 1 × partition without replicas, 1 × partition with a negative id, 1 × partition listed twice"}}},
		{"no topic may be described, and brokers hold some", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.MetadataResponse); ok {
				r.Topics = nil
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatMetadata, Why: "brokers hold replicas of 2 topics that the metadata doesn't list, such as \"clicks\": the ACL DESCRIBE on TOPIC is missing, or they are strays"}}},
		{"one topic may not be described", func(_ string, resp kmsg.Response) error {
			if r, ok := resp.(*kmsg.MetadataResponse); ok {
				r.Topics = r.Topics[:1]
			}
			return nil
		}, []state.Unknown{{Node: -1, What: state.WhatUnlisted, Why: "brokers hold replicas of 1 topics that the metadata doesn't list, such as \"clicks\": the ACL DESCRIBE on TOPIC is missing, or they are strays"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := lookAtFake(t, newFake(c.change))
			if diff := cmp.Diff(c.want, s.Unknown); diff != "" {
				t.Error(diff)
			}
			hides := c.want[0].What != state.WhatUnlisted
			if verdict, findings := judged(s, nil, s.Taken); (verdict == state.VerdictHealthy) == hides {
				t.Errorf("verdict %s%s", verdict, told(findings))
			}
			for i := range s.NumPartitions() {
				if p := s.Partition(i); p.UnderReplicated() || p.Leaderless() {
					t.Errorf("%s/%d is made out to be broken", p.Topic().Name(), p.ID())
				}
			}
		})
	}
}

func TestTheFirstMetadataThatCanBeTrueIsTaken(t *testing.T) {
	for _, c := range []struct {
		name string
		lie  func(addr string, r *kmsg.MetadataResponse) error
		says string
	}{
		{"more brokers are listed than any cluster has", func(_ string, r *kmsg.MetadataResponse) error {
			for id := range int32(maxBrokers) {
				b := kmsg.NewMetadataResponseBroker()
				b.NodeID, b.Host, b.Port = 1000+id, "b", 9092
				r.Brokers = append(r.Brokers, b)
			}
			return nil
		}, "and clusters of more than 10000 aren't read"},
		{"partitions name more brokers than any cluster has", func(_ string, r *kmsg.MetadataResponse) error {
			p := &r.Topics[0].Partitions[0]
			for id := range int32(maxBrokers) {
				p.OfflineReplicas = append(p.OfflineReplicas, 1000+id)
			}
			return nil
		}, "and clusters of more than 10000 aren't read"},
		{"no broker is listed", func(_ string, r *kmsg.MetadataResponse) error { r.Brokers = nil; return nil }, "it lists no broker"},
		{"an error", func(_ string, r *kmsg.MetadataResponse) error { r.ErrorCode = 129; return nil }, "REBOOTSTRAP_REQUIRED"},
		{"no answer", func(addr string, _ *kmsg.MetadataResponse) error { return silence(addr) }, "no answer in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			everybody := false
			lie := func(addr string, resp kmsg.Response) error {
				if r, ok := resp.(*kmsg.MetadataResponse); ok && (everybody || addr == "b1:9092") {
					return c.lie(addr, r)
				}
				return nil
			}
			if s := lookAtFake(t, newFake(lie)); s.From != "b2:9092" || s.NumPartitions() != 4 {
				t.Errorf("from %s, %d partitions", s.From, s.NumPartitions())
			}
			everybody = true
			if _, err := Look(t.Context(), newFake(lie), Options{}); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "b2:9092") {
				t.Errorf("where everybody does: %v", err)
			}
		})
	}
}

func TestAnotherClusterIsNotTakenForThisOne(t *testing.T) {
	f := newFake(nil)
	s := lookAtFake(t, f)
	f.change = func(_ string, resp kmsg.Response) error {
		if r, ok := resp.(*kmsg.MetadataResponse); ok {
			r.ClusterID = kmsg.StringPtr("other")
		}
		return nil
	}
	if _, err := newLook(f, Options{}.orDefaults(), s).run(t.Context()); err == nil || !strings.Contains(err.Error(), `it is of cluster "other", and not of "sFz1" as before`) {
		t.Error(err)
	}
}

// down makes broker 3 dead, in all that the others say.
func down(_ string, resp kmsg.Response) error {
	switch r := resp.(type) {
	case *kmsg.MetadataResponse:
		r.Brokers = r.Brokers[:2]
		for i := range r.Topics {
			for j := range r.Topics[i].Partitions {
				p := &r.Topics[i].Partitions[j]
				p.ISR, p.OfflineReplicas = []int32{1, 2}, []int32{3}
			}
		}
	case *kmsg.DescribeClusterResponse:
		r.Brokers[2].IsFenced = true
	case *kmsg.DescribeQuorumResponse:
		r.Topics[0].Partitions[0].Observers[2].LastFetchTimestamp = 4_940_000
	}
	return nil
}

func TestADeadBrokerByWhatEachKafkaTells(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(resp kmsg.Response)
		fenced string
		silent time.Duration // 0: unknown
		why    string
	}{
		{"Kafka 4: it is fenced, and since when", nil, "true", time.Minute, ""},
		{"it is not registered any more", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeClusterResponse); ok {
				r.Brokers = r.Brokers[:2]
			}
		}, "false", time.Minute, ""},
		{"before Kafka 4 it can't be told whether it is fenced", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeClusterResponse); ok {
				r.Version, r.Brokers = 1, r.Brokers[:2]
			}
		}, "unknown", time.Minute, ""},
		{"before Kafka 3.3 it can't be told since when", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				r.Version = 0
			}
		}, "true", 0, "no times of last fetches"},
		{"after five minutes the quorum's leader forgets it", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				p := &r.Topics[0].Partitions[0]
				p.Observers = p.Observers[:2]
			}
		}, "true", 0, "more than 5 minutes"},
		{"the quorum's leader is new", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				r.Topics[0].Partitions[0].Observers[2].LastFetchTimestamp = -1
			}
		}, "true", 0, "has not fetched since this controller became the leader"},
		{"the quorum was not read", func(resp kmsg.Response) {
			if r, ok := resp.(*kmsg.DescribeQuorumResponse); ok {
				r.ErrorCode = 31
			}
		}, "true", 0, "CLUSTER_AUTHORIZATION_FAILED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := lookAtFake(t, newFake(func(addr string, resp kmsg.Response) error {
				_ = down(addr, resp)
				if c.change != nil {
					c.change(resp)
				}
				if addr == "b3:9092" {
					return errors.New("connection refused")
				}
				return nil
			}))
			b := s.Broker(3)
			if b == nil || b.Alive || b.Answered.Known {
				t.Fatalf("broker 3: %+v", b)
			}
			fenced := "unknown"
			if b.Fenced.Known {
				fenced = fmt.Sprint(b.Fenced.Value)
			}
			if fenced != c.fenced {
				t.Errorf("fenced: %s, want %s", fenced, c.fenced)
			}
			if c.silent == 0 {
				if b.SilentSince.Known || !strings.Contains(b.SilentSince.Why, c.why) {
					t.Errorf("silent since %+v", b.SilentSince)
				}
			} else if ago := b.SilentSince.At.Sub(b.SilentSince.Value); ago != c.silent {
				t.Errorf("silent for %s", ago)
			}
			if ok, _ := b.MayReceive(); ok {
				t.Error("it may receive replicas")
			}
		})
	}
}

func TestEligibleLeadersAreAskedOnlyOfTopicsWithoutALeaderOrUnderMinISR(t *testing.T) {
	served := true
	f := newFake(func(_ string, resp kmsg.Response) error {
		switch r := resp.(type) {
		case *kmsg.MetadataResponse:
			p := &r.Topics[0].Partitions[1] // orders/0
			p.Leader, p.ISR = -1, nil
		case *kmsg.DescribeTopicPartitionsResponse:
			if !served {
				return &protocol.Error{Cause: protocol.NotServed}
			}
			if len(r.Topics) != 1 || *r.Topics[0].Topic != "orders" {
				t.Errorf("asked for %d topics", len(r.Topics))
			}
		}
		return nil
	})
	s := lookAtFake(t, f)
	p, _ := s.FindPartition("orders", 0)
	if elr, last := p.AppendELR(nil), p.AppendLastKnownELR(nil); !slices.Equal(elr, []int32{2}) || !slices.Equal(last, []int32{3}) {
		t.Errorf("eligible %v, last known %v", elr, last)
	}
	if slices.Contains(f.asked, "b1:9092 DescribeCluster") {
		t.Error("DescribeCluster was asked beside, which is one request too many")
	}
	served = false
	if s = lookAtFake(t, f); len(s.Unknown) > 0 {
		t.Errorf("where brokers don't offer it: %v", s.Unknown)
	}
}

func TestPagesOfEligibleLeadersAreReadToTheLast(t *testing.T) {
	page := int32(0)
	for _, c := range []struct {
		name string
		next func() int32
	}{
		{"that come without end", func() int32 { page++; return page }},
		{"that begin again", func() int32 { return 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(func(_ string, resp kmsg.Response) error {
				switch r := resp.(type) {
				case *kmsg.MetadataResponse:
					r.Topics[0].Partitions[0].Leader = -1
				case *kmsg.DescribeTopicPartitionsResponse:
					r.NextCursor = &kmsg.DescribeTopicPartitionsResponseNextCursor{Topic: "orders", Partition: c.next()}
				}
				return nil
			})
			s := lookAtFake(t, f)
			if len(s.Unknown) != 1 || s.Unknown[0].What != state.WhatELR {
				t.Errorf("unknown: %v", s.Unknown)
			}
			if bound := 4 + 2*3 + 1; len(f.asked) > bound+1 { // the fake counts the first connection's question
				t.Errorf("%d requests, the bound is %d: %v", len(f.asked), bound, f.asked)
			}
		})
	}
}

func TestWhatDoesNotAnswerThisTimeKeepsItsValueAndItsTime(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	o := Options{Now: func() time.Time { return now }}.orDefaults()
	f := newFake(nil)
	first, err := newLook(f, o, nil).run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	then := now
	now = now.Add(5 * time.Second)
	f.change = func(addr string, resp kmsg.Response) error {
		switch r := resp.(type) {
		case *kmsg.DescribeQuorumResponse, *kmsg.ListPartitionReassignmentsResponse, *kmsg.DescribeConfigsResponse:
			return errors.New("connection reset")
		case *kmsg.DescribeLogDirsResponse:
			if addr == "b2:9092" {
				return silence(addr)
			}
		case *kmsg.MetadataResponse:
			r.Topics[1].TopicID = [16]byte{9} // clicks was deleted and made anew
		}
		return nil
	}
	s, err := newLook(f, o, first).run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Controller; c.Value != 3001 || c.At != then || len(s.Voters) != 1 {
		t.Errorf("controller %+v", c)
	}
	if s.Moves.Known {
		t.Error("moves of before can't be laid over replicas of now")
	}
	b := s.Broker(2)
	if !b.Answered.Known || b.Answered.At != now || !b.LogDirs.Known || b.LogDirs.At != then {
		t.Errorf("broker 2: %+v", b)
	}
	sizes := func(topic string) (n int) {
		p, _ := s.FindPartition(topic, 0)
		for r := range p.Replicas() {
			if r.Broker == 2 && r.Size == 100 && r.Dir == 0 {
				n++
			}
		}
		return n
	}
	if sizes("orders") != 1 || sizes("clicks") != 0 {
		t.Error("sizes are kept of a topic that is the same, and of no other")
	}
	minISRKnown := func(topic string) bool { tp, _ := s.FindTopic(topic); _, known := tp.MinISR(); return known }
	if !minISRKnown("orders") || minISRKnown("clicks") {
		t.Error("min ISR is kept of a topic that is the same, and of no other")
	}
	if verdict, findings := judged(s, first, now); verdict != state.VerdictUnknown {
		t.Errorf("verdict %s%s", verdict, told(findings))
	}
}

func TestABrokerIsCordonedIfNoneOfItsGoodDirsTakesReplicas(t *testing.T) {
	for _, c := range []struct {
		name string
		dirs []state.LogDir
		want bool
	}{
		{"all cordoned", []state.LogDir{{Cordoned: true}, {Cordoned: true}}, true},
		{"one is open", []state.LogDir{{Cordoned: true}, {}}, false},
		{"the open one failed", []state.LogDir{{Cordoned: true}, {Error: "KAFKA_STORAGE_ERROR"}}, true},
		{"all failed", []state.LogDir{{Error: "KAFKA_STORAGE_ERROR"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := allCordoned(c.dirs); got != c.want {
				t.Errorf("cordoned = %v", got)
			}
		})
	}
}

func FuzzMetadataOfAnyShape(f *testing.F) {
	f.Add([]byte{1, 2, 3, 250, 250, 0, 7}, int32(3))
	f.Fuzz(func(t *testing.T, shape []byte, id int32) {
		defer alloctest.Bound(t, len(shape))()
		next := func() int32 {
			if len(shape) == 0 {
				return id
			}
			n := int32(int8(shape[0]))
			shape = shape[1:]
			return n
		}
		ids := func() (l []int32) {
			for range uint8(next()) % 5 {
				l = append(l, next())
			}
			return l
		}
		l := newLook(newFake(nil), Options{}.orDefaults(), nil)
		r := kmsg.NewPtrMetadataResponse()
		for range uint8(next()) % 6 {
			r.Brokers = append(r.Brokers, kmsg.MetadataResponseBroker{NodeID: next(), Port: next()})
		}
		for range uint8(next()) % 6 {
			topic := kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr(fmt.Sprint(next() % 4)), ErrorCode: int16(next() % 3)}
			for range uint8(next()) % 6 {
				topic.Partitions = append(topic.Partitions, kmsg.MetadataResponseTopicPartition{
					Partition: next(), Leader: next(), Replicas: ids(), ISR: ids(), OfflineReplicas: ids(),
				})
			}
			r.Topics = append(r.Topics, topic)
		}
		m, err := l.tidy(r, "b1:9092")
		if err != nil {
			return
		}
		l.metadata, l.moves = m, &moves{}
		l.quorum = &quorum{leader: state.Missing[int32]("", l.taken, "")}
		s := l.assemble()
		if s.NumPartitions() != m.partitions {
			t.Errorf("%d partitions of %d", s.NumPartitions(), m.partitions)
		}
		judged(s, s, l.taken)
	})
}

func TestBrokersThatListTooManyReplicasTogetherAreUnknownWithoutTheirSizes(t *testing.T) {
	many := make([]kmsg.DescribeLogDirsResponseDirTopicPartition, maxListed/2-100)
	f := newFake(func(_ string, resp kmsg.Response) error {
		if r, ok := resp.(*kmsg.DescribeLogDirsResponse); ok {
			r.Dirs[0].Topics = append(r.Dirs[0].Topics, kmsg.DescribeLogDirsResponseDirTopic{Topic: "strays", Partitions: many})
		}
		return nil
	})
	s := lookAtFake(t, f)
	var left []state.Unknown
	for _, u := range s.Unknown {
		if u.What == state.WhatLogDirs {
			left = append(left, u)
		}
	}
	if len(left) != 1 || left[0].Why != "the sizes of its replicas are left out: the brokers list more than 5,000,000 together" {
		t.Errorf("unknown: %v", s.Unknown)
	}
	for i := range s.Brokers {
		if d := s.Brokers[i].LogDirs; !d.Known || d.Value[0].Replicas < len(many) {
			t.Errorf("log dirs of broker %d: %+v", s.Brokers[i].ID, d)
		}
	}
}

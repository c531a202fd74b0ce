package watch

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// Figures of one broker are never shown as another's: whoever answers at a broker's address is asked who it is.
func TestABrokerThatAnswersAtTheAddressOfAnotherIsToldAndNotCounted(t *testing.T) {
	for _, c := range []struct {
		name     string
		mapped   func(at []string) map[string]string // address_map
		reached  func(dial int, at []string, addr string) string
		answered map[int32]string // who answers in the place of which broker
		says     []string
	}{
		{name: "every address leads to its broker", answered: map[int32]string{}},
		{name: "address_map is right", mapped: func(at []string) map[string]string { return map[string]string{at[1]: at[1]} }, answered: map[int32]string{}},
		{
			name: "address_map leads all brokers to one address",
			mapped: func(at []string) map[string]string {
				return map[string]string{at[0]: at[0], at[1]: at[0], at[2]: at[0]}
			},
			answered: map[int32]string{2: "1", 3: "1"},
			says:     []string{"broker 1 answers there", "address_map leads several brokers to ", "an address of its own"},
		},
		{
			name:     "address_map leads one broker to the address of another",
			mapped:   func(at []string) map[string]string { return map[string]string{at[2]: at[1]} },
			answered: map[int32]string{3: "2"},
			says:     []string{"broker 2 answers there", "address_map leads to ", "correct the entry"},
		},
		{
			name:     "two addresses are swapped",
			mapped:   func(at []string) map[string]string { return map[string]string{at[0]: at[1], at[1]: at[0]} },
			answered: map[int32]string{1: "2", 2: "1"},
			says:     []string{"broker 1 answers there", "broker 2 answers there", "correct the entry"},
		},
		{
			name:     "address_map leads a broker to the broker of that id in another cluster",
			mapped:   func(at []string) map[string]string { return map[string]string{at[1]: "other:2"} },
			answered: map[int32]string{2: "other"},
			says:     []string{"a broker of another cluster, ", "address_map leads to other:2"},
		},
		{
			name:     "one tunnel leads all brokers to one",
			reached:  func(_ int, at []string, _ string) string { return at[2] },
			answered: map[int32]string{1: "3", 2: "3"},
			says:     []string{"broker 3 answers there", "one load balancer or tunnel"},
		},
		{
			name:     "the name of one broker leads to another cluster",
			reached:  func(_ int, at []string, addr string) string { return strings.Replace(addr, at[2], "other:1", 1) },
			answered: map[int32]string{3: "other"},
			says:     []string{"a broker of another cluster, ", "name service"},
		},
	} {
		for _, brokers := range []int{3, 12} { // of 3 each has a replica of everything, so that their log dirs look alike
			t.Run(fmt.Sprintf("%s, %d brokers", c.name, brokers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cluster, err := sim.New(sim.Options{Virtual: true, Brokers: brokers})
					if err != nil {
						t.Fatal(err)
					}
					defer cluster.Close()
					other, err := sim.New(sim.Options{Virtual: true, Brokers: brokers, Seed: 7})
					if err != nil {
						t.Fatal(err)
					}
					defer other.Close()
					at := cluster.Bootstrap()
					var dials atomic.Int32 // brokers are dialed at the same time
					settings := &config.Cluster{Name: "s", Bootstrap: at[:1], Security: config.Plaintext}
					if c.mapped != nil {
						settings.AddressMap = c.mapped(at)
					}
					s, err := kafka.Open(settings, kafka.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
						if c.reached != nil && slices.Index(at, addr) < 3 {
							addr = c.reached(int(dials.Add(1))-1, at, addr)
						}
						if id, ok := strings.CutPrefix(addr, "other:"); ok {
							return other.DialContext(ctx, network, other.Bootstrap()[id[0]-'1'])
						}
						return cluster.DialContext(ctx, network, addr)
					}})
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					var last *state.Snapshot
					for range 2 {
						last = lookAt(t, s, last)
						checkAnsweredBy(t, last, c.answered, c.says)
						time.Sleep(5 * time.Second) // virtual
					}
					if verdict, findings := judged(last, nil, time.Now()); (verdict == state.VerdictHealthy) != (len(c.answered) == 0) {
						t.Errorf("the verdict is %s%s", verdict, told(findings))
					}
				})
			})
		}
	}
}

func checkAnsweredBy(t *testing.T, s *state.Snapshot, want map[int32]string, says []string) {
	t.Helper()
	got, why := map[int32]string{}, ""
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if b.AnsweredBy != "" {
			got[b.ID] = b.AnsweredBy
			why += "\n" + b.Answered.Why
		}
		if b.Answered.Known == (b.AnsweredBy != "") || b.LogDirs.Known != b.Answered.Known || b.MetadataOffset.Known != b.Answered.Known {
			t.Errorf("broker %d: answered %v, log dirs %v, metadata offset %v", b.ID, b.Answered, b.LogDirs.Known, b.MetadataOffset)
		}
		if listed := slices.Contains(s.Unknown, state.Unknown{Node: b.ID, What: state.WhatAnswer, Why: b.Answered.Why}); listed != (b.AnsweredBy != "") {
			t.Errorf("broker %d: it is %v that the list of what is unknown has its answer: %v", b.ID, listed, s.Unknown)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("answered in the place of others: %v, want %v", got, want)
	}
	for _, w := range says {
		if !strings.Contains(why, w) {
			t.Errorf("%s\ndoesn't say %q", why, w)
		}
	}
}

func TestBrokersThatAdvertiseOneAddressAreNotAskedByIt(t *testing.T) {
	f := newFake(func(_ string, resp kmsg.Response) error {
		if m, ok := resp.(*kmsg.MetadataResponse); ok {
			m.Brokers[2].Host = "b2"
		}
		return nil
	})
	s := lookAt(t, f, nil)
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if b.Answered.Known != (b.ID == 1) || b.ID != 1 && !strings.Contains(b.Answered.Why, "brokers 2 3 advertise one address, b2:9092") {
			t.Errorf("broker %d: %v", b.ID, b.Answered)
		}
	}
	for _, asked := range f.asked {
		if asked == "b2:9092 DescribeLogDirs" {
			t.Error("asked: ", f.asked)
		}
	}
}

func TestWhatADescriptionOfLogDirsShowsOfItsBroker(t *testing.T) {
	const topics, brokers = 20, 5
	held := func(replicas func(topic int32) []int32) (m *metadata, dirsOf func(id int32) *kmsg.DescribeLogDirsResponse) {
		m = &metadata{}
		for i := range int32(topics) {
			m.topics = append(m.topics, kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr(fmt.Sprintf("t%02d", i)),
				Partitions: []kmsg.MetadataResponseTopicPartition{{Replicas: replicas(i)}, {Partition: 1, Replicas: replicas(i)}}})
		}
		return m, func(id int32) *kmsg.DescribeLogDirsResponse {
			resp := kmsg.NewPtrDescribeLogDirsResponse()
			resp.Dirs = []kmsg.DescribeLogDirsResponseDir{{}, {}}
			for i := range int32(topics) {
				if slices.Contains(replicas(i), id) {
					d := &resp.Dirs[i%2]
					d.Topics = append(d.Topics, kmsg.DescribeLogDirsResponseDirTopic{Topic: *m.topics[i].Topic,
						Partitions: []kmsg.DescribeLogDirsResponseDirTopicPartition{{}, {Partition: 1}}})
				}
			}
			return resp
		}
	}
	spread, spreadDirs := held(func(i int32) []int32 { return []int32{1 + i%brokers, 1 + (i+1+i/brokers%2)%brokers} })
	everywhere, everywhereDirs := held(func(int32) []int32 { return []int32{1, 2, 3} })
	few, fewDirs := held(func(i int32) []int32 { return []int32{1 + i, 2 + i} })
	offline := spreadDirs(2)
	offline.Dirs[0].Topics, offline.Dirs[0].ErrorCode = nil, 56
	grown := spreadDirs(2)
	grown.Dirs[0].Topics = append(grown.Dirs[0].Topics, kmsg.DescribeLogDirsResponseDirTopic{Topic: "hidden",
		Partitions: make([]kmsg.DescribeLogDirsResponseDirTopicPartition, 40)})
	for _, c := range []struct {
		name string
		m    *metadata
		id   int32
		resp kmsg.Response
		want kafka.Shown
	}{
		{"its own", spread, 2, spreadDirs(2), kafka.Own},
		{"another's", spread, 2, spreadDirs(4), kafka.Anothers},
		{"its own with topics that the metadata doesn't list", spread, 2, grown, kafka.Nothing},
		{"each has a replica of everything", everywhere, 2, everywhereDirs(2), kafka.Nothing},
		{"those of a broker that isn't in the metadata", everywhere, 4, everywhereDirs(1), kafka.Anothers},
		{"too few to tell", few, 2, fewDirs(2), kafka.Nothing},
		{"none", spread, 2, kmsg.NewPtrDescribeLogDirsResponse(), kafka.Nothing},
		{"no description", spread, 2, kmsg.NewPtrMetadataResponse(), kafka.Nothing},
		{"one log dir is offline", spread, 2, offline, kafka.Nothing}, // 8 replicas are left
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.m.shows(c.id, c.resp); got != c.want {
				t.Errorf("it shows %d, want %d", got, c.want)
			}
		})
	}
}

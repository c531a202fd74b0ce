package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// orders is a view of one topic with one partition, by a broker whose metadata is at an offset.
func orders(broker int32, offset int64, p PartitionView) *View {
	return &View{Broker: broker, Before: offset, After: offset, ClusterID: "c", Brokers: map[int32]string{1: "a:1", 2: "b:1", 3: "c:1"},
		Features: map[string]int16{"metadata.version": 20}, Topics: map[string]Topic{"orders": {ID: [16]byte{1}, Partitions: []PartitionView{p}}}}
}

// led is a partition that a broker leads in an epoch, all in sync.
func led(leader, epoch int32) PartitionView {
	return PartitionView{Leader: leader, LeaderEpoch: epoch, Replicas: []int32{1, 2, 3}, ISR: []int32{1, 2, 3}}
}

// threeLooks are three looks, ten records apart, in each of which broker n says what say returns. A broker of which it returns nil isn't
// there.
func threeLooks(say func(look int, broker int32) *View) (looks []Look) {
	for i := range Looks {
		l := Look{}
		for id := int32(1); id <= 3; id++ {
			if v := say(i, id); v != nil {
				l[id] = v
			}
		}
		looks = append(looks, l)
	}
	return looks
}

func TestDifferencesAreWhatNoChangeOnItsWayExplains(t *testing.T) {
	at := func(look int) int64 { return 100 + 10*int64(look) }
	for _, tt := range []struct {
		name string
		say  func(look int, broker int32) *View
		want []string // what and scope of each difference, and words of the sentence
	}{
		{"all say the same", func(look int, id int32) *View { return orders(id, at(look), led(1, 5)) }, nil},
		{"a change reaches one broker a look later than the others", func(look int, id int32) *View {
			if look == 0 && id == 3 {
				return orders(id, at(look), led(1, 5))
			}
			return orders(id, at(look), led(2, 6))
		}, nil},
		{"a broker stays at an old epoch, and at an old offset", func(look int, id int32) *View {
			if id == 3 {
				return orders(id, 50, led(1, 5))
			}
			return orders(id, at(look), led(2, 6))
		}, []string{"metadata broker 3: Broker 3 is behind: its metadata is at offset 50, and the others had reached 100 a look earlier", "leader orders/0: Outdated leader of orders/0: broker 3 says broker 1 in epoch 5, and broker 1 had said broker 2 in epoch 6 a look earlier"}},
		{"a broker stays at an old epoch though its offset grows", func(look int, id int32) *View {
			if id == 3 {
				return orders(id, at(look), led(1, 5))
			}
			return orders(id, at(look), led(2, 6))
		}, []string{"leader orders/0: Outdated leader"}},
		{"two leaders in one epoch", func(look int, id int32) *View {
			return orders(id, at(look), led(1+id%2, 5))
		}, []string{"leader orders/0: Brokers differ in the leader of orders/0, in the same leader epoch: brokers 1 3 say broker 2 in epoch 5; broker 2 says broker 1 in epoch 5"}},
		{"an ISR that one broker sees otherwise in all looks", func(look int, id int32) *View {
			p := led(1, 5)
			if id == 2 {
				p.ISR = []int32{1, 2}
			}
			return orders(id, at(look), p)
		}, []string{"isr orders/0: Brokers differ in the ISR"}},
		{"an ISR that one broker sees otherwise in two looks", func(look int, id int32) *View {
			p := led(1, 5)
			if id == 2 && look < 2 {
				p.ISR = []int32{1, 2}
			}
			return orders(id, at(look), p)
		}, nil},
		{"offline replicas and the order of replicas", func(look int, id int32) *View {
			p := led(1, 5)
			if id == 3 {
				p.Offline, p.Replicas = []int32{2}, []int32{3, 2, 1}
			}
			return orders(id, at(look), p)
		}, []string{"replicas orders/0: ", "offline-replicas orders/0: "}},
		{"a topic that was made anew has another id", func(look int, id int32) *View {
			v := orders(id, at(look), led(1, 5))
			if id == 1 {
				v.Topics["orders"] = Topic{ID: [16]byte{2}, Partitions: []PartitionView{led(2, 0)}}
			}
			return v
		}, []string{"topic topic orders: Brokers differ in topic orders"}},
		{"a topic that one broker doesn't know", func(look int, id int32) *View {
			v := orders(id, at(look), led(1, 5))
			if id == 1 {
				v.Topics = nil
			}
			return v
		}, []string{"topic topic orders: Brokers differ in topic orders"}},
		{"a partition that one broker doesn't know", func(look int, id int32) *View {
			v := orders(id, at(look), led(1, 5))
			if id == 1 {
				v.Topics["orders"] = Topic{ID: [16]byte{1}}
			}
			return v
		}, []string{"partitions orders/0: "}},
		{"a broker that only some take for alive, and a feature's level", func(look int, id int32) *View {
			v := orders(id, at(look), led(1, 5))
			if id == 1 {
				v.Brokers, v.Features = map[int32]string{1: "a:1", 2: "b:1"}, map[string]int16{}
			}
			return v
		}, []string{"brokers broker 3: ", "features cluster: Brokers differ in the finalized level of metadata.version: brokers 2-3 say 20; broker 1 says none"}},
		{"a broker that answered in the first look only doesn't count", func(look int, id int32) *View {
			if id == 3 && look > 0 {
				return nil
			}
			return orders(id, at(look), led(1, 5+id/3))
		}, nil},
		{"one wrong offset far ahead puts nobody behind", func(look int, id int32) *View {
			if id == 3 {
				return orders(id, 1e9, led(1, 5))
			}
			return orders(id, at(look), led(1, 5))
		}, nil},
		{"brokers that tell no offset and no epoch", func(look int, id int32) *View {
			return orders(id, -1, led(id, -1))
		}, []string{"leader orders/0: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Differences(threeLooks(tt.say))
			var got []string
			for _, d := range found {
				got = append(got, d.What+" "+d.Scope+": "+d.Sentence)
				if len(d.Views) < 2 {
					t.Errorf("%s: the views of %d brokers only", d.Sentence, len(d.Views))
				}
			}
			if len(got) != len(tt.want) {
				t.Fatalf("%q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("%q, want %q…", got[i], want)
				}
			}
		})
	}
}

// history is a cluster's past: its state after each change.
type history []map[string]Topic

// drawHistory makes up a past of topics that come, go and come again, grow, and whose partitions get other leaders and ISRs. Within one
// leader epoch an ISR changes twice at the most, because a replica that came into it stays for replica.lag.time.max.ms.
func drawHistory(t *rapid.T) history {
	now := map[string]Topic{}
	made, shrunk := byte(0), map[string]int{}
	h := history{map[string]Topic{}}
	for range rapid.IntRange(1, 14).Draw(t, "changes") {
		next := map[string]Topic{}
		for name, topic := range now {
			next[name] = Topic{topic.ID, slices.Clone(topic.Partitions)}
		}
		name := rapid.SampledFrom([]string{"orders", "payments"}).Draw(t, "topic")
		topic, there := next[name]
		switch change := rapid.IntRange(0, 5).Draw(t, "change"); {
		case !there:
			made++
			next[name] = Topic{[16]byte{made}, []PartitionView{led(1, 0)}}
		case change == 0:
			delete(next, name)
		case change == 1:
			p := led(1, 0)
			p.ID = int32(len(topic.Partitions))
			next[name] = Topic{topic.ID, append(topic.Partitions, p)}
		default:
			p := &topic.Partitions[rapid.IntRange(0, len(topic.Partitions)-1).Draw(t, "partition")]
			key := fmt.Sprint(topic.ID, p.ID, p.LeaderEpoch)
			if change < 4 && shrunk[key] < 2 {
				shrunk[key]++
				if p.ISR = []int32{1, 2, 3}; shrunk[key] == 1 {
					p.ISR = []int32{1, 2}
				}
			} else {
				p.LeaderEpoch++
				p.Leader = rapid.Int32Range(-1, 3).Draw(t, "leader")
			}
		}
		now = next
		h = append(h, now)
	}
	return h
}

// Whatever moments of one past the brokers are at when they are asked, there is no difference, as long as each has reached in one look
// what any had in the look before.
func TestViewsOfOnePastNeverDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		told := rapid.Bool().Draw(t, "offsets are told")
		from := 0
		var looks []Look
		for range rapid.IntRange(2, Looks).Draw(t, "looks") {
			l, reached := Look{}, from
			for id := int32(1); id <= 4; id++ {
				moment := rapid.IntRange(from, len(h)-1).Draw(t, "moment")
				reached = max(reached, moment)
				v := &View{Broker: id, Before: int64(rapid.IntRange(from, moment).Draw(t, "before")), After: int64(moment), Topics: h[moment]}
				if !told {
					v.Before, v.After = -1, -1
				}
				l[id] = v
			}
			looks, from = append(looks, l), reached
		}
		if found := Differences(looks); len(found) > 0 {
			t.Fatalf("%d differences, such as %s", len(found), found[0].Sentence)
		}
	})
}

// A broker that stays at one moment of the past is named where an epoch has changed since, whatever else happens.
func TestABrokerThatStandsStillIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stands := led(1, rapid.Int32Range(0, 5).Draw(t, "epoch"))
		later := led(2, stands.LeaderEpoch+rapid.Int32Range(1, 5).Draw(t, "newer by"))
		found := Differences(threeLooks(func(look int, id int32) *View {
			if id == 2 {
				return orders(id, 10, stands)
			}
			return orders(id, 100, later)
		}))
		if len(found) != 2 || found[0].Scope != "broker 2" || !strings.Contains(found[1].Sentence, "broker 2 says") {
			t.Fatalf("%+v", found)
		}
	})
}

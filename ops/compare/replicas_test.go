package compare

import (
	"strings"
	"testing"
)

func TestReplicasOfAPartitionAreJudgedByWhatTimeCanNotExplain(t *testing.T) {
	same := func(p PartitionView) []Look {
		return threeLooks(func(look int, id int32) *View { return orders(id, 100, p) })
	}
	leader := func(hw, end int64) Offsets { return Offsets{Leads: true, Start: 0, End: end, HighWatermark: hw} }
	follower := func(end int64) Offsets { return Offsets{Start: 0, End: end, HighWatermark: -1} }
	outOfSync := led(1, 5)
	outOfSync.ISR = []int32{1, 2}
	for _, tt := range []struct {
		name          string
		looks         []Look
		before, after map[int32]Offsets
		want          string
	}{
		{"followers a little behind the leader", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 2: follower(95), 3: follower(90)}, map[int32]Offsets{1: leader(140, 150), 2: follower(148), 3: follower(140)}, ""},
		{"a follower that was asked after the leader has more than that then had", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 2: follower(120), 3: follower(95)}, map[int32]Offsets{1: leader(150, 150), 2: follower(150), 3: follower(150)}, ""},
		{"a follower has what the leader doesn't get", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 2: follower(120), 3: follower(95)}, map[int32]Offsets{1: leader(100, 101), 2: follower(120), 3: follower(101)}, "Broker 2 has 19 records that the leader of orders/0, broker 1, doesn't have"},
		{"a replica in sync lacks one committed record", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 3: follower(10)}, map[int32]Offsets{1: leader(100, 101), 3: follower(89)}, "Broker 3 counts as in sync with broker 1, the leader of orders/0, and lacks 1 record that is committed"},
		{"a replica that isn't in sync lacks it", same(outOfSync), map[int32]Offsets{1: leader(90, 100), 3: follower(10)}, map[int32]Offsets{1: leader(100, 101), 3: follower(89)}, ""},
		{"two act as the leader", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 2: leader(90, 100)}, map[int32]Offsets{1: leader(90, 100), 2: leader(90, 100)}, "Brokers 1 2 all act as the leader of orders/0"},
		{"two act as the leader for a moment", same(led(1, 5)), map[int32]Offsets{1: leader(90, 100), 2: leader(90, 100)}, map[int32]Offsets{1: leader(90, 100), 2: follower(100)}, ""},
		{"the leader by the metadata doesn't act as such", same(led(1, 5)), map[int32]Offsets{1: follower(100)}, map[int32]Offsets{1: follower(100)}, "Broker 1 is the leader of orders/0 by the metadata, and refuses"},
		{"the leader changed between the looks", threeLooks(func(look int, id int32) *View { return orders(id, 100, led(1+int32(look/2), 5+int32(look/2))) }), map[int32]Offsets{1: leader(90, 100), 2: follower(120)}, map[int32]Offsets{1: follower(100), 2: leader(50, 50)}, ""},
		{"there is no leader", same(led(-1, 5)), map[int32]Offsets{1: follower(100)}, map[int32]Offsets{1: follower(90)}, ""},
		{"the leader wasn't asked", same(led(1, 5)), map[int32]Offsets{2: follower(100)}, map[int32]Offsets{2: follower(90)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Judge("orders", 0, tt.looks, tt.before, tt.after)
			switch {
			case tt.want == "" && len(found) > 0:
				t.Errorf("%s", found[0].Sentence)
			case tt.want != "" && (len(found) == 0 || !strings.HasPrefix(found[0].Sentence, tt.want)):
				t.Errorf("%+v, want %s", found, tt.want)
			}
		})
	}
}

func TestStrayAndMissingReplicas(t *testing.T) {
	looks := threeLooks(func(look int, id int32) *View { return orders(id, 100, led(1, 5)) })
	disk := func(failed bool, replicas ...Replica) Disk {
		d := Disk{Held: map[Replica]Log{}, Failed: failed}
		for _, r := range replicas {
			d.Held[r] = Log{Dir: "/d1"}
		}
		return d
	}
	on := func(broker int32, topic string, p int32) Replica { return Replica{broker, topic, p} }
	for _, tt := range []struct {
		name          string
		suspect       Replica
		before, after Disk
		want          string
	}{
		{"held by a broker that is no replica", on(4, "orders", 0), disk(false, on(4, "orders", 0)), disk(false, on(4, "orders", 0)), "Stray replica: broker 4 holds orders/0 in /d1"},
		{"held of a topic that nobody knows", on(1, "gone", 3), disk(false, on(1, "gone", 3)), disk(false, on(1, "gone", 3)), "Stray replica: broker 1 holds gone/3"},
		{"held in the first look only: it was being deleted", on(4, "orders", 0), disk(false, on(4, "orders", 0)), disk(false), ""},
		{"held by one that is a replica by now", on(3, "orders", 0), disk(false, on(3, "orders", 0)), disk(false, on(3, "orders", 0)), ""},
		{"not held by a replica", on(3, "orders", 0), disk(false), disk(false), "Broker 3 is a replica of orders/0 by every broker's view, and none of its log dirs holds it"},
		{"not held by a replica whose log dir failed", on(3, "orders", 0), disk(true), disk(true), ""},
		{"held by a replica in the second look only: it was being made", on(3, "orders", 0), disk(false), disk(false, on(3, "orders", 0)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Strays(looks, []Replica{tt.suspect}, map[int32]Disk{tt.suspect.Broker: tt.before}, map[int32]Disk{tt.suspect.Broker: tt.after})
			switch {
			case tt.want == "" && len(found) > 0:
				t.Errorf("%s", found[0].Sentence)
			case tt.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].Sentence, tt.want)):
				t.Errorf("%+v, want %s", found, tt.want)
			}
		})
	}
}

func TestConfigsThatShouldAgree(t *testing.T) {
	found := Configs(map[int32]map[string]string{
		1: {"min.insync.replicas": "2", "num.io.threads": "8", "broker.rack": "a"},
		2: {"min.insync.replicas": "2", "num.io.threads": "8", "broker.rack": "b"},
		3: {"min.insync.replicas": "1", "num.io.threads": "8", "broker.rack": "c"},
	})
	if len(found) != 1 || found[0].Sentence != "Brokers differ in min.insync.replicas: brokers 1-2 say 2; broker 3 says 1" || found[0].Views[3] != "1" {
		t.Errorf("%+v", found)
	}
}

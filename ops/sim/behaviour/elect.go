package behaviour

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// elect asks for an election (0: preferred, 1: unclean) and returns the error.
func (l *lab) elect(kind int8, topic string, partition int32) int16 {
	l.Helper()
	req := kmsg.NewPtrElectLeadersRequest()
	req.ElectionType = kind
	req.TimeoutMillis = 10_000
	t := kmsg.NewElectLeadersRequestTopic()
	t.Topic, t.Partitions = topic, []int32{partition}
	req.Topics = append(req.Topics, t)
	resp := ask[*kmsg.ElectLeadersResponse](l, req)
	l.wantCode("ElectLeaders", resp.ErrorCode, nil)
	return resp.Topics[0].Partitions[0].ErrorCode
}

var electing = []Behaviour{
	{"the first replica is elected if it doesn't lead and is in sync", body(func(l *lab) {
		l.create("b-elect", nil, []int32{1, 2, 3})
		l.wantCode("it leads already", l.elect(0, "b-elect", 0), kerr.ElectionNotNeeded)
		l.wantCode("reordering", l.move("b-elect", 0, []int32{2, 1, 3}), nil)
		before := l.awaitMoved("b-elect", 0, 2, 1, 3)
		l.wantCode("electing", l.elect(0, "b-elect", 0), nil)
		l.awaitPartition(1, "b-elect", 0, "has its preferred leader", func(p *kmsg.MetadataResponseTopicPartition) bool {
			return p.Leader == 2 && p.LeaderEpoch > before.LeaderEpoch
		})
		l.wantCode("an unknown topic", l.elect(0, "b-nowhere", 0), kerr.UnknownTopicOrPartition)
		l.wantCode("an unknown partition", l.elect(0, "b-elect", 9), kerr.UnknownTopicOrPartition)
		l.wantCode("an unclean election of a led partition", l.elect(1, "b-elect", 0), kerr.ElectionNotNeeded)
	})},
	{"a first replica that is dead isn't elected", body(func(l *lab) {
		l.create("b-absent", nil, []int32{4, 1})
		l.kill(4)
		l.awaitPartition(1, "b-absent", 0, "is led by the other", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader == 1 })
		l.wantCode("electing", l.elect(0, "b-absent", 0), kerr.PreferredLeaderNotAvailable)
	})},
	{"asked for all partitions, only those that need an election are answered", body(func(l *lab) {
		l.create("b-all", nil, []int32{1, 2}, []int32{2, 3})
		l.wantCode("reordering", l.move("b-all", 0, []int32{2, 1}), nil)
		l.awaitMoved("b-all", 0, 2, 1)
		req := kmsg.NewPtrElectLeadersRequest()
		req.TimeoutMillis = 10_000
		var answered []int32
		for _, t := range ask[*kmsg.ElectLeadersResponse](l, req).Topics {
			if t.Topic == "b-all" {
				for _, p := range t.Partitions {
					answered = append(answered, p.Partition)
				}
			}
		}
		l.wantIDs("partitions answered", slices.Compact(answered), 0)
	})},
}

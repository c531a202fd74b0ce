package behaviour

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var groups = []Behaviour{
	{"a group's coordinator alone knows the group", body(func(l *lab) {
		l.create("b-group", nil, []int32{1, 2, 3})
		l.produce("b-group", 0, 1000)
		const group = "b-readers"
		consumer := l.client(kgo.ConsumeTopics("b-group"), kgo.ConsumerGroup(group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
		defer consumer.Close()
		for read := 0; read == 0 && l.ctx.Err() == nil; {
			fetches := consumer.PollFetches(l.ctx)
			l.must(fetches.Err())
			read = fetches.NumRecords()
		}
		l.must(consumer.CommitUncommittedOffsets(l.ctx))

		find := kmsg.NewPtrFindCoordinatorRequest()
		find.CoordinatorKey, find.CoordinatorKeys = group, []string{group}
		at := askBroker[*kmsg.FindCoordinatorResponse](l, 1, find).Coordinators[0]
		l.wantCode("finding the coordinator", at.ErrorCode, nil)
		other := at.NodeID%Brokers + 1

		fetch := func(id int32) int16 {
			req := kmsg.NewPtrOffsetFetchRequest()
			g := kmsg.NewOffsetFetchRequestGroup()
			g.Group = group
			req.Groups = append(req.Groups, g)
			resp := askBroker[*kmsg.OffsetFetchResponse](l, id, req)
			return resp.Groups[0].ErrorCode
		}
		l.wantCode("the coordinator", fetch(at.NodeID), nil)
		l.wantCode("another broker", fetch(other), kerr.NotCoordinator)

		lists := func(id int32) bool {
			resp := askBroker[*kmsg.ListGroupsResponse](l, id, kmsg.NewPtrListGroupsRequest())
			return slices.ContainsFunc(resp.Groups, func(g kmsg.ListGroupsResponseGroup) bool { return g.Group == group })
		}
		if !lists(at.NodeID) || lists(other) {
			l.Errorf("the group is listed by its coordinator: %v, by another broker: %v", lists(at.NodeID), lists(other))
		}
		lag, err := kadm.NewClient(l.cl).Lag(l.ctx, group)
		l.must(err)
		if sum := lag[group].Lag.Total(); sum != 0 {
			l.Errorf("lag %d after everything was committed", sum)
		}
	})},
}

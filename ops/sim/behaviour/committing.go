package behaviour

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// committing is how the offsets of groups are set and removed from outside.
var committing = []Behaviour{
	{"an empty group takes offsets from outside, also beyond the end of the log, and forgets them when it is deleted", body(func(l *lab) {
		l.create("b-reset", nil, []int32{1, 2}, []int32{2, 3})
		l.produce("b-reset", 0, 1000)
		adm := kadm.NewClient(l.cl)
		commit := func(topic string, partition int32, offset int64) error {
			var to kadm.Offsets
			to.AddOffset(topic, partition, offset, -1)
			resp, err := adm.CommitOffsets(l.ctx, "b-empty", to)
			l.must(err)
			return resp.Error()
		}
		l.must(commit("b-reset", 0, 1))
		l.must(commit("b-reset", 1, 4711))
		if err := commit("b-nowhere", 0, 1); !errors.Is(err, kerr.UnknownTopicOrPartition) {
			l.Errorf("an unknown topic: %v", err)
		}
		if err := commit("b-reset", 2, 1); !errors.Is(err, kerr.UnknownTopicOrPartition) {
			l.Errorf("an unknown partition: %v", err)
		}
		fetched, err := adm.FetchOffsets(l.ctx, "b-empty")
		l.must(err)
		if a, b := at(fetched, "b-reset", 0), at(fetched, "b-reset", 1); a != 1 || b != 4711 {
			l.Errorf("committed 1 and 4711, fetched %d and %d", a, b)
		}
		described, err := adm.DescribeGroups(l.ctx, "b-empty")
		l.must(err)
		if g := described["b-empty"]; g.Err != nil || g.State != "Empty" || len(g.Members) > 0 {
			l.Errorf("the group is %s with %d members, %v", g.State, len(g.Members), g.Err)
		}
		_, err = adm.DeleteGroup(l.ctx, "b-empty")
		l.must(err)
		if _, err = adm.DeleteGroup(l.ctx, "b-empty"); !errors.Is(err, kerr.GroupIDNotFound) {
			l.Errorf("deleted twice: %v", err)
		}
		fetched, err = adm.FetchOffsets(l.ctx, "b-empty")
		l.must(err)
		if n := len(fetched); n > 0 {
			l.Errorf("a group that was deleted has offsets of %d topics", n)
		}
	})},
	{"a group with members takes offsets from nobody else and isn't deleted", body(func(l *lab) {
		l.create("b-busy", nil, []int32{1, 2})
		l.produce("b-busy", 0, 1000)
		consumer := l.client(kgo.ConsumeTopics("b-busy"), kgo.ConsumerGroup("b-members"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
		defer consumer.Close()
		for read := 0; read == 0 && l.ctx.Err() == nil; {
			fetches := consumer.PollFetches(l.ctx)
			l.must(fetches.Err())
			read = fetches.NumRecords()
		}
		l.must(consumer.CommitUncommittedOffsets(l.ctx))
		ctx, stop := context.WithCancel(l.ctx)
		defer stop()
		go consumer.PollFetches(ctx) // stays a member
		adm := kadm.NewClient(l.cl)
		var to kadm.Offsets
		to.AddOffset("b-busy", 0, 0, -1)
		committed, err := adm.CommitOffsets(l.ctx, "b-members", to)
		l.must(err)
		if err := committed.Error(); !errors.Is(err, kerr.UnknownMemberID) {
			l.Errorf("offsets from outside: %v", err)
		}
		if _, err := adm.DeleteGroup(l.ctx, "b-members"); !errors.Is(err, kerr.NonEmptyGroup) {
			l.Errorf("deleting it: %v", err)
		}
		var of kadm.TopicsSet
		of.Add("b-busy", 0)
		deleted, err := adm.DeleteOffsets(l.ctx, "b-members", of)
		l.must(err)
		if err := deleted.Error(); !errors.Is(err, kerr.GroupSubscribedToTopic) {
			l.Errorf("deleting offsets of a topic that it subscribes to: %v", err)
		}
		described, err := adm.DescribeGroups(l.ctx, "b-members")
		l.must(err)
		if g := described["b-members"]; g.State != "Stable" || len(g.Members) != 1 || g.Members[0].ClientHost == "" || g.Members[0].ClientHost[0] != '/' {
			l.Errorf("the group is %s with members %+v", g.State, g.Members)
		}
	})},
}

// at is a fetched offset, −1 for none.
func at(fetched kadm.OffsetResponses, topic string, partition int32) int64 {
	o, ok := fetched.Lookup(topic, partition)
	if !ok {
		return -1
	}
	return o.At
}

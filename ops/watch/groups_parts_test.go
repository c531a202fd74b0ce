package watch

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// laborious is a session whose brokers need a time for each group that they tell of in an answer; without one they tell of none.
type laborious struct {
	*kafka.Session
	each time.Duration
}

func (l laborious) Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	n := 0
	switch req := req.(type) {
	case *kmsg.OffsetFetchRequest:
		n = len(req.Groups)
	case *kmsg.DescribeGroupsRequest:
		n = len(req.Groups)
	case *kmsg.ConsumerGroupDescribeRequest:
		n = len(req.Groups)
	default:
		return l.Session.Ask(ctx, addr, req)
	}
	takes := time.Duration(n) * l.each
	if l.each == 0 {
		takes = time.Hour
	}
	select {
	case <-time.After(takes): // virtual
		return l.Session.Ask(ctx, addr, req)
	case <-ctx.Done():
		return nil, &protocol.Error{Addr: addr, Cause: protocol.Timeout, Detail: protocol.NoAnswerInTime, Err: ctx.Err()}
	}
}

func TestACoordinatorThatNeedsLongForAllItsGroupsIsAskedForPartsOfThem(t *testing.T) {
	o := sim.Options{Groups: true, Seed: 1, Brokers: 3, Topics: 12, Partitions: 60, MoreGroups: 300}
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		all := Groups(t.Context(), laborious{s, 50 * time.Millisecond}, snap, GroupsOptions{}, Options{}) // 5 s for a hundred groups
		if len(all.Groups) < 300 {
			t.Fatalf("%d groups", len(all.Groups))
		}
		for _, g := range all.Groups {
			if !g.Partitions.Known || !g.Members.Known || g.Partitions.Why != "" {
				t.Errorf("%s: %s, %s", g.ID, g.Members.Why, g.Partitions.Why)
			}
		}
	})
}

func TestACoordinatorThatDoesNotTellEvenOfPartsIsGivenUpAndWhatWasReadIsKept(t *testing.T) {
	o := sim.Options{Groups: true, Seed: 1, Brokers: 3, Topics: 12, Partitions: 60, MoreGroups: 300}
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		before, _ := JudgedGroups(t.Context(), s, snap, JudgedOptions{}, Options{})
		began := time.Now()
		all := Groups(t.Context(), laborious{s, 0}, snap, GroupsOptions{Prev: before}, Options{})
		// The members of two kinds and the offsets: each is asked for as a whole, and then a part of it.
		if took := time.Since(began); took > 6*DefaultDeadline {
			t.Errorf("it took %s", took)
		}
		for _, g := range all.Groups {
			old := before.Find(g.ID)
			if g.Kind == state.ShareGroup {
				continue
			}
			if !g.Partitions.Known || g.Partitions.Why != protocol.NoAnswerInTime || g.Members.Why != protocol.NoAnswerInTime || len(g.Members.Value) != len(old.Members.Value) {
				t.Errorf("%s: members %s, offsets %s", g.ID, g.Members.Why, g.Partitions.Why)
			}
			if len(g.Partitions.Value) > 0 && &g.Partitions.Value[0] == &old.Partitions.Value[0] {
				t.Errorf("%s: what is made of this look is noted in the one before", g.ID)
			}
		}
		first := Groups(t.Context(), laborious{s, 0}, snap, GroupsOptions{}, Options{})
		if g := first.Find("wms-sync"); g.Partitions.Known || g.Partitions.Why != protocol.NoAnswerInTime {
			t.Errorf("%+v", g.Partitions)
		}
	})
}

package sim_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// noon is when clusters with a frozen clock begin.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// grouped starts a cluster with the tenants' groups whose clock stands still.
func grouped(t *testing.T, o sim.Options) (*sim.Cluster, *kadm.Client) {
	t.Helper()
	o.Groups, o.Virtual, o.Clock = true, true, sim.FrozenClock(noon)
	c := start(t, o)
	return c, kadm.NewClient(client(t, c))
}

// lagOf is the lag of a group of any kind. kadm describes classic groups alone.
func lagOf(t *testing.T, adm *kadm.Client, name string) kadm.DescribedGroupLag {
	t.Helper()
	listed, err := adm.ListGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	group := kadm.DescribedGroup{Group: name, State: "Empty"}
	if described, err := adm.DescribeGroups(t.Context(), name); err == nil && described.Error() == nil {
		group = described[name]
	}
	fetched, err := adm.FetchOffsets(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(t.Context(), fetched.Offsets().TopicsSet().Topics()...)
	if err != nil {
		t.Fatal(err)
	}
	return kadm.DescribedGroupLag{
		Group: name, State: listed[name].State, Members: group.Members, Lag: kadm.CalculateGroupLag(group, fetched, ends),
	}
}

func TestHealthyGroupsKeepUpWithWhatIsWritten(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	for _, name := range []string{"checkout-orders", "spark-etl-clicks", "wms-sync", "search-indexer", "vector-logs", "invoicing-ledger"} {
		before := lagOf(t, adm, name)
		c.Advance(5 * time.Minute)
		after := lagOf(t, adm, name)
		moved := int64(0)
		for _, l := range after.Lag.Sorted() {
			was := before.Lag[l.Topic][l.Partition]
			if l.Lag < 0 || was.Lag < 0 {
				t.Fatalf("%s: lag %d of %s-%d", name, l.Lag, l.Topic, l.Partition)
			}
			written, read := l.End.Offset-was.End.Offset, l.Commit.At-was.Commit.At
			if read < 0 || written < 0 {
				t.Errorf("%s: %s-%d went back by %d", name, l.Topic, l.Partition, -read)
			}
			if behind := float64(l.Lag) / (float64(written) / 300); written > 300 && behind > 75 {
				t.Errorf("%s is %.0f s behind on %s-%d", name, behind, l.Topic, l.Partition)
			}
			moved += read
		}
		if moved == 0 {
			t.Errorf("%s read nothing in five minutes", name)
		}
		if after.State != "Stable" {
			t.Errorf("%s is %s", name, after.State)
		}
	}
}

func TestAGroupOfBurstsCatchesUpAfterEachBurst(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	most, least := int64(0), int64(math.MaxInt64)
	for range 60 {
		c.Advance(10 * time.Second)
		lag := lagOf(t, adm, "checkout-emails").Lag.Total()
		most, least = max(most, lag), min(least, lag)
	}
	if most < 100 || least > 20 {
		t.Errorf("its lag was between %d and %d in ten minutes", least, most)
	}
}

func TestMembersHaveAllPartitionsBetweenThem(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	for _, l := range lagOf(t, adm, "checkout-orders").Lag.Sorted() {
		if l.Member == nil || l.Member.ClientID != "checkout" || l.Member.ClientHost[:6] != "/10.4." {
			t.Fatalf("%s-%d is read by %+v", l.Topic, l.Partition, l.Member)
		}
	}
	req := kmsg.NewPtrConsumerGroupDescribeRequest()
	req.Groups = []string{"spark-etl-clicks"}
	resp, err := req.RequestWith(t.Context(), client(t, c))
	if err != nil {
		t.Fatal(err)
	}
	g := resp.Groups[0]
	assigned := 0
	for _, m := range g.Members {
		for _, tp := range m.Assignment.TopicPartitions {
			assigned += len(tp.Partitions)
		}
	}
	if g.ErrorCode != 0 || g.State != "Stable" || len(g.Members) != 8 || assigned != 3*48 {
		t.Errorf("%s: error %d, %d members with %d partitions", g.State, g.ErrorCode, len(g.Members), assigned)
	}
	classic := kmsg.NewPtrDescribeGroupsRequest()
	classic.Groups = []string{"spark-etl-clicks"}
	answer, err := classic.RequestWith(t.Context(), client(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if code := answer.Groups[0].ErrorCode; code != kerr.GroupIDNotFound.Code {
		t.Errorf("a consumer group described as a classic one: error %d", code)
	}
}

func TestAShareGroupTellsItsStartOffsets(t *testing.T) {
	c, _ := grouped(t, sim.Options{})
	cl := client(t, c)
	req := kmsg.NewPtrShareGroupDescribeRequest()
	req.GroupIDs = []string{"wms-pickers"}
	resp, err := req.RequestWith(t.Context(), cl)
	if err != nil {
		t.Fatal(err)
	}
	if g := resp.Groups[0]; g.ErrorCode != 0 || g.GroupState != "Stable" || len(g.Members) != 5 {
		t.Errorf("%+v", g)
	}
	offsets := kmsg.NewPtrDescribeShareGroupOffsetsRequest()
	og := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
	og.GroupID, og.Topics = "wms-pickers", nil
	offsets.Groups = append(offsets.Groups, og)
	answer, err := offsets.RequestWith(t.Context(), cl)
	if err != nil {
		t.Fatal(err)
	}
	if g := answer.Groups[0]; g.ErrorCode != 0 || len(g.Topics) != 1 || len(g.Topics[0].Partitions) != 12 || g.Topics[0].Partitions[0].StartOffset <= 0 {
		t.Errorf("%+v", g)
	}
}

func TestOffsetsByTimeAreThoseOfTheRecordsTimes(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	ends := func() int64 {
		listed, err := adm.ListEndOffsets(t.Context(), "orders", "ledger")
		if err != nil || listed.Error() != nil {
			t.Fatal(err, listed.Error())
		}
		o, _ := listed.Lookup("orders", 3)
		return o.Offset
	}
	before := ends()
	at := c.Now()
	c.Advance(20 * time.Minute)
	if ends() <= before {
		t.Fatal("nothing was written in twenty minutes")
	}
	listed, err := adm.ListOffsetsAfterMilli(t.Context(), at.UnixMilli()+1, "orders")
	if err != nil || listed.Error() != nil {
		t.Fatal(err, listed.Error())
	}
	o, _ := listed.Lookup("orders", 3)
	// The records of one batch have their own times, so the batch that was being filled then may be met in its middle.
	if o.Offset < before || o.Offset > before+5 || o.Timestamp <= at.UnixMilli() {
		t.Errorf("the first record after %v is %d of %v, and the log ended at %d then", at, o.Offset, time.UnixMilli(o.Timestamp), before)
	}
	late, err := adm.ListOffsetsAfterMilli(t.Context(), c.Now().Add(time.Hour).UnixMilli(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := late.Lookup("orders", 3); o.Offset != ends() { // kadm asks for the end where there is none
		t.Errorf("the first record of an hour to come is %d", o.Offset)
	}
	newest, err := adm.ListMaxTimestampOffsets(t.Context(), "orders")
	if err != nil || newest.Error() != nil {
		t.Fatal(err, newest.Error())
	}
	if o, _ := newest.Lookup("orders", 3); o.Offset != ends()-1 || o.Timestamp > c.Now().UnixMilli() {
		t.Errorf("the newest record is %d of %d", o.Offset, o.Timestamp)
	}
}

func TestAnEmptyGroupTakesOffsetsAndAGroupWithMembersRefusesThem(t *testing.T) {
	_, adm := grouped(t, sim.Options{Scenario: "stopped-group"})
	var to kadm.Offsets
	to.AddOffset("orders", 1, 42, -1)
	committed, err := adm.CommitOffsets(t.Context(), "wms-sync", to)
	if err != nil || committed.Error() != nil {
		t.Fatal(err, committed.Error())
	}
	fetched, err := adm.FetchOffsets(t.Context(), "wms-sync")
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := fetched.Lookup("orders", 1); o.At != 42 {
		t.Errorf("committed 42, fetched %d", o.At)
	}
	refused, err := adm.CommitOffsets(t.Context(), "checkout-orders", to)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(refused.Error(), kerr.UnknownMemberID) {
		t.Errorf("a group with members answered %v", refused.Error())
	}
	deleted, err := adm.DeleteGroups(t.Context(), "wms-sync", "checkout-orders")
	if err != nil {
		t.Fatal(err)
	}
	if err := deleted["wms-sync"].Err; err != nil {
		t.Error(err)
	}
	if err := deleted["checkout-orders"].Err; !errors.Is(err, kerr.NonEmptyGroup) {
		t.Errorf("deleting a group with members: %v", err)
	}
}

func TestOneAnswerSaysOfEachGroupWhyItIsRefused(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	allow := c.DenyGroups("wms-sync")
	lags, err := adm.Lag(t.Context(), "wms-sync", "checkout-orders", "no-such-group")
	if err != nil {
		t.Fatal(err)
	}
	denied, other := lags["wms-sync"], lags["checkout-orders"] // whose methods take pointers
	if err := denied.Error(); !errors.Is(err, kerr.GroupAuthorizationFailed) {
		t.Errorf("a group that is denied: %v", err)
	}
	if err := other.Error(); err != nil {
		t.Error(err)
	}
	listed, err := adm.ListGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(listed.Groups(), "wms-sync") {
		t.Errorf("groups %v", listed.Groups())
	}
	allow()
	if lag := lagOf(t, adm, "wms-sync"); lag.State != "Stable" {
		t.Errorf("allowed again it is %s", lag.State)
	}
}

func TestACoordinatorThatLoadsSaysSo(t *testing.T) {
	c, _ := grouped(t, sim.Options{})
	find := func(asked int32) kmsg.FindCoordinatorResponseCoordinator {
		req := kmsg.NewPtrFindCoordinatorRequest()
		req.Version, req.CoordinatorKeys = 4, []string{"wms-sync"}
		resp, err := onBroker[*kmsg.FindCoordinatorResponse](c, c.Bootstrap()[asked-1], req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Coordinators[0]
	}
	at := find(1).NodeID
	if err := c.Kill(at); err != nil {
		t.Fatal(err)
	}
	c.Advance(10 * time.Second) // its session has ended, another leads
	next := find(at%12 + 1)
	if next.ErrorCode != 0 || next.NodeID == at {
		t.Fatalf("coordinator %d, error %d", next.NodeID, next.ErrorCode)
	}
	describe := func() int16 {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Version, req.Groups = 5, []string{"wms-sync"}
		resp, err := onBroker[*kmsg.DescribeGroupsResponse](c, c.Bootstrap()[next.NodeID-1], req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Groups[0].ErrorCode
	}
	if code := describe(); code != kerr.CoordinatorLoadInProgress.Code {
		t.Errorf("while it loads it answers %d", code)
	}
	c.Advance(5 * time.Second)
	if code := describe(); code != 0 {
		t.Errorf("when it has loaded it answers %d", code)
	}
}

func TestARealClientTakesAnEmptyGroupOver(t *testing.T) {
	c := start(t, sim.Options{Groups: true, Virtual: true, Scenario: "stopped-group"})
	adm := kadm.NewClient(client(t, c))
	before := lagOf(t, adm, "wms-sync")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	consumer := client(t, c, kgo.ConsumerGroup("wms-sync"), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit())
	go consumer.PollFetches(ctx)
	tick := time.NewTicker(20 * time.Millisecond) // asking without a pause would keep the consumer from joining
	defer tick.Stop()
	for {
		lag := lagOf(t, adm, "wms-sync")
		if lag.State == "Stable" && len(lag.Members) == 1 {
			if was, is := before.Lag["orders"][0].Commit.At, lag.Lag["orders"][0].Commit.At; was != is {
				t.Errorf("its offset was %d and is %d", was, is)
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it didn't join in five minutes")
		}
	}
}

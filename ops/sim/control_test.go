package sim_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// onBroker asks the broker at an address on a connection of its own, without a client library. It fails after a minute.
func onBroker[R kmsg.Response](c *sim.Cluster, address string, req kmsg.Request) (R, error) {
	var none R
	conn, err := c.DialContext(context.Background(), "tcp", address)
	if err != nil {
		return none, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return none, err
	}
	frame := kmsg.NewRequestFormatter(kmsg.FormatterClientID("test")).AppendRequest(nil, req, 5)
	if _, err := conn.Write(frame); err != nil {
		return none, err
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(conn, size); err != nil {
		return none, err
	}
	n := binary.BigEndian.Uint32(size)
	if n > 1<<20 {
		return none, io.ErrShortBuffer
	}
	answer := make([]byte, n)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return none, err
	}
	resp := req.ResponseKind()
	if id := binary.BigEndian.Uint32(answer); id != 5 {
		return none, io.ErrUnexpectedEOF
	}
	header := 4
	if req.IsFlexible() && req.Key() != 18 {
		header = 5
	}
	return resp.(R), resp.ReadFrom(answer[header:])
}

func metadataRequest() *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 12
	req.Topics = nil
	return req
}

func TestANodeIsReachedAsItsConductSays(t *testing.T) {
	ask := func(c *sim.Cluster) error {
		_, err := onBroker[*kmsg.MetadataResponse](c, c.Bootstrap()[2], metadataRequest())
		return err
	}
	for _, virtual := range []bool{false, true} {
		for _, tc := range []struct {
			name   string
			do     func(*sim.Cluster) error
			answer bool
			says   string
		}{
			{"as it starts", func(*sim.Cluster) error { return nil }, true, ""},
			{"killed", func(c *sim.Cluster) error { return c.Kill(3) }, false, ""},
			{"silent", func(c *sim.Cluster) error { return c.Silence(3) }, false, "timeout"},
			{"garbage", func(c *sim.Cluster) error { return c.Garbage(3) }, false, ""},
			{"fenced", func(c *sim.Cluster) error { return c.Fence(3) }, true, ""},
			{"slow", func(c *sim.Cluster) error { return c.Slow(3, time.Hour) }, false, "timeout"},
		} {
			where := map[bool]string{false: "on sockets", true: "on virtual time"}[virtual]
			t.Run(tc.name+" "+where, func(t *testing.T) {
				run := func(t *testing.T) {
					c := start(t, sim.Options{Virtual: virtual, Brokers: 4, Topics: 4})
					if err := tc.do(c); err != nil {
						t.Fatal(err)
					}
					err := ask(c)
					if (err == nil) != tc.answer || tc.says != "" && !strings.Contains(err.Error(), tc.says) {
						t.Errorf("asked: %v", err)
					}
					if err := c.Start(3); err != nil {
						t.Fatal(err)
					}
					if err := ask(c); err != nil {
						t.Errorf("asked after the start: %v", err)
					}
				}
				if virtual {
					synctest.Test(t, run)
				} else if tc.says == "" { // what takes seconds runs on virtual time alone
					run(t)
				}
			})
		}
	}
}

func TestARequestToASilentBrokerIsAnsweredWhenItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, sim.Options{Virtual: true, Brokers: 4, Topics: 4})
		if err := c.Silence(2); err != nil {
			t.Fatal(err)
		}
		answered := make(chan error, 1)
		go func() {
			_, err := onBroker[*kmsg.MetadataResponse](c, c.Bootstrap()[1], metadataRequest())
			answered <- err
		}()
		time.Sleep(3 * time.Second)
		select {
		case err := <-answered:
			t.Fatalf("a silent broker answered: %v", err)
		default:
		}
		if err := c.Start(2); err != nil {
			t.Fatal(err)
		}
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
}

func TestAStaleBrokerKeepsItsViewAndItsOffset(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Scenario: "stale-broker"})
	leaders := func(broker int) map[string]int32 {
		m, err := onBroker[*kmsg.MetadataResponse](c, c.Bootstrap()[broker-1], metadataRequest())
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]int32{}
		for _, topic := range m.Topics {
			for _, p := range topic.Partitions {
				all[*topic.Topic+"-"+string(rune('0'+p.Partition))] = p.Leader
			}
		}
		return all
	}
	offset := func(broker int) int64 {
		req := kmsg.NewPtrApiVersionsRequest()
		req.Version = 3
		req.ClientSoftwareName, req.ClientSoftwareVersion = "test", "1"
		v, err := onBroker[*kmsg.ApiVersionsResponse](c, c.Bootstrap()[broker-1], req)
		if err != nil {
			t.Fatal(err)
		}
		return v.FinalizedFeaturesEpoch
	}
	differ := 0
	stale, right := leaders(7), leaders(3)
	for p, leader := range right {
		if stale[p] != leader {
			differ++
		}
	}
	if differ == 0 || differ > 30 {
		t.Errorf("%d leaders differ, want a few", differ)
	}
	behind := offset(3) - offset(7)
	c.Advance(time.Minute)
	if now := offset(3) - offset(7); behind <= 0 || now <= behind {
		t.Errorf("the stale broker is %d records behind, %d a minute later", behind, now)
	}
}

func TestAControllerServesItsOwnListener(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Brokers: 3, Topics: 4})
	if _, err := onBroker[*kmsg.MetadataResponse](c, c.BootstrapControllers()[0], metadataRequest()); err == nil {
		t.Error("a controller answered Metadata")
	}
	cluster := func(endpoint int8) *kmsg.DescribeClusterResponse {
		req := kmsg.NewPtrDescribeClusterRequest()
		req.Version, req.EndpointType = 1, endpoint
		resp, err := onBroker[*kmsg.DescribeClusterResponse](c, c.BootstrapControllers()[1], req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if got := cluster(1); got.ErrorCode != 114 {
		t.Errorf("brokers asked of a controller: error %d, want 114", got.ErrorCode)
	}
	if got := cluster(2); got.ErrorCode != 0 || got.ControllerID != 3001 || len(got.Brokers) != 3 {
		t.Errorf("controllers: %+v", got)
	}
	if err := c.Kill(3001); err != nil {
		t.Fatal(err)
	}
	if got := cluster(2); got.ControllerID != 3002 {
		t.Errorf("controller %d leads after the death of 3001, want 3002", got.ControllerID)
	}
}

func TestRequestsAreCountedAndChangesAreKept(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Brokers: 4, Topics: 4})
	cl := client(t, c)
	before := c.Requests()[2][int16(kmsg.DescribeLogDirs)]
	for range 3 {
		if _, err := onBroker[*kmsg.DescribeLogDirsResponse](c, c.Bootstrap()[1], kmsg.NewPtrDescribeLogDirsRequest()); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Requests()[2][int16(kmsg.DescribeLogDirs)] - before; n != 3 {
		t.Errorf("%d DescribeLogDirs counted, want 3", n)
	}
	p := partitionOf(t, c, "orders", 0)
	reassign(t, cl, "orders", 0, append(p.Replicas[:2:2], otherBroker(p.Replicas, 4)))
	if moves := c.Reassignments(); len(moves) != 1 || moves[0].Topic != "orders" || !slices.Equal(moves[0].Removing, p.Replicas[2:]) {
		t.Errorf("moves: %+v", moves)
	}
	all := c.Mutations()
	if len(all) != 1 || all[0].Key != kmsg.AlterPartitionAssignments {
		t.Fatalf("changes: %+v", all)
	}
	if req := all[0].Request.(*kmsg.AlterPartitionAssignmentsRequest); req.Topics[0].Topic != "orders" {
		t.Errorf("change: %+v", req)
	}
}

func TestNewTopicsStayOffACordonedBroker(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Brokers: 4, Topics: 4})
	if err := c.Cordon(2); err != nil {
		t.Fatal(err)
	}
	cl := client(t, c)
	req := kmsg.NewPtrCreateTopicsRequest()
	rt := kmsg.NewCreateTopicsRequestTopic()
	rt.Topic, rt.NumPartitions, rt.ReplicationFactor = "elsewhere", 30, 3
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(t.Context(), cl); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Partitions() {
		if p.Topic == "elsewhere" && slices.Contains(p.Replicas, 2) {
			t.Fatalf("%s-%d has replicas %v", p.Topic, p.Partition, p.Replicas)
		}
	}
	logDirs := kmsg.NewPtrDescribeLogDirsRequest()
	logDirs.Version = 5
	resp, err := onBroker[*kmsg.DescribeLogDirsResponse](c, c.Bootstrap()[1], logDirs)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Dirs {
		if !d.IsCordoned {
			t.Errorf("dir %s isn't cordoned", d.Dir)
		}
	}
}

func TestAFrozenClockStandsStillUntilAdvanced(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := start(t, sim.Options{Virtual: true, Brokers: 3, Topics: 4, Clock: sim.FrozenClock(at)})
	if now := c.Now(); !now.Equal(at) {
		t.Errorf("it is %v, want %v", now, at)
	}
	c.Advance(time.Hour)
	if now := c.Now(); !now.Equal(at.Add(time.Hour)) {
		t.Errorf("it is %v an hour later", now)
	}
}

func TestALiveClusterGrowsAndFlapsAndRecovers(t *testing.T) {
	var events strings.Builder
	c := start(t, sim.Options{Virtual: true, Live: true, Events: &events, Clock: sim.FrozenClock(time.Unix(0, 0))})
	before := partitionOf(t, c, "orders", 0).Bytes
	c.Advance(10 * time.Minute)
	if after := partitionOf(t, c, "orders", 0).Bytes; after <= before {
		t.Errorf("orders-0 has %d bytes, had %d ten minutes ago", after, before)
	}
	c.Close()
	if strings.Count(events.String(), "isr ") < 10 {
		t.Errorf("hardly anything happened in ten minutes:\n%s", events.String())
	}
}

func TestOptionsThatMakeNoClusterAreRefused(t *testing.T) {
	for _, o := range []sim.Options{{Brokers: -1}, {Brokers: 2000}, {Topics: 10, Partitions: 5}, {Listen: "nonsense"}, {Listen: "127.0.0.1:65530"}} {
		if c, err := sim.New(o); err == nil {
			c.Close()
			t.Errorf("%+v made a cluster", o)
		}
	}
}

func TestControlsOfANodeThatIsNotThereSaySo(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Brokers: 3, Topics: 4})
	for _, err := range []error{c.Kill(9), c.Fence(3001), c.FailLogDir(1, 7), c.Slow(0, time.Second)} {
		if err == nil {
			t.Error("no error")
		}
	}
}

func TestNodesListenFromTheGivenAddressOn(t *testing.T) {
	for range 20 { // the next port may be somebody else's
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := ln.Addr().(*net.TCPAddr)
		ln.Close()
		c, err := sim.New(sim.Options{Brokers: 2, Controllers: 1, Topics: 2, Listen: address.String()})
		if err != nil {
			continue
		}
		defer c.Close()
		next := *address
		next.Port++
		if got := c.Bootstrap(); !slices.Equal(got, []string{address.String(), next.String()}) {
			t.Errorf("listening on %v, want %v and the next port", got, address)
		}
		return
	}
	t.Fatal("found no two free ports in a row")
}

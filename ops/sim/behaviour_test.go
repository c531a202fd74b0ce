package sim_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
	"kdeck/ops/sim"
	"kdeck/ops/sim/behaviour"
)

// simulated adapts a simulated cluster to the behaviours: Pass moves its clock.
type simulated struct {
	*sim.Cluster
	elr bool
}

func (s simulated) Pass(d time.Duration) { s.Advance(d) }

func (s simulated) HasELR() bool { return s.elr }

func TestTheSimulatedClusterBehavesLikeKafka(t *testing.T) {
	for _, elr := range []bool{false, true} {
		t.Run(map[bool]string{false: "without ELR and groups", true: "with ELR and groups"}[elr], func(t *testing.T) {
			for _, b := range behaviour.All() {
				t.Run(b.Name, func(t *testing.T) {
					c := start(t, sim.Options{
						Brokers: behaviour.Brokers, Topics: 4, Virtual: true, Bandwidth: 10_000_000, WithoutELR: !elr, Groups: elr,
						Clock: sim.FrozenClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
					})
					b.Run(t, simulated{c, elr})
				})
			}
		})
	}
}

// realKafka adapts Apache Kafka to the behaviours.
type realKafka struct {
	*kafkatest.Cluster
	t      testing.TB
	broken map[int32]int // log dirs taken away, by broker
}

func (k realKafka) Bootstrap() []string { return strings.Split(k.Cluster.Bootstrap(), ",") }

func (k realKafka) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (k realKafka) Kill(id int32) error { return k.Node(id).Kill() }

func (k realKafka) Silence(id int32) error { return k.Node(id).Pause() }

func (k realKafka) FailLogDir(id int32, dir int) error {
	k.broken[id] = dir
	return k.Node(id).TakeLogDirAway(dir)
}

func (k realKafka) Start(id int32) error {
	n := k.Node(id)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if dir, ok := k.broken[id]; ok {
		delete(k.broken, id)
		if err := n.PutLogDirBack(dir); err != nil {
			return err
		}
		return n.Restart(ctx)
	}
	if !n.Running() {
		return n.Start()
	}
	return n.Resume()
}

func (k realKafka) Pass(d time.Duration) { <-time.After(d) }

func (k realKafka) HasELR() bool { return k.Version != kafkatest.V39 }

func TestRealKafkaBehavesAsTheSimulatedClusterClaims(t *testing.T) {
	t.Parallel()
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel() // most of it is waiting for sessions to end
			// The controllers are nodes of their own, so that any broker may die.
			c := kafkatest.Start(t, kafkatest.Options{
				Version: version, Brokers: behaviour.Brokers, Racks: []string{"a", "b"}, Controllers: 1,
				Properties: map[string]string{"broker.session.timeout.ms": "4000", "broker.heartbeat.interval.ms": "500", "auto.leader.rebalance.enable": "false"},
			})
			k := realKafka{c, t, map[int32]int{}}
			for _, b := range behaviour.All() {
				t.Run(b.Name, func(t *testing.T) { b.Run(t, k) })
			}
		})
	}
}

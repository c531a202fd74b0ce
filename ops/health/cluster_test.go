package health

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"kdeck/ops/state"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// partition is a partition of topic "t", or of the topic named.
type partition struct {
	topic            string
	leader           int32
	replicas, isr    []int32
	offline          []int32
	adding, removing []int32
	minISR           int // of the topic, as its first partition has it; 0: 2
}

// well is a partition on brokers 1, 2 and 3 with nothing wrong.
var well = partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}}

// cluster is five live brokers and a controller quorum, everything read at noon, min.insync.replicas 2.
func cluster(t testing.TB, parts ...partition) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("sFz1", noon, 0, 0)
	topic, id := "", int32(0)
	for _, p := range parts {
		if p.topic == "" {
			p.topic = "t"
		}
		if p.topic != topic {
			topic, id = p.topic, 0
			if err := b.Topic(topic, [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
			minISR := cmp.Or(p.minISR, 2)
			b.Config(topic, minISR, map[string]string{"min.insync.replicas": fmt.Sprint(minISR)})
		}
		if err := b.Partition(id, p.leader, 5, p.replicas, p.isr, p.offline); err != nil {
			t.Fatal(err)
		}
		b.Moving(topic, id, p.adding, p.removing)
		id++
	}
	s := b.Snapshot()
	s.From = "b1:9092"
	s.Controller = state.Read[int32](3001, noon, "b1:9092")
	s.Voters = []state.Voter{
		{ID: 3001, LogEndOffset: 900},
		{ID: 3002, LogEndOffset: 900, LastFetch: noon}, {ID: 3003, LogEndOffset: 899, LastFetch: noon},
	}
	s.Moves = state.Read(0, noon, "b1:9092")
	for id := range int32(5) {
		b.Broker(liveBroker(id + 1))
	}
	return b.Done()
}

func liveBroker(id int32) state.Broker {
	from := fmt.Sprintf("b%d:9092", id)
	return state.Broker{
		ID: id, Host: fmt.Sprintf("b%d", id), Port: 9092, Rack: "a", Alive: true,
		Fenced: state.Read(false, noon, from), Cordoned: state.Read(false, noon, from),
		Answered: state.Read(time.Millisecond, noon, from), MetadataOffset: state.Read[int64](900, noon, from),
		LogDirs: state.Read([]state.LogDir{{Path: "/data/a", Replicas: 3, Total: -1, Usable: -1}}, noon, from),
	}
}

// kill makes a broker dead, as a look shows one.
func kill(s *state.Snapshot, id int32) *state.Broker {
	b := s.Broker(id)
	*b = state.Broker{
		ID: id, Fenced: state.Read(true, noon, "b1:9092"),
		SilentSince: state.Read(noon.Add(-133*time.Second), noon, "controller 3001"),
		Answered:    state.Missing[time.Duration]("connection refused", noon, "b4:9092"),
	}
	return b
}

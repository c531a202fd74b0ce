package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/protocol/alloctest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// cluster builds partitions of RF 3 over so many brokers, all in sync.
func cluster(tb testing.TB, brokers, topics, partitions int) *Builder {
	b := NewBuilder("sFz1", noon, topics*partitions, topics*partitions*3)
	for i := range brokers {
		b.Broker(Broker{ID: int32(i + 1), Host: fmt.Sprintf("b%d", i+1), Port: 9092, Rack: string(rune('a' + i%3)), Alive: true})
	}
	for t := range topics {
		if err := b.Topic(fmt.Sprintf("t%06d", t), [16]byte{byte(t), 1}, false); err != nil {
			tb.Fatal(err)
		}
		for p := range partitions {
			k := (t + p) % brokers
			l := []int32{int32(k + 1), int32((k+1)%brokers + 1), int32((k+2)%brokers + 1)}
			if err := b.Partition(int32(p), l[0], 5, l, l, nil); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return b
}

func TestUnderReplicatedIsCountedAsKafkaCountsIt(t *testing.T) {
	for _, c := range []struct {
		name                            string
		replicas, isr, adding, removing []int32
		under                           bool
	}{
		{"all in sync", []int32{1, 2, 3}, []int32{1, 2, 3}, nil, nil, false},
		{"one missing", []int32{1, 2, 3}, []int32{1, 3}, nil, nil, true},
		{"a replica being added is not missed", []int32{4, 2, 3, 1}, []int32{1, 2, 3}, []int32{4}, []int32{1}, false},
		{"one missing beside a move", []int32{4, 2, 3, 1}, []int32{1, 2}, []int32{4}, []int32{1}, true},
		{"an added one in sync makes up for one missing, as in TopicCommand", []int32{4, 2, 3, 1}, []int32{1, 2, 4}, []int32{4}, []int32{1}, false},
		{"no leader and nobody in sync", []int32{1}, nil, nil, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBuilder("", noon, 0, 0)
			must(t, b.Topic("t", [16]byte{}, false))
			must(t, b.Partition(0, 2, 0, c.replicas, c.isr, nil))
			b.Moving("t", 0, c.adding, c.removing)
			if got := b.Done().Partition(0).UnderReplicated(); got != c.under {
				t.Errorf("UnderReplicated() = %v, want %v", got, c.under)
			}
		})
	}
}

func TestMinISRIsUnknownUntilRead(t *testing.T) {
	b := NewBuilder("", noon, 0, 0)
	must(t, b.Topic("t", [16]byte{}, false))
	must(t, b.Partition(0, 1, 0, []int32{1, 2, 3}, []int32{1}, nil))
	must(t, b.Partition(1, -1, 0, []int32{1, 2, 3}, nil, nil))
	s := b.Snapshot()
	if _, known := s.Partition(0).UnderMinISR(); known {
		t.Error("under min ISR is known without min.insync.replicas")
	}
	if under, known := s.Partition(1).UnderMinISR(); !under || !known {
		t.Error("a leaderless partition is under min ISR whatever the config says")
	}
	b.Config("t", 2, nil)
	if under, known := s.Partition(0).UnderMinISR(); !under || !known {
		t.Error("1 in sync of min 2 is not under min ISR")
	}
	if at, _ := s.Partition(0).AtMinISR(); at {
		t.Error("1 in sync of min 2 is at min ISR")
	}
}

func TestABrokerThatOnlyReplicaListsNameIsDead(t *testing.T) {
	b := NewBuilder("", noon, 0, 0)
	b.Broker(Broker{ID: 2, Alive: true})
	must(t, b.Topic("t", [16]byte{}, false))
	must(t, b.Partition(0, 2, 0, []int32{7, 2}, []int32{2}, []int32{7}))
	s := b.Done()
	if br := s.Broker(7); br == nil || br.Alive {
		t.Errorf("broker 7 = %+v, want one that is not alive", br)
	}
	if s.Broker(3) != nil {
		t.Error("broker 3 was made up")
	}
}

func TestHoldingsAreWhatThePartitionsSay(t *testing.T) {
	b := cluster(t, 7, 5, 9)
	must(t, b.Topic("u", [16]byte{}, false))
	must(t, b.Partition(0, -1, 0, []int32{1, 2, 3, 90_000}, []int32{1}, nil))
	b.Moving("u", 0, []int32{3}, []int32{1})
	s := b.Done()
	want := make([]Holding, len(s.Brokers))
	for i := range s.Brokers {
		id := s.Brokers[i].ID
		for p := range s.NumPartitions() {
			p := s.Partition(p)
			if p.Leader() == id {
				want[i].Leaders++
			}
			if p.Has(id) {
				want[i].Replicas++
			}
			for m := range p.Missing() {
				if m == id {
					want[i].Missing++
				}
			}
		}
	}
	if got := s.Holdings(); !slices.Equal(got, want) {
		t.Errorf("Holdings() = %v, want %v", got, want)
	}
}

func TestABrokersLiesAreRefusedOrLeftOut(t *testing.T) {
	b := NewBuilder("", noon, 0, 0)
	if b.Partition(0, 1, 0, []int32{1}, nil, nil) == nil {
		t.Error("a partition without a topic was taken")
	}
	must(t, b.Topic("b", [16]byte{}, false))
	if b.Topic("b", [16]byte{}, false) == nil || b.Topic("a", [16]byte{}, false) == nil {
		t.Error("a topic listed twice or out of order was taken")
	}
	must(t, b.Partition(0, 1, 0, []int32{1, 1, 2}, []int32{1, 9}, nil))
	if b.Partition(0, 1, 0, []int32{1}, nil, nil) == nil {
		t.Error("a partition listed twice was taken")
	}
	b.Moving("nowhere", 0, []int32{1}, nil)
	b.Moving("b", 5, []int32{1}, nil)
	if b.Size("b", 0, 77, 1, 0) {
		t.Error("a replica that nobody listed has a size")
	}
	p := b.Done().Partition(0)
	if got := p.AppendReplicas(nil); len(got) != 2 {
		t.Errorf("replicas = %v, want 1 and 2 once each", got)
	}
	if got := p.AppendISR(nil); len(got) != 2 {
		t.Errorf("ISR = %v, want 1 and the stranger 9", got)
	}
}

func TestASnapshotComesBackFromItsFileAsItWas(t *testing.T) {
	b := cluster(t, 5, 7, 4)
	s := b.Snapshot()
	s.Controller = Read(int32(3), noon, "quorum")
	s.Moves = Read(1, noon, "b1:9092")
	s.Unknown = []Unknown{{Node: 4, What: "log dirs", Why: "timed out"}}
	s.Brokers[0].LogDirs = Read([]LogDir{{Path: "/d1", Size: 10, Total: 100, Usable: -1, Replicas: 2}, {Path: "/d2", Error: "KAFKA_STORAGE_ERROR", Total: -1, Usable: -1}}, noon, "1")
	s.Brokers[0].Answered = Read(time.Duration(0), noon, "1")
	s.Brokers[1].Fenced = Read(true, noon, "1")
	s.Brokers[1].SilentSince = Read(noon.Add(-time.Minute), noon, "quorum")
	b.Config("t000002", 2, map[string]string{"min.insync.replicas": "2"})
	b.Moving("t000001", 1, []int32{5}, []int32{3})
	b.ELR("t000001", 2, []int32{4}, []int32{5})
	b.Size("t000003", 0, 4, 123456, 1)
	s = b.Done()

	var one, two bytes.Buffer
	must(t, s.Save(&one))
	back, err := Load(bytes.NewReader(one.Bytes()))
	must(t, err)
	must(t, back.Save(&two))
	if a, b := one.String(), two.String(); a != b {
		t.Errorf("saved again it differs:\n%s\n%s", a, b)
	}
	if p, _ := back.FindPartition("t000003", 0); true {
		if n, ok := p.Size(); !ok || n != 123456 {
			t.Errorf("size = %d, %v", n, ok)
		}
	}
	if n, known := back.Topic(2).MinISR(); n != 2 || !known {
		t.Errorf("min ISR = %d, %v", n, known)
	}
}

func TestABadFileIsToldFromAGoodOne(t *testing.T) {
	var whole bytes.Buffer
	must(t, cluster(t, 3, 2, 2).Done().Save(&whole))
	for n := 0; n < whole.Len()-2; n += 7 {
		if _, err := Load(bytes.NewReader(whole.Bytes()[:n])); err == nil {
			t.Fatalf("a file cut at byte %d of %d was taken", n, whole.Len())
		}
	}
	for _, c := range []struct{ name, file, says string }{
		{"cut short", whole.String()[:whole.Len()/2], "cut short"},
		{"empty", "", "cut short"},
		{"of a future version", `{"version":2,"brokers":[],"topics":[]}`, "version 2"},
		{"not JSON", "hello", "invalid character"},
		{"another JSON", `{"partitions":[]}`, "not a snapshot"},
		{"a list", `[1]`, "not a snapshot"},
		{"a partition without replicas", `{"version":1,"brokers":[],"topics":[{"name":"a","partitions":[{"id":0}]}]}`, "no replicas"},
		{"a partition without a leader field", `{"version":1,"brokers":[],"topics":[{"name":"a","partitions":[{"id":0,"replicas":[0],"isr":[0]}]}]}`, `topic "a": partition 0 has no "leader"`},
		{"a partition without an ISR field", `{"version":1,"brokers":[],"topics":[{"name":"a","partitions":[{"id":0,"leader":1,"replicas":[1]}]}]}`, `topic "a": partition 0 has no "isr"`},
		{"a broker that is neither alive nor dead", `{"version":1,"brokers":[{"id":3}],"topics":[]}`, `broker 3 has no "alive"`},
		{"a topic twice, not in a row", `{"version":1,"brokers":[],"topics":[{"name":"b"},{"name":"a"},{"name":"b"}]}`, "twice"},
		{"a partition twice", `{"version":1,"brokers":[],"topics":[{"name":"a","partitions":[{"id":0,"leader":1,"isr":[1],"replicas":[1]},{"id":0,"leader":1,"isr":[1],"replicas":[1]}]}]}`, "twice"},
		{"a topic twice", `{"version":1,"brokers":[],"topics":[{"name":"a"},{"name":"a"}]}`, "twice"},
		{"a topic id that is none", `{"version":1,"brokers":[],"topics":[{"name":"a","topic_id":"x"}]}`, "topic id"},
		{"a topic id that is too long", `{"version":1,"brokers":[],"topics":[{"name":"a","topic_id":"00000000000000000000000"}]}`, "topic id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want one with %q", err, c.says)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	var whole bytes.Buffer
	must(f, cluster(f, 3, 2, 2).Done().Save(&whole))
	f.Add(whole.Bytes())
	f.Add([]byte(`{"version":1,"brokers":[{"id":-5}],"topics":[{"name":"a","partitions":[{"id":0,"leader":-7,"replicas":[1,1]}]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		defer alloctest.Bound(t, len(file))()
		s, err := Load(bytes.NewReader(file))
		if err == nil {
			must(t, s.Save(&bytes.Buffer{}))
		}
	})
}

func TestAMillionPartitionsCostAtMostAHundredBytesEach(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a million partitions")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := cluster(t, 250, 10_000, 100).Done()
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(s.NumPartitions())
	t.Logf("%.1f bytes a partition", each)
	if s.NumPartitions() != 1_000_000 || each > 100 {
		t.Errorf("%d partitions at %.1f bytes, want 1,000,000 at 100 or less", s.NumPartitions(), each)
	}
}

func BenchmarkScanForUnderReplicated(b *testing.B) {
	s := cluster(b, 100, 1000, 100).Done()
	n := rand.New(rand.NewPCG(1, 1)).IntN(2)
	for b.Loop() {
		for i := range s.NumPartitions() {
			if s.Partition(i).UnderReplicated() {
				n++
			}
		}
	}
	_ = n
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestARefusedPartitionLeavesNothingBehind(t *testing.T) {
	b := NewBuilder("", noon, 0, 0)
	must(t, b.Topic("t", [16]byte{}, false))
	all := make([]int32, noBroker)
	for i := range all {
		all[i] = int32(i)
	}
	n := 0
	for some := range slices.Chunk(all, 100) {
		must(t, b.Partition(int32(n), 0, 0, some, nil, nil))
		n++
	}
	if err := b.Partition(int32(n), 0, 0, []int32{1, 2, noBroker + 1}, nil, nil); err == nil {
		t.Fatal("a partition on more brokers than there can be was taken")
	}
	must(t, b.Partition(int32(n)+1, 3, 0, []int32{3}, nil, nil))
	s := b.Done()
	if got := s.Partition(n).AppendReplicas(nil); s.NumPartitions() != n+1 || len(got) != 1 || got[0] != 3 {
		t.Errorf("%d partitions, the last on %v; want %d, the last on [3]", s.NumPartitions(), got, n+1)
	}
}

package message

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestEveryPartOfAMessageIsRefusedAndTheWholeIsNot(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range APIs() {
		api := &APIs()[i]
		for version := api.Versions.From; version <= api.Versions.To; version++ {
			for _, response := range []bool{false, true} {
				body := (&Message{API: api, Response: response, Version: version}).random(rng).AppendTo(nil)
				if err := Check(api, response, version, body); err != nil {
					t.Errorf("%s v%d: %v", api.Name, version, err)
				}
				if err := Check(api, response, version, append(body, 1, 2)); err != nil {
					t.Errorf("%s v%d with bytes behind it: %v", api.Name, version, err)
				}
				for cut := range len(body) {
					if Check(api, response, version, body[:cut]) == nil {
						t.Errorf("%s v%d: %d of %d bytes were taken for the whole", api.Name, version, cut, len(body))
					}
				}
			}
		}
	}
}

// A count is bounded by the bytes that are left because of it: elements of no bytes could be claimed without end.
func TestEveryElementOfAListTakesAByte(t *testing.T) {
	for i := range APIs() {
		api := &APIs()[i]
		for version := api.Versions.From; version <= api.Versions.To; version++ {
			for _, d := range []*Definition{&api.Request, &api.Response} {
				eachField(d.Fields, "", func(path string, f *Field) {
					if !f.Array || f.Kind != Nested || !f.Versions.Holds(version) || d.Flexible.Holds(version) {
						return
					}
					for j := range f.Fields {
						if f.Fields[j].Versions.Holds(version) {
							return
						}
					}
					t.Errorf("%s v%d: an element of %s takes no byte", api.Name, version, path)
				})
			}
		}
	}
}

func TestCountsBeyondTheBytesAreRefused(t *testing.T) {
	many := []byte{0xff, 0xff, 0xff, 0xff, 0x0f}
	for _, tt := range []struct {
		name    string
		key     int16
		version int16
		body    []byte
		says    string
	}{
		{"tagged fields", 18, 3, append([]byte{0, 0, 1, 0, 0, 0, 0}, many...), "(tagged fields): no number"},
		{"tagged fields inside a tagged field", 1, 16, append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 9, 2, 0, 0, 0, 0}, many[:4]...), "no number"},
		{"elements, one for each byte that is left", 3, 12, append([]byte{0, 0, 0, 0, 0xff, 0x7f}, bytes.Repeat([]byte{1}, 16382)...), "brokers["},
		{"a string", 3, 12, append([]byte{0, 0, 0, 0, 2, 0, 0, 0, 1}, many...), "brokers[0].host: a length of"},
		// The client library takes any byte but -1 for a struct that follows.
		{"a struct that is neither there nor null", 75, 0, append([]byte{0, 0, 0, 0, 1, 0, 0xff, 0x7f}, make([]byte, 16382)...), "nextCursor: byte 0x0"},
	} {
		api := Lookup(tt.key)
		err := Check(api, true, tt.version, tt.body)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if _, decoded := Decode(api, true, tt.version, tt.body); decoded == nil || decoded.Error() != err.Error() {
			t.Errorf("%s: checked it is %v, decoded %v", tt.name, err, decoded)
		}
	}
}

func TestCheckingAllocatesNothing(t *testing.T) {
	m := (&Message{API: Lookup(3), Response: true, Version: 12}).random(rand.New(rand.NewPCG(1, 1)))
	body := m.AppendTo(nil)
	if n := testing.AllocsPerRun(10, func() { _ = Check(m.API, true, 12, body) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTheSizeOfAMessageIsAboutWhatItTakesOfTheHeap(t *testing.T) {
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version = 12
	for range 200 {
		topic := kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr("a topic with a name of usual length")}
		for p := range int32(100) {
			topic.Partitions = append(topic.Partitions, kmsg.MetadataResponseTopicPartition{Partition: p, Leader: 1000 + p, LeaderEpoch: 5000,
				Replicas: []int32{1000, 1001, 1002}, ISR: []int32{1000, 1001, 1002}})
		}
		resp.Topics = append(resp.Topics, topic)
	}
	body := resp.AppendTo(nil)
	heap := func() int64 {
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc)
	}
	before := heap()
	m, err := Decode(Lookup(3), true, 12, body)
	if err != nil {
		t.Fatal(err)
	}
	took := heap() - before
	if r := float64(m.Size()) / float64(took); r < 0.8 || r > 1.6 {
		t.Errorf("it is charged %d bytes and takes %d of the heap", m.Size(), took)
	}
	runtime.KeepAlive(body)
	t.Logf("charged %d, took %d, of %d bytes on the wire", m.Size(), took, len(body))
	if text, _ := json.Marshal(m); len(text) == 0 {
		t.Error("nothing")
	}
}

package ask_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/ask"
	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// nodesThat is a dialer of nodes that serve one flexible version of one API, and answer it with what own makes of their address.
func nodesThat(own func(addr string) kmsg.Response) func(context.Context, string, string) (net.Conn, error) {
	of := own("")
	served := kmsg.ApiVersionsResponseApiKey{ApiKey: of.Key(), MaxVersion: of.GetVersion()}
	return func(_ context.Context, _, addr string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for {
				var size [4]byte
				if _, err := io.ReadFull(theirs, size[:]); err != nil {
					return
				}
				request := make([]byte, binary.BigEndian.Uint32(size[:]))
				if _, err := io.ReadFull(theirs, request); err != nil {
					return
				}
				answer := append([]byte{}, request[4:8]...)
				if key, version := binary.BigEndian.Uint16(request), binary.BigEndian.Uint16(request[2:]); key == 18 {
					resp := kmsg.NewPtrApiVersionsResponse()
					resp.Version = int16(version)
					resp.ApiKeys = []kmsg.ApiVersionsResponseApiKey{served, {ApiKey: 18, MaxVersion: int16(version)}}
					answer = resp.AppendTo(answer)
				} else {
					answer = own(addr).AppendTo(append(answer, 0))
				}
				_, _ = theirs.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...))
			}
		}()
		return ours, nil
	}
}

// largeMetadata is an answer of 5,000 partitions; decoded it takes about 2 MiB.
func largeMetadata(topics string, throttle int32) *kmsg.MetadataResponse {
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version, resp.ThrottleMillis = 12, throttle
	for i := range 50 {
		topic := kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr(fmt.Sprintf("%s-%d", topics, i))}
		for p := range int32(100) {
			replicas := []int32{1000, 1001, 1002}
			topic.Partitions = append(topic.Partitions, kmsg.MetadataResponseTopicPartition{Partition: p, Leader: 1000, Replicas: replicas, ISR: replicas})
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp
}

// askAll sends Metadata to n nodes.
func askAll(t *testing.T, n int, o ask.Options, metadata func(addr string) *kmsg.MetadataResponse) *ask.Fanout {
	t.Helper()
	var addrs []string
	for i := range n {
		addrs = append(addrs, fmt.Sprintf("b%d:9092", i))
	}
	s := session(t, kafka.Options{Dial: nodesThat(func(addr string) kmsg.Response { return metadata(addr) })}, addrs[:1])
	f, err := ask.Open(t.Context(), s, request(t, "Metadata"), targets(t, strings.Join(addrs, ",")), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	m, _, err := f.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Ask(t.Context(), m)
	return f
}

func heap() int64 {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapAlloc)
}

func TestTheAnswersOfManyNodesStayWithinOneBoundOfMemory(t *testing.T) {
	const bound, nodes = 8 << 20, 12
	o := unhurried
	o.Memory = bound
	before := heap()
	f := askAll(t, nodes, o, func(addr string) *kmsg.MetadataResponse { return largeMetadata(addr, 0) })
	if took := heap() - before; took > bound*5/4 {
		t.Errorf("the answers take %d bytes of the heap, and the bound is %d", took, bound)
	}
	answered := 0
	for _, r := range f.Replies {
		if r.Err == nil {
			answered++
			continue
		}
		text := r.Err.Error()
		for _, want := range []string{r.Addr + ": Metadata v12: ", "all answers together may take 8 MiB", "ask fewer nodes at a time", "fewer topics"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s; it doesn't say %q", text, want)
			}
		}
		if protocol.CauseOf(r.Err) != protocol.OverMemory || r.Got != nil {
			t.Errorf("node %s: %v, and it has an answer: %v", r.Name, protocol.CauseOf(r.Err), r.Got != nil)
		}
	}
	if answered < 2 || answered > 4 {
		t.Errorf("%d of %d nodes answered", answered, nodes)
	}
	// What was answered before makes room: a node that was left out isn't for ever.
	f.Again(t.Context(), message.New(f.Request.API.API, 12))
	if again := nodes - f.Failed(); again < 2 || again > 4 {
		t.Errorf("then %d of %d nodes answered", again, nodes)
	}
}

func TestEqualAnswersOfManyNodesTakeTheMemoryOfOne(t *testing.T) {
	var n atomic.Int32
	throttles := func(string) *kmsg.MetadataResponse { return largeMetadata("the-same", n.Add(1)) }
	for _, tt := range []struct {
		name   string
		frames bool
	}{{"frames are dropped where nobody uses them", false}, {"frames are kept where somebody does", true}} {
		t.Run(tt.name, func(t *testing.T) {
			o := unhurried
			o.Memory, o.Ignore, o.Frames = 8<<20, []string{"throttleTimeMs"}, tt.frames
			f := askAll(t, 12, o, throttles)
			own := map[any]bool{}
			for _, r := range f.Replies {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				if r.Got != f.Replies[0].Got {
					t.Errorf("node %s has a message of its own", r.Name)
				}
				if kept := r.Answer.ResponseBytes != nil; kept != tt.frames {
					t.Errorf("node %s: its frame is kept: %v", r.Name, kept)
				}
				if r.Answer.ResponseSize < 100_000 {
					t.Errorf("node %s: an answer of %d bytes", r.Name, r.Answer.ResponseSize)
				}
				throttle, _ := r.Message().Root.Get("throttleTimeMs")
				own[throttle] = true
			}
			if want := map[bool]int{false: 1, true: 12}[tt.frames]; len(own) != want {
				t.Errorf("%d of the messages are their nodes' own, want %d", len(own), want)
			}
		})
	}
}

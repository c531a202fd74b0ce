package protocol

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"
)

func TestTheFramesOfAllAnswersHaveABoundUntilTheyAreDecoded(t *testing.T) {
	memory := defs.NewMemory(1 << 20)
	size := 700_000
	node := nodeThat(func(request []byte) []byte {
		resp := kmsg.NewPtrDescribeClusterResponse()
		resp.Version, resp.ClusterID = 1, string(make([]byte, size))
		return resp.AppendTo(append(append([]byte{}, request[4:8]...), 0))
	})
	req := kmsg.NewPtrDescribeClusterRequest()
	req.Version = 1
	c := dialed(t, Options{Dial: node, Decoding: memory})
	for range 3 { // each is freed
		if _, err := c.Exchange(t.Context(), req); err != nil || memory.Used() != 0 {
			t.Fatalf("%v, %d bytes are taken", err, memory.Used())
		}
	}
	memory.Take(500_000) // by another connection
	if _, err := c.Exchange(t.Context(), req); CauseOf(err) != OverMemory || memory.Used() != 500_000 {
		t.Errorf("%v, %d bytes are taken", err, memory.Used())
	}
	size = 1000
	c = dialed(t, Options{Dial: node, Decoding: memory})
	if _, err := c.Exchange(t.Context(), req); err != nil || memory.Used() != 500_000 {
		t.Errorf("a small answer: %v, %d bytes are taken", err, memory.Used())
	}
}

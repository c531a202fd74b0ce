package protocol

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestEveryMessageHasAShapeInEveryVersion(t *testing.T) {
	n := 0
	for key := int16(0); key <= kmsg.MaxKey; key++ {
		for v := int16(0); v <= kmsg.RequestForKey(key).MaxVersion(); v++ {
			req, resp := kmsg.RequestForKey(key), kmsg.ResponseForKey(key)
			req.SetVersion(v)
			resp.SetVersion(v)
			for _, m := range []message{req, resp} {
				if _, err := shapeOf(m); err != nil {
					t.Error(err)
				}
				n++
			}
		}
	}
	t.Log(n)
}

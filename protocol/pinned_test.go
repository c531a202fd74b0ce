package protocol

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"

	defs "kdeck/protocol/message"
)

func TestEveryRequestGoesOutInTheVersionThatIsPinned(t *testing.T) {
	for _, api := range APIs() {
		for version := api.Versions.From; version <= api.Versions.To; version++ {
			m := defs.New(api.API, version)
			ours, theirs := net.Pipe()
			frames := make(chan []byte, 1)
			go func() {
				defer theirs.Close()
				var size [4]byte
				if _, err := io.ReadFull(theirs, size[:]); err != nil {
					frames <- nil
					return
				}
				frame := make([]byte, binary.BigEndian.Uint32(size[:]))
				_, _ = io.ReadFull(theirs, frame)
				frames <- frame
			}()
			conn, err := Dial(t.Context(), "node:9092", Options{
				Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Exchange(t.Context(), m) // nobody answers
			h, body, err := ReadRequestHeader(<-frames)
			if err != nil || h.API.Key != api.Key || h.Version != version || !bytes.Equal(body, m.AppendTo(nil)) {
				t.Errorf("%s v%d went out as %+v, body %x, %v", api.Name, version, h, body, err)
			}
			conn.Close()
		}
	}
}

package watch

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/protocol/alloctest"
)

// An edit is what a hostile broker does to its answers to one API: 8 bytes of the fuzzer's input.
type edit struct {
	key   byte // of the API; 0xff: of any
	op    byte
	at    uint16 // place in the answer, behind its correlation id
	bytes [4]byte
}

func editsOf(input []byte) (edits []edit) {
	for ; len(input) >= 8; input = input[8:] {
		edits = append(edits, edit{key: input[0], op: input[1], at: binary.BigEndian.Uint16(input[2:]), bytes: [4]byte(input[4:])})
	}
	return edits
}

// apply edits the body of an answer. Its length may change, and the frame's with it.
func (e edit) apply(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	at := int(e.at) % len(body)
	switch e.op % 5 {
	case 0: // other bytes
		copy(body[at:], e.bytes[:])
	case 1: // bits
		body[at] ^= e.bytes[0]
	case 2: // cut short
		body = body[:at]
	case 3: // more bytes in between
		body = append(append(append([]byte{}, body[:at]...), e.bytes[:]...), body[at:]...)
	case 4: // a piece again and again
		piece := append([]byte{}, body[at:min(len(body), at+1+int(e.bytes[0]))]...)
		for range e.bytes[1] {
			body = append(body, piece...)
		}
	}
	return body
}

// hostile stands between a client and a broker, and edits the answers.
func hostile(client, broker net.Conn, edits []edit) {
	keys := make(chan int16, 64)
	var both sync.WaitGroup
	both.Go(func() {
		defer broker.Close()
		for {
			frame, err := frameFrom(client)
			if err != nil {
				return
			}
			keys <- int16(binary.BigEndian.Uint16(frame))
			if send(broker, frame) != nil {
				return
			}
		}
	})
	both.Go(func() {
		defer client.Close()
		for {
			frame, err := frameFrom(broker)
			if err != nil {
				return
			}
			key := <-keys
			body := frame[4:]
			for _, e := range edits {
				if e.key == 0xff || int16(e.key) == key {
					body = e.apply(body)
				}
			}
			if send(client, append(frame[:4:4], body...)) != nil {
				return
			}
		}
	})
	both.Wait()
}

func frameFrom(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 4 || n > 1<<20 { // no request, such as the beginning of TLS, which is tried where an answer isn't understood
		return nil, io.ErrUnexpectedEOF
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(r, frame)
	return frame, err
}

func send(w io.Writer, frame []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
	return err
}

// FuzzAnswersOfBrokers looks twice at a cluster whose brokers' answers were tampered with: from the frame to the verdict nothing
// panics, hangs or takes memory that isn't in proportion to what was sent.
func FuzzAnswersOfBrokers(f *testing.F) {
	c, err := sim.New(sim.Options{Virtual: true, Brokers: 2, Racks: 2, Topics: 3, Partitions: 6, Clock: sim.FrozenClock(time.Unix(1e9, 0))})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.Close)
	for _, key := range []byte{3, 18, 32, 35, 45, 46, 55, 60, 75, 0xff} { // what a look asks
		for op := range byte(5) {
			f.Add([]byte{key, op, 0, 9, 0xff, 0xff, 0xff, 0xff})
			f.Add([]byte{key, op, 1, 60, 0x7f, 0x7f, 0, 1, key, 0, 0, 40, 0x80, 0, 0, 0})
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 256 {
			input = input[:256]
		}
		edits := editsOf(input)
		defer alloctest.Bound(t, 16<<10)() // about what the brokers of this cluster say, repeated
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			broker, err := c.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			ours, theirs := net.Pipe()
			go hostile(theirs, broker, edits)
			return ours, nil
		}
		now := func() time.Time { return time.Unix(1e9, 0) }
		cluster := &config.Cluster{Name: "hostile", Bootstrap: c.Bootstrap()[:1], Security: config.Plaintext}
		session, err := kafka.Open(cluster, kafka.Options{Dial: dial, Now: now, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		first, err := Look(ctx, session, Options{Now: now, Deadline: time.Second})
		if err != nil {
			return
		}
		second, err := newLook(session, Options{Now: now, Deadline: time.Second}.orDefaults(), first).run(ctx)
		if err != nil {
			return
		}
		judged(second, first, now())
	})
}

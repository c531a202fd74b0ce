package protocol

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// nodeThat dials to a node that answers each frame (without its length) with what serve returns; nil hangs up.
func nodeThat(serve func(request []byte) []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
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
				answer := serve(request)
				if answer == nil {
					return
				}
				theirs.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...))
			}
		}()
		return ours, nil
	}
}

func dialed(t *testing.T, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), "b1:9092", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTheVersionOnTheWireIsTheOneInTheRequest(t *testing.T) {
	for key := range int16(kmsg.MaxKey + 1) {
		for v := range kmsg.RequestForKey(key).MaxVersion() + 1 {
			var sent []byte
			c := dialed(t, Options{Dial: nodeThat(func(request []byte) []byte { sent = request; return nil })})
			req := kmsg.RequestForKey(key)
			req.SetVersion(v)
			if p, ok := req.(*kmsg.ProduceRequest); ok {
				p.Acks = 1
			}
			_, err := c.Exchange(t.Context(), req)
			if CauseOf(err) != ClosedWithoutAnswer {
				t.Fatal(err)
			}
			if gotKey, gotVersion := int16(binary.BigEndian.Uint16(sent)), int16(binary.BigEndian.Uint16(sent[2:])); gotKey != key || gotVersion != v {
				t.Errorf("key %d v%d went out as key %d v%d", key, v, gotKey, gotVersion)
			}
		}
	}
}

func TestFramesAreThoseOfTheClientLibrary(t *testing.T) {
	formatter := kmsg.NewRequestFormatter(kmsg.FormatterClientID("kdeck"))
	for key := range int16(kmsg.MaxKey + 1) {
		for v := range kmsg.RequestForKey(key).MaxVersion() + 1 {
			req := kmsg.RequestForKey(key)
			req.SetVersion(v)
			if key == keyControlledShutdown && v == 0 {
				continue
			}
			if got, want := appendRequest(nil, req, 7, "kdeck"), formatter.AppendRequest(nil, req, 7); !bytes.Equal(got, want) {
				t.Errorf("%T v%d: % x, want % x", req, v, got, want)
			}
		}
	}
}

func TestAnAnswerKeepsItsHeaderTagsAndWhatFollowsIt(t *testing.T) {
	resp := kmsg.NewPtrDescribeClusterResponse()
	resp.Version, resp.ClusterID = 1, "c"
	var whole []byte
	c := dialed(t, Options{Dial: nodeThat(func(request []byte) []byte {
		whole = append([]byte{}, request[4:8]...)
		whole = append(whole, 1, 77, 2, 'h', 'i')
		whole = append(resp.AppendTo(whole), "more"...)
		return whole
	})})
	req := kmsg.NewPtrDescribeClusterRequest()
	req.Version = 1
	a, err := c.Exchange(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if a.Response.(*kmsg.DescribeClusterResponse).ClusterID != "c" {
		t.Errorf("decoded %+v", a.Response)
	}
	if tags := a.HeaderTags; len(tags) != 1 || tags[0].Tag != 77 || string(tags[0].Data) != "hi" {
		t.Errorf("header tags %v", tags)
	}
	if m, _, err := a.Decode(nil); err != nil || string(m.Trailing) != "more" {
		t.Errorf("%v, behind the answer comes %q", err, m.Trailing)
	}
	if string(a.ResponseBytes) != string(whole) {
		t.Errorf("kept % x of % x", a.ResponseBytes, whole)
	}
}

func TestANodeThatKnowsOnlyOlderApiVersionsIsAskedInItsOwn(t *testing.T) {
	var asked []int16
	c := dialed(t, Options{Dial: nodeThat(func(request []byte) []byte {
		version := int16(binary.BigEndian.Uint16(request[2:]))
		asked = append(asked, version)
		resp := kmsg.NewPtrApiVersionsResponse()
		resp.ApiKeys = []kmsg.ApiVersionsResponseApiKey{{ApiKey: 18, MaxVersion: 2}}
		if version > 2 {
			resp.ErrorCode = errUnsupportedVersion
		} else {
			resp.Version = version
			resp.ApiKeys = append(resp.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: 3, MinVersion: 4, MaxVersion: 9})
		}
		return resp.AppendTo(request[4:8:8])
	})})
	versions, err := c.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || asked[1] != 2 {
		t.Errorf("asked in versions %v", asked)
	}
	for _, test := range []struct {
		key, most, want int16
		cause           Cause
	}{{3, 13, 9, Unknown}, {3, 7, 7, Unknown}, {3, 3, 0, NotServed}, {60, 2, 0, NotServed}} {
		got, err := Pick(versions, test.key, test.most)
		if got != test.want || CauseOf(err) != test.cause {
			t.Errorf("key %d, at most v%d: v%d, %v", test.key, test.most, got, err)
		}
	}
}

func TestANodeThatNeverAgreesOnApiVersionsIsGivenUp(t *testing.T) {
	c := dialed(t, Options{Dial: nodeThat(func(request []byte) []byte { return append(request[4:8:8], 0, 35, 0, 0, 0, 0) })})
	if _, err := c.Versions(t.Context()); CauseOf(err) != Malformed {
		t.Fatal(err)
	}
}

func TestAnExchangeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		defer close(block)
		c := dialed(t, Options{Dial: nodeThat(func([]byte) []byte { <-block; return nil })})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		started := time.Now()
		_, err := c.Exchange(ctx, kmsg.NewPtrMetadataRequest())
		if CauseOf(err) != Timeout || !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 3*time.Second {
			t.Errorf("after %s: %v", time.Since(started), err)
		}
		if c.Usable() {
			t.Error("the connection still counts as usable")
		}
		if _, err := c.Exchange(t.Context(), kmsg.NewPtrMetadataRequest()); err == nil {
			t.Error("a second exchange went through")
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		c = dialed(t, Options{Dial: nodeThat(func([]byte) []byte { return nil })})
		if _, err := c.Exchange(ctx, kmsg.NewPtrMetadataRequest()); CauseOf(err) != Canceled {
			t.Errorf("canceled: %v", err)
		}
	})
}

func TestProduceWithoutAcksIsNotWaitedFor(t *testing.T) {
	c := dialed(t, Options{Dial: nodeThat(func([]byte) []byte { return []byte{} })})
	req := kmsg.NewPtrProduceRequest()
	req.Version, req.Acks = 9, 0
	a, err := c.Exchange(t.Context(), req)
	if err != nil || a.Response != nil {
		t.Fatalf("%+v, %v", a, err)
	}
}

func TestTimingTellsTheStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serve := nodeThat(func(request []byte) []byte {
			time.Sleep(30 * time.Millisecond)
			switch int16(binary.BigEndian.Uint16(request)) {
			case keyApiVersions:
				resp := kmsg.NewPtrApiVersionsResponse()
				resp.Version = 5
				resp.ApiKeys = []kmsg.ApiVersionsResponseApiKey{{ApiKey: 17, MaxVersion: 1}, {ApiKey: 18, MaxVersion: 5}, {ApiKey: 36, MaxVersion: 1}}
				return resp.AppendTo(request[4:8:8])
			case keySASLAuthenticate:
				resp := kmsg.NewPtrSASLAuthenticateResponse()
				resp.Version, resp.SessionLifetimeMillis = 1, 60_000
				return resp.AppendTo(request[4:8:8])
			}
			return append(request[4:8:8], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		})
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(7 * time.Millisecond)
			return serve(ctx, network, addr)
		}
		c := dialed(t, Options{Dial: dial, SASL: plain.Auth{User: "u", Pass: "p"}.AsMechanism()})
		if want := time.Now().Add(time.Minute); !c.Expires().Equal(want) {
			t.Errorf("the session ends at %s, want %s", c.Expires(), want)
		}
		ms := time.Millisecond
		for i, want := range []Timing{{TCP: 7 * ms, SASL: 90 * ms, Wait: 30 * ms}, {Wait: 30 * ms}} {
			req := kmsg.NewPtrListGroupsRequest()
			a, err := c.Exchange(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if a.Timing != want {
				t.Errorf("exchange %d: %+v, want %+v", i, a.Timing, want)
			}
		}
		if got := c.Traffic().Requests; got != 5 {
			t.Errorf("%d requests", got)
		}
	})
}

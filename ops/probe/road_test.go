package probe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// road is the way to one broker, with a delay in a stage. The broker speaks plaintext: TLS and SASL end on the road.
type road struct {
	dns, tcp, tls time.Duration
	keys          map[int16]time.Duration // of answers to requests
	acksAll       time.Duration           // of answers to Produce with acks=all
	muted         int32                   // milliseconds for which answers to Produce say that a quota holds back
}

// roads lead to the brokers of a simulated cluster.
type roads struct {
	c      *sim.Cluster
	to     map[string]*road // by address; others are straight
	cert   *tls.Certificate // nil: no TLS
	authed bool             // brokers want SASL
}

func (r *roads) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	way := r.to[addr]
	if way == nil {
		way = &road{}
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{})
		time.Sleep(way.dns)
		trace.DNSDone(httptrace.DNSDoneInfo{})
	}
	time.Sleep(way.tcp)
	far, err := r.c.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	near, middle := net.Pipe()
	go func() {
		defer far.Close()
		defer middle.Close()
		var client net.Conn = middle
		if r.cert != nil {
			time.Sleep(way.tls)
			// A pipe holds nothing: a ticket that the client doesn't wait for would never be read.
			client = tls.Server(middle, &tls.Config{Certificates: []tls.Certificate{*r.cert}, SessionTicketsDisabled: true})
		}
		for r.exchange(way, client, far) == nil {
		}
	}()
	return near, nil
}

// exchange carries one request there and its answer back.
func (r *roads) exchange(way *road, client, broker net.Conn) error {
	request, err := readOne(client)
	if err != nil {
		return err
	}
	key, version := int16(binary.BigEndian.Uint16(request)), int16(binary.BigEndian.Uint16(request[2:]))
	answer := r.answered(key, version, request)
	if answer == nil {
		if err := writeOne(broker, request); err != nil {
			return err
		}
		if answer, err = readOne(broker); err != nil {
			return err
		}
	}
	time.Sleep(way.keys[key])
	switch key {
	case int16(kmsg.Produce):
		if acks(version, request) == acksAll {
			time.Sleep(way.acksAll)
		}
		if way.muted > 0 {
			resp := kmsg.NewPtrProduceResponse()
			resp.Version = version
			if err := resp.ReadFrom(answer[5:]); err != nil {
				return err
			}
			resp.ThrottleMillis = way.muted
			answer = resp.AppendTo(answer[:5:5])
		}
	case int16(kmsg.ApiVersions):
		if r.authed {
			resp := kmsg.NewPtrApiVersionsResponse()
			if resp.Version = version; binary.BigEndian.Uint16(answer[4:]) != 0 { // a version that the broker doesn't know is answered in v0 (KIP-511)
				resp.Version = 0
			}
			if err := resp.ReadFrom(answer[4:]); err != nil {
				return err
			}
			for key, max := range map[int16]int16{int16(kmsg.SASLHandshake): 1, int16(kmsg.SASLAuthenticate): 2} {
				k := kmsg.NewApiVersionsResponseApiKey()
				k.ApiKey, k.MaxVersion = key, max
				resp.ApiKeys = append(resp.ApiKeys, k)
			}
			answer = resp.AppendTo(answer[:4:4])
		}
	}
	return writeOne(client, answer)
}

// answered is the answer to a request of SASL, which every password satisfies; nil for any other.
func (r *roads) answered(key, version int16, request []byte) []byte {
	correlation := request[4:8:8]
	switch key {
	case int16(kmsg.SASLHandshake):
		resp := kmsg.NewPtrSASLHandshakeResponse()
		resp.Version, resp.SupportedMechanisms = version, []string{"PLAIN"}
		return resp.AppendTo(correlation)
	case int16(kmsg.SASLAuthenticate):
		resp := kmsg.NewPtrSASLAuthenticateResponse()
		resp.Version = version
		return resp.AppendTo(append(correlation, 0))
	}
	return nil
}

func acks(version int16, request []byte) int16 {
	req := kmsg.NewPtrProduceRequest()
	req.Version = version
	client := int(max(0, int16(binary.BigEndian.Uint16(request[8:]))))
	if req.ReadFrom(request[10+client+1:]) != nil { // behind the name of the client is a byte for tagged fields
		return 0
	}
	return req.Acks
}

func readOne(c net.Conn) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err := io.ReadFull(c, frame)
	return frame, err
}

func writeOne(c net.Conn, frame []byte) error {
	_, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
	return err
}

// certificate is one that nobody trusts.
func certificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

package kafka_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// listen serves each connection by a function, and closes it after.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// request reads one frame and returns it, or nil at the end. Like a broker it hangs up on a length above 100 MiB.
func request(c net.Conn) []byte {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil || binary.BigEndian.Uint32(size[:]) > 100<<20 {
		return nil
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(c, body); err != nil {
		return nil
	}
	return body
}

// answer serves ApiVersions rightly, with the given APIs at version 0 to 1, and hands all else to next.
func answer(keys []int16, next func(c net.Conn, request []byte)) func(net.Conn) {
	return func(c net.Conn) {
		for req := request(c); req != nil; req = request(c) {
			if key := int16(binary.BigEndian.Uint16(req)); key != 18 {
				next(c, req)
				return
			}
			resp := kmsg.NewPtrApiVersionsResponse()
			resp.Version = int16(binary.BigEndian.Uint16(req[2:]))
			for _, key := range append(keys, 18) {
				k := kmsg.NewApiVersionsResponseApiKey()
				k.ApiKey, k.MaxVersion = key, 1
				resp.ApiKeys = append(resp.ApiKeys, k)
			}
			send(c, resp.AppendTo(req[4:8:8]))
		}
	}
}

func send(c net.Conn, frame []byte) {
	c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
}

// kafkaAt starts an embedded broker that is set up by the options.
func kafkaAt(t *testing.T, opts ...kfake.Opt) string {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

// refusingLogins is a broker that answers every login as Kafka answers a wrong password.
func refusingLogins(t *testing.T) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(36, func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode, resp.ErrorMessage = 58, kmsg.StringPtr("Authentication failed: Invalid username or password")
		return resp, nil, true
	})
	return c.ListenAddrs()[0]
}

// falseSCRAM serves a SCRAM login that goes through all steps without knowing the password.
func falseSCRAM(iterations string) func(net.Conn) {
	bytes := func(text string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	}
	return answer([]int16{17, 36}, func(c net.Conn, req []byte) {
		send(c, append(req[4:8:8], 0, 0, 0, 0, 0, 0))
		if req = request(c); req == nil {
			return
		}
		_, nonce, _ := strings.Cut(string(req), ",r=")
		first := append(append(req[4:8:8], 0, 0, 0xff, 0xff), bytes("r="+nonce+"server,s=c2FsdA==,"+iterations)...)
		send(c, append(first, 0, 0, 0, 0, 0, 0, 0, 0))
		if req = request(c); req == nil {
			return
		}
		final := append(append(req[4:8:8], 0, 0, 0xff, 0xff), bytes("v=AAAA")...)
		send(c, append(final, 0, 0, 0, 0, 0, 0, 0, 0))
	})
}

func TestEachCauseOfNoAnswerIsNamed(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	serverTLS := func(edit func(*x509.Certificate)) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ca.sign(edit)}}
	}
	plaintext := config.Cluster{Security: config.Plaintext}
	encrypted := config.Cluster{Security: config.SSL,
		TLS: config.TLS{Truststore: config.Store{Certificates: ca.pem}, VerifyHostname: true}}
	login := func(mechanism, password string) config.Cluster {
		return config.Cluster{Security: config.SASLPlaintext,
			SASL: config.SASL{Mechanism: mechanism, User: "admin", Password: config.NewSecret(password)}}
	}
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing.Close()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	plainKafka := listen(t, answer([]int16{3}, func(net.Conn, []byte) {}))
	sasl := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"), kfake.Superuser("SCRAM-SHA-256", "admin", "right")}

	for _, test := range []struct {
		name    string
		addr    string
		cluster config.Cluster
		cause   protocol.Cause
		says    string
	}{
		{"nothing listens", refusing.Addr().String(), plaintext, protocol.Refused, "connection refused"},
		{"the name is unknown", "no-such-host.invalid:9092", plaintext, protocol.Unresolved, "no-such-host.invalid"},
		{"an HTTP server that waits for a line", strings.TrimPrefix(web.URL, "http://"), plaintext, protocol.NotKafka, "HTTP server"},
		{"an HTTP server that answers at once", listen(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			request(c)
		}), plaintext, protocol.NotKafka, "HTTP server"},
		{"an SSH server", listen(t, func(c net.Conn) {
			io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n")
			request(c)
		}), plaintext, protocol.NotKafka, "SSH server"},
		{"a TLS listener, asked in plaintext", kafkaAt(t, kfake.TLS(serverTLS(nil))), plaintext, protocol.TLSExpected, "speaks TLS"},
		{"a plaintext listener, asked in TLS", plainKafka, encrypted, protocol.TLSNotExpected, "plaintext Kafka"},
		{"an HTTP server, asked in TLS", strings.TrimPrefix(web.URL, "http://"), encrypted, protocol.NotKafka, "HTTP server"},
		{"an expired certificate", kafkaAt(t, kfake.TLS(serverTLS(func(c *x509.Certificate) {
			c.NotAfter = time.Now().Add(-time.Minute)
		}))), encrypted, protocol.ExpiredCertificate, "is valid from"},
		{"a certificate of another authority", kafkaAt(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{other.sign(nil)}})),
			encrypted, protocol.UntrustedCertificate, "ssl.truststore.location"},
		{"a certificate for another name", kafkaAt(t, kfake.TLS(serverTLS(func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"b1.example"}
		}))), encrypted, protocol.HostnameMismatch, "ssl.endpoint.identification.algorithm"},
		{"a listener that wants a client certificate", kafkaAt(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.sign(nil)},
			ClientAuth: tls.RequireAnyClientCert})), encrypted, protocol.ClientCertificate, "ssl.keystore.location"},
		{"a listener that wants SASL", kafkaAt(t, sasl...), plaintext, protocol.SASLRequired, "PLAIN"},
		{"a wrong password by PLAIN", kafkaAt(t, sasl...), login("PLAIN", "wrong-secret"), protocol.AuthenticationFailed, "during authentication"},
		{"a wrong password by SCRAM", kafkaAt(t, sasl...), login("SCRAM-SHA-256", "wrong-secret"), protocol.AuthenticationFailed, "during authentication"},
		{"a wrong password, told as a broker tells it", refusingLogins(t), login("PLAIN", "wrong-secret"), protocol.AuthenticationFailed,
			`SASL_AUTHENTICATION_FAILED (58): "Authentication failed: Invalid username or password"; check user`},
		{"a mechanism that isn't enabled", kafkaAt(t, sasl...), login("SCRAM-SHA-512", "right"), protocol.AuthenticationFailed, "SCRAM-SHA-512"},
		{"SASL on a listener that takes none", listen(t, answer([]int16{17, 36}, func(c net.Conn, req []byte) {
			send(c, append(req[4:8:8], 0, 34, 0, 0, 0, 0))
		})), login("PLAIN", "right"), protocol.SASLNotExpected, "takes no authentication"},
		{"a node that can't prove that it knows the password", listen(t, falseSCRAM("i=4096")), login("SCRAM-SHA-256", "right"),
			protocol.AuthenticationFailed, "didn't prove"},
		{"a node that asks for years of hashing", listen(t, falseSCRAM("i=2147483647")), login("SCRAM-SHA-256", "right"),
			protocol.AuthenticationFailed, "more SCRAM iterations"},
		{"a listener that doesn't serve Metadata", listen(t, answer(nil, func(net.Conn, []byte) {})), plaintext, protocol.NotServed, "Metadata"},
		{"a listener that hangs up on what it serves", plainKafka, plaintext, protocol.ClosedWithoutAnswer, "hung up on this one"},
		{"garbage", listen(t, func(c net.Conn) {
			request(c)
			send(c, []byte("\x00\x00\x00\x00\x00\x00garbage garbage garbage"))
		}), plaintext, protocol.Malformed, "don't decode"},
		{"a count of tagged fields without the fields", listen(t, func(c net.Conn) {
			request(c)
			send(c, []byte{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
		}), plaintext, protocol.Malformed, "tagged field"},
		{"half a frame", listen(t, func(c net.Conn) {
			request(c)
			c.Write([]byte{0, 0, 1, 0, 1, 2, 3})
		}), plaintext, protocol.Malformed, "3 of the answer's 256 bytes"},
		{"a length of 2 GB", listen(t, func(c net.Conn) {
			request(c)
			c.Write([]byte{0x7f, 0xff, 0xff, 0xff})
			request(c)
		}), plaintext, protocol.TooLarge, "2147483647 bytes"},
		{"a negative length", listen(t, func(c net.Conn) {
			request(c)
			c.Write([]byte{0xff, 0xff, 0xff, 0xff})
			request(c)
		}), plaintext, protocol.Malformed, "length of -1"},
		{"a wrong correlation id", listen(t, func(c net.Conn) {
			request(c)
			send(c, []byte{0, 0, 0, 77, 0, 0, 1, 0, 0, 0, 0, 0})
		}), plaintext, protocol.Malformed, "is for request 77"},
		{"silence", listen(t, func(c net.Conn) { io.Copy(io.Discard, c) }), plaintext, protocol.Timeout, "no answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cluster := test.cluster
			cluster.Name, cluster.Bootstrap = "test", []string{test.addr}
			s, err := kafka.Open(&cluster, kafka.Options{Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, _, err = s.Any(context.Background(), kmsg.NewPtrMetadataRequest())
			if got := protocol.CauseOf(err); got != test.cause {
				t.Fatalf("cause %q, want %q: %v", got, test.cause, err)
			}
			for _, want := range []string{test.addr, test.says} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't say %q", err, want)
				}
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "wrong-secret") {
					t.Errorf("the password is in %q", e)
				}
			}
		})
	}
}

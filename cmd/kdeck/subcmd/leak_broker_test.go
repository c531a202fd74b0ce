package subcmd

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// hostile is an embedded cluster behind SASL whose brokers and exporters repeat whatever was sent to them, in all that they say.
type hostile struct {
	cluster *sim.Cluster

	mu    sync.Mutex
	fault string // the stage that fails
	heard string // what was sent to it last: credentials
	told  string // what it repeats beside that
	// It repeats what it was told in errors alone: a short secret may be a word of any name.
	inErrors bool
}

// at makes a stage fail from now on.
func (h *hostile) at(fault string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = fault
}

func (h *hostile) fails(stage string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fault == stage
}

func (h *hostile) hear(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = text
}

// echo is what the peer says: what it heard, in several forms, behind so much that a cut may fall into it.
func (h *hostile) echo() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard := strings.ReplaceAll(h.heard, "\x00", " ")
	return fmt.Sprintf("you said %s %q %x %s %s", heard, heard, heard, base64.StdEncoding.EncodeToString([]byte(h.heard)), h.told)
}

// dial connects to a broker of the cluster, or to an exporter at port 9404.
func (h *hostile) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if h.fails("dial") {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("connection refused by %s", h.echo())}
	}
	client, server := net.Pipe()
	if _, port, _ := net.SplitHostPort(addr); port == "9404" || port == "9405" {
		go h.export(server, port == "9405")
		return client, nil
	}
	back, err := h.cluster.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	go func() {
		defer server.Close()
		defer back.Close()
		var login scramLogin
		for h.exchange(server, back, &login) == nil {
		}
	}()
	return client, nil
}

func readFrame(c io.Reader) ([]byte, error) {
	size := make([]byte, 4)
	if _, err := io.ReadFull(c, size); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size))
	_, err := io.ReadFull(c, frame)
	return frame, err
}

func writeFrame(c io.Writer, frame []byte) error {
	_, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
	return err
}

// exchange takes one request and answers it, by itself if it is part of a login, else with the cluster's answer and more.
func (h *hostile) exchange(client, back net.Conn, login *scramLogin) error {
	request, err := readFrame(client)
	if err != nil || len(request) < 8 {
		return io.ErrUnexpectedEOF
	}
	key, version := int16(binary.BigEndian.Uint16(request)), int16(binary.BigEndian.Uint16(request[2:]))
	correlation := request[4:8]
	answer := kmsg.ResponseForKey(key)
	if answer == nil {
		return io.EOF
	}
	answer.SetVersion(version)
	switch r := answer.(type) {
	case *kmsg.SASLHandshakeResponse:
		r.SupportedMechanisms = []string{"PLAIN", "SCRAM-SHA-512", "OAUTHBEARER"}
		if h.fails("handshake") {
			r.ErrorCode, r.SupportedMechanisms = 33, []string{h.echo()}
		}
	case *kmsg.SASLAuthenticateResponse:
		_, body, _ := strings.Cut(string(request[8:]), "kdeck")
		h.hear(strings.Trim(strings.TrimLeft(body, "\x00\x01"), "\x00"))
		r.SASLAuthBytes = login.answer(request)
		if h.fails("login") {
			text := h.echo()
			r.ErrorCode, r.ErrorMessage = 58, &text
		}
	default:
		if err := writeFrame(back, request); err != nil {
			return err
		}
		frame, err := readFrame(back)
		if err != nil {
			return err
		}
		body := frame[4:]
		if answer.IsFlexible() && key != 18 {
			body = body[1:] // no tags
		}
		if answer.ReadFrom(body) != nil {
			return writeFrame(client, frame)
		}
		if v, is := answer.(*kmsg.ApiVersionsResponse); is {
			for _, own := range []kmsg.Request{kmsg.NewPtrSASLHandshakeRequest(), kmsg.NewPtrSASLAuthenticateRequest()} {
				k := kmsg.NewApiVersionsResponseApiKey()
				k.ApiKey, k.MaxVersion = own.Key(), own.MaxVersion()
				v.ApiKeys = append(v.ApiKeys, k)
			}
		} else {
			h.taint(reflect.ValueOf(answer).Elem(), "")
		}
	}
	frame := append([]byte{}, correlation...)
	if answer.IsFlexible() && key != 18 {
		frame = append(frame, 0)
	}
	return writeFrame(client, answer.AppendTo(frame))
}

// taint writes what the node repeats into each text of an answer that kdeck doesn't need to find its way.
func (h *hostile) taint(v reflect.Value, _ string) {
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case name == "ErrorMessage" && field.Kind() == reflect.Pointer:
			text := h.echo()
			field.Set(reflect.ValueOf(&text))
		case name == "ErrorCode" && field.Kind() == reflect.Int16 && field.Int() != 0 && h.fails("broker"):
		case h.inErrors && (name == "Rack" || name == "Dir"):
		case name == "Rack" && field.Kind() == reflect.Pointer, name == "Dir" && field.Kind() == reflect.String:
			text := h.echo()
			if field.Kind() == reflect.String {
				field.SetString(text)
			} else {
				field.Set(reflect.ValueOf(&text))
			}
		case field.Kind() == reflect.Struct:
			h.taint(field, name)
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for j := range field.Len() {
				element := field.Index(j)
				if c, is := element.Addr().Interface().(*kmsg.DescribeConfigsResponseResourceConfig); is && c.Name == "compression.type" {
					value := "sensitive " + markers["a value that the broker calls sensitive"]
					c.IsSensitive, c.Value = true, &value
				}
				h.taint(element, name)
			}
		}
	}
}

// export is an HTTP server that repeats the headers and the address of each request.
func (h *hostile) export(c net.Conn, issuer bool) {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		text := fmt.Sprintf("%s %s %s %s %s %s", r.Header.Get("Authorization"), user, password, r.URL, body, h.echo())
		switch {
		case issuer && h.fails("issuer"):
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, text, text)
		case issuer:
			fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":3600}`, markers["a token that the endpoint issued"])
		case h.fails("redirect"):
			w.Header().Set("Location", "http://"+user+":"+password+"@elsewhere/"+password+"?"+strings.Repeat("x", 150)+password)
			w.WriteHeader(http.StatusFound)
		case h.fails("body"):
			w.WriteHeader(http.StatusOK)
			fmt.Fprintf(w, "%s is no metric\n", text)
		case h.fails("jolokia"):
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"status":400,"error":%q}`, text)
		default:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, text)
		}
	})}
	l := &oneConn{c: c, done: make(chan struct{})}
	_ = server.Serve(l)
}

// oneConn is a listener that has one connection.
type oneConn struct {
	c    net.Conn
	once sync.Once
	done chan struct{}
}

func (l *oneConn) Accept() (c net.Conn, err error) {
	l.once.Do(func() { c = l.c })
	if c == nil {
		<-l.done
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// tlsRefusing is a dial whose servers speak TLS with a certificate that nobody trusts.
func tlsRefusing(t *testing.T, certificate tls.Certificate) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			_ = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate}}).HandshakeContext(t.Context())
			server.Close()
		}()
		return client, nil
	}
}

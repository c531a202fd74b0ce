package subcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/host"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// hostServer answers who asks with a look at the broker. Looks are made one after the other, and one that is younger than its own length is shown again, so
// that many who ask cost no more than one.
type hostServer struct {
	env     *Env
	o       *hostOptions
	machine *host.System

	mu     sync.Mutex
	last   *state.Host
	length time.Duration // of last
}

// listenHost listens where no other machine reaches it: names of clients and files stand in the answers.
func listenHost(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if path == "" {
			return nil, refused("host: --serve unix: a path was expected, such as unix:/run/kdeck-host.sock")
		}
		if info, err := os.Lstat(path); err == nil {
			if info.Mode().Type() != fs.ModeSocket {
				return nil, refused("host: --serve unix:%s: there is a file that is no socket", path)
			}
			if conn, err := net.Dial("unix", path); err == nil {
				conn.Close()
				return nil, refused("host: --serve unix:%s: another process listens there", path)
			}
			_ = os.Remove(path) // whoever made it has ended
		}
		l, err := net.Listen("unix", path)
		if err == nil {
			err = os.Chmod(path, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("host: listen at %s: %w", path, err)
		}
		return l, nil
	}
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refused("host: --serve %s: an address like 127.0.0.1:9405 or unix:PATH was expected", address)
	}
	if ip, err := netip.ParseAddr(name); name != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, refused("host: --serve %s: only a loopback address is taken, such as 127.0.0.1:%s, since there is no password; reach it by ssh", address, port)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("host: listen at %s: %w", address, err)
	}
	return l, nil
}

func serveHost(ctx context.Context, env *Env, o *hostOptions, machine *host.System) error {
	l, err := listenHost(o.listen)
	if err != nil {
		return err
	}
	h := &hostServer{env: env, o: o, machine: machine}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /{$}", h.answer)
	mux.HandleFunc("GET /host", h.answer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	address := l.Addr().String()
	if l.Addr().Network() == "tcp" {
		address = "http://" + address + "/host"
	}
	fmt.Fprintf(env.Err, "answering at %s; each look takes %s, or as long as ?for= says; ctrl-c ends it\n", env.safe(address), format.Duration(o.length))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		return server.Close()
	}
	return nil
}

func (s *hostServer) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	fail := func(status int, err error) {
		w.WriteHeader(status)
		_ = format.WriteJSON(w, map[string]any{"version": 1, "error": err.Error()})
	}
	length, err := s.o.lengthOf(r.URL.Query())
	if err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	h, err := s.look(r.Context(), length)
	if err != nil {
		fail(http.StatusServiceUnavailable, err)
		return
	}
	_ = format.WriteJSON(w, hostAnswer(h))
}

// lengthOf is how long the look takes that an address asks for: ?for=30s, or as --for said.
func (o *hostOptions) lengthOf(query url.Values) (time.Duration, error) {
	for name := range query {
		if name != "for" {
			return 0, fmt.Errorf("?%s=: only ?for=TIME is known, such as ?for=30s", printable.Escape(name))
		}
	}
	if !query.Has("for") {
		return o.length, nil
	}
	text := query.Get("for")
	length, err := time.ParseDuration(text)
	if err != nil || length < max(shortestLook, 10*o.every) || length > longestLook {
		return 0, fmt.Errorf("?for=%s: a time from %v to %v was expected", printable.Escape(text), max(shortestLook, 10*o.every), longestLook)
	}
	return length, nil
}

func (s *hostServer) look(ctx context.Context, length time.Duration) (*state.Host, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.length == length && s.env.Now().Sub(s.last.At) < length {
		return s.last, nil
	}
	if ctx.Err() != nil {
		return nil, errors.New("nobody waits for the answer any more")
	}
	h, err := host.Look(ctx, s.machine, host.Options{PID: s.o.pid, Broker: s.o.broker, For: length, Every: s.o.every})
	if err == nil {
		s.last, s.length = h, length
	}
	return h, err
}

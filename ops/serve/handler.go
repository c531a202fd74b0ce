package serve

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

// Options say what is shown.
type Options struct {
	Cluster string               // the name that stands for the cluster; a label of every series
	From    string               // from where it is looked at; a label of every series
	Version string               // of kdeck
	Share   Share                // of groups and brokers
	State   func() *state.State  // what is known now
	Probe   *Probe               // nil: there is no probe
	Now     func() time.Time     //
	Stale   time.Duration        // how old the latest look may be until /healthz says that it doesn't look
	Mask    func(io.Writer) Mask // hides secrets in what is written
}

// Mask is a writer that hides secrets; Close writes the rest.
type Mask interface {
	io.Writer
	Close() error
}

// Handler answers requests for what is known. It is safe for concurrent use.
func Handler(o Options) http.Handler {
	reg := prometheus.NewRegistry()
	prometheus.WrapRegistererWith(prometheus.Labels{"cluster": label(o.Cluster), "from": label(o.From)}, reg).MustRegister(&collector{o})
	began := o.Now()
	mux := http.NewServeMux()
	// Uncompressed: compressed, nothing could be hidden in it.
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /verdict", func(w http.ResponseWriter, _ *http.Request) {
		s := o.State()
		if s.Snapshot == nil {
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"version": 1, "verdict": s.Verdict, "waiting": s.Waiting, "failed": format.OrNull(s.Failed)})
			return
		}
		writeJSON(w, http.StatusOK, view.Status(s))
	})
	if o.Probe != nil {
		mux.HandleFunc("GET /probe", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Probe.Document()) })
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h := healthOf(o, began)
		code := http.StatusOK
		if !h.Looking {
			code = http.StatusServiceUnavailable
		}
		writeJSON(w, code, h)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "kdeck %s looks at %s from %s\n/metrics  /verdict  /healthz\n", label(o.Version), label(o.Cluster), label(o.From))
	})
	return masked(o, mux)
}

// Looking is the answer of /healthz: whether the server looks at the cluster. What the cluster is like is not its question.
type Looking struct {
	Version int        `json:"version"`
	Looking bool       `json:"looking"`
	Since   time.Time  `json:"since"`   // when it began
	Looked  *time.Time `json:"looked"`  // the latest look that showed something; null: none has yet
	Age     *float64   `json:"age_s"`   // of that
	Failed  *string    `json:"failed"`  // why the latest look showed nothing
	Waiting *string    `json:"waiting"` // what the first look waits for
	From    string     `json:"from"`
	Share   string     `json:"share"`
}

func healthOf(o Options, began time.Time) Looking {
	s := o.State()
	h := Looking{Version: 1, Since: began.UTC(), Failed: format.OrNull(s.Failed), Waiting: format.OrNull(s.Waiting), From: o.From, Share: o.Share.String()}
	if s.Snapshot != nil {
		at := s.Snapshot.Taken.UTC()
		age := o.Now().Sub(at).Seconds()
		h.Looked, h.Age = &at, &age
		h.Looking = age <= o.Stale.Seconds()
	}
	return h
}

func writeJSON(w http.ResponseWriter, code int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = format.WriteJSON(w, doc)
}

// maxHeld is how many bytes of an answer are held back until it goes out whole.
const maxHeld = 64 << 20

// masked hides secrets in answers. An answer is held back until it is whole, so that no half of a secret goes out with one part.
func masked(o Options, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldAnswer{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(held, r)
		w.WriteHeader(held.code)
		out := o.Mask(w)
		_, _ = out.Write(held.body.Bytes())
		_ = out.Close()
	})
}

type heldAnswer struct {
	http.ResponseWriter
	code int
	body bytes.Buffer
}

func (h *heldAnswer) WriteHeader(code int) { h.code = code }

func (h *heldAnswer) Write(b []byte) (int, error) {
	if h.body.Len()+len(b) > maxHeld {
		return 0, fmt.Errorf("the answer is larger than %s", format.Bytes(maxHeld))
	}
	return h.body.Write(b)
}

package watch

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// Session is the part of a [kafka.Session] that looks and a Watch use. Ask returns when its context ends. Refresh costs no request
// of its own if it has to connect first, because a connection begins with the same request.
type Session interface {
	Cluster() *config.Cluster
	Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error)
	AskBroker(ctx context.Context, addr string, broker kafka.Identity, req kmsg.Request, shown func(kmsg.Response) kafka.Shown) (kmsg.Response, error)
	Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error)
	Refresh(ctx context.Context, addr string) (*kmsg.ApiVersionsResponse, error)
	AnswerTime(addr string) time.Duration
	ConnectTime(ctx context.Context, addr string) (time.Duration, error)
	Certificate(addr string) (c protocol.Certificate, at time.Time, ok bool)
	Handshake(ctx context.Context, addr string) error
	Explain(ctx context.Context, addr string, err error) error
	Learn(addrs map[int32]string)
	Spent() kafka.Spent
}

// DefaultDeadline is how long one broker may take for all that a look asks it about itself.
const DefaultDeadline = 3 * time.Second

// DefaultInterval is the time between two looks of a Watch.
const DefaultInterval = 5 * time.Second

// Options are the settings of a look and of a Watch. The zero value means the real clock and the defaults.
type Options struct {
	Deadline time.Duration    // of each broker; 0: DefaultDeadline
	Interval time.Duration    // between the looks of a Watch; 0: DefaultInterval
	Now      func() time.Time // nil: time.Now

	// Metrics gives what the brokers' exporters say. Only a Watch polls it, every MetricsInterval (0: DefaultMetricsInterval)
	// and never twice at the same time. nil: no metrics.
	Metrics         Source
	MetricsInterval time.Duration

	// Overdue returns the temporary changes that are still in force after their time. It is called after each look that a
	// broker answered; nil: there are none.
	Overdue func(ctx context.Context, clusterID string) []health.Overdue

	// Earlier returns what earlier looks at a cluster have shown, and Keep keeps it, with what the latest shows. nil: nothing is kept.
	Earlier func(clusterID string) *health.Sightings
	Keep    func(clusterID string, s *health.Sightings)

	// Store is called every minute with the latest State that has a Snapshot, beside the looks. nil: nobody stores any.
	Store func(context.Context, *state.State)

	// Audit returns what kdeck did to the cluster from this machine. It is called after each look, with "" where no broker has said yet
	// which cluster it is. nil: nobody tells.
	Audit func(clusterID string) state.Reading[*state.Audit]
}

func (o Options) orDefaults() Options {
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.MetricsInterval <= 0 {
		o.MetricsInterval = DefaultMetricsInterval
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Audit == nil {
		o.Audit = func(string) state.Reading[*state.Audit] { return state.Reading[*state.Audit]{} }
	}
	if o.Earlier == nil {
		o.Earlier = func(string) *health.Sightings { return nil }
	}
	if o.Keep == nil {
		o.Keep = func(string, *health.Sightings) {}
	}
	if o.Overdue == nil {
		o.Overdue = func(context.Context, string) []health.Overdue { return nil }
	}
	return o
}

package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// Asker asks nodes by their addresses: a [kdeck/ops/kafka.Session].
type Asker interface {
	Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error)
	Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error)
}

// Quotas reads all client quotas of the cluster, those of users and client ids and those of IP addresses.
func Quotas(ctx context.Context, s Asker) (*tenant.Quotas, error) {
	req := kmsg.NewPtrDescribeClientQuotasRequest() // no components and not strict: all of them
	answer, addr, err := s.Any(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.DescribeClientQuotasResponse)
	if !ok {
		return nil, fmt.Errorf("%s answers DescribeClientQuotas with something else", addr)
	}
	if resp.ErrorCode != 0 {
		return nil, fmt.Errorf("DescribeClientQuotas, asked of %s: %w", addr, codeError(resp.ErrorCode, resp.ErrorMessage))
	}
	records := make([]tenant.Quota, 0, len(resp.Entries))
	for _, e := range resp.Entries {
		parts := make([]tenant.EntityPart, len(e.Entity))
		for i, p := range e.Entity {
			parts[i] = tenant.EntityPart{Type: p.Type, Name: p.Name}
		}
		entity, err := tenant.EntityOf(parts)
		if err != nil {
			return nil, fmt.Errorf("%s tells of %w", addr, err)
		}
		q := tenant.Quota{Entity: entity, Limits: make(map[tenant.Type]float64, len(e.Values))}
		for _, v := range e.Values {
			q.Limits[tenant.Type(v.Key)] = v.Value
		}
		records = append(records, q)
	}
	return tenant.New(records), nil
}

func codeError(code int16, message *string) error {
	err := kerr.TypedErrorForCode(code)
	if err == nil {
		return fmt.Errorf("error %d", code)
	}
	if message != nil && *message != "" {
		return errors.New(err.Message + ": " + *message)
	}
	return errors.New(err.Message)
}

// How often the quota records are read. A change takes a moment to reach the broker that is asked.
const (
	quotasEvery  = time.Minute
	quotasSettle = 2 * time.Second
)

// RefreshQuotas makes the quota records be read again soon, because they were changed. It returns at once.
func (w *Watch) RefreshQuotas() {
	select {
	case w.quotasDue <- struct{}{}:
	default: // it is due already
	}
}

// readQuotas reads the quota records again and again, once a broker has answered. While they can't be read, the
// state keeps the last ones, with their time.
func (w *Watch) readQuotas(ctx context.Context) {
	for s := w.Latest(); s.Snapshot == nil; {
		var err error
		if s, _, err = w.Next(ctx, s.Seq); err != nil {
			return
		}
	}
	for ctx.Err() == nil {
		asked, cancel := context.WithTimeout(ctx, 2*w.o.Deadline)
		q, err := Quotas(asked, w.session)
		cancel()
		if ctx.Err() != nil {
			return
		}
		w.publish(func(next *state.State) {
			switch {
			case err == nil:
				next.Quotas = state.Read(q, next.Now, w.session.Cluster().Name)
			case next.Quotas.Known:
				next.Quotas.Why = reason(err)
			default:
				next.Quotas = state.Missing[*tenant.Quotas](reason(err), next.Now, "")
			}
		})
		if w.rest(ctx, quotasEvery, w.quotasDue) {
			w.rest(ctx, quotasSettle, nil)
		}
	}
}

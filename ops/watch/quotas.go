package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// BrokerConfigs reads the configs that one broker runs with, by name. Secret ones are left out.
func BrokerConfigs(ctx context.Context, s Asker, addr string, id int32) (values map[string]string, err error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(id))
	req.Resources = append(req.Resources, r)
	answer, err := s.Ask(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.DescribeConfigsResponse)
	if !ok || len(resp.Resources) != 1 {
		return nil, fmt.Errorf("broker %d at %s does not describe its configs", id, addr)
	}
	if got := resp.Resources[0]; got.ErrorCode != 0 {
		return nil, fmt.Errorf("DescribeConfigs of broker %d: %w", id, codeError(got.ErrorCode, got.ErrorMessage))
	}
	values = map[string]string{}
	for _, c := range resp.Resources[0].Configs {
		if c.Value != nil && !c.IsSensitive {
			values[c.Name] = *c.Value
		}
	}
	return values, nil
}

// AnyBrokerConfigs returns the configs of the first broker that tells them; nil where none does.
func AnyBrokerConfigs(ctx context.Context, session Asker, s *state.Snapshot) map[string]string {
	for i := range s.Brokers {
		b := &s.Brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" || !b.Answered.Known {
			continue
		}
		if configs, err := BrokerConfigs(ctx, session, addr, b.ID); err == nil {
			return configs
		}
	}
	return nil
}

// ThreadsOf counts the threads of a broker with those configs: num.io.threads, and num.network.threads for each of its listeners
// but the controllers', unless a listener has a number of its own.
func ThreadsOf(configs map[string]string) tenant.Threads {
	io, err := strconv.Atoi(configs["num.io.threads"])
	each, err2 := strconv.Atoi(configs["num.network.threads"])
	if err != nil || err2 != nil {
		return tenant.Threads{Callback: configs["client.quota.callback.class"], WhyNot: "the broker doesn't tell num.io.threads and num.network.threads"}
	}
	t := tenant.Threads{IO: io, Known: true, Callback: configs["client.quota.callback.class"]}
	controllers := strings.Split(configs["controller.listener.names"], ",")
	for listener := range strings.SplitSeq(configs["listeners"], ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(listener), "://")
		if name == "" || slices.ContainsFunc(controllers, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) }) {
			continue
		}
		n := each
		if own, err := strconv.Atoi(configs["listener.name."+strings.ToLower(name)+".num.network.threads"]); err == nil {
			n = own
		}
		t.Network += n
	}
	return t
}

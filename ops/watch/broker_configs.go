package watch

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// BrokerConfigs reads the configs that one broker runs with, by name. Secret ones are left out.
func BrokerConfigs(ctx context.Context, s Asker, addr string, id int32) (values map[string]string, err error) {
	return describe(ctx, s, addr, id, kmsg.ConfigResourceTypeBroker)
}

// describe asks one broker for its own configs or loggers. Secret values are left out.
func describe(ctx context.Context, s Asker, addr string, id int32, kind kmsg.ConfigResourceType) (map[string]string, error) {
	what, of := "configs", ""
	if kind == kmsg.ConfigResourceTypeBrokerLogger {
		what, of = "loggers", "the loggers of "
	}
	req := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName = kind, strconv.Itoa(int(id))
	req.Resources = append(req.Resources, r)
	answer, err := s.Ask(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.DescribeConfigsResponse)
	if !ok || len(resp.Resources) != 1 {
		return nil, fmt.Errorf("broker %d at %s does not describe its %s", id, addr, what)
	}
	got := resp.Resources[0]
	if got.ErrorCode != 0 {
		return nil, fmt.Errorf("DescribeConfigs of %sbroker %d: %w", of, id, codeError(got.ErrorCode, got.ErrorMessage))
	}
	values := map[string]string{}
	for _, c := range got.Configs {
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

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

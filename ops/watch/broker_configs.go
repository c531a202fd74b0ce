package watch

import (
	"context"
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
	got, err := describedConfigs(ctx, s, addr, kind, strconv.Itoa(int(id)), false)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, c := range got {
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

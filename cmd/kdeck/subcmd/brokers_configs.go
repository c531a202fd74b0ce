package subcmd

import (
	"context"

	"kdeck/ops/watch"
)

// anyBrokerConfigs returns the configs of the first broker that answers; nil where none does.
func anyBrokerConfigs(ctx context.Context, src *source) map[string]string {
	for _, b := range src.snapshot.Brokers {
		addr, ok := src.session.Addr(b.ID)
		if !ok || !b.Answered.Known {
			continue
		}
		if configs, err := watch.BrokerConfigs(ctx, src.session, addr, b.ID); err == nil {
			return configs
		}
	}
	return nil
}

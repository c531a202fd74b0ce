package watch

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// Settings reads what every broker that answers is configured to, what was set on topics, and the levels of features: a request for each broker, one for each
// [perRequest] topics, and one more. What couldn't be read is in its Unknown.
func Settings(ctx context.Context, s Session, snap *state.Snapshot, o Options) *state.Settings {
	o = o.orDefaults()
	got := &state.Settings{At: o.Now(), Brokers: map[int32]map[string]string{}}
	var told NodeConfigs
	told, got.Unknown = DescribeOnEach(ctx, s, snap.Brokers, func(id int32) (kmsg.ConfigResourceType, string) {
		return kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(id))
	})
	for id, configs := range told {
		got.Brokers[id] = given(configs)
	}
	got.Features = features(ctx, s, snap)
	topics := map[string]*state.TopicConfig{}
	unread := readConfigsOfTopics(ctx, s, snap, nil, topics)
	got.Unknown = append(unread, got.Unknown...)
	if len(topics) == 0 && len(unread) > 0 {
		return got
	}
	got.Topics = map[string]map[string]string{}
	for name, t := range topics {
		if set := given(t.Set); len(set) > 0 {
			got.Topics[name] = set
		}
	}
	return got
}

// given are the configs that have another value than Kafka's own default, without secrets.
func given(configs []state.Config) map[string]string {
	values := map[string]string{}
	for _, c := range configs {
		if c.Value != nil && !c.Sensitive && c.Source != state.SourceDefault {
			values[c.Name] = *c.Value
		}
	}
	return values
}

// features are the finalized levels of the cluster's features, as the first broker that answers tells them; nil where none does.
func features(ctx context.Context, s Session, snap *state.Snapshot) map[string]int16 {
	for i := range snap.Brokers {
		b := &snap.Brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" || !b.Answered.Known {
			continue
		}
		v, err := s.Refresh(ctx, addr)
		if err != nil || v == nil || v.Version < 3 {
			continue
		}
		levels := map[string]int16{}
		for _, f := range v.FinalizedFeatures {
			levels[f.Name] = f.MaxVersionLevel
		}
		return levels
	}
	return nil
}

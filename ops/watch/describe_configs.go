package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/protocol"
)

// DescribeConfigs asks one node what holds for a resource and where it comes from, sorted by name. Only a broker itself answers for
// its own configs. What a node tells of topics and groups depends on its own properties file, where they have no value of their own.
func DescribeConfigs(ctx context.Context, s Asker, addr string, kind kmsg.ConfigResourceType, name string) ([]state.Config, error) {
	got, err := describedConfigs(ctx, s, addr, kind, name, true)
	if err != nil {
		return nil, err
	}
	configs := make([]state.Config, len(got))
	for i, c := range got {
		configs[i] = state.Config{Name: c.Name, Source: state.ConfigSource(c.Source), Type: state.ConfigType(c.ConfigType), ReadOnly: c.ReadOnly, Sensitive: c.IsSensitive}
		if c.IsSensitive { // a broker sends no value; another node may
			continue
		}
		configs[i].Value = c.Value
		for _, layer := range c.ConfigSynonyms {
			configs[i].Layers = append(configs[i].Layers, state.ConfigLayer{Name: layer.Name, Value: layer.Value, Source: state.ConfigSource(layer.Source)})
		}
	}
	slices.SortFunc(configs, func(a, b state.Config) int { return cmp.Compare(a.Name, b.Name) })
	return configs, nil
}

// resourceWords name the kinds of resources in errors.
var resourceWords = map[kmsg.ConfigResourceType]string{
	kmsg.ConfigResourceTypeTopic: "topic", kmsg.ConfigResourceTypeBroker: "broker", kmsg.ConfigResourceTypeBrokerLogger: "the loggers of broker",
	kmsg.ConfigResourceTypeGroupConfig: "group",
}

// describedConfigs is what one node answers about one resource.
func describedConfigs(ctx context.Context, s Asker, addr string, kind kmsg.ConfigResourceType, name string, synonyms bool) ([]kmsg.DescribeConfigsResponseResourceConfig, error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.IncludeSynonyms = synonyms
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName = kind, name
	req.Resources = append(req.Resources, r)
	answer, err := s.Ask(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	what := resourceWords[kind] + " " + name
	if kind == kmsg.ConfigResourceTypeBroker && name == "" {
		what = "all brokers"
	}
	resp, ok := answer.(*kmsg.DescribeConfigsResponse)
	if !ok || len(resp.Resources) != 1 {
		return nil, fmt.Errorf("%s does not describe %s", addr, what)
	}
	got := resp.Resources[0]
	if got.ErrorCode != 0 {
		return nil, fmt.Errorf("DescribeConfigs of %s: %w", what, codeError(got.ErrorCode, got.ErrorMessage))
	}
	return got.Configs, nil
}

// DescribeOn asks the first of the brokers that answers for the configs of a resource, and tells which that is. What one refuses, the
// others are not asked for: they would refuse it too.
func DescribeOn(ctx context.Context, s Asker, brokers []state.Broker, kind kmsg.ConfigResourceType, name string) (configs []state.Config, by int32, err error) {
	err = errors.New("no broker is known that could tell it")
	for i := range brokers {
		b := &brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" || !b.Answered.Known {
			err = fmt.Errorf("broker %d: %s", b.ID, strings.TrimSpace(cmp.Or(b.Answered.Why, "it gives no answer")))
			continue
		}
		configs, err = DescribeConfigs(ctx, s, addr, kind, name)
		_, unreached := errors.AsType[*protocol.Error](err)
		if !unreached || ctx.Err() != nil {
			return configs, b.ID, err
		}
	}
	return nil, 0, err
}

// NodeConfigs is what each broker that answers tells of one resource, by its id.
type NodeConfigs map[int32][]state.Config

// DescribeOnEach asks brokers at the same time, each within [DefaultDeadline]. resource is what a broker is asked for. A broker that
// doesn't tell is left out, and unread says why.
func DescribeOnEach(ctx context.Context, s Asker, brokers []state.Broker, resource func(id int32) (kmsg.ConfigResourceType, string)) (told NodeConfigs, unread []state.Unknown) {
	told = NodeConfigs{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range brokers {
		b := &brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" || !b.Answered.Known {
			unread = append(unread, state.Unknown{Node: b.ID, What: state.WhatConfigs, Why: cmp.Or(b.Answered.Why, "it gives no answer")})
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, DefaultDeadline)
			defer cancel()
			kind, name := resource(b.ID)
			configs, err := DescribeConfigs(ctx, s, addr, kind, name)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				unread = append(unread, state.Unknown{Node: b.ID, What: state.WhatConfigs, Why: reason(err)})
				return
			}
			told[b.ID] = configs
		})
	}
	all.Wait()
	slices.SortFunc(unread, func(a, b state.Unknown) int { return int(a.Node - b.Node) })
	return told, unread
}

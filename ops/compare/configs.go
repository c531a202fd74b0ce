package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Configs says in which of the configs that should be the same on every broker they are not. Brokers whose configs couldn't be read are
// not in configs. Configs are no part of the metadata log, so that one look is enough.
func Configs(configs map[int32]map[string]string) (found []Difference) {
	for _, name := range health.ShouldAgree() {
		g := groups{}
		for _, id := range slices.Sorted(maps.Keys(configs)) {
			is, ok := configs[id][name]
			if !ok || is == "" {
				is = "nothing"
			}
			g[is] = append(g[is], id)
		}
		if len(g) > 1 {
			found = append(found, Difference{WhatConfig, "config " + name, fmt.Sprintf("Brokers differ in %s: %v", name, g), g.views()})
		}
	}
	return found
}

// configs asks every broker for those of its own configs that should agree. Only a broker itself answers for them.
func (a *asker) configs(ctx context.Context) map[int32]map[string]string {
	var mu sync.Mutex
	told := map[int32]map[string]string{}
	a.each(ctx, atOnce, state.WhatConfigs, func(n node) error {
		req := kmsg.NewPtrDescribeConfigsRequest()
		of := kmsg.NewDescribeConfigsRequestResource()
		of.ResourceType, of.ResourceName, of.ConfigNames = kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(n.id)), health.ShouldAgree()
		req.Resources = append(req.Resources, of)
		resp, err := a.session.AskBroker(ctx, n.addr, kafka.Identity{Broker: n.id, ClusterID: a.clusterID}, req, nil)
		if err != nil {
			return err
		}
		got, ok := resp.(*kmsg.DescribeConfigsResponse)
		switch {
		case !ok || len(got.Resources) != 1:
			return errors.New("answered nonsense: it describes no configs")
		case got.Resources[0].ErrorCode != 0:
			return fmt.Errorf("DescribeConfigs: %w", kerr.ErrorForCode(got.Resources[0].ErrorCode))
		}
		values := map[string]string{}
		for _, c := range got.Resources[0].Configs {
			if c.Value != nil && !c.IsSensitive {
				values[c.Name] = *c.Value
			}
		}
		mu.Lock()
		defer mu.Unlock()
		told[n.id] = values
		return nil
	})
	return told
}

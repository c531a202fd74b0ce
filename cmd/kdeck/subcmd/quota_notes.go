package subcmd

import (
	"context"
	"fmt"
	"math"

	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// oneBrokersConfigs are the configs of the first broker that tells them; nil where none does.
func oneBrokersConfigs(ctx context.Context, src *source) map[string]string {
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

// whatLimits is what can't be known of a broker that decides on quotas by code of the cluster's own.
const whatLimits = "limits"

// callbackNote says that records of quotas needn't be what holds; "" where they are.
func callbackNote(configs map[string]string) string {
	class := configs["client.quota.callback.class"]
	if class == "" {
		return ""
	}
	return "client.quota.callback.class=" + class + " decides which limit applies, and may not go by the quota records"
}

// limitNotes says what to know of limits before they are set: those that hold nobody back, and those that stop a client.
func limitNotes(configs map[string]string, limits map[tenant.Type]float64) []string {
	var notes []string
	if note := callbackNote(configs); note != "" {
		notes = append(notes, note)
	}
	limit, ok := limits[tenant.RequestPercentage]
	threads := watch.ThreadsOf(configs)
	if ok && threads.Known && limit > threads.Capacity() {
		notes = append(notes, fmt.Sprintf("%s=%s holds nobody back: all threads of a broker together are %s", tenant.RequestPercentage, tenant.Number(limit), view.Amount(tenant.RequestPercentage, threads.Capacity())))
	}
	for _, t := range tenant.Types {
		// Kafka mutes a connection for as long as it takes until what it used fits the limit again.
		if v, set := limits[t]; set && !math.IsNaN(v) && v < leastUseful[t] {
			notes = append(notes, fmt.Sprintf("%s=%s is next to nothing: it stops the clients that it holds for", t, tenant.Number(v)))
		}
	}
	return notes
}

// leastUseful is the smallest limit under which a client still gets anything done: a metadata request or a small batch
// now and then.
var leastUseful = map[tenant.Type]float64{
	tenant.ProducerByteRate: 1000, tenant.ConsumerByteRate: 1000, tenant.RequestPercentage: 0.1, tenant.ControllerMutationRate: 0.01,
}

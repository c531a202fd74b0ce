package ask

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Served returns the versions of an API that all nodes serve that targets mean; nodes that don't answer don't count. An
// error says which node doesn't serve the API, or why none answered.
func Served(ctx context.Context, session *kafka.Session, api *protocol.API, targets []Target) (message.Range, error) {
	all := api.Versions
	nodes, err := NewResolver(session).Resolve(ctx, targets)
	if err != nil {
		return all, err
	}
	answers, errs := make([]*kmsg.ApiVersionsResponse, len(nodes)), make([]error, len(nodes))
	var asked sync.WaitGroup
	for i, n := range nodes {
		asked.Go(func() { answers[i], errs[i] = session.Versions(ctx, n.Addr) })
	}
	asked.Wait()
	silent := 0
	for i, n := range nodes {
		if errs[i] != nil {
			silent++
			continue
		}
		low, high, served := protocol.VersionRange(answers[i], api.Key)
		if !served {
			return all, fmt.Errorf("node %s doesn't serve %s", n.Name, api.Name)
		}
		all.From, all.To = max(all.From, low), min(all.To, high)
	}
	switch {
	case len(nodes) > 0 && silent == len(nodes):
		return api.Versions, errs[0]
	case all.From > all.To:
		return api.Versions, fmt.Errorf("no version of %s is known here and served by all of the nodes", api.Name)
	}
	return all, nil
}

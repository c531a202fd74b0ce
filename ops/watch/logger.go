package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// rootLogger is what Kafka calls the logger that all others take their level from.
const rootLogger = "root"

// LoggerLevel reads the level of a broker's logger as it runs; one without a level of its own has the root's.
func LoggerLevel(ctx context.Context, s Asker, addr string, id int32, logger string) (string, error) {
	levels, err := describe(ctx, s, addr, id, kmsg.ConfigResourceTypeBrokerLogger)
	if err != nil {
		return "", err
	}
	if level, ok := levels[logger]; ok {
		return level, nil
	}
	if level, ok := levels[rootLogger]; ok {
		return level, nil
	}
	return "", fmt.Errorf("broker %d tells the level neither of %s nor of the root logger", id, logger)
}

// LoggerLevels reads the levels of a logger on all brokers that answered the look. It asks them at the same time, each within
// [DefaultDeadline]. A broker that doesn't tell is left out, and unread says why.
func LoggerLevels(ctx context.Context, session Asker, s *state.Snapshot, logger string) (levels map[int32]string, unread []state.Unknown) {
	levels = map[int32]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range s.Brokers {
		b := &s.Brokers[i]
		addr := address(b.Host, b.Port)
		if addr == "" || !b.Answered.Known {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, DefaultDeadline)
			defer cancel()
			level, err := LoggerLevel(ctx, session, addr, b.ID, logger)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				unread = append(unread, state.Unknown{Node: b.ID, What: state.WhatLogLevels, Why: reason(err)})
				return
			}
			levels[b.ID] = level
		})
	}
	all.Wait()
	slices.SortFunc(unread, func(a, b state.Unknown) int { return int(a.Node - b.Node) })
	return levels, unread
}

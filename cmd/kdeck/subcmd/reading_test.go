package subcmd_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

// consumes is the variable of the environment that makes a process of the tests a consumer: address, group and topic.
const consumes = "KDECK_CONSUMES"

// consumeForEver reads as a member of a group until it is killed.
func consumeForEver(what string) {
	words := strings.Fields(what)
	client, err := consumer(context.Background(), words[0], words[1], words[2], false)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		client.PollRecords(context.Background(), 500)
	}
}

// consumer makes a member of a group, which commits once a second; next: by KIP-848.
func consumer(ctx context.Context, bootstrap, group, topic string, next bool, more ...kgo.Opt) (*kgo.Client, error) {
	if next {
		//lint:ignore SA1029 kgo looks for a key of that type
		ctx = context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true)
	}
	return kgo.NewClient(append([]kgo.Opt{kgo.WithContext(ctx), kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.ClientID(group + "-client"), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.AutoCommitInterval(time.Second), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(20 * time.Second)}, more...)...)
}

// every waits for a time, and tells whether the context still goes on.
func every(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// watchEach gives each look at groups that the console would make, with one of their panes open, until the test ends.
func watchEach(t *testing.T, c *kafkatest.Cluster, look func(*kafka.Session, *state.State)) {
	t.Helper()
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: c.Bootstrap()}, nil)
	must(t, err)
	session, err := kafka.Open(cluster, kafka.Options{})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	w := watch.New(session, watch.Options{})
	w.Attend("groups")
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	running.Go(func() {
		var last *state.Groups
		for seq := uint64(0); ; {
			s, _, err := w.Next(ctx, seq)
			if err != nil {
				return
			}
			if seq = s.Seq; s.Groups != nil && s.Groups != last {
				last = s.Groups
				look(session, s)
			}
		}
	})
	t.Cleanup(func() { cancel(); running.Wait(); session.Close() })
}

package subcmd

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// topicReadTime is how long the console waits for what brokers tell of a topic that is opened.
const topicReadTime = 15 * time.Second

// topicReader reads of a topic that is opened in the console its configs from one broker, and its producers from its leaders.
func topicReader(session *kafka.Session, now func() time.Time) func(context.Context, *state.Snapshot, string) *state.TopicRead {
	return func(ctx context.Context, snap *state.Snapshot, topic string) *state.TopicRead {
		ctx, cancel := context.WithTimeout(ctx, topicReadTime)
		defer cancel()
		read := &state.TopicRead{At: now()}
		configs, by, err := watch.DescribeOn(ctx, session, snap.Brokers, kmsg.ConfigResourceTypeTopic, topic)
		if err != nil {
			read.Configs = state.Missing[[]state.Config](err.Error(), read.At, "")
		} else {
			view.SortConfigs(configs)
			read.Configs = state.Read(configs, read.At, fmt.Sprintf("as broker %d tells them", by))
		}
		read.Writers = watch.Transactions(ctx, session, snap, func(p state.Partition) bool { return p.Topic().Name() == topic }, watch.Options{Now: now})
		return read
	}
}

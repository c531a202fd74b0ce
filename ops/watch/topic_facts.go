package watch

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// TopicFacts reads the configs of topics, [perRequest] topics a request, and of each of their partitions when its newest record was
// written, with one ListOffsets for each leader. want says which topics; nil: all.
func TopicFacts(ctx context.Context, s Asker, snap *state.Snapshot, want func(state.Topic) bool, o Options) *state.TopicFacts {
	o = o.orDefaults()
	f := &state.TopicFacts{At: o.Now(), Configs: map[string]*state.TopicConfig{}}
	f.Unknown = readConfigsOfTopics(ctx, s, snap, want, f.Configs)
	f.Newest = newestRecords(ctx, s, snap, want, o)
	return f
}

func newestRecords(ctx context.Context, s Asker, snap *state.Snapshot, want func(state.Topic) bool, o Options) *state.Offsets {
	return Offsets(ctx, s, snap, at(snap, func(p state.Partition) bool { return want == nil || want(p.Topic()) }, MaxTimestamp), o)
}

// readConfigsOfTopics reads the configs of topics, and says what could not be read.
func readConfigsOfTopics(ctx context.Context, s Asker, snap *state.Snapshot, want func(state.Topic) bool, into map[string]*state.TopicConfig) (unread []state.Unknown) {
	var names []string
	for i := range snap.NumTopics() {
		if t := snap.Topic(i); want == nil || want(t) {
			names = append(names, t.Name())
		}
	}
	var odd oddities
	for len(names) > 0 {
		chunk := names[:min(perRequest, len(names))]
		names = names[len(chunk):]
		if err := readTopicConfigs(ctx, s, chunk, into, &odd); err != nil {
			unread = append(unread, state.Unknown{Node: -1, What: state.WhatTopicConfigs, Why: reason(err)})
			break
		}
	}
	if why := odd.String(); why != "" {
		unread = append(unread, state.Unknown{Node: -1, What: state.WhatTopicConfigs, Why: why})
	}
	return unread
}

// readTopicConfigs asks one broker for all configs of topics.
func readTopicConfigs(ctx context.Context, s Asker, names []string, into map[string]*state.TopicConfig, odd *oddities) error {
	req := kmsg.NewPtrDescribeConfigsRequest()
	for _, name := range names {
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, name
		req.Resources = append(req.Resources, r)
	}
	answer, _, err := s.Any(ctx, req)
	if err != nil {
		return err
	}
	resp, ok := answer.(*kmsg.DescribeConfigsResponse)
	if !ok {
		return nonsense("it describes no configs")
	}
	for i := range resp.Resources {
		r := &resp.Resources[i]
		switch {
		case r.ResourceType != kmsg.ConfigResourceTypeTopic:
		case r.ErrorCode != 0:
			odd.add("topic with " + refusal(r.ErrorCode, describeConfigs))
		default:
			into[r.ResourceName] = topicConfigOf(r.Configs)
		}
	}
	return nil
}

func topicConfigOf(entries []kmsg.DescribeConfigsResponseResourceConfig) *state.TopicConfig {
	t := &state.TopicConfig{Retention: -1, RetentionBytes: -1}
	for _, c := range entries {
		if state.ConfigSource(c.Source) == state.SourceTopic {
			set := state.Config{Name: c.Name, Source: state.SourceTopic, Sensitive: c.IsSensitive}
			if !c.IsSensitive {
				set.Value = c.Value
			}
			t.Set = append(t.Set, set)
		}
		if c.Value == nil {
			continue
		}
		n, err := strconv.ParseInt(*c.Value, 10, 64)
		switch {
		case c.Name == "cleanup.policy":
			t.Policy = *c.Value
		case err != nil || n < 0:
		case c.Name == "retention.ms" && n < math.MaxInt64/int64(time.Millisecond):
			t.Retention = time.Duration(n) * time.Millisecond
		case c.Name == "retention.bytes":
			t.RetentionBytes = n
		}
	}
	return t
}

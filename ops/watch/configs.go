package watch

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// perRequest is how many topics one DescribeConfigs request asks about.
const perRequest = 1000

// chunks is how many requests so many topics take.
func chunks(topics int) int { return (topics + perRequest - 1) / perRequest }

const (
	minISR            = "min.insync.replicas"
	leaderThrottled   = "leader.replication.throttled.replicas"
	followerThrottled = "follower.replication.throttled.replicas"
)

type topicConfig struct {
	minISR  int // 0 unknown
	configs map[string]string
}

// configs are the topic configs that were read.
type configs struct {
	byTopic map[string]topicConfig
	shared  map[int]map[string]string // of topics that have a min.insync.replicas and nothing else
}

// askConfigs asks for three configs of every topic, and gives up where one request of several gets no answer.
func (l *look) askConfigs(ctx context.Context) {
	topics := l.metadata.topics
	for len(topics) > 0 {
		chunk := topics[:min(perRequest, len(topics))]
		topics = topics[len(chunk):]
		if !l.askConfigsOf(ctx, chunk) {
			return
		}
	}
}

func (l *look) askConfigsOf(ctx context.Context, topics []kmsg.MetadataResponseTopic) (answered bool) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	names := []string{minISR, leaderThrottled, followerThrottled}
	for i := range topics {
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName, r.ConfigNames = kmsg.ConfigResourceTypeTopic, *topics[i].Topic, names
		req.Resources = append(req.Resources, r)
	}
	answer, _, err := l.askAny(ctx, req)
	resp, ok := answer.(*kmsg.DescribeConfigsResponse)
	var odd oddities
	switch {
	case err != nil:
		l.miss(-1, state.WhatTopicConfigs, reason(err))
		return false
	case !ok:
		l.miss(-1, state.WhatTopicConfigs, nonsense("it describes no configs").Error())
		return false
	}
	if got := l.configs.read(resp, &odd); got < len(topics) && len(odd.kinds) == 0 {
		odd.add("topic left out of the answer")
	}
	if why := odd.String(); why != "" {
		l.miss(-1, state.WhatTopicConfigs, why)
	}
	return true
}

// read takes in an answer and returns how many topics it was about.
func (c *configs) read(resp *kmsg.DescribeConfigsResponse, odd *oddities) (topics int) {
	for i := range resp.Resources {
		r := &resp.Resources[i]
		if r.ResourceType != kmsg.ConfigResourceTypeTopic {
			continue
		}
		topics++
		if r.ErrorCode != 0 {
			odd.add("topic with " + refusal(r.ErrorCode, describeConfigs))
			continue
		}
		var t topicConfig
		var throttled map[string]string
		for _, entry := range r.Configs {
			if entry.Value == nil {
				continue
			}
			switch v := *entry.Value; entry.Name {
			case minISR:
				if n, err := strconv.ParseInt(v, 10, 32); err == nil && n > 0 {
					t.minISR = int(n)
				}
			case leaderThrottled, followerThrottled:
				if v != "" {
					if throttled == nil {
						throttled = map[string]string{}
					}
					throttled[entry.Name] = v
				}
			}
		}
		if t.minISR == 0 {
			odd.add(fmt.Sprintf("topic without a %s", minISR))
		}
		t.configs = c.mapOf(t.minISR, throttled)
		c.byTopic[r.ResourceName] = t
	}
	return topics
}

// mapOf gives topics that differ in nothing one map.
func (c *configs) mapOf(n int, throttled map[string]string) map[string]string {
	if throttled != nil {
		if n > 0 {
			throttled[minISR] = strconv.Itoa(n)
		}
		return throttled
	}
	if n == 0 {
		return nil
	}
	if c.shared == nil {
		c.shared = map[int]map[string]string{}
	}
	if c.shared[n] == nil {
		c.shared[n] = map[string]string{minISR: strconv.Itoa(n)}
	}
	return c.shared[n]
}

package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Copy is what one broker says of a partition.
type Copy struct {
	Broker  int32
	View    PartitionView
	Knows   bool // it has the partition in its metadata
	Offsets *Offsets
	Log     *Log // on its disk; nil: it holds none, or doesn't tell
}

// PartitionResult is what every broker says of one partition.
type PartitionResult struct {
	ClusterID   string
	Taken       time.Time
	Topic       string
	Partition   int32
	Copies      []Copy // one for every broker that answered
	Sentence    string
	Differences []Difference
	Asked       int // brokers
	Unknown     []state.Unknown
}

// MissingError says that no broker knows a topic or partition.
type MissingError struct {
	Topic     string
	Partition int32
	Known     int // partitions that the topic has; 0: there is no such topic
}

func (e *MissingError) Error() string {
	if e.Known == 0 {
		return fmt.Sprintf("no broker knows topic %s", e.Topic)
	}
	return fmt.Sprintf("topic %s has partitions 0 to %d, and no broker knows %d", e.Topic, e.Known-1, e.Partition)
}

// Partition compares what every broker says of one partition, and what those that have a copy say of it. Errors are [*MissingError],
// [*UnknownBrokerError], those of finding the brokers, and the context's.
func Partition(ctx context.Context, session *kafka.Session, topic string, partition int32, o Options) (*PartitionResult, error) {
	r := &PartitionResult{Taken: o.Now(), Topic: topic, Partition: partition}
	a, err := newAsker(ctx, session, o.Brokers)
	if err != nil {
		return nil, err
	}
	first := a.look(ctx, []string{topic})
	if o.Brokers == nil {
		more := len(a.nodes)
		for _, v := range first {
			a.learn(v.listed)
		}
		if len(a.nodes) > more {
			first = a.look(ctx, []string{topic})
		}
	}
	if len(first) == 0 {
		return nil, errors.New("no broker answered: " + a.unknown[0].Why)
	}
	if _, known := newest(first, topic, partition); !known && first.agrees(topic) {
		missing := &MissingError{Topic: topic, Partition: partition}
		for _, v := range first {
			missing.Known = len(v.Topics[topic].Partitions)
		}
		return nil, missing
	}
	one := map[string][]int32{topic: {partition}}
	ask := func() map[int32]Offsets {
		told := map[int32]Offsets{}
		for r, o := range a.offsets(ctx, func(int32) map[string][]int32 { return one }) {
			told[r.Broker] = o
		}
		return told
	}
	before := ask()
	looks := []Look{first}
	if !first.agrees(topic) || late(first, first) {
		looks = a.looks(ctx, o, []string{topic}, []Replica{{Topic: topic}}, first)
	}
	after := before
	if len(Judge(topic, partition, looks, before, after)) > 0 {
		if o.Rest(ctx) {
			after = ask()
			looks = append(looks, a.look(ctx, []string{topic})) // afterwards: so the leader was the same all the time
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scope := fmt.Sprintf("%s/%d", topic, partition)
	var behind []Difference
	for _, d := range append(Differences(looks), Judge(topic, partition, looks, before, after)...) {
		switch {
		case d.Scope == scope, d.Scope == "topic "+topic:
			r.Differences = append(r.Differences, d)
		case d.What == WhatMetadata:
			behind = append(behind, d)
		}
	}
	if len(r.Differences) > 0 { // else a broker that is behind says the same of this partition
		r.Differences = append(r.Differences, behind...)
	}
	disks := a.disks(ctx, one, func(_ int32, d Disk) Disk { return d })
	last := looks[len(looks)-1]
	for _, n := range a.nodes {
		v := last[n.id]
		if v == nil {
			continue
		}
		c := Copy{Broker: n.id}
		c.View, c.Knows = v.Topics[topic].partition(partition)
		if at, ok := after[n.id]; ok {
			c.Offsets = &at
		}
		if log, ok := disks[n.id].Held[Replica{n.id, topic, partition}]; ok {
			c.Log = &log
		}
		r.Copies = append(r.Copies, c)
	}
	is, _ := newest(last, topic, partition)
	r.ClusterID, r.Unknown, r.Asked = a.clusterID, a.sortedUnknown(), a.asked(o)
	r.Sentence = r.sentence(is)
	return r, nil
}

// sentence sums it up, for a partition as the newest view has it.
func (r *PartitionResult) sentence(is PartitionView) string {
	switch n := len(r.Differences); {
	case n == 1:
		return r.Differences[0].Sentence
	case n > 1:
		return fmt.Sprintf("%s (and %s more)", r.Differences[0].Sentence, format.Count(n-1, "difference"))
	}
	low, high, copies := int64(-1), int64(-1), 0
	for _, c := range r.Copies {
		if c.Offsets != nil && c.Offsets.End >= 0 {
			if copies++; copies == 1 || c.Offsets.End < low {
				low = c.Offsets.End
			}
			high = max(high, c.Offsets.End)
		}
	}
	who := fmt.Sprintf("%d of %d brokers agree", len(r.Copies), r.Asked)
	if len(r.Copies) == r.Asked {
		who = fmt.Sprintf("All %s agree", format.Count(len(r.Copies), "broker"))
	}
	leader := fmt.Sprintf("broker %d leads %s/%d in epoch %d", is.Leader, r.Topic, r.Partition, is.LeaderEpoch)
	if is.Leader < 0 {
		leader = fmt.Sprintf("%s/%d has no leader, in epoch %d", r.Topic, r.Partition, is.LeaderEpoch)
	}
	logs := "no copy tells where its log ends"
	switch {
	case copies == 1:
		logs = "the one copy that tells ends at offset " + format.Thousands(high)
	case copies > 1 && low == high:
		logs = fmt.Sprintf("its %d copies end at offset %s", copies, format.Thousands(high))
	case copies > 1:
		logs = fmt.Sprintf("its %d copies end within %s of offset %s", copies, format.Count(int(high-low), "record"), format.Thousands(high))
	}
	return fmt.Sprintf("%s: %s, %d of %d replicas are in sync, and %s", who, leader, len(is.ISR), len(is.Replicas), logs)
}

package health

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// ConfigRisks says what to know before a config gets another value, in sentences; none where nothing is lost by it. topic is "" for
// the configs of brokers and groups. was and is are the values that hold before and after, "" for none.
func ConfigRisks(s *state.Snapshot, topic, name, was, is string) (risks []string) {
	add := func(format string, args ...any) { risks = append(risks, fmt.Sprintf(format, args...)) }
	switch strings.TrimPrefix(name, "log.") {
	case "unclean.leader.election.enable":
		if is == "true" {
			add("%s=true: a replica that is not in sync may become the leader, and records that were acknowledged are lost then", name)
		}
	case minISRConfig:
		minISRRisks(s, topic, is, add)
	case "retention.ms", "retention.bytes":
		if lower(was, is) {
			add("%s falls from %s to %s: what is older or beyond it is deleted at the next check (log.retention.check.interval.ms), for good", name, orNone(was), is)
		}
	case "cleanup.policy":
		had, has := strings.Split(was, ","), strings.Split(is, ",")
		if slices.Contains(has, "compact") && !slices.Contains(had, "compact") {
			add("%s gets compact: of the records with one key all but the last are deleted, for good, and records without a key are refused", name)
		}
		if slices.Contains(has, "delete") && !slices.Contains(had, "delete") {
			add("%s gets delete: what is older than the retention is deleted, for good", name)
		}
	case "max.message.bytes", "message.max.bytes":
		if lower(was, is) {
			add("%s falls from %s to %s: producers whose batches are larger are refused", name, orNone(was), is)
		}
	case "segment.bytes":
		if n, err := strconv.ParseInt(is, 10, 64); err == nil && n < smallSegment {
			add("%s=%s: segments below %s make many files, and brokers run out of handles and maps", name, is, format.Bytes(smallSegment))
		}
	}
	if t, ok := s.FindTopic(topic); ok && t.Internal() {
		add("%s is Kafka's own topic: groups or transactions of all clients depend on it", topic)
	}
	return risks
}

const (
	minISRConfig = "min.insync.replicas"
	smallSegment = 10 << 20
)

func minISRRisks(s *state.Snapshot, topic, is string, add func(string, ...any)) {
	t, ok := s.FindTopic(topic)
	n, err := strconv.Atoi(is)
	if !ok || err != nil {
		return
	}
	least := -1
	first, count := t.Range()
	for i := first; i < first+count; i++ {
		if rf := s.Partition(i).ReplicationFactor(); least < 0 || rf < least {
			least = rf
		}
	}
	switch {
	case least < 0:
	case n > least:
		add("%s=%d: the topic has partitions of %s, and Kafka takes no more than there are: with one broker down, every write with acks=all is refused", minISRConfig, n, format.Count(least, "replica"))
	case n == least && n > 1:
		add("%s=%d is the number of replicas: one broker that is down refuses every write with acks=all", minISRConfig, n)
	case n == 1 && least > 1:
		add("%s=1: a write with acks=all waits for the leader alone when the others lag, and is lost with it", minISRConfig)
	}
}

// lower tells whether a limit falls; -1 is none.
func lower(was, is string) bool {
	from, err := strconv.ParseInt(was, 10, 64)
	to, err2 := strconv.ParseInt(is, 10, 64)
	return err2 == nil && to >= 0 && (err != nil || from < 0 || to < from)
}

func orNone(value string) string {
	if value == "" || value == "-1" {
		return "no limit"
	}
	return value
}

package sim

import "github.com/twmb/franz-go/pkg/kmsg"

// configDef is one config that the cluster knows: its default and its type. For a topic, broker names the broker config that
// the topic's value falls back to.
type configDef struct {
	name    string
	value   string
	kind    kmsg.ConfigType
	broker  string
	dynamic bool // may be changed at run time (brokers)
	unset   bool // has no value, and isn't described, until it is set
}

const (
	maxLong = "9223372036854775807"
	oneWeek = "604800000"
)

// topicConfigs are the topic configs of Kafka 4.3 (org.apache.kafka.storage.internals.log.LogConfig), less remote storage.
var topicConfigs = []configDef{
	{name: "cleanup.policy", value: "delete", kind: kmsg.ConfigTypeList, broker: "log.cleanup.policy"},
	{name: "compression.type", value: "producer", kind: kmsg.ConfigTypeString, broker: "compression.type"},
	{name: "delete.retention.ms", value: "86400000", kind: kmsg.ConfigTypeLong, broker: "log.cleaner.delete.retention.ms"},
	{name: "file.delete.delay.ms", value: "60000", kind: kmsg.ConfigTypeLong, broker: "log.segment.delete.delay.ms"},
	{name: "flush.messages", value: maxLong, kind: kmsg.ConfigTypeLong, broker: "log.flush.interval.messages"},
	{name: "flush.ms", value: maxLong, kind: kmsg.ConfigTypeLong, broker: "log.flush.interval.ms"},
	{name: "follower.replication.throttled.replicas", kind: kmsg.ConfigTypeList},
	{name: "index.interval.bytes", value: "4096", kind: kmsg.ConfigTypeInt, broker: "log.index.interval.bytes"},
	{name: "leader.replication.throttled.replicas", kind: kmsg.ConfigTypeList},
	{name: "max.compaction.lag.ms", value: maxLong, kind: kmsg.ConfigTypeLong, broker: "log.cleaner.max.compaction.lag.ms"},
	{name: "max.message.bytes", value: "1048588", kind: kmsg.ConfigTypeInt, broker: "message.max.bytes"},
	{name: "message.timestamp.type", value: "CreateTime", kind: kmsg.ConfigTypeString, broker: "log.message.timestamp.type"},
	{name: "min.cleanable.dirty.ratio", value: "0.5", kind: kmsg.ConfigTypeDouble, broker: "log.cleaner.min.cleanable.ratio"},
	{name: "min.compaction.lag.ms", value: "0", kind: kmsg.ConfigTypeLong, broker: "log.cleaner.min.compaction.lag.ms"},
	{name: "min.insync.replicas", value: "1", kind: kmsg.ConfigTypeInt, broker: "min.insync.replicas"},
	{name: "preallocate", value: "false", kind: kmsg.ConfigTypeBoolean, broker: "log.preallocate"},
	{name: "retention.bytes", value: "-1", kind: kmsg.ConfigTypeLong, broker: "log.retention.bytes"},
	{name: "retention.ms", value: oneWeek, kind: kmsg.ConfigTypeLong, broker: "log.retention.ms"},
	{name: "segment.bytes", value: "1073741824", kind: kmsg.ConfigTypeInt, broker: "log.segment.bytes"},
	{name: "segment.index.bytes", value: "10485760", kind: kmsg.ConfigTypeInt, broker: "log.index.size.max.bytes"},
	{name: "segment.jitter.ms", value: "0", kind: kmsg.ConfigTypeLong, broker: "log.roll.jitter.ms"},
	{name: "segment.ms", value: oneWeek, kind: kmsg.ConfigTypeLong, broker: "log.roll.ms"},
	{name: "unclean.leader.election.enable", value: "false", kind: kmsg.ConfigTypeBoolean, broker: "unclean.leader.election.enable"},
}

// brokerConfigs are broker configs that operators ask for; those that describe the broker itself are made for each one.
var brokerConfigs = []configDef{
	{name: "auto.create.topics.enable", value: "true", kind: kmsg.ConfigTypeBoolean},
	{name: "broker.session.timeout.ms", value: "9000", kind: kmsg.ConfigTypeInt},
	{name: "compression.type", value: "producer", kind: kmsg.ConfigTypeString, dynamic: true},
	{name: "cordoned.log.dirs", kind: kmsg.ConfigTypeList, dynamic: true},
	{name: "default.replication.factor", value: "3", kind: kmsg.ConfigTypeInt},
	{name: "follower.replication.throttled.rate", kind: kmsg.ConfigTypeLong, dynamic: true, unset: true},
	{name: "leader.replication.throttled.rate", kind: kmsg.ConfigTypeLong, dynamic: true, unset: true},
	{name: "log.cleanup.policy", value: "delete", kind: kmsg.ConfigTypeList, dynamic: true},
	{name: "log.retention.bytes", value: "-1", kind: kmsg.ConfigTypeLong, dynamic: true},
	{name: "log.retention.ms", value: oneWeek, kind: kmsg.ConfigTypeLong, dynamic: true},
	{name: "log.segment.bytes", value: "1073741824", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "message.max.bytes", value: "1048588", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "min.insync.replicas", value: "1", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "num.io.threads", value: "8", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "num.network.threads", value: "3", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "num.partitions", value: "1", kind: kmsg.ConfigTypeInt},
	{name: "num.replica.fetchers", value: "1", kind: kmsg.ConfigTypeInt, dynamic: true},
	{name: "replica.alter.log.dirs.io.max.bytes.per.second", kind: kmsg.ConfigTypeLong, dynamic: true, unset: true},
	{name: "replica.lag.time.max.ms", value: "30000", kind: kmsg.ConfigTypeLong},
	{name: "unclean.leader.election.enable", value: "false", kind: kmsg.ConfigTypeBoolean, dynamic: true},
}

// groupConfigs are the configs of groups of Kafka 4.3 (org.apache.kafka.coordinator.group.GroupConfig), less those of streams groups.
var groupConfigs = []configDef{
	{name: "consumer.heartbeat.interval.ms", value: "5000", kind: kmsg.ConfigTypeInt, broker: "group.consumer.heartbeat.interval.ms"},
	{name: "consumer.session.timeout.ms", value: "45000", kind: kmsg.ConfigTypeInt, broker: "group.consumer.session.timeout.ms"},
	{name: "share.auto.offset.reset", value: "latest", kind: kmsg.ConfigTypeString},
	{name: "share.heartbeat.interval.ms", value: "5000", kind: kmsg.ConfigTypeInt, broker: "group.share.heartbeat.interval.ms"},
	{name: "share.isolation.level", value: "read_uncommitted", kind: kmsg.ConfigTypeString},
	{name: "share.record.lock.duration.ms", value: "30000", kind: kmsg.ConfigTypeInt, broker: "group.share.record.lock.duration.ms"},
	{name: "share.session.timeout.ms", value: "45000", kind: kmsg.ConfigTypeInt, broker: "group.share.session.timeout.ms"},
}

func configNamed(defs []configDef, name string) *configDef {
	for i := range defs {
		if defs[i].name == name {
			return &defs[i]
		}
	}
	return nil
}

package state

// Unknown names something that could not be read, for the "unknown" list of every answer.
type Unknown struct {
	Node int32  `json:"node"` // broker or controller id; -1: the cluster as a whole
	What string `json:"what"` // one of the What constants
	Why  string `json:"why"`
}

// What can be unknown. These words stand in the JSON of every answer.
const (
	WhatMetadata       = "metadata"                 // parts of the Metadata answer that made no sense and were left out
	WhatController     = "controller"               // the metadata quorum's leader, voters and their last fetches
	WhatActive         = "active controller"        // brokers answer, and the controller doesn't answer what they forward to it
	WhatFenced         = "fenced brokers"           // which of the brokers that are not alive are registered and fenced
	WhatMoves          = "reassignments"            // which partitions are being reassigned
	WhatTopicConfigs   = "topic configs"            // min.insync.replicas and the throttled replicas
	WhatELR            = "eligible leader replicas" // of partitions that are leaderless or under min ISR
	WhatAnswer         = "answer"                   // the broker did not answer at all
	WhatMetadataOffset = "metadata offset"          // how far the broker has followed the metadata log
	WhatLogDirs        = "log dirs"                 // of the broker, and with them the sizes of its replicas
	WhatUnlisted       = "unlisted topics"          // topics that brokers hold replicas of and that Metadata does not list
	WhatMetrics        = "metrics"                  // of the broker: its exporter gives none
	WhatConfigs        = "configs"                  // of the broker
	WhatLogLevels      = "log levels"               // of the broker's loggers
	WhatQuotas         = "quotas"                   // the limits of clients
	WhatClusterID      = "cluster id"               // of a snapshot made by hand
	WhatGroups         = "groups"                   // that the broker coordinates
	WhatGroup          = "group"                    // one, whose id follows
	WhatTime           = "time"                     // at which a snapshot made by hand was taken
	WhatLimits         = "limits"                   // of clients: a class of the cluster's own decides on quotas
)

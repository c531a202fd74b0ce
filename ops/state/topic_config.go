package state

import "time"

// TopicConfig is what a topic is configured to, as one broker told it.
type TopicConfig struct {
	Policy         string        // cleanup.policy: delete, compact, or both with a comma
	Retention      time.Duration // retention.ms; -1: no limit
	RetentionBytes int64         // of each partition; -1: no limit
	Set            []Config      // those that were set on the topic itself, by name
}

// TopicFacts are what is known of topics besides their partitions.
type TopicFacts struct {
	At      time.Time               // when they were read last
	Configs map[string]*TopicConfig // by name of the topic; those that could not be read are left out
	Newest  *Offsets                // the record with the largest timestamp of each partition; nil: not read
	Unknown []Unknown
	// Before is the cluster as it was a minute or two before, to compare sizes with; nil: there is none yet.
	Before *Snapshot
}

// Sized is Before; a nil *TopicFacts has none.
func (f *TopicFacts) Sized() *Snapshot {
	if f == nil {
		return nil
	}
	return f.Before
}

// TopicRead is what brokers told of one topic when somebody opened it.
type TopicRead struct {
	At      time.Time
	Configs Reading[[]Config] // what holds for the topic, what was set on it first
	Writers *Transactions     // its producers and their transactions
}

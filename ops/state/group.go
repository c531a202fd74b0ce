package state

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// A GroupKind is by which protocol members of a group come together.
type GroupKind string

// The kinds, as Kafka's tools spell them (GroupType.java).
const (
	ClassicGroup  GroupKind = "classic"
	ConsumerGroup GroupKind = "consumer" // KIP-848
	ShareGroup    GroupKind = "share"    // KIP-932
	StreamsGroup  GroupKind = "streams"  // KIP-1071
)

// A GroupStatus says what a group or one of its partitions does, by the rules of Burrow.
type GroupStatus uint8

// The statuses, worst last. GroupUnknown is where nothing can be said yet.
const (
	GroupUnknown GroupStatus = iota
	GroupOK
	GroupWarn    // falls behind
	GroupStalled // has not moved since kdeck looks, with records to read
	GroupStopped // moved and doesn't any more, or nobody is there to read
	GroupRewound // went back, and is not where it was
)

var groupStatuses = [...]string{"unknown", "ok", "warn", "stalled", "stopped", "rewound"}

func (s GroupStatus) String() string { return groupStatuses[s] }

// Groups are the consumer groups of a cluster, in order of their ids.
type Groups struct {
	Groups  []*Group
	At      time.Time
	Looks   int       // how many looks the statuses rest on
	Unknown []Unknown // brokers that didn't list theirs, and why
}

// Find returns the group with that id, nil if there is none.
func (g *Groups) Find(id string) *Group {
	if g == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(g.Groups, id, func(g *Group, id string) int { return cmp.Compare(g.ID, id) })
	if !ok {
		return nil
	}
	return g.Groups[i]
}

// Group is one group, with what ops/lag makes of it.
type Group struct {
	ID          string // as the broker sent it: any bytes, not made safe for a terminal
	Kind        GroupKind
	Protocol    string // "consumer"; that of Kafka Connect's workers is "connect", and they commit no offsets
	State       string // as Kafka spells it: Stable, Empty, PreparingRebalance, …
	Coordinator int32  // -1: none is known
	Epoch       int32  // of the group; it grows with each rebalance; -1 where the kind has none

	// Members and Partitions keep what was read last where the coordinator doesn't answer any more: Why then says so.
	Members    Reading[[]Member]
	Partitions Reading[[]GroupPartition]

	GroupLag

	topics []string // see Index
}

// GroupRead is what leaders told of one group when somebody opened it.
type GroupRead struct {
	Of    *Group   // as it was looked at
	Exact *Group   // the same, with when the records were written that it hasn't committed
	Ends  *Offsets // where the logs ended
	Why   string   // why that isn't known of all its partitions; "": it is
}

// Member is one member of a group.
type Member struct {
	ID, Instance, Client, Host string
	Owns                       int // partitions
}

// GroupPartition is a partition that a group has committed an offset of, or that a member owns, or both. They are in order of topic and
// number.
type GroupPartition struct {
	Topic     string
	Partition int32
	Member    int32 // index in Members; -1: nobody owns it
	Committed int64 // -1: none
	End       int64 // -1: not known
	Start     int64 // -1: not known
	Lag       int64 // records; -1: not known
	Oldest    int64 // when the oldest record that isn't committed was written, in ms since 1970; 0: not known, or there is none
	Moved     int64 // when the committed offset was last seen to move, in ms since 1970; 0: not seen
	Rate      float32
	Status    GroupStatus
	Trouble   OffsetTrouble
	// OldestOrBefore: the record is older than Oldest, which is when kdeck began to look.
	OldestOrBefore bool
	OldestWithin   int32 // by how many ms Oldest can be wrong at the most: the record was written between two looks
}

// Behind is how old the oldest record was that isn't committed, when offsets were read at that time, and by how much that can be wrong. It is false where
// that isn't known.
func (p *GroupPartition) Behind(read time.Time) (age, within time.Duration, known bool) {
	if p.Oldest == 0 {
		return 0, 0, false
	}
	return max(0, read.Sub(time.UnixMilli(p.Oldest))), time.Duration(p.OldestWithin) * time.Millisecond, true
}

// Rough tells whether a lag in time can be wrong by more than its figure alone would claim: by more than 2 seconds and more than 5 %.
func Rough(behind, within time.Duration) bool { return within > max(2*time.Second, behind/20) }

// OffsetTrouble is what is odd about a committed offset.
type OffsetTrouble uint8

// The troubles.
const (
	NoTrouble    OffsetTrouble = iota
	NoCommit                   // no offset was committed
	TopicGone                  // the topic or the partition doesn't exist
	BeyondEnd                  // the offset is beyond the end of the log
	BeforeStart                // the records at the offset are deleted already
	EndNotKnown                // the leader doesn't tell
	OtherTopic                 // the offset was committed in a topic that was deleted, whose name this one has
	ShareOffsets               // of a share group: the offset is where it begins to read, and records above may be read already
)

var troubles = [...]string{
	NoTrouble:    "",
	NoCommit:     "no offset is committed",
	TopicGone:    "the topic or partition doesn't exist any more",
	BeyondEnd:    "the offset is beyond the end of the log: the topic was made anew, or records were lost in an unclean election",
	BeforeStart:  "the records at the offset were deleted by retention before they were read",
	EndNotKnown:  "the partition's leader doesn't tell where the log ends",
	OtherTopic:   "the offset was committed in a topic of this name that was deleted: the records before it in this one are passed over",
	ShareOffsets: "a share group: records above its start offset may be read already",
}

func (t OffsetTrouble) String() string { return troubles[t] }

// GroupLag is what ops/lag makes of a group.
type GroupLag struct {
	Lag     Reading[int64] // records, over all partitions whose lag is known
	Worst   int            // index in Partitions of the one with the most records to read; -1: none
	Partial int            // partitions whose lag isn't known

	Behind        Reading[time.Duration] // lag in time of the partition that is worst in this
	BehindAtLeast bool                   // it is more than Behind
	BehindWithin  time.Duration          // by how much Behind can be wrong at the most
	Oldest        int                    // index in Partitions of that one; -1: none

	Consumed, Produced Reading[float64] // records a second
	Forecast           string           // in words; "" where there is none

	Status GroupStatus
	Why    string

	RebalancingSince time.Time // of looks in a row; zero: it isn't
	Rebalances       int       // looks, of the last ten, at which it was rebalancing or others were its members
}

// Topics are the names of the topics of a group's partitions, in order. They must not be changed.
func (g *Group) Topics() []string {
	if g.topics != nil {
		return g.topics
	}
	var names []string
	parts := g.Partitions.Value
	for i := 0; i < len(parts); i = nextTopic(parts, i) {
		names = append(names, parts[i].Topic)
	}
	return names
}

// Index notes the topics of the group, of which filters and tables ask again and again. Whoever reads a group calls it, when its partitions are known and
// before anybody else sees it.
func (g *Group) Index() {
	g.topics = nil
	g.topics = g.Topics()
}

// nextTopic is the index of the first partition behind those of the topic at i. A group may have thousands of partitions of a few topics, or the other way
// about.
func nextTopic(parts []GroupPartition, i int) int {
	topic, step := parts[i].Topic, 1
	for i+step < len(parts) && parts[i+step].Topic == topic {
		i, step = i+step, 2*step
	}
	return i + sort.Search(min(step, len(parts)-i), func(n int) bool { return parts[i+n].Topic != topic })
}

// Active tells whether the group has members.
func (g *Group) Active() bool {
	return len(g.Members.Value) > 0 || !g.Members.Known && g.State != "Empty" && g.State != "Dead" && g.State != ""
}

// Rebalancing tells whether the group's members are being given partitions right now.
func (g *Group) Rebalancing() bool {
	switch g.State {
	case "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling":
		return true
	}
	return false
}

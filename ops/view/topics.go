package view

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// TopicRow is one topic, with what its partitions have in common.
type TopicRow struct {
	state.Topic
	Now        time.Time
	Partitions int
	LeastRF    int // of its partitions
	MostRF     int
	State      string // the worst of its partitions: one of PartitionStates

	Size      int64 // bytes of all its replicas, as far as brokers tell
	SizeKnown bool
	Share     float64 // of what all topics take, 0 to 1; NaN: unknown
	Skew      float64 // the largest partition against the mean; NaN: unknown, or nothing is in it
	Rate      float64 // records a second that are written; NaN: unknown, and RateWhy says why
	RateWhy   string
	Growth    float64 // bytes a second by which its logs grow on the disks of their leaders; NaN: unknown, and GrowthWhy says why
	GrowthWhy string
	BytesIn   float64 // bytes a second from producers, as brokers count them; NaN: unknown, and TrafficWhy says why
	BytesOut  float64 // bytes a second to consumers; NaN: unknown
	// TrafficWhy says why BytesIn isn't known.
	TrafficWhy string

	Newest      time.Time // of its newest record; zero: there is none
	NewestRead  time.Time // when that was read
	NewestKnown bool
	NewestWhy   string // why it isn't known

	Config *state.TopicConfig // nil: not read
	Groups []*state.Group     // that have offsets or members there, those that don't get on first; nil where Listed is false
	Listed bool               // the groups are known
}

// TopicRows makes rows of topics, in order of their names. want says which; nil: all. It passes over all partitions once.
func TopicRows(s *state.State, want func(state.Topic) bool) []*TopicRow {
	snap := s.Snapshot
	facts := s.Topics
	var rows []*TopicRow
	groups := groupsByTopic(s.Groups)
	total, traffic := int64(0), topicTrafficOf(s)
	for i := range snap.NumTopics() {
		t := snap.Topic(i)
		row := &TopicRow{Topic: t, Now: s.Now, Skew: math.NaN(), Rate: math.NaN(), Share: math.NaN(), Listed: s.Groups != nil, Groups: groups[t.Name()]}
		row.addPartitions(s, facts)
		row.addGrowth(snap, facts.Sized())
		traffic.addTraffic(row, snap)
		total += row.Size
		if facts != nil {
			row.Config = facts.Configs[t.Name()]
		}
		if want == nil || want(t) {
			rows = append(rows, row)
		}
	}
	for _, r := range rows {
		if r.SizeKnown && total > 0 {
			r.Share = float64(r.Size) / float64(total)
		}
	}
	return rows
}

func (r *TopicRow) addPartitions(s *state.State, facts *state.TopicFacts) {
	first, n := r.Range()
	r.Partitions = n
	worst := len(PartitionStates) - 1
	var copies, largest int64
	measured, rated := 0, 0
	rate := 0.0
	if r.NewestKnown = facts != nil && facts.Newest != nil && n > 0; !r.NewestKnown {
		r.NewestWhy = "not read yet"
	}
	for i := first; i < first+n; i++ {
		p := s.Snapshot.Partition(i)
		worst = min(worst, partitionRank(p))
		rf := p.ReplicationFactor()
		r.MostRF = max(r.MostRF, rf)
		if i == first || rf < r.LeastRF {
			r.LeastRF = rf
		}
		for rep := range p.Replicas() {
			if rep.Size >= 0 {
				r.Size, r.SizeKnown = r.Size+rep.Size, true
			}
		}
		if size, known := p.Size(); known {
			measured++
			copies, largest = copies+size, max(largest, size)
		}
		if v := s.Ends.Rate(p); v.Known {
			rated++
			rate += v.Value
		} else if r.RateWhy == "" {
			r.RateWhy = ofPartition(p, v.Why)
		}
		if r.NewestKnown {
			r.addNewest(facts.Newest, p)
		}
	}
	r.State = PartitionStates[worst]
	if copies > 0 && measured == n {
		r.Skew = float64(largest) * float64(n) / float64(copies)
	}
	if rated == n && n > 0 {
		r.Rate = rate
	}
}

// addNewest takes the newest record of one more partition. Where one isn't known, a newer record may be there.
func (r *TopicRow) addNewest(newest *state.Offsets, p state.Partition) {
	of := newest.Of(p)
	if !of.Known {
		r.NewestKnown, r.Newest, r.NewestWhy = false, time.Time{}, ofPartition(p, of.Why)
		return
	}
	if ms := newest.Millis(p); ms >= 0 {
		if at := time.UnixMilli(ms); at.After(r.Newest) {
			r.Newest, r.NewestRead = at, of.At
		}
	}
}

func ofPartition(p state.Partition, why string) string {
	return fmt.Sprintf("partition %d: %s", p.ID(), strings.TrimPrefix(why, "the partition "))
}

func groupsByTopic(groups *state.Groups) map[string][]*state.Group {
	by := map[string][]*state.Group{}
	if groups == nil {
		return by
	}
	for _, g := range slices.SortedFunc(slices.Values(groups.Groups), WorstGroupsFirst) {
		for _, t := range g.Topics() {
			by[t] = append(by[t], g)
		}
	}
	return by
}

// betweenReadings is the longest time for which a topic's newest record may be taken for what it was when it was read.
const betweenReadings = 30 * time.Second

// Idle is how old its newest record was when that was read. Until it is read again, a topic that is written all the time would seem to fall silent.
// What was read longer ago counts up to now.
func (r *TopicRow) Idle() time.Duration {
	if r.Now.Sub(r.NewestRead) < betweenReadings {
		return max(0, r.NewestRead.Sub(r.Newest))
	}
	return r.Now.Sub(r.Newest)
}

// Empty tells whether it is known that no record is in the topic.
func (r *TopicRow) Empty() bool { return r.NewestKnown && r.Newest.IsZero() }

// Worst is the group that reads it and stands worst; nil: there is none.
func (r *TopicRow) Worst() *state.Group {
	if len(r.Groups) == 0 {
		return nil
	}
	return r.Groups[0]
}

// TopicColumns are the columns of topics.
func TopicColumns() []Column[*TopicRow] {
	return []Column[*TopicRow]{
		Text("TOPIC", "topic", "name of the topic", func(r *TopicRow) string { return r.Name() }),
		Count("PARTS", "partitions", "how many partitions it has", func(r *TopicRow) int { return r.Partitions }),
		{Head: "RF", Name: "replication_factor", Help: "how many replicas its partitions have; 2-3 where they differ", Right: true, Cell: (*TopicRow).Replication, Key: func(r *TopicRow) int64 { return int64(r.LeastRF) }},
		{Head: "STATE", Name: "state", Help: "the worst state of its partitions: OFFLINE, <MIN-ISR, AT-MIN, URP, MOVING, ok", Cell: func(r *TopicRow) string { return r.State },
			Key: func(r *TopicRow) int64 { return int64(rank(PartitionStates, r.State)) }},
		Measured("SIZE", "size_bytes", "bytes of all its replicas together; ?? where no broker tells", func(r *TopicRow) (int64, bool) { return r.Size, r.SizeKnown }, format.Bytes),
		Number("SHARE", "share", "its part of what all topics take on disk; ?? where no broker tells its size", func(r *TopicRow) float64 { return r.Share }, func(_ *TopicRow, v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + "%" }),
		{Head: "REC/S", Name: "records_per_second", Help: "records that are written to it in a second, between two looks at where its logs end; ?? where that isn't known of all its partitions", Right: true,
			Cell: func(r *TopicRow) string { return format.Short(r.Rate) }, CSV: func(r *TopicRow) string {
				if math.IsNaN(r.Rate) {
					return ""
				}
				return strconv.FormatFloat(r.Rate, 'f', 1, 64)
			}, Key: func(r *TopicRow) int64 { return Key(r.Rate) }},
		{Head: "NEWEST", Name: "newest_record_at", Help: "how long ago its newest record was written, by the record's own time; - for none; ?? where a leader doesn't tell", Right: true, Cell: topicNewest,
			CSV: func(r *TopicRow) string { return timeOrNothing(r.Newest) }, Key: func(r *TopicRow) int64 {
				if r.Newest.IsZero() {
					return NoValue
				}
				return int64(r.Idle())
			}},
		Measured("GROUPS", "groups", "how many groups have offsets or members there; ?? where the groups weren't read", func(r *TopicRow) (int64, bool) { return int64(len(r.Groups)), r.Listed }, plain),
		Text("WORST GROUP", "worst_group", "the group that reads it and stands worst, and its status", topicWorst),
		{Head: "RETAINS", Name: "retention_ms", Help: "how long records are kept, and how many bytes of each partition at the most; for ever where neither is limited; ?? where the configs weren't read", Right: true, Cell: (*TopicRow).Retention,
			Key: func(r *TopicRow) int64 {
				switch {
				case r.Config == nil:
					return NoValue
				case r.Config.Retention < 0:
					return NoValue - 1
				}
				return int64(r.Config.Retention)
			}},
		{Head: "POLICY", Name: "cleanup_policy", Help: "what happens to old records: delete, compact (the last of each key stays), or both; ?? where the configs weren't read", Cell: topicPolicy,
			Key: func(r *TopicRow) int64 {
				if r.Config == nil {
					return NoValue
				}
				return int64(rank(policies, r.Config.Policy))
			}},
		Measured("MIN", "min_isr", "min.insync.replicas: with fewer in sync, writes with acks=all are refused; ?? where the configs weren't read",
			func(r *TopicRow) (int64, bool) { n, known := r.MinISR(); return int64(n), known }, plain),
		Measured("SET", "overridden", "how many configs were set on the topic itself; ?? where the configs weren't read", func(r *TopicRow) (int64, bool) {
			if r.Config == nil {
				return 0, false
			}
			return int64(len(r.Config.Set)), true
		}, plain),
		Wide(Number("IN/S", "bytes_in", "bytes that producers send to it, per second, as its leaders' exporters tell; with a + where they don't: by so much its logs grow on the disks of their leaders, over a minute or two; "+
			"?? where records were deleted meanwhile, or sizes weren't read twice",
			func(r *TopicRow) float64 { v, _, _ := r.Written(); return v }, writtenCell)),
		Wide(Number("OUT/S", "bytes_out", "bytes that consumers fetch of it, per second; ?? where its leaders' exporters don't tell",
			func(r *TopicRow) float64 { return r.BytesOut }, func(_ *TopicRow, v float64) string { return format.ByteRate(v) })),
		Wide(Number("SKEW", "skew", "its largest partition against the mean of them: 1.0 where all are alike; ?? where not all sizes are known, or nothing is in it",
			func(r *TopicRow) float64 { return r.Skew }, func(_ *TopicRow, v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) })),
	}
}

// policies are the values of cleanup.policy, in the order in which they are sorted.
var policies = []string{"delete", "compact", "compact,delete", "delete,compact", ""}

// Replication is how many replicas its partitions have: "3", or "2-3" where they differ.
func (r *TopicRow) Replication() string {
	if r.LeastRF != r.MostRF {
		return strconv.Itoa(r.LeastRF) + "-" + strconv.Itoa(r.MostRF)
	}
	return strconv.Itoa(r.LeastRF)
}

func topicNewest(r *TopicRow) string {
	switch {
	case !r.NewestKnown:
		return format.Unknown
	case r.Newest.IsZero():
		return "-"
	}
	return format.Duration(r.Idle())
}

func timeOrNothing(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Retention is how long records are kept, and how many bytes of each partition at the most.
func (r *TopicRow) Retention() string {
	c := r.Config
	if c == nil {
		return format.Unknown
	}
	var words []string
	if c.Retention >= 0 {
		words = append(words, format.Duration(c.Retention))
	}
	if c.RetentionBytes >= 0 {
		words = append(words, format.Bytes(c.RetentionBytes))
	}
	if len(words) == 0 {
		return "for ever"
	}
	return strings.Join(words, " ")
}

func topicPolicy(r *TopicRow) string {
	if r.Config == nil {
		return format.Unknown
	}
	return r.Config.Policy
}

func topicWorst(r *TopicRow) string {
	if g := r.Worst(); g != nil {
		return g.ID + " " + GroupStatusWord(g.Status)
	}
	return ""
}

// TopicsJSON is the answer of `kdeck topics`.
type TopicsJSON struct {
	Envelope
	Topics []TopicJSON `json:"topics"`
}

// TopicJSON is one topic of an answer. What isn't known is null.
type TopicJSON struct {
	Topic             string      `json:"topic"`
	Internal          bool        `json:"internal"`
	Partitions        int         `json:"partitions"`
	ReplicationFactor int         `json:"replication_factor"` // the least of its partitions
	SizeBytes         *int64      `json:"size_bytes"`
	Share             *float64    `json:"share"`
	RecordsPerSecond  *float64    `json:"records_per_second"`
	BytesIn           *float64    `json:"bytes_in"`
	BytesInBy         *string     `json:"bytes_in_by"` // how BytesIn is known: "metrics" of its leaders, or how much its "logs" grow on disk
	BytesOut          *float64    `json:"bytes_out"`
	NewestRecordAt    *time.Time  `json:"newest_record_at"`
	RetentionMS       *int64      `json:"retention_ms"`    // -1: no limit
	RetentionBytes    *int64      `json:"retention_bytes"` // of each partition; -1: no limit
	CleanupPolicy     *string     `json:"cleanup_policy"`
	MinISR            *int        `json:"min_isr"`
	Overridden        *int        `json:"overridden"`
	Configs           []ConfigSet `json:"configs"` // that were set on it; null where they weren't read
	Groups            []string    `json:"groups"`  // null where they weren't read
	WorstGroup        *string     `json:"worst_group"`
	Skew              *float64    `json:"skew"`
	WorstState        string      `json:"worst_state"`
}

// ConfigSet is a config that was set on a topic.
type ConfigSet struct {
	Name  string  `json:"name"`
	Value *string `json:"value"`
}

// TopicsUnread is what could not be read of topics besides the snapshot.
func TopicsUnread(s *state.State) (unread []state.Unknown) {
	if s.Topics != nil {
		unread = append(unread, s.Topics.Unknown...)
	}
	if s.Groups != nil {
		unread = append(unread, s.Groups.Unknown...)
	}
	return unread
}

// TopicsAnswer makes the answer of `kdeck topics`. unread is what could not be read besides the snapshot.
func TopicsAnswer(s *state.Snapshot, rows []*TopicRow, unread []state.Unknown) TopicsJSON {
	doc := TopicsJSON{EnvelopeOf(s), []TopicJSON{}}
	doc.Unknown = append(doc.Unknown, unread...)
	for _, r := range rows {
		doc.Topics = append(doc.Topics, TopicAnswer(r))
	}
	return doc
}

// TopicAnswer is one topic of the answer.
func TopicAnswer(r *TopicRow) TopicJSON {
	figure := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	written, by, _ := r.Written()
	j := TopicJSON{Topic: r.Name(), Internal: r.Internal(), Partitions: r.Partitions, ReplicationFactor: r.LeastRF, Share: figure(r.Share),
		RecordsPerSecond: figure(r.Rate), BytesIn: figure(written), BytesInBy: format.OrNull(by), BytesOut: figure(r.BytesOut), Skew: figure(r.Skew), WorstState: r.State}
	if r.SizeKnown {
		j.SizeBytes = &r.Size
	}
	if !r.Newest.IsZero() {
		at := r.Newest.UTC()
		j.NewestRecordAt = &at
	}
	if n, known := r.MinISR(); known {
		j.MinISR = &n
	}
	if c := r.Config; c != nil {
		ms, n := int64(-1), len(c.Set)
		if c.Retention >= 0 {
			ms = c.Retention.Milliseconds()
		}
		j.RetentionMS, j.RetentionBytes, j.CleanupPolicy, j.Overridden, j.Configs = &ms, &c.RetentionBytes, named(c.Policy), &n, []ConfigSet{}
		for _, set := range c.Set {
			j.Configs = append(j.Configs, ConfigSet{set.Name, set.Value})
		}
	}
	if r.Listed {
		j.Groups = []string{}
		for _, g := range r.Groups {
			j.Groups = append(j.Groups, g.ID)
		}
		slices.Sort(j.Groups)
	}
	if g := r.Worst(); g != nil {
		j.WorstGroup = &g.ID
	}
	return j
}

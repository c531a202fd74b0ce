package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// GroupStatusWord is a group's status as tables show it.
func GroupStatusWord(s state.GroupStatus) string {
	switch s {
	case state.GroupUnknown:
		return format.Unknown
	case state.GroupOK:
		return "ok"
	}
	return strings.ToUpper(s.String())
}

// groupRank orders groups: those that don't get on first, and those that can't be judged before those that are well.
func groupRank(g *state.Group) int64 {
	switch {
	case !g.Partitions.Known || g.Partitions.Why != "": // nobody coordinates it, or may tell
		return 0
	case g.Status == state.GroupUnknown:
		return 10
	case g.Status == state.GroupOK:
		return 20
	}
	return int64(state.GroupRewound - g.Status + 1)
}

// WorstGroupsFirst orders groups by how they stand, then by lag.
func WorstGroupsFirst(a, b *state.Group) int {
	return cmp.Or(cmp.Compare(groupRank(a), groupRank(b)), cmp.Compare(b.Lag.Or(-1), a.Lag.Or(-1)), cmp.Compare(a.ID, b.ID))
}

func groupLag(g *state.Group) (int64, bool) { return g.Lag.Value, g.Lag.Known }

func groupMembers(g *state.Group) (int64, bool) {
	return int64(len(g.Members.Value)), g.Members.Known
}

func groupBehind(g *state.Group) float64 {
	if !g.Behind.Known {
		return math.NaN()
	}
	return g.Behind.Value.Seconds()
}

// Behind writes a lag in time that can be wrong by so much. One that is only known to be more has a > before it, and one that is rough a ~ ([state.Rough]).
func Behind(d, within time.Duration, atLeast bool) string {
	switch s := format.Duration(d); {
	case atLeast:
		return ">" + s
	case state.Rough(d, within):
		return "~" + s
	default:
		return s
	}
}

// Old says how old the oldest record is that isn't committed: "~14s old, give or take 8s".
func Old(d, within time.Duration, atLeast bool) string {
	s := Behind(d, within, atLeast) + " old"
	if !atLeast && state.Rough(d, within) {
		s += ", give or take " + format.Duration(within)
	}
	return s
}

// OldestOf says how old the oldest record is that a group hasn't committed.
func OldestOf(g *state.Group) string { return Old(g.Behind.Value, g.BehindWithin, g.BehindAtLeast) }

func rateOf(r state.Reading[float64]) float64 {
	if !r.Known {
		return math.NaN()
	}
	return r.Value
}

func perSecond(v float64) string { return format.Short(v) + "/s" }

// groupWorst is the partition with the most to read: "orders/7".
func groupWorst(g *state.Group) string {
	if g.Worst < 0 {
		return "-"
	}
	p := &g.Partitions.Value[g.Worst]
	return fmt.Sprintf("%s/%d", p.Topic, p.Partition)
}

func orUnknown(s string) string {
	if s == "" {
		return format.Unknown
	}
	return s
}

// GroupColumns are the columns of consumer groups.
func GroupColumns() []Column[*state.Group] {
	return []Column[*state.Group]{
		Text("GROUP", "group", "id of the group", func(g *state.Group) string { return g.ID }),
		{Head: "STATUS", Name: "status", Help: "what the group does, by Burrow's rules, of its worst partition: ok, WARN (falls behind), STALLED (not seen to move, with records to read), STOPPED (moved and doesn't any more, or nobody reads), REWOUND (went back); ?? before the second look, or where offsets aren't known",
			Cell: func(g *state.Group) string { return GroupStatusWord(g.Status) }, Key: groupRank},
		Measured("LAG", "lag", "records that it has not committed, summed over the partitions where that is known", groupLag, format.Thousands[int64]),
		Number("BEHIND", "lag_seconds", "age of the oldest record that it has not committed, of its worst partition; with a > where kdeck has not looked for so long, and a ~ where the record was written between two looks that are too far apart to tell it to 2 seconds or 5 %; ?? before that is known", groupBehind,
			func(g *state.Group, _ float64) string { return Behind(g.Behind.Value, g.BehindWithin, g.BehindAtLeast) }),
		Measured("MEMBERS", "members", "how many members it has; ?? where the coordinator doesn't tell", groupMembers, plain),
		{Head: "STATE", Name: "state", Help: "the group's state as Kafka spells it: Stable, Empty, PreparingRebalance, …; ?? where nobody coordinates it",
			Cell:    func(g *state.Group) string { return orUnknown(g.State) },
			Compare: func(a, b *state.Group) int { return cmp.Compare(a.State, b.State) }},
		Measured("COORD", "coordinator", "id of the broker that coordinates it", func(g *state.Group) (int64, bool) { return int64(g.Coordinator), g.Coordinator >= 0 }, plain),
		Text("FORECAST", "forecast", "when it will have caught up, or how much it falls behind, at the rates of the last looks", func(g *state.Group) string { return cmp.Or(g.Forecast, "-") }),
		Wide(Text("KIND", "type", "the protocol of its members: classic, consumer (KIP-848), share, streams", func(g *state.Group) string { return orUnknown(string(g.Kind)) })),
		Wide(Number("READS", "consumed", "records a second that it commits", func(g *state.Group) float64 { return rateOf(g.Consumed) }, func(_ *state.Group, v float64) string { return perSecond(v) })),
		Wide(Number("WRITES", "produced", "records a second that are written to its partitions", func(g *state.Group) float64 { return rateOf(g.Produced) }, func(_ *state.Group, v float64) string { return perSecond(v) })),
		Wide(Count("TOPICS", "topics", "how many topics it has committed offsets of, or its members own partitions of", func(g *state.Group) int { return len(g.Topics()) })),
		Wide(Text("MOST TO READ", "worst", "its partition with the most records to read", groupWorst)),
		Wide(Text("WHY", "why", "what the status rests on", func(g *state.Group) string { return g.Why })),
	}
}

// A GroupPart is a partition of a group.
type GroupPart struct {
	*state.GroupPartition
	Group *state.Group
}

// GroupParts are the partitions of a group.
func GroupParts(g *state.Group) []GroupPart {
	parts := make([]GroupPart, len(g.Partitions.Value))
	for i := range parts {
		parts[i] = GroupPart{&g.Partitions.Value[i], g}
	}
	return parts
}

// Owner is the member that owns it, nil for nobody, or where the members aren't known.
func (p GroupPart) Owner() *state.Member {
	if p.Member < 0 || int(p.Member) >= len(p.Group.Members.Value) {
		return nil
	}
	return &p.Group.Members.Value[p.Member]
}

func (p GroupPart) of(get func(*state.Member) string) string {
	switch m := p.Owner(); {
	case m != nil:
		return cmp.Or(get(m), "-")
	case !p.Group.Members.Known:
		return format.Unknown
	}
	return "nobody"
}

// behind is how old the oldest record is that isn't committed, in seconds.
func (p GroupPart) behind() float64 {
	switch {
	case p.Lag == 0:
		return 0
	case p.Oldest == 0:
		return math.NaN()
	}
	age, _, _ := p.Behind(p.Group.Partitions.At)
	return age.Seconds()
}

func (p GroupPart) within() time.Duration { return time.Duration(p.OldestWithin) * time.Millisecond }

func (p GroupPart) moved() float64 {
	if p.Moved == 0 {
		return math.NaN()
	}
	return max(0, p.Group.Partitions.At.Sub(time.UnixMilli(p.Moved)).Seconds())
}

func offsetOf(n int64) (int64, bool) { return n, n >= 0 }

// GroupPartColumns are the columns of a group's partitions.
func GroupPartColumns() []Column[GroupPart] {
	return []Column[GroupPart]{
		Text("TOPIC", "topic", "name of the topic", func(p GroupPart) string { return p.Topic }),
		Count("PART", "partition", "number of the partition within its topic", func(p GroupPart) int { return int(p.Partition) }),
		{Head: "STATUS", Name: "status", Help: "as of the group, of this partition", Cell: func(p GroupPart) string { return GroupStatusWord(p.Status) },
			Key: func(p GroupPart) int64 { return -int64(p.Status) }},
		Measured("LAG", "lag", "records that are not committed; ?? where no offset is committed, or the end of the log isn't known", func(p GroupPart) (int64, bool) { return offsetOf(p.Lag) }, format.Thousands[int64]),
		Number("BEHIND", "lag_seconds", "age of the oldest record that is not committed; with a > where kdeck has not looked for so long, and a ~ where it is rough", GroupPart.behind,
			func(p GroupPart, v float64) string {
				return Behind(time.Duration(v*float64(time.Second)), p.within(), p.OldestOrBefore && p.Lag > 0)
			}),
		Text("CLIENT", "client_id", "client id of the member that owns it; nobody where none does", func(p GroupPart) string { return p.of(func(m *state.Member) string { return m.Client }) }),
		Text("HOST", "host", "where that member runs, as its coordinator sees it", func(p GroupPart) string { return p.of(func(m *state.Member) string { return m.Host }) }),
		Measured("COMMITTED", "committed", "the offset that the group has committed", func(p GroupPart) (int64, bool) { return offsetOf(p.Committed) }, plain),
		Measured("END", "end", "where the log ends", func(p GroupPart) (int64, bool) { return offsetOf(p.End) }, plain),
		Number("MOVED", "moved", "how long ago the committed offset was seen to move; ?? where it was not", GroupPart.moved, func(_ GroupPart, v float64) string { return format.Seconds(v) }),
		Wide(Text("MEMBER", "member", "id of the member that owns it", func(p GroupPart) string { return p.of(func(m *state.Member) string { return m.ID }) })),
		Wide(Text("ODD", "trouble", "what is odd about the committed offset", func(p GroupPart) string { return p.Trouble.String() })),
	}
}

// groupIs are the words of a filter that are true of some groups.
var groupIs = map[string]func(*state.Group) bool{
	"lagging":     func(g *state.Group) bool { return g.Lag.Value > 0 },
	"ok":          func(g *state.Group) bool { return g.Status == state.GroupOK },
	"stuck":       func(g *state.Group) bool { return g.Status == state.GroupStalled || g.Status == state.GroupStopped },
	"active":      (*state.Group).Active,
	"rebalancing": (*state.Group).Rebalancing,
	"unknown":     func(g *state.Group) bool { return !g.Partitions.Known || g.Partitions.Why != "" || !g.Members.Known },
}

// GroupFilterWords are the words and fields that a filter of groups may name.
func GroupFilterWords() []string {
	var words []string
	for w := range groupIs {
		words = append(words, "is:"+w)
	}
	slices.Sort(words)
	words = append(words, "topic:", "tenant:")
	for _, c := range GroupColumns() {
		words = append(words, c.Name+":")
	}
	return words
}

// MatchGroups makes a filter a test of groups: a bare word is looked for in ids, topic: is a regular expression for the whole name of one of its topics, and
// tenant: for that of the tenants that its topics are put to.
func MatchGroups(f Filter, rules tenant.Rules) (func(*state.Group) bool, error) {
	columns := GroupColumns()
	var tests []func(*state.Group) bool
	for _, t := range f {
		var test func(*state.Group) bool
		switch t.Field {
		case "":
			test = func(g *state.Group) bool {
				if t.Re != nil {
					return t.Re.MatchString(g.ID)
				}
				return strings.Contains(strings.ToLower(g.ID), t.Value)
			}
		case "group":
			test = func(g *state.Group) bool {
				if t.Re != nil {
					return t.Re.MatchString(g.ID)
				}
				return g.ID == t.Value
			}
		case "topic":
			re, err := wholeName(t)
			if err != nil {
				return nil, err
			}
			matches := remembered(re)
			test = func(g *state.Group) bool { return slices.ContainsFunc(g.Topics(), matches) }
		case "tenant":
			if err := knownTenant(t, rules); err != nil {
				return nil, err
			}
			test = func(g *state.Group) bool {
				return slices.ContainsFunc(TenantsOfGroup(g, rules), func(of string) bool {
					if t.Re != nil {
						return t.Re.MatchString(who(of))
					}
					return strings.EqualFold(who(of), t.Value)
				})
			}
		case "is":
			if test = groupIs[strings.ToLower(t.Value)]; test == nil {
				return nil, &FieldError{"is:" + t.Value, GroupFilterWords()}
			}
		default:
			if Find(columns, t.Field) == nil {
				return nil, &FieldError{t.Field + ":", GroupFilterWords()}
			}
			positive := t
			positive.Not = false
			test = func(g *state.Group) bool { return matchTerm(columns, positive, g) }
		}
		tests = append(tests, func(g *state.Group) bool { return test(g) != t.Not })
	}
	return func(g *state.Group) bool {
		for _, test := range tests {
			if !test(g) {
				return false
			}
		}
		return true
	}, nil
}

// TenantsOfGroup are the tenants that the topics of a group are put to, each once; "" is of topics that no rule names, or of a group without topics.
func TenantsOfGroup(g *state.Group, rules tenant.Rules) []string {
	topics := g.Topics()
	if len(topics) == 0 {
		return []string{""}
	}
	var of []string
	for _, t := range topics {
		if name := rules.OfTopic(t); !slices.Contains(of, name) {
			of = append(of, name)
		}
	}
	return of
}

// MemberShare is one member of a group and what it has to read.
type MemberShare struct {
	*state.Member
	Lag     int64
	Partial bool    // the lag of a partition of it isn't known
	Share   float64 // of the group's lag, 0 to 1; NaN where there is none
}

// MemberShares are the members of a group, those with the most to read first.
func MemberShares(g *state.Group) []MemberShare {
	shares := make([]MemberShare, len(g.Members.Value))
	for i := range shares {
		shares[i].Member = &g.Members.Value[i]
	}
	for i := range g.Partitions.Value {
		p := &g.Partitions.Value[i]
		if p.Member < 0 || int(p.Member) >= len(shares) {
			continue
		}
		shares[p.Member].Lag += max(0, p.Lag)
		shares[p.Member].Partial = shares[p.Member].Partial || p.Lag < 0
	}
	for i := range shares {
		shares[i].Share = math.NaN()
		if g.Lag.Value > 0 {
			shares[i].Share = float64(shares[i].Lag) / float64(g.Lag.Value)
		}
	}
	slices.SortStableFunc(shares, func(a, b MemberShare) int {
		return cmp.Or(cmp.Compare(b.Lag, a.Lag), cmp.Compare(a.Client, b.Client), cmp.Compare(a.ID, b.ID))
	})
	return shares
}

// GroupsJSON is the answer of `kdeck groups`.
type GroupsJSON struct {
	Envelope
	Groups []GroupJSON `json:"groups"`
}

// GroupJSON is one group of an answer.
type GroupJSON struct {
	Group            string                 `json:"group"`
	Type             *string                `json:"type"`
	State            *string                `json:"state"`
	Members          *int                   `json:"members"`
	Coordinator      *int32                 `json:"coordinator"`
	Topics           []string               `json:"topics"`
	Lag              state.Reading[int64]   `json:"lag"`
	LagSeconds       state.Reading[float64] `json:"lag_seconds"`
	LagSecondsOrMore bool                   `json:"lag_seconds_or_more"`
	LagSecondsWithin *float64               `json:"lag_seconds_within"` // by how much lag_seconds can be wrong at the most; null where it isn't known or may be more
	Consumed         state.Reading[float64] `json:"consumed"`
	Produced         state.Reading[float64] `json:"produced"`
	Forecast         *string                `json:"forecast"`
	Status           string                 `json:"status"`
	Why              string                 `json:"why"`
	ReadAt           *time.Time             `json:"read_at"` // when its offsets were read
	RebalancingSince *time.Time             `json:"rebalancing_since"`
	// Of one group that was asked for.
	MemberList []GroupMemberJSON    `json:"member_list,omitempty"`
	Partitions []GroupPartitionJSON `json:"partitions,omitempty"`
}

// GroupMemberJSON is one member of a group.
type GroupMemberJSON struct {
	Member     string  `json:"member"`
	InstanceID *string `json:"instance_id"`
	ClientID   string  `json:"client_id"`
	Host       string  `json:"host"`
	Partitions int     `json:"partitions"`
	Lag        int64   `json:"lag"`
}

// GroupPartitionJSON is one partition of a group.
type GroupPartitionJSON struct {
	Topic            string   `json:"topic"`
	Partition        int32    `json:"partition"`
	Committed        *int64   `json:"committed"`
	Start            *int64   `json:"start"`
	End              *int64   `json:"end"`
	Lag              *int64   `json:"lag"`
	LagSeconds       *float64 `json:"lag_seconds"`
	LagSecondsOrMore bool     `json:"lag_seconds_or_more"`
	LagSecondsWithin *float64 `json:"lag_seconds_within"`
	Status           string   `json:"status"`
	Trouble          *string  `json:"trouble"`
	Member           *string  `json:"member"`
	ClientID         *string  `json:"client_id"`
	Host             *string  `json:"host"`
}

// GroupAnswer makes the JSON of one group; whole adds its members and partitions.
func GroupAnswer(g *state.Group, whole bool) GroupJSON {
	j := GroupJSON{Group: g.ID, Type: named(string(g.Kind)), State: named(g.State), Topics: list(g.Topics()), Lag: g.Lag,
		LagSeconds:       state.Reading[float64]{Value: g.Behind.Value.Seconds(), Known: g.Behind.Known},
		LagSecondsOrMore: g.BehindAtLeast, LagSecondsWithin: secondsWithin(g.BehindWithin, g.Behind.Known && !g.BehindAtLeast), Consumed: g.Consumed, Produced: g.Produced, Forecast: named(g.Forecast), Status: g.Status.String(), Why: g.Why}
	if g.Members.Known {
		n := len(g.Members.Value)
		j.Members = &n
	}
	if g.Coordinator >= 0 {
		j.Coordinator = &g.Coordinator
	}
	if g.Partitions.Known {
		at := g.Partitions.At.UTC()
		j.ReadAt = &at
	}
	if !g.RebalancingSince.IsZero() {
		at := g.RebalancingSince.UTC()
		j.RebalancingSince = &at
	}
	if !whole {
		return j
	}
	for _, m := range MemberShares(g) {
		j.MemberList = append(j.MemberList, GroupMemberJSON{m.ID, named(m.Instance), m.Client, m.Host, m.Owns, m.Lag})
	}
	for _, p := range GroupParts(g) {
		pj := GroupPartitionJSON{Topic: p.Topic, Partition: p.Partition, Committed: known(p.Committed), Start: known(p.Start), End: known(p.End), Lag: known(p.Lag),
			LagSeconds: OrNull(p.behind()), LagSecondsOrMore: p.OldestOrBefore && p.Lag > 0, LagSecondsWithin: secondsWithin(p.within(), p.Lag == 0 || p.Oldest != 0 && !p.OldestOrBefore),
			Status: p.Status.String(), Trouble: named(p.Trouble.String())}
		if m := p.Owner(); m != nil {
			pj.Member, pj.ClientID, pj.Host = &m.ID, &m.Client, &m.Host
		}
		j.Partitions = append(j.Partitions, pj)
	}
	return j
}

// secondsWithin is how wrong a lag in time can be; nil where the lag isn't known, or may be more.
func secondsWithin(d time.Duration, known bool) *float64 {
	if !known {
		return nil
	}
	s := d.Seconds()
	return &s
}

// GroupsAnswer makes the answer of `kdeck groups`.
func GroupsAnswer(s *state.Snapshot, all *state.Groups, rows []*state.Group, whole bool) GroupsJSON {
	out := GroupsJSON{Envelope: EnvelopeOf(s), Groups: []GroupJSON{}}
	out.Unknown = append(out.Unknown, all.Unknown...)
	for _, g := range rows {
		if why := cmp.Or(g.Members.Why, g.Partitions.Why); why != "" {
			out.Unknown = append(out.Unknown, state.Unknown{Node: g.Coordinator, What: state.WhatGroup + " " + strconv.Quote(g.ID), Why: why})
		}
		out.Groups = append(out.Groups, GroupAnswer(g, whole))
	}
	return out
}

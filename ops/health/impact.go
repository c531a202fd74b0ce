package health

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Impact says whom it hurts that partitions are broken.
type Impact struct {
	Topics  []HurtTopic    // by tenant and name
	Tenants []TenantImpact // by name, the one that is none last
	// Commits are the groups whose commits fail, because the partition that keeps their offsets is broken.
	Commits []string
}

// HurtTopic is a topic of which some partitions can't be used as they should.
type HurtTopic struct {
	Topic      string
	Tenant     string  // by the context's rules; "": none
	Partitions int     // all that the topic has
	Unread     []int32 // have no leader: nobody writes or reads them
	Unwritten  []int32 // are under min.insync.replicas: writes with acks=all are refused
	Held       []int32 // read_committed consumers wait for a transaction there
	Writers    []state.Producer
}

// TenantImpact is what one tenant feels.
type TenantImpact struct {
	Tenant string
	Topics []int // in Impact.Topics: its own
	Groups []HurtGroup
	Tell   []string // what to tell it, in sentences
}

// HurtGroup is a group that reads broken partitions.
type HurtGroup struct {
	Group      string
	Partitions []state.PartitionName
	Members    []string // who read them: client id and host; none: nobody does now
	Waits      bool     // it can't go on in them; else its writers' trouble is all that it feels
}

// Broken tells whether a partition has no leader, or too few replicas in sync for writes with acks=all.
func Broken(p state.Partition) bool {
	under, _ := p.UnderMinISR()
	return p.Leaderless() || under
}

// ImpactOf finds out who is hurt. Without groups in the State their readers aren't known. writers are the producers of broken partitions.
func ImpactOf(st *state.State, writers []state.Producer) *Impact {
	m := &Impact{}
	at := map[string]int{}
	topic := func(t state.Topic) *HurtTopic {
		if i, ok := at[t.Name()]; ok {
			return &m.Topics[i]
		}
		_, n := t.Range()
		at[t.Name()] = len(m.Topics)
		m.Topics = append(m.Topics, HurtTopic{Topic: t.Name(), Tenant: st.TenantRules.OfTopic(t.Name()), Partitions: n})
		return &m.Topics[len(m.Topics)-1]
	}
	for i := range st.Snapshot.NumPartitions() {
		p := st.Snapshot.Partition(i)
		switch under, _ := p.UnderMinISR(); {
		case p.Leaderless():
			t := topic(p.Topic())
			t.Unread = append(t.Unread, p.ID())
		case under:
			t := topic(p.Topic())
			t.Unwritten = append(t.Unwritten, p.ID())
		}
	}
	if st.Transactions != nil {
		for _, f := range openFindings(st.Transactions, st.Now) { // any transaction holds its partitions for a moment
			if t, ok := st.Snapshot.FindTopic(f.topic); ok && st.Transactions.In(f.topic, f.partition) != nil {
				if t := topic(t); !slices.Contains(t.Held, f.partition) {
					t.Held = append(t.Held, f.partition)
				}
			}
		}
	}
	for _, w := range writers {
		if i, ok := at[w.Topic]; ok {
			m.Topics[i].Writers = append(m.Topics[i].Writers, w)
		}
	}
	slices.SortFunc(m.Topics, func(a, b HurtTopic) int { return cmp.Or(byTenant(a.Tenant, b.Tenant), cmp.Compare(a.Topic, b.Topic)) })
	m.tenants(st)
	return m
}

// byTenant orders tenants, the one that is none last.
func byTenant(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return cmp.Compare(a, b)
}

func (m *Impact) tenants(st *state.State) {
	by := map[string]*TenantImpact{}
	of := func(name string) *TenantImpact {
		if by[name] == nil {
			by[name] = &TenantImpact{Tenant: name}
		}
		return by[name]
	}
	topics := map[string]*HurtTopic{}
	for i := range m.Topics {
		t := &m.Topics[i]
		topics[t.Topic] = t
		tenant := of(t.Tenant)
		tenant.Topics = append(tenant.Topics, i)
	}
	if st.Groups != nil {
		for _, g := range st.Groups.Groups {
			if h, tenant, hurt := hurtGroup(st, g, topics); hurt {
				to := of(tenant)
				to.Groups = append(to.Groups, h)
			}
		}
		m.Commits = uncommitted(st)
	}
	for _, name := range slices.SortedFunc(maps.Keys(by), byTenant) {
		t := by[name]
		t.Tell = m.tell(t)
		m.Tenants = append(m.Tenants, *t)
	}
}

// hurtGroup is what a group feels, and the tenant that it belongs to: that of its members' client ids, else that of the first topic which is broken for it.
func hurtGroup(st *state.State, g *state.Group, topics map[string]*HurtTopic) (h HurtGroup, tenant string, hurt bool) {
	h.Group = g.ID
	owner := ""
	for i := range g.Partitions.Value {
		p := &g.Partitions.Value[i]
		t := topics[p.Topic]
		if t == nil {
			continue
		}
		held := slices.Contains(t.Held, p.Partition) && p.Committed <= st.Transactions.In(p.Topic, p.Partition).LastStable // else it reads what isn't committed
		waits := held || slices.Contains(t.Unread, p.Partition)
		if !waits && !slices.Contains(t.Unwritten, p.Partition) {
			continue
		}
		h.Partitions = append(h.Partitions, state.PartitionName{Topic: p.Topic, Partition: p.Partition})
		h.Waits = h.Waits || waits
		owner = cmp.Or(owner, t.Tenant)
		if p.Member >= 0 && int(p.Member) < len(g.Members.Value) {
			m := &g.Members.Value[p.Member]
			if who := m.Client + " at " + m.Host; !slices.Contains(h.Members, who) {
				h.Members = append(h.Members, who)
			}
			tenant = cmp.Or(tenant, st.TenantRules.Of("", m.Client))
		}
	}
	return h, cmp.Or(tenant, owner), len(h.Partitions) > 0
}

// uncommitted are the groups whose offsets are kept in a broken partition.
func uncommitted(st *state.State) (ids []string) {
	for g, p := range keptIn(st) {
		if Broken(p) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// tell says to a tenant what it feels.
func (m *Impact) tell(t *TenantImpact) (sentences []string) {
	for _, i := range t.Topics {
		sentences = append(sentences, "Of topic "+name(m.Topics[i].Topic)+" "+m.Topics[i].Words()+".")
	}
	var wait, others []string
	for _, g := range t.Groups {
		if g.Waits {
			wait = append(wait, name(g.Group))
		} else {
			others = append(others, name(g.Group))
		}
	}
	if len(wait) > 0 {
		sentences = append(sentences, fmt.Sprintf("%s %s can't go on there.", capital(format.Plural(len(wait), "group")), enough(wait)))
	}
	if len(others) > 0 {
		sentences = append(sentences, fmt.Sprintf("%s %s %s on with what is written already.", capital(format.Plural(len(others), "group")), enough(others), verb(len(others), "goes", "go")))
	}
	return sentences
}

// Words say what is wrong with a topic: "3 of 12 partitions can be neither written nor read".
func (t *HurtTopic) Words() string {
	var parts []string
	say := func(ids []int32, one, more string) {
		n := len(ids)
		if n == 0 {
			return
		}
		of := fmt.Sprintf("%s of %s", format.Thousands(n), format.Count(t.Partitions, "partition"))
		if len(parts) > 0 {
			of = format.Thousands(n)
		}
		parts = append(parts, of+" "+verb(n, one, more))
	}
	say(t.Unread, "can be neither written nor read", "can be neither written nor read")
	say(t.Unwritten, "refuses writes with acks=all", "refuse writes with acks=all")
	say(t.Held, "holds up readers of committed records", "hold up readers of committed records")
	return listed(parts)
}

// enough lists the first few names.
func enough(names []string) string {
	if n := len(names) - groupsNamed; n > 0 {
		return strings.Join(names[:groupsNamed], ", ") + fmt.Sprintf(" and %s more", format.Thousands(n))
	}
	return listed(names)
}

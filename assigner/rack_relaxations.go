package assigner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// rackShare is a limit under which partitions share racks.
type rackShare struct {
	need, limit int32 // of need replicas up to limit are in one rack
	rule        int32
}

// rackRelaxations says where a rack must hold more than one replica of a partition, and why, and which brokers have no rack.
func (p *problem) rackRelaxations() []string {
	m := p.m
	if !m.hasRacks {
		return nil
	}
	var said []string
	var bare []int32
	for _, b := range m.in.Brokers {
		if b.Rack == "" {
			bare = append(bare, b.ID)
		}
	}
	slices.Sort(bare)
	if len(bare) > 0 {
		said = append(said, brokersVerb(bare, "has", "have")+" no rack: brokers without a rack count as one rack")
	}
	many := map[rackShare]int{}
	for k, i := range p.items {
		if p.cap[k] > 1 && m.spread[i] {
			many[rackShare{need: m.need[i], limit: p.cap[k], rule: m.rule[i]}]++
		}
	}
	shares := make([]rackShare, 0, len(many))
	for s := range many {
		shares = append(shares, s)
	}
	slices.SortFunc(shares, func(a, b rackShare) int {
		return cmp.Or(cmp.Compare(a.need, b.need), cmp.Compare(a.limit, b.limit), cmp.Compare(a.rule, b.rule))
	})
	for _, s := range shares {
		said = append(said, p.explainShare(s, many[s]))
	}
	return said
}

// explainShare says why partitions can't have a rack for each replica.
func (p *problem) explainShare(s rackShare, partitions int) string {
	m := p.m
	listed := map[string]bool{} // the racks of the cluster
	open := map[string]int{}    // how many brokers of each may receive a replica
	live := map[string]bool{}   // those with a broker that isn't being drained
	for b, k := range m.broker {
		if slices.ContainsFunc(m.in.Brokers, func(in Broker) bool { return in.ID == k.ID }) {
			listed[k.Rack] = true
			live[k.Rack] = live[k.Rack] || m.closed[b] == ""
		}
		if p.open[s.rule][b] {
			open[k.Rack]++
		}
	}
	var left, empty, shut []string
	for _, rack := range m.racks {
		switch {
		case open[rack] > 0:
			left = append(left, rackName(rack))
		case listed[rack] && !live[rack]:
			empty = append(empty, rackName(rack))
		case listed[rack]:
			shut = append(shut, rackName(rack))
		}
	}
	of := fmt.Sprintf("up to %d of %d replicas of %s", s.limit, s.need, count(partitions, "partition"))
	even := func(racks int) int32 { return (s.need + int32(racks) - 1) / int32(max(racks, 1)) }
	switch {
	case s.limit <= even(len(listed)):
		return fmt.Sprintf("there are more replicas than racks (%d): one rack holds %s", len(listed), of)
	case len(left) == 0:
		return fmt.Sprintf("no broker may receive replicas: one rack holds %s", of)
	case m.rules[s.rule].to != nil:
		return fmt.Sprintf("the allowed target brokers leave no better choice: one rack holds %s", of)
	case len(empty)+len(shut) > 0 && s.limit <= even(len(left)):
		var why []string
		if len(empty) > 0 {
			why = append(why, racksVerb(empty, "is", "are")+" drained")
		}
		if len(shut) > 0 {
			why = append(why, racksVerb(shut, "has", "have")+" no broker that may receive replicas")
		}
		verb := " must hold "
		if len(left) > 1 {
			verb = " must each hold "
		}
		return strings.Join(why, ", ") + ": " + racksVerb(left, "", "") + verb + of
	}
	return fmt.Sprintf("the racks are too unequal in size: one rack must hold %s", of)
}

func rackName(rack string) string { return cmp.Or(rack, "without a name") }

// racksVerb names racks, with a verb.
func racksVerb(names []string, one, many string) string {
	if len(names) == 1 {
		return strings.TrimSpace("rack " + names[0] + " " + one)
	}
	last := len(names) - 1
	return strings.TrimSpace("racks " + strings.Join(names[:last], ", ") + " and " + names[last] + " " + many)
}

// brokersVerb names brokers, with a verb.
func brokersVerb(ids []int32, one, many string) string {
	if len(ids) == 1 {
		return brokers(ids) + " " + one
	}
	return brokers(ids) + " " + many
}

func countHave(n int, what string) string {
	if n == 1 {
		return "1 " + what + " has"
	}
	return count(n, what) + " have"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

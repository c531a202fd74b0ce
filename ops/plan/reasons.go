package plan

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
)

// What the lines of groups name of many.
const (
	reasonsNamed    = 10
	topicsNamed     = 5 // topics of a reason
	partitionsNamed = 5 // partitions of a topic
)

// reasoned is a partition and why it is listed.
type reasoned struct {
	topic      string
	partition  int32
	where, why string // where it is: " on 1 2 3"
}

// StuckByReason says in one line for each reason which partitions can't be moved; of many it names the first.
func (h *Header) StuckByReason() []string {
	list := make([]reasoned, len(h.Stuck))
	for i, s := range h.Stuck {
		list[i] = reasoned{s.Topic, s.Partition, on(s.Replicas), s.Why}
	}
	return byReason(list)
}

// LeftAloneByReason says in one line for each reason which partitions will be left alone; of many it names the first.
func (h *Header) LeftAloneByReason() []string {
	list := make([]reasoned, len(h.LeftAlone))
	for i, l := range h.LeftAlone {
		list[i] = reasoned{l.Topic, l.Partition, on(l.Replicas), l.Why}
	}
	return byReason(list)
}

func on(replicas []int32) string {
	if len(replicas) == 0 {
		return ""
	}
	return " on " + joinIDs(replicas, " ")
}

// byReason groups partitions by their reason and then by their topic, both in the order in which they first come.
func byReason(list []reasoned) []string {
	type topic struct {
		name       string
		partitions []int32
	}
	type group struct {
		first  reasoned
		count  int
		topics []*topic
		byName map[string]*topic
	}
	var order []*group
	groups := map[string]*group{}
	for _, r := range list {
		g := groups[r.why]
		if g == nil {
			g = &group{first: r, byName: map[string]*topic{}}
			groups[r.why] = g
			order = append(order, g)
		}
		t := g.byName[r.topic]
		if t == nil {
			t = &topic{name: r.topic}
			g.byName[r.topic] = t
			g.topics = append(g.topics, t)
		}
		t.partitions = append(t.partitions, r.partition)
		g.count++
	}
	var lines []string
	unnamed := len(list)
	for i, g := range order {
		if i == reasonsNamed && len(order) > reasonsNamed+1 {
			return append(lines, format.Count(unnamed, "more partition")+" for other reasons (-o json lists them)")
		}
		unnamed -= g.count
		if g.count == 1 {
			lines = append(lines, fmt.Sprintf("%s-%d%s: %s", g.first.topic, g.first.partition, g.first.where, g.first.why))
			continue
		}
		var names []string
		for _, t := range g.topics[:min(len(g.topics), topicsNamed)] {
			names = append(names, t.name+" "+firstOf(t.partitions))
		}
		if more := len(g.topics) - topicsNamed; more > 0 {
			names = append(names, format.Count(more, "more topic"))
		}
		of := ""
		if len(g.topics) > 1 {
			of = " of " + format.Count(len(g.topics), "topic")
		}
		lines = append(lines, fmt.Sprintf("%s%s (%s): %s", format.Count(g.count, "partition"), of, strings.Join(names, "; "), g.first.why))
	}
	return lines
}

// firstOf lists the first partitions: "0 1 2 3 4 and 7 more".
func firstOf(partitions []int32) string {
	more := len(partitions) - partitionsNamed
	if more <= 1 {
		return joinIDs(partitions, " ")
	}
	return joinIDs(partitions[:partitionsNamed], " ") + " and " + format.Thousands(more) + " more"
}

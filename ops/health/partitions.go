package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// partitions judges what the one pass over the partitions counted.
func (j *judge) partitions() {
	c := j.scan
	j.leaderless()
	if n := c.deadLeader.n; n > 0 {
		leader := c.s.Partition(int(c.deadLeader.first[0])).Leader()
		j.find(state.Finding{
			Code: Leaderless, Severity: state.SeverityCritical, Subject: ofBroker(leader), Scope: format.Count(n, "partition"), Fault: "kafka",
			Sentence: fmt.Sprintf("%s %s led by a broker that isn't alive (such as %d)", format.Count(n, "partition"), verb(n, "is", "are"), leader),
			Evidence: append(c.show(c.deadLeader), "as the metadata of "+name(j.s.From)+" has it"),
			Next:     "kdeck brokers", Pane: "partitions", Filter: fmt.Sprintf("leader:%d", leader),
		})
	}
	if n, led := c.underMin.n, c.underMin.n-c.leaderless.n; led > 0 {
		f := state.Finding{
			Code: UnderMinISR, Severity: state.SeverityCritical, Scope: format.Count(n, "partition"), Fault: "kafka",
			Sentence: fmt.Sprintf("%s %s under min ISR", format.Count(n, "partition"), verb(n, "is", "are")),
			Evidence: c.show(c.underMin), Next: "kdeck partitions --under-min-isr",
			Pane: "partitions", Filter: "is:under-min-isr",
		}
		if led < n {
			f.Sentence += fmt.Sprintf(", %s of them leaderless", format.Thousands(n-led))
		}
		f.Sentence += ": writes with acks=all are refused"
		j.find(f)
	}
	j.strictMinISR()
	if j.Unsynced.passing() { // history tells what left the ISR
		return
	}
	j.underReplicated()
	if n := c.atMinMissing.n; n > 0 {
		all := c.atMin.n
		f := state.Finding{
			Code: AtMinISR, Severity: state.SeverityInfo, Scope: format.Count(all, "partition"),
			Sentence: fmt.Sprintf("%s %s at min ISR: if one more replica is lost, writes with acks=all are refused", format.Count(all, "partition"), verb(all, "is", "are")),
			Evidence: c.show(c.atMinMissing), Next: "kdeck partitions --at-min-isr", Pane: "partitions", Filter: "is:at-min-isr",
		}
		if rest := all - n; rest > 0 {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s of the %s miss no replica: they have no more than min.insync.replicas, or no leader", format.Thousands(rest), format.Thousands(all)))
		}
		j.find(f)
	}
}

// underReplicated says how many partitions miss replicas, and on which brokers.
func (j *judge) underReplicated() {
	c := j.scan
	n := c.under.n
	if n == 0 {
		return
	}
	missing := tally{}
	for i := range c.brokers {
		if m := c.brokers[i].missing; m > 0 {
			missing[j.s.Brokers[i].ID] = m
		}
	}
	ids := missing.most()
	f := state.Finding{
		Code: UnderReplicated, Severity: state.SeverityWarning, Scope: format.Count(n, "partition"), Fault: "kafka",
		Sentence: fmt.Sprintf("%s %s under-replicated", format.Count(n, "partition"), verb(n, "is", "are")),
		Next:     "kdeck partitions --under-replicated", Pane: "partitions", Filter: "is:urp",
	}
	switch {
	case len(ids) == 0: // fewer in sync than replicas, by brokers that no list names
	case missing[ids[0]] == n && (len(ids) == 1 || missing[ids[1]] < n):
		f.Sentence += fmt.Sprintf(", %s broker %d", verb(n, "it misses", "all miss"), ids[0])
		f.Next += fmt.Sprintf(" --broker %d", ids[0])
		f.Filter += fmt.Sprintf(" missing:%d", ids[0])
		if b := j.s.Broker(ids[0]); !b.Alive { // they can't be older than its silence by more than a fetch
			f.Since = b.SilentSince
		}
	default:
		f.Sentence += fmt.Sprintf(", %s %s", verb(n, "it misses", "they miss"), brokers(ids))
	}
	if len(ids) > 0 {
		f.Evidence = append(f.Evidence, "not in sync: "+missing.each())
	}
	var live tally
	for i := range c.brokers {
		if c.brokers[i].missing > 0 && !c.down[i] && c.brokers[i].offline == 0 {
			if live == nil {
				live = tally{}
			}
			live[j.s.Brokers[i].ID] = c.brokers[i].missing
		}
	}
	if len(live) > 0 {
		f.Evidence = append(f.Evidence, "alive, so their replicas lag or are catching up: "+live.each())
	}
	if why, evidence := c.whoLags(); evidence != "" {
		f.Sentence += why
		f.Evidence = append(f.Evidence, evidence)
	}
	f.Evidence = append(f.Evidence, c.show(c.under)...)
	j.find(f)
}

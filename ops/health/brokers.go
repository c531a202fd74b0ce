package health

import (
	"fmt"
	"maps"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// downBrokers judges the brokers that aren't alive: those that the metadata doesn't list though they are registered,
// or hold replicas.
func (j *judge) downBrokers() {
	for i := range j.s.Brokers {
		b, h := &j.s.Brokers[i], &j.scan.brokers[i]
		if b.Alive {
			continue
		}
		f := state.Finding{
			Code: BrokerDown, Severity: state.SeverityWarning, Subject: ofBroker(b.ID), Scope: fmt.Sprintf("broker %d", b.ID), Fault: "kafka",
			Sentence: fmt.Sprintf("Broker %d is %s", b.ID, howDown(b)), Since: b.SilentSince,
			Next: fmt.Sprintf("kdeck drain %d", b.ID), Pane: "brokers",
		}
		if b.SilentSince.Known {
			f.Sentence += ", silent for " + age(j.now.Sub(b.SilentSince.Value))
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s had its last metadata fetch at %s",
				line(b.SilentSince.From), b.SilentSince.Value.UTC().Format("15:04:05 MST")))
		} else if b.SilentSince.Why != "" {
			f.Evidence = append(f.Evidence, "silent since: "+line(b.SilentSince.Why))
		}
		drain := f.Next
		switch {
		case h.replicas == 0:
			f.Sentence += "; it holds no replica"
			drain += " --unregister"
			f.Next = drain
		default:
			f.Sentence += "; holds " + format.Count(h.replicas, "replica")
			if h.preferred > 0 {
				f.Sentence += fmt.Sprintf(", preferred leader of %s", format.Thousands(h.preferred))
			}
			f.Filter, f.Pane = fmt.Sprintf("broker:%d", b.ID), "partitions"
			if !j.canMove(b.ID) {
				drain, f.Next = "", fmt.Sprintf("start broker %d again, or add a broker: no other can take a replica of it; kdeck drain %d says what else can be done", b.ID, b.ID)
			}
		}
		if drain != "" && !(b.SilentSince.Known && j.now.Sub(b.SilentSince.Value) >= RestartFor) {
			f.Next = fmt.Sprintf("start broker %d again; if it can't be started: %s", b.ID, drain)
		}
		if len(h.followers) > 0 {
			f.Evidence = append(f.Evidence, "the partitions that it is the preferred leader of are led by "+h.followers.each())
		}
		if read(j.s, b.Answered) {
			f.Evidence = append(f.Evidence, "its process lives and answers kdeck")
		} else if b.Answered.Why != "" {
			f.Evidence = append(f.Evidence, "asked by kdeck itself: "+line(b.Answered.Why))
		}
		j.find(f)
	}
}

// canMove tells whether any replica of a broker could be moved to another.
func (j *judge) canMove(id int32) bool {
	receives := func(id int32) bool {
		ok, _ := j.s.Broker(id).MayReceive()
		return ok
	}
	receivers := 0
	for i := range j.s.Brokers {
		if b := &j.s.Brokers[i]; b.ID != id && receives(b.ID) {
			receivers++
		}
	}
	for i := range j.s.NumPartitions() {
		held, taken := false, 0
		for r := range j.s.Partition(i).Replicas() {
			switch {
			case r.Broker == id:
				held = true
			case receives(r.Broker):
				taken++
			}
		}
		if held && taken < receivers {
			return true // mostly the first
		}
	}
	return false
}

// howDown says what is known of a broker that isn't alive.
func howDown(b *state.Broker) string {
	switch {
	case b.Fenced.Or(false):
		return "down (fenced)"
	case b.Fenced.Known:
		return "down (not registered)"
	}
	return "down"
}

// notAnswering judges the brokers that the cluster calls alive and that did not answer kdeck, together where it was
// for the same reason.
func (j *judge) notAnswering() {
	by := map[string][]int32{}
	for i := range j.s.Brokers {
		if b := &j.s.Brokers[i]; b.Alive && !read(j.s, b.Answered) && !j.expired(b) {
			by[b.Answered.Why] = append(by[b.Answered.Why], b.ID)
		}
	}
	if id, once := j.missedOnce(by); once {
		why := or(j.s.Broker(id).Answered.Why, "no reason known")
		j.find(state.Finding{
			Code: BrokerNotAnswering, Severity: state.SeverityInfo, Subject: ofBroker(id), Scope: fmt.Sprintf("broker %d", id),
			Sentence: fmt.Sprintf("Broker %d did not answer the last look: %s", id, words(why)),
			Evidence: []string{line(why), "it answered the look before; another without an answer makes the verdict unknown"},
			Next:     "kdeck brokers", Pane: "brokers", Filter: brokerFilter([]int32{id}),
		})
		return
	}
	for _, why := range slices.Sorted(maps.Keys(by)) {
		ids, said := by[why], or(why, "no reason known")
		j.find(state.Finding{
			Code: BrokerNotAnswering, Severity: state.SeverityWarning, Subject: ofBroker(ids[0]), Scope: brokers(ids), Fault: "network",
			Sentence: fmt.Sprintf("%s %s alive but %s not answer kdeck: %s", capital(brokers(ids)),
				verb(len(ids), "is", "are"), verb(len(ids), "does", "do"), words(said)),
			Evidence: []string{line(said)}, Next: "kdeck brokers", Pane: "brokers", Filter: brokerFilter(ids),
		})
	}
}

// missedOnce tells whether all that is unanswered is one look at one broker, and all answered the look before. That makes no verdict: a
// broker whose JVM collects garbage, or a path that lost a packet, does it to a healthy cluster. Several brokers at once are no chance.
func (j *judge) missedOnce(silent map[string][]int32) (id int32, once bool) {
	if j.Before == nil || j.Before.ClusterID != j.s.ClusterID || len(silent) != 1 {
		return 0, false
	}
	for _, ids := range silent {
		if len(ids) != 1 {
			return 0, false
		}
		id = ids[0]
	}
	for i := range j.Before.Brokers {
		if was := &j.Before.Brokers[i]; was.Alive && !read(j.Before, was.Answered) {
			return 0, false // a look after the other misses some broker
		}
	}
	was := j.Before.Broker(id)
	return id, was != nil && was.Alive
}

// logDirs judges failed log dirs, and offline replicas that none of them explains.
func (j *judge) logDirs() {
	for i := range j.s.Brokers {
		b, offline := &j.s.Brokers[i], j.scan.brokers[i].offline
		if !b.Alive {
			continue
		}
		bad := 0
		if read(j.s, b.LogDirs) {
			for _, d := range b.LogDirs.Value {
				if d.Error == "" {
					continue
				}
				bad++
				f := state.Finding{
					Code: LogDirOffline, Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfBroker, ID: b.ID, Name: d.Path},
					Scope: fmt.Sprintf("broker %d", b.ID), Fault: "disk",
					Sentence: fmt.Sprintf("Log dir %s of broker %d is offline", name(d.Path), b.ID),
					Evidence: []string{fmt.Sprintf("broker %d itself answers %s for it", b.ID, name(d.Error))},
					Next:     fmt.Sprintf("kdeck drain %d", b.ID), Pane: "brokers",
				}
				if j.scan.brokers[i].replicas > 0 && !j.canMove(b.ID) {
					f.Next = fmt.Sprintf("repair the disk, and start broker %d again: no other broker can take a replica of it", b.ID)
				}
				if offline > 0 {
					f.Sentence += "; " + format.Count(offline, "replica") + " of the broker " + verb(offline, "is", "are") + " too"
					f.Next = fmt.Sprintf("kdeck partitions --offline-replicas --broker %d", b.ID)
					f.Pane, f.Filter = "partitions", fmt.Sprintf("is:offline-replicas broker:%d", b.ID)
				}
				j.find(f)
			}
		}
		if offline > 0 && bad == 0 {
			j.find(state.Finding{
				Code: OfflineReplicas, Severity: state.SeverityWarning, Subject: ofBroker(b.ID), Scope: fmt.Sprintf("broker %d", b.ID), Fault: "disk",
				Sentence: fmt.Sprintf("%s of broker %d %s offline though it is alive: one of its log dirs may have failed",
					format.Count(offline, "replica"), b.ID, verb(offline, "is", "are")),
				Evidence: []string{"as the metadata of " + name(j.s.From) + " has it"},
				Next:     fmt.Sprintf("kdeck partitions --offline-replicas --broker %d", b.ID),
				Pane:     "partitions", Filter: fmt.Sprintf("is:offline-replicas broker:%d", b.ID),
			})
		}
	}
}

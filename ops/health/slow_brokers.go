package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// slowBroker is a broker that answers far more slowly than the others.
type slowBroker struct {
	*state.Broker
	answerTimes
}

// over is how much longer it takes than the others.
func (b slowBroker) over() time.Duration { return b.AnswerTime.Value - b.others }

// byPath tells whether the path to the broker takes most of the time: connecting, which its operating system does, takes as long. known is false where nobody
// tried it.
func (b slowBroker) byPath() (path, known bool) {
	return b.ConnectTime.Value >= b.over()/2, b.ConnectTime.Known
}

// slowAnswers judges how long brokers take to answer kdeck. It needs no metrics.
func (j *judge) slowAnswers() {
	t := j.Answers
	if t == nil {
		return
	}
	if t.allSlow >= SlowLooks {
		j.allSlow()
	}
	var path, broker []slowBroker
	for i := range j.s.Brokers {
		b := slowBroker{&j.s.Brokers[i], t.of(j.s.Brokers[i].ID)}
		if b.slow < SlowLooks || !read(j.s, b.AnswerTime) {
			continue
		}
		if is, known := b.byPath(); is && known {
			path = append(path, b)
		} else {
			broker = append(broker, b)
		}
	}
	if len(broker) > 0 {
		j.slowBrokers(broker)
	}
	if len(path) > 0 {
		j.slowPaths(path)
	}
}

// slowestOf sorts brokers by how long they take, the slowest first, and makes a finding of them that has no sentence yet.
func slowestOf(of []slowBroker, code, fault string) (first slowBroker, f state.Finding) {
	slices.SortStableFunc(of, func(a, b slowBroker) int { return cmp.Compare(b.AnswerTime.Value, a.AnswerTime.Value) })
	ids := make([]int32, len(of))
	for i, b := range of {
		ids[i] = b.ID
	}
	f = state.Finding{Code: code, Severity: state.SeverityWarning, Fault: fault, Filter: brokerFilter(ids), Pane: "brokers",
		Next: fmt.Sprintf("kdeck request ApiVersions --to %d", of[0].ID)}
	slices.Sort(ids)
	f.Scope = brokers(ids)
	return of[0], f
}

func (j *judge) slowBrokers(of []slowBroker) {
	first, f := slowestOf(of, SlowBroker, "kafka")
	f.Sentence = fmt.Sprintf("%s %s to answer what the others answer in %s", capital(f.Scope), takes(of, first.AnswerTime.Value), millis(first.others))
	for _, b := range of[:min(examples, len(of))] {
		f.Evidence = append(f.Evidence, b.facts())
		if _, known := b.byPath(); known {
			f.Evidence = append(f.Evidence, fmt.Sprintf("connecting to it takes %s: the time goes in the broker, or in a proxy before it, and not on the path", millis(b.ConnectTime.Value)))
		} else {
			f.Fault = ""
			f.Evidence = append(f.Evidence, "whether the path to it is slow isn't known: connecting was not tried")
		}
	}
	j.find(f)
}

// slowPaths says that the way to brokers takes long. Where it is as long to every broker of a rack, and there are others, that is how far away the rack is.
func (j *judge) slowPaths(of []slowBroker) {
	first, f := slowestOf(of, SlowPath, "network")
	f.Sentence = fmt.Sprintf("The path from here to %s is slow: an answer takes %s, of the others %s", f.Scope, millis(first.AnswerTime.Value), millis(first.others))
	for _, b := range of[:min(examples, len(of))] {
		f.Evidence = append(f.Evidence, b.facts(), fmt.Sprintf("connecting to it takes %s, which its operating system does: the broker has no part in it", millis(b.ConnectTime.Value)))
	}
	f.Evidence = append(f.Evidence, "measured from where kdeck runs: others may have another path")
	if rack := j.farRack(of); rack != "" {
		f.Severity, f.Fault = state.SeverityInfo, ""
		f.Evidence = append(f.Evidence, "it is so with every broker of rack "+name(rack)+", and with no other: the rack may be far away")
	}
	j.find(f)
}

// farRack is the rack to whose brokers, two or more, the path is slow, and to no others; "" where it isn't so.
func (j *judge) farRack(of []slowBroker) string {
	rack := of[0].Rack
	members := 0
	for i := range j.s.Brokers {
		if b := &j.s.Brokers[i]; b.Rack == rack && read(j.s, b.AnswerTime) {
			members++
		}
	}
	if len(of) < 2 || members != len(of) || slices.ContainsFunc(of, func(b slowBroker) bool { return b.Rack != rack }) {
		return ""
	}
	return rack
}

// facts says how long the broker's answers took.
func (b slowBroker) facts() string {
	text := fmt.Sprintf("broker %d took %s over its answer to ApiVersions, the least of what was tried, at %d looks running", b.ID, millis(b.AnswerTime.Value), b.slow)
	if usual, known := medianOf(b.usual); known {
		text += fmt.Sprintf("; before, it took %s", millis(usual))
	}
	return text
}

func takes(of []slowBroker, longest time.Duration) string {
	if len(of) == 1 {
		return "takes " + millis(longest)
	}
	return "take up to " + millis(longest)
}

// allSlow says that every broker takes long, which has many possible causes.
func (j *judge) allSlow() {
	f := state.Finding{
		Code: AllSlowToAnswer, Severity: state.SeverityWarning, Scope: "cluster",
		Sentence: fmt.Sprintf("All brokers take long to answer kdeck, %s in the middle", millis(j.Answers.median)),
		Evidence: []string{"it can't be told from here whether the brokers are slow, or this machine, or the path to all of them: look from another machine too"},
		Next:     "kdeck status", Pane: "brokers",
	}
	if usual, known := medianOf(j.Answers.usual); known {
		f.Sentence += fmt.Sprintf("; before, %s", millis(usual))
	}
	j.find(f)
}

// millis writes a time that is short as a rule.
func millis(d time.Duration) string {
	if d >= 10*time.Second {
		return age(d)
	}
	return format.Millis(float64(d.Microseconds())/1000) + "ms"
}

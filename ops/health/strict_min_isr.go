package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// strictMinISR judges topics that ask for more replicas in sync than they have. Kafka then asks for all of them ([state.Partition.MinISR]), so that any one that
// is not in sync stops writes with acks=all, which whoever set it hardly meant. A single replica is its own ISR, and nothing is refused.
func (j *judge) strictMinISR() {
	n := j.scan.tooStrict.n
	if n == 0 {
		return
	}
	p := j.s.Partition(int(j.scan.tooStrict.first[0]))
	topic := p.Topic()
	wants, _ := topic.MinISR()
	has := len(p.AppendReplicas(nil))
	f := state.Finding{
		Code: MinISRAboveRF, Severity: state.SeverityWarning, Scope: format.Count(n, "partition"), Fault: "kafka",
		Sentence: fmt.Sprintf("min.insync.replicas=%d of topic %s can't be met by its %s: Kafka takes %d, and refuses writes with acks=all as soon as any one is not in sync",
			wants, name(topic.Name()), format.Count(has, "replica"), has),
		Evidence: j.scan.show(j.scan.tooStrict),
		Next:     fmt.Sprintf("kdeck configs topic %s set min.insync.replicas=%d", shell(topic.Name()), has-1),
		Pane:     "partitions", Filter: "topic:" + format.Pattern(topic.Name()),
	}
	j.find(f)
}

package health

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// lookThere leads to the machine of the broker whose network threads are worst off, where no tenant explains it: a thread that waits for a disk in sendfile has no
// idle time in the metrics, like one that works (KAFKA-7504).
func (j *judge) lookThere(f *state.Finding, worst *state.BrokerMetrics) {
	if f.Fault == "tenant" || f.Code != NetworkThreadsBusy && f.Code != HotNetworkThread {
		return
	}
	peers := PeersOf(j.State)
	for _, r := range worst.Requests {
		for _, ph := range r.Phases {
			if ph.Name == "send" && strings.HasPrefix(r.Name, "Fetch") && peers.Phase(r.Name, ph) == state.SeverityWarning {
				f.Evidence = append(f.Evidence, fmt.Sprintf("sending answers to %s takes %sms there, on its peers %sms", r.Name, format.Millis(ph.Mean.Value), format.Millis(peers.phases[phaseOf{r.Name, ph.Name}].Value)))
			}
		}
	}
	f.Evidence = append(f.Evidence, fmt.Sprintf("whether they work or wait for a disk is told on the machine of broker %d alone: look there with kdeck host", worst.ID))
	if j.State.AsksHosts {
		f.Next = fmt.Sprintf("kdeck host --ask %d", worst.ID)
	}
}

package change

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Reassignments are the reassignments sent from this machine that may be in progress, as the entries of a journal tell, in their order.
// A request that was taken replaces the earlier ones. A request that was refused, or whose answer is missing, is added to them.
type Reassignments struct {
	sent  map[TopicPartition][]Sent          // the possible ones, the oldest first
	asked map[string]map[TopicPartition]Sent // by the entry's ID; nil replicas cancel
}

// Sent is a reassignment that was sent from this machine.
type Sent struct {
	Replicas []int32 // that the partition shall have
	Run      string  // the id of the run that sent it; "": none, or the journal doesn't tell
}

// ReadReassignments reads them from a cluster's whole journal.
func ReadReassignments(stateDir, clusterID string) (*Reassignments, error) {
	r := &Reassignments{}
	return r, Entries(stateDir, clusterID, r.Add)
}

// Add takes in the next entry of the journal.
func (r *Reassignments) Add(e *Entry) {
	switch {
	case e.Result != nil:
		r.answered(e)
	case e.API == apiReassign:
		r.ask(e)
	}
}

func (r *Reassignments) ask(e *Entry) {
	var req struct {
		Topics []struct {
			Name       string `json:"name"`
			Partitions []struct {
				Index    int32   `json:"partitionIndex"`
				Replicas []int32 `json:"replicas"`
			} `json:"partitions"`
		} `json:"topics"`
	}
	if json.Unmarshal(e.Request, &req) != nil {
		return // not written by this kdeck
	}
	if r.sent == nil {
		r.sent, r.asked = map[TopicPartition][]Sent{}, map[string]map[TopicPartition]Sent{}
	}
	r.asked[e.ID] = map[TopicPartition]Sent{}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			tp, sent := TopicPartition{t.Name, p.Index}, Sent{p.Replicas, e.Run}
			r.asked[e.ID][tp] = sent
			if p.Replicas != nil {
				r.sent[tp] = append(r.sent[tp], sent)
			}
		}
	}
}

func (r *Reassignments) answered(e *Entry) {
	if e.Result.Error == "" {
		for tp, sent := range r.asked[e.ID] {
			refused := func(part string) bool { return strings.HasPrefix(part, tp.String()+": ") }
			switch {
			case slices.ContainsFunc(e.Result.Refused, refused):
			case sent.Replicas == nil:
				delete(r.sent, tp)
			default:
				r.sent[tp] = []Sent{sent}
			}
		}
	}
	delete(r.asked, e.ID)
}

// Find finds the reassignment of a partition to these replicas, the latest one.
func (r *Reassignments) Find(tp TopicPartition, replicas []int32) (s Sent, found bool) {
	for _, s := range slices.Backward(r.sent[tp]) {
		if slices.Equal(s.Replicas, replicas) {
			return s, true
		}
	}
	return Sent{}, false
}

// All returns the reassignments of each partition, the oldest first. What it returns doesn't change later.
func (r *Reassignments) All() map[TopicPartition][]Sent {
	return maps.Clone(r.sent)
}

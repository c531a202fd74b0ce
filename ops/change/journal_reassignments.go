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
	default:
		r.ask(e)
	}
}

func (r *Reassignments) ask(e *Entry) {
	moves := e.Reassigned()
	if len(moves) == 0 {
		return
	}
	if r.sent == nil {
		r.sent, r.asked = map[TopicPartition][]Sent{}, map[string]map[TopicPartition]Sent{}
	}
	r.asked[e.ID] = map[TopicPartition]Sent{}
	for _, m := range moves {
		sent := Sent{m.Replicas, e.Run}
		r.asked[e.ID][m.TopicPartition] = sent
		if m.Replicas != nil {
			r.sent[m.TopicPartition] = append(r.sent[m.TopicPartition], sent)
		}
	}
}

// Reassigned are the moves that an entry's request asks for; those without replicas are cancelled. There are none where the request is
// another one, or was not written by this kdeck.
func (e *Entry) Reassigned() (moves []Move) {
	var req struct {
		Topics []struct {
			Name       string `json:"name"`
			Partitions []struct {
				Index    int32   `json:"partitionIndex"`
				Replicas []int32 `json:"replicas"`
			} `json:"partitions"`
		} `json:"topics"`
	}
	if e.API != apiReassign || json.Unmarshal(e.Request, &req) != nil {
		return nil
	}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			moves = append(moves, Move{TopicPartition: TopicPartition{t.Name, p.Index}, Replicas: p.Replicas})
		}
	}
	return moves
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

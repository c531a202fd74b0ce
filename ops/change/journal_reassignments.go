package change

import (
	"encoding/json"
	"slices"
	"strings"
)

// Reassignments reads from a cluster's journal which reassignments sent from this machine may be in progress. It returns the
// possible targets of each partition, oldest first. A request that was taken replaces the earlier ones. A request that was
// refused, or whose answer is missing, is added to them.
func Reassignments(stateDir, clusterID string) (map[TopicPartition][][]int32, error) {
	sent := map[TopicPartition][][]int32{}
	asked := map[string]map[TopicPartition][]int32{} // by the entry's ID; nil replicas cancel
	err := Entries(stateDir, clusterID, func(e *Entry) {
		if e.Result != nil {
			if e.Result.Error == "" {
				for tp, replicas := range asked[e.ID] {
					refused := func(part string) bool { return strings.HasPrefix(part, tp.String()+": ") }
					switch {
					case slices.ContainsFunc(e.Result.Refused, refused):
					case replicas == nil:
						delete(sent, tp)
					default:
						sent[tp] = [][]int32{replicas}
					}
				}
			}
			delete(asked, e.ID)
			return
		}
		if e.API != apiReassign {
			return
		}
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
		asked[e.ID] = map[TopicPartition][]int32{}
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				tp := TopicPartition{t.Name, p.Index}
				asked[e.ID][tp] = p.Replicas
				if p.Replicas != nil {
					sent[tp] = append(sent[tp], p.Replicas)
				}
			}
		}
	})
	return sent, err
}

package change

import "encoding/json"

// Reassignments reads from a cluster's journal which reassignments were sent from this machine: the last target of each
// partition, nil where it was cancelled. One whose answer was lost, or that was refused, counts as sent: what is compared
// with it is what the controller has in progress.
func Reassignments(stateDir, clusterID string) (map[TopicPartition][]int32, error) {
	sent := map[TopicPartition][]int32{}
	err := Entries(stateDir, clusterID, func(e *Entry) {
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
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				sent[TopicPartition{t.Name, p.Index}] = p.Replicas
			}
		}
	})
	return sent, err
}

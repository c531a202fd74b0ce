package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/tenant"
)

// words says what a request changes, in the words of the command that does it. asks tells that it only asks whether the change
// would be taken.
func words(e *change.Entry) (text string, asks bool) {
	switch e.API {
	case "AlterPartitionReassignments":
		text = reassignWords(e.Reassigned())
	case "AlterClientQuotas":
		text, asks = quotaWords(e.Request)
	case "IncrementalAlterConfigs":
		text = configWords(e.Request)
	case "ElectLeaders":
		text = electWords(e.Request)
	case "WriteTxnMarkers":
		text = markerWords(e.Request)
	case "UnregisterBroker":
		var r struct {
			Broker *int32 `json:"brokerId"`
		}
		if json.Unmarshal(e.Request, &r) == nil && r.Broker != nil {
			text = fmt.Sprintf("unregister broker %d", *r.Broker)
		}
	}
	if text == "" {
		text = fmt.Sprintf("request %s@%d to %s", e.API, e.Version, e.To)
	}
	return clip(text), asks
}

// some names the first few of many things.
func some(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), format.Thousands(len(names)-most))
	}
	return strings.Join(names, ", ")
}

func reassignWords(moves []change.Move) string {
	var moved, cancelled []string
	for _, m := range moves {
		name := fmt.Sprintf("%s/%d", m.Topic, m.Partition)
		if m.Replicas == nil {
			cancelled = append(cancelled, name)
		} else {
			moved = append(moved, name)
		}
	}
	var parts []string
	if len(moved) > 0 {
		parts = append(parts, fmt.Sprintf("reassign %s: %s", format.Count(len(moved), "partition"), some(moved)))
	}
	if len(cancelled) > 0 {
		parts = append(parts, fmt.Sprintf("cancel %s: %s", format.Count(len(cancelled), "reassignment"), some(cancelled)))
	}
	return strings.Join(parts, "; ")
}

// markerWords are those of markers that abort transactions; "" where one commits, or the request can't be read.
func markerWords(request []byte) string {
	var r struct {
		Markers []struct {
			Producer int64 `json:"producerId"`
			Commits  bool  `json:"transactionResult"`
			Topics   []struct {
				Name       string  `json:"name"`
				Partitions []int32 `json:"partitionIndexes"`
			} `json:"topics"`
		} `json:"markers"`
	}
	if json.Unmarshal(request, &r) != nil || len(r.Markers) != 1 || r.Markers[0].Commits {
		return ""
	}
	var places []string
	for _, t := range r.Markers[0].Topics {
		for _, id := range t.Partitions {
			places = append(places, fmt.Sprintf("%s/%d", t.Name, id))
		}
	}
	return fmt.Sprintf("abort the transaction of producer %d in %s", r.Markers[0].Producer, some(places))
}

func quotaWords(request []byte) (text string, asks bool) {
	var r struct {
		Validate bool `json:"validateOnly"`
		Entries  []struct {
			Entity []struct {
				Type string  `json:"entityType"`
				Name *string `json:"entityName"`
			} `json:"entity"`
			Ops []struct {
				Key    tenant.Type `json:"key"`
				Value  float64     `json:"value"`
				Remove bool        `json:"remove"`
			} `json:"ops"`
		} `json:"entries"`
	}
	if json.Unmarshal(request, &r) != nil {
		return "", false
	}
	var parts []string
	for _, e := range r.Entries {
		var of, set, removed []string
		for _, p := range e.Entity {
			if p.Name == nil {
				of = append(of, p.Type+"=<default>")
			} else {
				of = append(of, p.Type+"="+*p.Name)
			}
		}
		for _, op := range e.Ops {
			if op.Remove {
				removed = append(removed, string(op.Key))
			} else {
				set = append(set, string(op.Key)+"="+op.Key.Amount(op.Value))
			}
		}
		if len(set) > 0 {
			parts = append(parts, "quota set "+strings.Join(slices.Concat(of, set), " "))
		}
		if len(removed) > 0 {
			parts = append(parts, "quota remove "+strings.Join(slices.Concat(of, removed), " "))
		}
	}
	return some(parts), r.Validate
}

func configWords(request []byte) string {
	var r struct {
		Resources []struct {
			Type    int    `json:"resourceType"`
			Name    string `json:"resourceName"`
			Configs []struct {
				Name  string  `json:"name"`
				Op    int     `json:"configOperation"`
				Value *string `json:"value"`
			} `json:"configs"`
		} `json:"resources"`
	}
	if json.Unmarshal(request, &r) != nil {
		return ""
	}
	kinds := map[int]string{2: "topic", 4: "broker", 8: "broker logger of", 16: "client metrics", 32: "group"}
	var names, parts []string
	for _, res := range r.Resources {
		kind := kinds[res.Type]
		if kind == "" {
			kind = "resource of type " + strconv.Itoa(res.Type)
		}
		names = append(names, strings.TrimSpace(kind+" "+res.Name))
		for _, c := range res.Configs {
			part := c.Name + " removed"
			if value := textOf(c.Value); c.Op != 1 {
				part = c.Name + map[int]string{2: "+", 3: "-"}[c.Op] + "=" + format.Clip(value, 80)
				if rate, err := strconv.ParseInt(value, 10, 64); err == nil && strings.HasSuffix(c.Name, ".throttled.rate") {
					part = c.Name + "=" + format.Bytes(rate) + "/s"
				}
			}
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	return fmt.Sprintf("configs of %s: %s", some(names), some(parts))
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func electWords(request []byte) string {
	var r struct {
		Type   int `json:"electionType"`
		Topics []struct {
			Topic      string  `json:"topic"`
			Partitions []int32 `json:"partitions"`
		} `json:"topicPartitions"`
	}
	if json.Unmarshal(request, &r) != nil {
		return ""
	}
	var names []string
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			names = append(names, fmt.Sprintf("%s/%d", t.Topic, p))
		}
	}
	how := "preferred"
	if r.Type == 1 {
		how = "unclean"
	}
	if len(names) == 0 {
		return "elect " + how + " leaders of all partitions"
	}
	return fmt.Sprintf("elect %s leaders of %s: %s", how, format.Count(len(names), "partition"), some(names))
}

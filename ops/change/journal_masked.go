package change

import (
	"encoding/json"
	"regexp"
	"slices"

	"kdeck/ops/config"
	"kdeck/protocol/printable"
)

// bySecret stands before a command that takes a change back and holds a secret of the session. It is no command then, so that nobody
// carries it out as it is written.
const bySecret = "put the secret of the session in the place of (hidden): "

// masked is the entry without the session's secrets, which may stand in a name, in the value of a configuration, and in what a node
// said. The names of topics in a reassignment stay: see [maskedMoves].
func (e *Entry) masked(mask *config.Mask) *Entry {
	if mask == nil {
		return e
	}
	of := *e
	of.Phrase, of.Event = mask.Text(e.Phrase), mask.JSON(e.Event)
	of.Before = mask.JSON(e.Before)
	if e.API == apiReassign {
		of.Request = maskedMoves(mask, e.Request)
	} else {
		of.Request = mask.JSON(e.Request)
	}
	of.Undo = maskedUndo(mask, e.Undo)
	if e.Result != nil {
		r := *e.Result
		r.Error, r.Answer = mask.Said(r.Error), mask.JSON(r.Answer)
		r.Refused = slices.Clone(r.Refused)
		for i := range r.Refused {
			r.Refused[i] = maskedRefusal(mask, r.Refused[i], e.resultOf)
		}
		of.Result = &r
	}
	return &of
}

var (
	// topicName is what the name of a topic may be (org.apache.kafka.common.internals.Topic.validate).
	topicName = regexp.MustCompile(`^"[a-zA-Z0-9._-]{1,249}"$`)
	// refusedMove is a partition of a topic, before the reason why its reassignment was refused.
	refusedMove = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}-\d+: `)
)

// maskedRefusal is why a part of a request was refused, without the session's secrets. The partition whose reassignment was refused
// stays, as in [maskedMoves].
func maskedRefusal(mask *config.Mask, text, api string) string {
	move := ""
	if api == apiReassign {
		move = refusedMove.FindString(text)
	}
	return move + mask.Said(text[len(move):])
}

// maskedMoves is a reassignment without the session's secrets. What [ReadReassignments] reads stays, because it tells by it which moves are
// this machine's: the names of topics, and the numbers of partitions and replicas.
func maskedMoves(mask *config.Mask, request json.RawMessage) json.RawMessage {
	if mask.Text(string(request)) == string(request) {
		return request
	}
	type object = map[string]json.RawMessage
	hide := func(fields object, but ...string) {
		for name, value := range fields {
			if !slices.Contains(but, name) {
				fields[name] = mask.JSON(value)
			}
		}
	}
	var req object
	var topics []object
	if json.Unmarshal(request, &req) != nil || json.Unmarshal(req["topics"], &topics) != nil {
		return mask.JSON(request)
	}
	for _, t := range topics {
		var partitions []object
		if !topicName.Match(t["name"]) || json.Unmarshal(t["partitions"], &partitions) != nil {
			return mask.JSON(request)
		}
		for _, p := range partitions {
			hide(p, "partitionIndex", "replicas")
		}
		hide(t, "name", "partitions")
		t["partitions"], _ = printable.Marshal(partitions)
	}
	hide(req, "topics")
	req["topics"], _ = printable.Marshal(topics)
	masked, err := printable.Marshal(req)
	if err != nil {
		return mask.JSON(request)
	}
	return masked
}

func maskedUndo(mask *config.Mask, undo config.CommandLine) config.CommandLine {
	text := mask.Text(string(undo))
	if text == string(undo) {
		return undo
	}
	return config.CommandLine(bySecret + text)
}

package audit

import (
	"encoding/json"
	"reflect"

	"kdeck/ops/reassign"
)

var events = []reassign.Event{reassign.Submitted{}, reassign.Paused{}, reassign.Resumed{}, reassign.Moved{}, reassign.Skipped{},
	reassign.Foreign{}, reassign.Throttled{}, reassign.ThrottleChanged{}, reassign.Cancelled{}, reassign.Elected{}, reassign.Restored{},
	reassign.Left{}, reassign.End{}}

// readEvent reads an event of a run as the journal has it; nil where it is none.
func readEvent(line []byte) reassign.Event {
	var head struct {
		Kind string `json:"event"`
	}
	if json.Unmarshal(line, &head) != nil {
		return nil
	}
	for _, e := range events {
		if e.Kind() == head.Kind {
			read := reflect.New(reflect.TypeOf(e))
			if json.Unmarshal(line, read.Interface()) != nil {
				return nil
			}
			return read.Elem().Interface().(reassign.Event)
		}
	}
	return nil
}

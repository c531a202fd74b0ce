package reassign

import (
	"encoding/json"
	"fmt"
	"time"
)

// kinds read the events, by the names that they have in JSON.
var kinds = map[string]func(line []byte) (Event, error){
	Submitted{}.Kind(): read[Submitted], Progress{}.Kind(): read[Progress], Paused{}.Kind(): read[Paused], Resumed{}.Kind(): read[Resumed],
	Moved{}.Kind(): read[Moved], Skipped{}.Kind(): read[Skipped], Foreign{}.Kind(): read[Foreign], Throttled{}.Kind(): read[Throttled],
	ThrottleChanged{}.Kind(): read[ThrottleChanged], Cancelled{}.Kind(): read[Cancelled], Elected{}.Kind(): read[Elected],
	Restored{}.Kind(): read[Restored], Left{}.Kind(): read[Left], Steered{}.Kind(): read[Steered], Unsteered{}.Kind(): read[Unsteered],
	ThrottleChosen{}.Kind(): read[ThrottleChosen], Replanned{}.Kind(): read[Replanned], Added{}.Kind(): read[Added],
	Cordoned{}.Kind(): read[Cordoned], Waiting{}.Kind(): read[Waiting], End{}.Kind(): read[End],
}

func read[E Event](line []byte) (Event, error) {
	var e E
	err := json.Unmarshal(line, &e)
	return e, err
}

// UnknownEventError is an event of another version of kdeck.
type UnknownEventError struct{ Kind string }

func (e *UnknownEventError) Error() string {
	return fmt.Sprintf("%q is no event that this kdeck knows", e.Kind)
}

// ReadLine reads an event that [Line] wrote.
func ReadLine(line []byte) (at time.Time, e Event, err error) {
	var head struct {
		Event string    `json:"event"`
		Time  time.Time `json:"time"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return time.Time{}, nil, err
	}
	read, known := kinds[head.Event]
	if !known {
		return head.Time, nil, &UnknownEventError{head.Event}
	}
	e, err = read(line)
	return head.Time, e, err
}

package change

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"time"

	"kdeck/ops/tenant"
)

// Held is a change that was made for a time: when that is over, whoever made it takes it back. The journal has it from
// before it is made until it is taken back, so that one whose kdeck is gone by then is found.
type Held struct {
	What  string    `json:"entity"`         // in words, and the same for the same thing: "users/alice"
	Until time.Time `json:"until,omitzero"` // when it is to be taken back
	Undo  string    `json:"undo,omitempty"` // the command that does it

	// Of limits: whose they are, and what was set.
	Quota  []tenant.EntityPart     `json:"quota,omitempty"`
	Limits map[tenant.Type]float64 `json:"limits,omitempty"`

	// Of a raised request logger: whose it is, and its level before.
	Broker *int32 `json:"broker,omitempty"`
	Level  string `json:"level,omitempty"`
}

// HeldQuota is a change of limits that is to be undone at a time, by that command.
func HeldQuota(c tenant.Change, until time.Time, undo string) Held {
	h := Held{What: c.Entity.String(), Until: until, Undo: undo, Quota: c.Entity.Parts(), Limits: map[tenant.Type]float64{}}
	for _, l := range c.Limits {
		if l.After != nil {
			h.Limits[l.Type] = *l.After
		}
	}
	return h
}

// SetIn tells whether one of the limits of h is in force.
func (h Held) SetIn(q *tenant.Quotas) bool {
	e, err := tenant.EntityOf(h.Quota)
	for t, v := range h.Limits {
		if limit, ok := q.Limit(e, t); err == nil && ok && limit == v {
			return true
		}
	}
	return false
}

const (
	eventHeld     = "quota-held"
	eventRestored = "quota-restored"
)

// heldEvent is how the journal has it.
type heldEvent struct {
	Event string `json:"event"`
	Held
}

// Hold notes a change for a time, before it is made.
func (j *Journal) Hold(h Held) { j.noteHeld(eventHeld, h) }

// Release notes that it was taken back, or never made.
func (j *Journal) Release(h Held) { j.noteHeld(eventRestored, Held{What: h.What}) }

func (j *Journal) noteHeld(event string, h Held) {
	line, _ := json.Marshal(heldEvent{event, h}) // of strings, times and checked limits: can't fail
	j.Note(line)
}

// Holds reads from a cluster's journal what is held, again and again: each time only what was added since.
// It is not safe for concurrent use.
type Holds struct {
	path string
	read int64 // bytes of the journal, whole lines
	held map[string]Held
}

// NewHolds makes a reader of the journal of a cluster, which needn't be there yet.
func NewHolds(stateDir, clusterID string) *Holds {
	return &Holds{path: journalPath(stateDir, clusterID), held: map[string]Held{}}
}

// List is what was to be taken back and wasn't, as far as this machine knows, by name. The time of some may not be over
// yet; others may have been taken back by other means.
func (h *Holds) List() ([]Held, error) {
	if file, err := os.Stat(h.path); err != nil || file.Size() < h.read { // gone, or another one
		h.read, h.held = 0, map[string]Held{}
	}
	read, err := entriesFrom(h.path, h.read, func(e *Entry) {
		var event heldEvent
		if len(e.Event) == 0 || json.Unmarshal(e.Event, &event) != nil {
			return
		}
		switch event.Event {
		case eventHeld:
			h.held[event.What] = event.Held
		case eventRestored:
			delete(h.held, event.What)
		}
	})
	h.read = read
	list := make([]Held, 0, len(h.held))
	for _, what := range slices.Sorted(maps.Keys(h.held)) {
		list = append(list, h.held[what])
	}
	return list, err
}

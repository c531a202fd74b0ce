package change

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/tenant"
	"kdeck/protocol/printable"
)

// Held is a change for a limited time, after which the process that made it takes it back. The journal holds it from before it is
// made until it is taken back. So it is found if that process is gone by then.
type Held struct {
	What  string             `json:"entity"`         // in words, always the same for the same thing: "users/alice"
	Until time.Time          `json:"until,omitzero"` // when it has to be taken back
	Undo  config.CommandLine `json:"undo,omitempty"` // the command that takes it back

	// Of a quota: its entity, and the limits that were set.
	Quota  []tenant.EntityPart     `json:"quota,omitempty"`
	Limits map[tenant.Type]float64 `json:"limits,omitempty"`

	// Of a request logger: its broker, and its level before.
	Broker *int32 `json:"broker,omitempty"`
	Level  string `json:"level,omitempty"`
}

// HeldQuota is a change of limits that is to be undone at a time, by that command.
func HeldQuota(c tenant.Change, until time.Time, undo config.CommandLine) Held {
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
	heldWords     = `"quota-` // in the lines of both
)

// heldEvent is the journal's entry for it.
type heldEvent struct {
	Event string `json:"event"`
	Held
}

// Hold writes into the journal that a change for a limited time is about to be made.
func (j *Journal) Hold(h Held) { j.noteHeld(eventHeld, h) }

// Release writes into the journal that it was taken back, or never made.
func (j *Journal) Release(h Held) { j.noteHeld(eventRestored, Held{What: h.What}) }

func (j *Journal) noteHeld(event string, h Held) {
	h.Undo = maskedUndo(j.mask, h.Undo)
	line, _ := printable.Marshal(heldEvent{event, h}) // of strings, times and checked limits: can't fail
	j.Note(line)
}

// Holds reads from a cluster's journal which changes are held. Each time it reads only what was added since the last. It is not safe
// for concurrent use.
type Holds struct {
	path string
	read int64 // bytes of the journal, whole lines
	held map[string]Held
}

// NewHolds returns a reader of a cluster's journal. The journal needn't exist yet.
func NewHolds(stateDir, clusterID string) *Holds {
	return &Holds{path: journalPath(stateDir, clusterID), held: map[string]Held{}}
}

// List returns the changes that are held as far as this machine knows, sorted by name. The time of some may not be over yet. Others
// may have been taken back by other means.
func (h *Holds) List() ([]Held, error) {
	if file, err := os.Stat(h.path); err != nil || file.Size() < h.read { // gone, or replaced
		h.read, h.held = 0, map[string]Held{}
	}
	read, err := entriesFrom(h.path, h.read, heldWords, func(e *Entry) {
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

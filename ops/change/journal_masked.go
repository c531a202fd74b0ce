package change

import (
	"slices"

	"kdeck/ops/config"
)

// bySecret stands before a command that takes a change back and holds a secret of the session. It is no command then, so that nobody
// carries it out as it is written.
const bySecret = "put the secret of the session in the place of (hidden): "

// masked is the entry without the session's secrets, which may stand in a name, in the value of a configuration, and in what a node
// said. The names of topics in a reassignment stay as they are sent: by them [Reassignments] tells which moves are this machine's.
func (e *Entry) masked(mask *config.Mask) *Entry {
	if mask == nil {
		return e
	}
	of := *e
	of.Phrase, of.Event = mask.Text(e.Phrase), mask.JSON(e.Event)
	if e.API != apiReassign {
		of.Request, of.Before = mask.JSON(e.Request), mask.JSON(e.Before)
	}
	of.Undo = maskedUndo(mask, e.Undo)
	if e.Result != nil {
		r := *e.Result
		r.Error, r.Answer = mask.Said(r.Error), mask.JSON(r.Answer)
		r.Refused = slices.Clone(r.Refused)
		for i := range r.Refused {
			r.Refused[i] = mask.Said(r.Refused[i])
		}
		of.Result = &r
	}
	return &of
}

func maskedUndo(mask *config.Mask, undo config.CommandLine) config.CommandLine {
	text := mask.Text(string(undo))
	if text == string(undo) {
		return undo
	}
	return config.CommandLine(bySecret + text)
}

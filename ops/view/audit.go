package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// actionTime writes when something was done.
func actionTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// ActionColumns are the columns of what kdeck did to clusters from this machine.
func ActionColumns() []Column[state.Action] {
	return []Column[state.Action]{
		{Head: "WHEN (UTC)", Name: "when", Help: "when it began, in UTC", Cell: func(a state.Action) string { return actionTime(a.Began) },
			CSV: func(a state.Action) string { return a.Began.UTC().Format(time.RFC3339) },
			Key: func(a state.Action) int64 { return a.Began.UnixMicro() }},
		Text("RESULT", "result", "done; partial: some of it isn't done; refused by the cluster; failed; unknown: it was sent, and no answer is written; open: no end of the run is written",
			func(a state.Action) string { return string(a.Result) }),
		Text("WHO", "who", "the user of this machine, and behind it who became that user by sudo; - in entries of older versions", func(a state.Action) string { return who(a.By) }),
		Text("WHAT", "what", "what was done, in the words that were typed for it", func(a state.Action) string { return a.What }),
		Text("CLUSTER", "cluster", "the name by which the cluster was reached: a context, or an address", func(a state.Action) string { return who(a.Cluster) }),
		Wide(Text("WHY", "why", "why it isn't done", func(a state.Action) string { return a.Why })),
		Wide(Text("TAKEN BACK BY", "undo", "the command that takes it back, or why there is none", func(a state.Action) string { return a.Undo })),
		Wide(Column[state.Action]{Head: "TOOK", Name: "took", Help: "from its beginning to the last that is written of it", Right: true,
			Cell: func(a state.Action) string { return format.Duration(a.Ended.Sub(a.Began)) },
			CSV:  func(a state.Action) string { return strconv.FormatFloat(a.Ended.Sub(a.Began).Seconds(), 'f', 3, 64) },
			Key:  func(a state.Action) int64 { return int64(a.Ended.Sub(a.Began)) }}),
		Wide(Text("ID", "id", "by which kdeck audit ID shows its steps", func(a state.Action) string { return a.ID })),
	}
}

// StepColumns are the columns of the steps of one action.
func StepColumns() []Column[state.ActionStep] {
	return []Column[state.ActionStep]{
		{Head: "WHEN (UTC)", Name: "when", Help: "when it was sent, or happened", Cell: func(s state.ActionStep) string { return actionTime(s.At) },
			Key: func(s state.ActionStep) int64 { return s.At.UnixMicro() }},
		Text("RESULT", "result", "of a request; - of an event", func(s state.ActionStep) string { return who(string(s.Result)) }),
		Text("WHAT", "what", "what was sent, or what happened", func(s state.ActionStep) string { return s.Text }),
		Text("WHY", "why", "why it isn't done", func(s state.ActionStep) string { return s.Why }),
		Wide(Text("API", "api", "Kafka's name of the request", func(s state.ActionStep) string { return s.API })),
		Wide(Text("TO", "to", "the address that it was sent to", func(s state.ActionStep) string { return s.To })),
		Wide(Text("TAKEN BACK BY", "undo", "the command that takes it back", func(s state.ActionStep) string { return s.Undo })),
	}
}

// actionIs are the words behind is: in a filter of actions.
var actionIs = map[string]func(*state.Action) bool{
	"failed":   func(a *state.Action) bool { return a.Result.Bad() },
	"done":     func(a *state.Action) bool { return a.Result == state.ActionDone },
	"open":     func(a *state.Action) bool { return a.Result == state.ActionOpen },
	"run":      func(a *state.Action) bool { return a.Is == state.ActionRun },
	"change":   func(a *state.Action) bool { return a.Is == state.ActionChange },
	"undoable": func(a *state.Action) bool { return UndoCommand(a.Undo) != "" },
}

// UndoCommand returns an action's way back where kdeck itself has a command for it; "" where it hasn't.
func UndoCommand(undo string) string {
	if !strings.HasPrefix(undo, "kdeck ") {
		return ""
	}
	return undo
}

// ActionFilterWords are the words and fields that a filter of actions may name.
func ActionFilterWords() []string {
	var words []string
	for w := range actionIs {
		words = append(words, "is:"+w)
	}
	slices.Sort(words)
	words = append(words, "api:", "since:")
	for _, c := range ActionColumns() {
		words = append(words, c.Name+":")
	}
	return words
}

// MatchActions makes a filter into a test of actions. since: is counted from now.
func MatchActions(f Filter, now time.Time) (func(*state.Action) bool, error) {
	columns := ActionColumns()
	var tests []func(*state.Action) bool
	for _, t := range f {
		var test func(*state.Action) bool
		switch t.Field {
		case "is":
			if test = actionIs[strings.ToLower(t.Value)]; test == nil {
				return nil, &FieldError{"is:" + t.Value, ActionFilterWords()}
			}
		case "since":
			from, err := Since(t.Value, now)
			if err != nil {
				return nil, fmt.Errorf("filter: since:%w", err)
			}
			test = func(a *state.Action) bool { return !a.Ended.Before(from) }
		case "api":
			test = func(a *state.Action) bool {
				return slices.ContainsFunc(a.APIs, func(api string) bool {
					return t.Re != nil && t.Re.MatchString(api) || t.Re == nil && strings.EqualFold(api, t.Value)
				})
			}
		default:
			if t.Field != "" && Find(columns, t.Field) == nil {
				return nil, &FieldError{t.Field + ":", ActionFilterWords()}
			}
			positive := t
			positive.Not = false
			test = func(a *state.Action) bool { return matchTerm(columns, positive, *a) }
		}
		tests = append(tests, func(a *state.Action) bool { return test(a) != t.Not })
	}
	return func(a *state.Action) bool {
		for _, test := range tests {
			if !test(a) {
				return false
			}
		}
		return true
	}, nil
}

// Since reads from when on something is meant: how long ago (90m, 2h, 7d), a date, or a time as RFC 3339 has it.
func Since(text string, now time.Time) (time.Time, error) {
	if days, err := strconv.ParseFloat(strings.TrimSuffix(text, "d"), 64); err == nil && strings.HasSuffix(text, "d") && days >= 0 && days < 1e5 {
		return now.Add(-time.Duration(days * 24 * float64(time.Hour))), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is no time: write how long ago (90m, 2h, 7d), a date (2026-11-30), or 2026-11-30T10:00:00Z", text)
}

// AuditJSON is the answer of `kdeck audit`.
type AuditJSON struct {
	Envelope
	Journal string       `json:"journal"`       // the file, or the directory of all of them
	Skipped int64        `json:"skipped_bytes"` // of older entries that were not read
	Actions []ActionJSON `json:"actions"`
}

// ActionJSON is one action of an answer. Its steps are there where one action was asked for.
type ActionJSON struct {
	ID        string             `json:"id"`
	Run       *string            `json:"run"`
	Kind      state.ActionKind   `json:"kind"`
	Began     time.Time          `json:"began"`
	Ended     time.Time          `json:"ended"`
	By        *string            `json:"by"`
	ClusterID *string            `json:"cluster_id"`
	Cluster   *string            `json:"cluster"`
	What      string             `json:"what"`
	APIs      []string           `json:"apis"`
	Result    state.ActionResult `json:"result"`
	Why       *string            `json:"why"`
	Undo      *string            `json:"undo"`
	NumSteps  int                `json:"num_steps"`
	Steps     []StepJSON         `json:"steps,omitempty"`
}

// StepJSON is a request or an event of an action.
type StepJSON struct {
	At     time.Time          `json:"at"`
	API    *string            `json:"api"`
	To     *string            `json:"to"`
	What   string             `json:"what"`
	Result state.ActionResult `json:"result,omitempty"`
	Why    *string            `json:"why"`
	Undo   *string            `json:"undo"`
}

// WhatJournal stands in Unknown for what a journal doesn't tell.
const WhatJournal = "journal"

// AuditAnswer makes the answer of `kdeck audit` of these actions. steps tells that theirs are part of it.
func AuditAnswer(a *state.Audit, actions []state.Action, clusterID string, now time.Time, steps bool) AuditJSON {
	at := now.UTC()
	out := AuditJSON{Envelope: Envelope{Version: 1, ClusterID: clusterID, TakenAt: &at, Unknown: []state.Unknown{}},
		Journal: a.Path, Skipped: a.Skipped, Actions: []ActionJSON{}}
	for _, why := range AuditUnknown(a) {
		out.Unknown = append(out.Unknown, state.Unknown{Node: -1, What: WhatJournal, Why: why})
	}
	for i := range actions {
		out.Actions = append(out.Actions, ActionAnswer(&actions[i], steps))
	}
	return out
}

// AuditUnknown says what of a journal could not be read or was not.
func AuditUnknown(a *state.Audit) (why []string) {
	why = slices.Clone(a.Damaged)
	if more := a.Bad - len(a.Damaged); more > 0 {
		why = append(why, format.Count(more, "more line")+" that can't be read")
	}
	if a.Skipped > 0 {
		why = append(why, format.Bytes(a.Skipped)+" of older entries were not read")
	}
	return why
}

// ActionAnswer makes the JSON of one action.
func ActionAnswer(a *state.Action, steps bool) ActionJSON {
	j := ActionJSON{ID: a.ID, Run: named(a.Run), Kind: a.Is, Began: a.Began.UTC(), Ended: a.Ended.UTC(), By: named(a.By), ClusterID: named(a.ClusterID),
		Cluster: named(a.Cluster), What: a.What, APIs: append([]string{}, a.APIs...), Result: a.Result, Why: named(a.Why), Undo: named(a.Undo),
		NumSteps: len(a.Steps) + a.LeftOut}
	if steps {
		for _, s := range a.Steps {
			j.Steps = append(j.Steps, StepJSON{At: s.At.UTC(), API: named(s.API), To: named(s.To), What: s.Text, Result: s.Result, Why: named(s.Why), Undo: named(s.Undo)})
		}
	}
	return j
}

// FindAction returns the actions whose id or run is id or begins with it; "last" is the latest one.
func FindAction(actions []state.Action, id string) (found []state.Action) {
	switch id {
	case "":
		return nil
	case "last":
		return actions[:min(1, len(actions))]
	}
	for _, a := range actions {
		switch {
		case a.ID == id || a.Run == id:
			return []state.Action{a}
		case strings.HasPrefix(a.ID, id), a.Run != "" && strings.HasPrefix(a.Run, id):
			found = append(found, a)
		}
	}
	return found
}

// A Fact is a name and what is said under it.
type Fact struct{ Name, Text string }

// ActionFacts are what is known of one action, but for its steps.
func ActionFacts(a *state.Action) []Fact {
	facts := []Fact{{"what", a.What}, {"result", string(a.Result)}}
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, Fact{name, text})
		}
	}
	add("why", a.Why)
	add("who", a.By)
	add("taken back by", a.Undo)
	ended := ", and took " + format.Duration(a.Ended.Sub(a.Began))
	if a.Result == state.ActionOpen {
		ended = "; last entry " + a.Ended.UTC().Format(time.TimeOnly)
	}
	add("began", actionTime(a.Began)+" UTC"+ended)
	add("cluster", strings.TrimSpace(a.Cluster+" "+a.ClusterID))
	add("id", a.ID)
	if a.Run != a.ID {
		add("run", a.Run)
	}
	return facts
}

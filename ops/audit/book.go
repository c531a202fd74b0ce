package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
)

// The bounds of what is kept.
const (
	maxActions = 10_000
	maxSteps   = 2_000 // of an action, behind its first
	maxDamaged = 20    // lines that are named
	maxWhy     = 500   // bytes of a reason: a node may say megabytes
)

// book puts the lines of a journal together to actions.
type book struct {
	actions []*action          // in the order in which they began
	byKey   map[string]*action // the latest one of each key
	asked   map[string]*step   // requests without an outcome yet, by the entry's id
	sent    change.Reassignments
	damaged []string
	bad     int
	skipped int64
}

type action struct {
	state.Action
	phrase  string
	steps   []*step
	run     bool          // an event of a run is among the steps
	end     *reassign.End // its last event
	moved   int           // events
	took    int           // submitted
	changed bool          // since done was made
	done    state.Action
}

// step is a request, or an event of a run.
type step struct {
	state.ActionStep
	of      *action
	request string // that is sent; of one that is sent again it is the same
	asks    bool   // it only asks whether the change would be taken
	told    bool   // its outcome tells a refusal from an answer that never came
}

func newBook() *book {
	return &book{byKey: map[string]*action{}, asked: map[string]*step{}}
}

// goesOn is how long after its last line an action without an id may have another one.
const goesOn = time.Hour

// of returns the action that an entry belongs to.
func (b *book) of(e *change.Entry) *action {
	key, sure := "process "+processOf(e.ID), false
	switch {
	case e.Run != "":
		key, sure = "run "+e.Run, true
	case e.Action != "":
		key, sure = "action "+e.Action, true
	}
	if !sure && !ofRun(e) { // a change of its own
		key = "entry " + e.ID
	}
	a := b.byKey[key]
	if a != nil && !sure && (a.end != nil || e.Time.Sub(a.Ended) > goesOn) {
		a = nil
	}
	if a == nil {
		a = &action{phrase: e.Phrase}
		a.ID, a.Run, a.Began, a.By, a.Is = cmp.Or(e.Run, e.Action, e.ID), e.Run, e.Time, e.By, state.ActionChange
		b.byKey[key] = a
		b.actions = append(b.actions, a)
		b.forget()
	}
	return a
}

// forget lets go of the oldest actions, where there are too many.
func (b *book) forget() {
	if len(b.actions) <= 2*maxActions {
		return
	}
	kept := slices.Clone(b.actions[len(b.actions)-maxActions:])
	b.actions = kept
	keep := map[*action]bool{}
	for _, a := range kept {
		keep[a] = true
	}
	for key, a := range b.byKey {
		if !keep[a] {
			delete(b.byKey, key)
		}
	}
	for id, s := range b.asked {
		if !keep[s.of] {
			delete(b.asked, id)
		}
	}
}

// processOf is the process that an entry's id names.
func processOf(id string) string {
	_, pid, _ := strings.Cut(id, "-")
	return pid
}

// ofRun tells whether an entry that doesn't say to what it belongs may be one of a run.
func ofRun(e *change.Entry) bool {
	switch e.API {
	case "AlterPartitionReassignments", "IncrementalAlterConfigs", "ElectLeaders", "UnregisterBroker":
		return true
	case "":
		return eventOf(e) != nil
	}
	return false
}

// eventOf is the event of a run that an entry holds; nil for none.
func eventOf(e *change.Entry) reassign.Event {
	if len(e.Event) == 0 {
		return nil
	}
	_, ev, err := reassign.ReadLine(e.Event)
	if err != nil {
		return nil
	}
	return ev
}

func (b *book) add(e *change.Entry) {
	b.sent.Add(e)
	if e.Result != nil {
		if s := b.asked[e.ID]; s != nil {
			delete(b.asked, e.ID)
			s.outcome(e.Result)
			s.of.Ended, s.of.changed = e.Time, true
		}
		return
	}
	a := b.of(e)
	a.Ended, a.changed = e.Time, true
	a.Cluster, a.ClusterID = cmp.Or(a.Cluster, e.Context), cmp.Or(a.ClusterID, e.ClusterID)
	s := &step{of: a}
	s.At, s.API, s.To = e.Time, e.API, e.To
	if e.API == "" {
		a.event(e, s)
		return
	}
	if s.Text, s.asks = words(e); s.asks {
		s.Text = "asked first whether it would be taken: " + s.Text
	}
	s.told = e.Action != ""
	s.Result, s.Why, s.Undo = state.ActionUnknown, "no outcome is written: its process ended while it was sent", string(e.Undo)
	s.request = e.API + string(bytes.TrimSpace(e.Request))
	b.asked[e.ID] = s
	a.step(s)
	if !slices.Contains(a.APIs, e.API) {
		a.APIs = append(slices.Clip(a.APIs), e.API)
	}
}

func (a *action) step(s *step) {
	a.steps = append(a.steps, s)
	if n := len(a.steps) - 1; n > 2*maxSteps {
		a.LeftOut += n - maxSteps
		a.steps = slices.Delete(a.steps, 1, 1+n-maxSteps)
	}
}

// event takes in a line that is no request.
func (a *action) event(e *change.Entry, s *step) {
	ev := eventOf(e)
	switch ev := ev.(type) {
	case nil:
		s.Text = otherEvent(e.Event)
	case reassign.End:
		a.end = &ev
		s.Text, _, _ = strings.Cut(ev.String(), "\n")
		s.Why = clip(strings.Join(ev.Why, "; "))
	case reassign.Moved, reassign.Cancelled:
		a.moved++
		s.Text = ev.String()
	case reassign.Submitted:
		a.took++
		s.Text = ev.String()
	default:
		s.Text = ev.String()
	}
	s.Text = clip(s.Text)
	a.run = a.run || ev != nil
	a.step(s)
}

// outcome takes in what came of a request.
func (s *step) outcome(o *change.Outcome) {
	s.Result, s.Why = state.ActionDone, ""
	switch {
	case o.Unanswered:
		s.Result, s.Why = state.ActionUnknown, clip("no answer: "+o.Error)
	case o.Error != "" && s.told:
		s.Result, s.Why = state.ActionRefused, clip(o.Error)
	case o.Error != "":
		s.Result, s.Why = state.ActionFailed, clip(o.Error)
	case len(o.Refused) > 0:
		s.Result, s.Why = state.ActionRefused, clip(strings.Join(o.Refused, "; "))
	}
}

func clip(s string) string { return format.Clip(s, maxWhy) }

func (b *book) damage(lines []change.Damaged) {
	b.bad += len(lines)
	for _, d := range lines {
		if len(b.damaged) < maxDamaged {
			b.damaged = append(b.damaged, fmt.Sprintf("the line at byte %s: %s", format.Thousands(d.Offset), clip(d.Why)))
		}
	}
}

// audit returns what is known now. It shares nothing that changes later.
func (b *book) audit() *state.Audit {
	out := &state.Audit{Damaged: slices.Clone(b.damaged), Bad: b.bad, Skipped: b.skipped, Sent: map[state.PartitionName][]state.SentMove{}}
	for tp, sent := range b.sent.All() {
		moves := make([]state.SentMove, len(sent))
		for i, s := range sent {
			moves[i] = state.SentMove(s)
		}
		out.Sent[state.PartitionName(tp)] = moves
	}
	for _, a := range b.actions[max(len(b.actions)-maxActions, 0):] {
		if a.changed {
			a.done, a.changed = a.summed(), false
		}
		if !a.run && a.phrase == "" && len(a.steps) > 1 { // several requests of one process that made no run
			for _, s := range a.steps {
				out.Actions = append(out.Actions, a.alone(s))
			}
			continue
		}
		if len(a.steps) > 0 {
			out.Actions = append(out.Actions, a.done)
		}
	}
	slices.SortStableFunc(out.Actions, newestFirst)
	closeRuns(out.Actions)
	return out
}

// closeRuns tells of runs whose end isn't written, and after which another one began, that they are over: no two are on at the same
// time. The latest comes first.
func closeRuns(actions []state.Action) {
	var later *state.Action
	for i := range actions {
		a := &actions[i]
		if a.Is != state.ActionRun {
			continue
		}
		if a.Result == state.ActionOpen && later != nil {
			then, _, _ := strings.Cut(later.What, ": ")
			a.What = strings.TrimSuffix(a.What, " so far")
			a.Result, a.Why = state.ActionPartial, "its process was gone before its end; after it came "+then
		}
		later = a
	}
}

// alone is a request that no other one belongs to.
func (a *action) alone(s *step) state.Action {
	one := a.Action
	one.ID = fmt.Sprintf("%s.%d", a.ID, s.At.UnixMicro())
	one.Began, one.Ended, one.What, one.Result, one.Why, one.Undo = s.At, s.At, s.Text, s.Result, s.Why, s.Undo
	one.APIs, one.Steps, one.LeftOut = []string{s.API}, []state.ActionStep{s.ActionStep}, 0
	return one
}

// fingerprint ends a phrase of several objects: see [format.Phrase].
var fingerprint = regexp.MustCompile(` #[0-9a-f]{6}$`)

// summed is the action as its steps tell.
func (a *action) summed() state.Action {
	out := a.Action
	out.Steps = make([]state.ActionStep, 0, len(a.steps))
	for _, s := range a.steps {
		out.Steps = append(out.Steps, s.ActionStep)
	}
	out.What = strings.TrimSuffix(a.phrase, " "+a.Cluster)
	out.What = fingerprint.ReplaceAllString(out.What, "")
	a.sumUpRequests(&out)
	if a.run {
		a.sumUpRun(&out)
	}
	return out
}

// sumUpRequests says what came of an action by what came of its requests. Of requests that were sent again the last one counts.
func (a *action) sumUpRequests(out *state.Action) {
	last := map[string]*step{}
	for _, s := range a.steps {
		if s.API != "" {
			last[s.request] = s
		}
	}
	var texts, undo []string
	done := 0
	for _, s := range a.steps {
		if s.API == "" || last[s.request] != s {
			continue
		}
		if s.Result == state.ActionDone {
			done++
		} else if worse(s.Result, out.Result) {
			out.Result, out.Why = s.Result, s.Why
		}
		if s.asks {
			continue
		}
		texts = append(texts, s.Text)
		if s.Undo != "" && !slices.Contains(undo, s.Undo) {
			undo = append(undo, s.Undo)
		}
	}
	if out.Result == "" {
		out.Result = state.ActionDone
	}
	if len(texts) == 0 { // it was asked for, and refused
		for _, s := range a.steps {
			texts = append(texts, s.Text)
		}
	}
	if out.What == "" {
		out.What = texts[0]
		if more := len(texts) - 1; more > 0 {
			out.What += " and " + format.Count(more, "more change")
		}
	}
	if out.Result == state.ActionRefused && done == 0 || out.Result == state.ActionFailed && done == 0 {
		return // nothing to take back
	}
	if len(undo) > 0 { // the first change has what was before all of them
		out.Undo = undo[0]
	}
}

// worse orders results by how much an operator has to look at them.
func worse(a, b state.ActionResult) bool {
	rank := []state.ActionResult{"", state.ActionDone, state.ActionRefused, state.ActionFailed, state.ActionUnknown}
	return slices.Index(rank, a) > slices.Index(rank, b)
}

// sumUpRun says what came of a run by its events.
func (a *action) sumUpRun(out *state.Action) {
	out.Is = state.ActionRun
	if a.phrase == "" {
		out.What = "a run of reassignments"
	}
	for _, s := range a.steps { // of the requests that move partitions
		if s.API == "AlterPartitionReassignments" && strings.HasPrefix(s.Undo, "kdeck ") {
			out.Undo = s.Undo
			break
		}
	}
	if a.Run != "" && !strings.HasPrefix(out.Undo, "kdeck moves undo ") {
		out.Undo = "kdeck moves undo " + format.Shell(a.Run)
	}
	if a.end == nil {
		out.Result, out.Why = state.ActionOpen, "no end of it is written: it goes on, or its process is gone"
		out.What += fmt.Sprintf(": %s, %s so far", format.Count(a.took, "partition"), format.Thousands(a.moved)+" moved")
		return
	}
	end := a.end
	all := end.Moved + end.Skipped + end.Stuck + end.Left
	out.What += fmt.Sprintf(": %s moved", format.Count(end.Moved, "partition"))
	if all != end.Moved {
		out.What = strings.TrimSuffix(out.What, format.Count(end.Moved, "partition")+" moved") + fmt.Sprintf("%s of %s moved", format.Thousands(end.Moved), format.Count(all, "partition"))
	}
	out.Result, out.Why = state.ActionResult(end.Result), clip(strings.Join(append(slices.Clone(end.Why), errorOf(end)...), "; "))
	if end.Undo != "" && end.Moved > 0 && !strings.HasPrefix(out.Undo, "kdeck moves undo ") {
		out.Undo = "kdeck apply " + format.Shell(end.Undo)
	} else if end.Moved == 0 && end.Left == 0 {
		out.Undo = ""
	}
}

func errorOf(end *reassign.End) []string {
	if end.Error == "" {
		return nil
	}
	return []string{end.Error}
}

// otherEvent is a line that is no event of a run, in words.
func otherEvent(line json.RawMessage) string {
	var e struct {
		Event  string    `json:"event"`
		Entity string    `json:"entity"`
		Until  time.Time `json:"until"`
		change.AskedJVM
	}
	if json.Unmarshal(line, &e) != nil || e.Event == "" {
		return string(line)
	}
	switch e.Event {
	case "quota-held":
		return fmt.Sprintf("%s: for a limited time, until %s", e.Entity, e.Until.UTC().Format(time.RFC3339))
	case "quota-restored":
		return e.Entity + ": put back, or never changed"
	case "jvm-asked":
		return e.AskedJVM.String()
	}
	return string(line)
}

package reassign

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/protocol/printable"
)

// Event is something that happened while a plan was carried out. String is it in words.
type Event interface {
	// Kind is the event's name in JSON.
	Kind() string
	String() string
}

// Line is the event as one line of JSON, without the line's end.
func Line(at time.Time, e Event) []byte {
	head := fmt.Sprintf(`{"event":%q,"time":%q`, e.Kind(), at.UTC().Format(time.RFC3339Nano))
	body, _ := printable.Marshal(e) // of plain structs without NaN and infinities: can't fail
	if len(body) > 2 {
		head += ","
	}
	return append([]byte(head), body[1:]...)
}

// PartitionMove is one partition on its way.
type PartitionMove struct {
	change.TopicPartition
	From []int32 `json:"from"`
	To   []int32 `json:"to"`
}

func (m PartitionMove) String() string {
	return fmt.Sprintf("%v %v -> %v", m.TopicPartition, m.From, m.To)
}

// Submitted: the controller took a reassignment. Adopted ones were in flight already.
type Submitted struct {
	PartitionMove
	Bytes   *int64 `json:"bytes"` // to be copied; nil unknown
	Adopted bool   `json:"adopted"`
}

// Kind is "submitted".
func (Submitted) Kind() string { return "submitted" }

func (e Submitted) String() string {
	if e.Adopted {
		return "in flight already: " + e.PartitionMove.String()
	}
	return "submitted " + e.PartitionMove.String()
}

// Progress is how far the whole is.
type Progress struct {
	Done       int      `json:"done"` // partitions at their target
	InFlight   int      `json:"in_flight"`
	Total      int      `json:"total"`        // partitions, skipped ones included
	BytesDone  *int64   `json:"bytes_done"`   // nil where the brokers don't say
	BytesTotal *int64   `json:"bytes_total"`  //
	Rate       *float64 `json:"rate"`         // bytes a second over the last minute
	Left       *float64 `json:"left_seconds"` // at that rate
}

// Kind is "progress".
func (Progress) Kind() string { return "progress" }

func (e Progress) String() string {
	s := fmt.Sprintf("%s of %s moved, %s in flight", format.Thousands(e.Done), format.Count(e.Total, "partition"), format.Thousands(e.InFlight))
	if e.BytesDone != nil && e.BytesTotal != nil {
		s += ", " + format.Bytes(*e.BytesDone) + " of " + format.Bytes(*e.BytesTotal)
	}
	if e.Rate != nil {
		s += ", " + format.ByteRate(*e.Rate)
	}
	if e.Left != nil {
		s += ", " + format.Seconds(*e.Left) + " left"
	}
	return s
}

// Paused: nothing more is submitted for now. Where Partition is set, only that move makes no progress.
type Paused struct {
	Partition *change.TopicPartition `json:"partition"`
	Why       string                 `json:"why"`
	By        string                 `json:"by,omitempty"` // who asked for it; "": nobody, the cluster has a problem
}

// Kind is "paused".
func (Paused) Kind() string { return "paused" }

func (e Paused) String() string {
	if e.Partition != nil {
		return fmt.Sprintf("%v makes no progress: %s", *e.Partition, e.Why)
	}
	if e.By != "" {
		return e.Why // says the same
	}
	return "paused: " + e.Why
}

// Resumed: the reason of an earlier [Paused] is gone.
type Resumed struct {
	Partition *change.TopicPartition `json:"partition"`
	By        string                 `json:"by,omitempty"` // who asked for it, where somebody had paused the run
}

// Kind is "resumed".
func (Resumed) Kind() string { return "resumed" }

func (e Resumed) String() string {
	if e.Partition != nil {
		return fmt.Sprintf("%v makes progress again", *e.Partition)
	}
	if e.By != "" {
		return "continued by " + e.By
	}
	return "resumed"
}

// Unsteered: the run can't be seen or steered by other processes.
type Unsteered struct {
	Why string `json:"why"`
}

// Kind is "unsteered".
func (Unsteered) Kind() string { return "unsteered" }

func (e Unsteered) String() string {
	return "no other kdeck sees or steers this run, only signals do: " + e.Why
}

// Moved: a partition is where the plan wants it.
type Moved struct {
	PartitionMove
}

// Kind is "moved".
func (Moved) Kind() string { return "moved" }

func (e Moved) String() string { return "moved " + e.PartitionMove.String() }

// Skipped: a partition is left as it is.
type Skipped struct {
	change.TopicPartition
	Why string `json:"why"`
}

// Kind is "skipped".
func (Skipped) Kind() string { return "skipped" }

func (e Skipped) String() string { return fmt.Sprintf("skipped %v: %s", e.TopicPartition, e.Why) }

// Foreign: a reassignment in flight that is not ours. It is left alone.
type Foreign struct {
	PartitionMove
}

// Kind is "foreign".
func (Foreign) Kind() string { return "foreign" }

func (e Foreign) String() string { return "left alone, moved by others: " + e.PartitionMove.String() }

// Throttled: replication of the moved partitions is limited from now on.
type Throttled struct {
	Rate    int64   `json:"rate"` // bytes a second for each broker, in and out
	Brokers []int32 `json:"brokers"`
}

// Kind is "throttled".
func (Throttled) Kind() string { return "throttled" }

func (e Throttled) String() string {
	return fmt.Sprintf("replication limited to %s/s on brokers %s", format.Bytes(e.Rate), joinIDs(e.Brokers))
}

// ThrottleChanged: others changed the throttle that moves of ours run under, or had set one already.
type ThrottleChanged struct {
	Brokers []int32  `json:"brokers,omitempty"` // whose rate it is
	Topics  []string `json:"topics,omitempty"`  // or topics, from whose lists our replicas were taken
	Config  string   `json:"config,omitempty"`  // of the brokers
	Was     *string  `json:"was"`               // bytes a second; nil: not known, or there was none
	Now     *string  `json:"now"`               // bytes a second
	Again   bool     `json:"again"`             // it was gone, and we set it again; otherwise it is left to others
}

// Kind is "throttle-changed".
func (ThrottleChanged) Kind() string { return "throttle-changed" }

func (e ThrottleChanged) String() string {
	if len(e.Topics) > 0 {
		return fmt.Sprintf("others took replicas that we move off the lists of throttled replicas of %s: they are on them again",
			format.Count(len(e.Topics), "topic"))
	}
	what := fmt.Sprintf("%s of %s", e.Config, brokersOf(e.Brokers))
	switch {
	case e.Again && e.Was == nil:
		return fmt.Sprintf("%s was not set: it is %s now", what, rateText(e.Now))
	case e.Again:
		return fmt.Sprintf("others removed %s while our moves run under it: it is %s again", what, rateText(e.Now))
	case e.Was == nil:
		return fmt.Sprintf("%s is %s, set by others whose moves run under it: it is left, and ours run under it too", what, rateText(e.Now))
	}
	return fmt.Sprintf("others changed %s from %s to %s: it is left to them", what, rateText(e.Was), rateText(e.Now))
}

// rateText is a rate as configs hold it, in words.
func rateText(value *string) string {
	n, err := strconv.ParseInt(textOf(value), 10, 64)
	if err != nil {
		return strconv.Quote(textOf(value))
	}
	return format.Bytes(n) + "/s"
}

// brokersOf names brokers.
func brokersOf(ids []int32) string {
	if len(ids) == 1 {
		return fmt.Sprintf("broker %d", ids[0])
	}
	return "brokers " + joinIDs(ids)
}

// Cancelled: a reassignment in flight was undone.
type Cancelled struct {
	PartitionMove
}

// Kind is "cancelled".
func (Cancelled) Kind() string { return "cancelled" }

func (e Cancelled) String() string { return "cancelled " + e.PartitionMove.String() }

// Elected: the preferred replicas lead again.
type Elected struct {
	Partitions int      `json:"partitions"`
	Failed     []string `json:"failed,omitempty"`
}

// Kind is "elected".
func (Elected) Kind() string { return "elected" }

func (e Elected) String() string {
	s := "preferred leaders elected for " + format.Count(e.Partitions, "partition")
	if len(e.Failed) > 0 {
		s += fmt.Sprintf(", %d failed: %s", len(e.Failed), strings.Join(e.Failed, "; "))
	}
	return s
}

// Restored: a resource's throttle configs are what they were.
type Restored struct {
	Resource string `json:"resource"` // "topic orders", "broker 3"
	Config   string `json:"config"`
	How      string `json:"how"`
	Removed  bool   `json:"removed"` // it held nothing but ours
}

// Kind is "restored".
func (Restored) Kind() string { return "restored" }

func (e Restored) String() string {
	return fmt.Sprintf("restored %s of %s: %s", e.Config, e.Resource, e.How)
}

// Left: a throttle config that can't be put back now. It stays in the ledger, and the next run does it.
type Left struct {
	Resource string `json:"resource"`
	Config   string `json:"config"`
	Why      string `json:"why"`
}

// Kind is "left".
func (Left) Kind() string { return "left" }

func (e Left) String() string {
	return fmt.Sprintf("%s of %s is left as it is: %s", e.Config, e.Resource, e.Why)
}

// Result is how a run ended.
type Result string

// The results.
const (
	Done    Result = "done"    // everything is as the plan wants it, and what was set on the way is gone
	Partial Result = "partial" // not everything: interrupted, or partitions that were skipped or can't be moved
	Failed  Result = "failed"  // an error ended it
)

// End is the last event.
type End struct {
	Result    Result               `json:"result"`
	Why       []string             `json:"why,omitempty"` // what keeps it from being done
	Moved     int                  `json:"moved"`         // partitions at their target
	Skipped   int                  `json:"skipped"`
	Stuck     int                  `json:"stuck"`               // that the plan says can't be moved
	Left      int                  `json:"left"`                // neither moved nor skipped
	Cancelled *int                 `json:"cancelled,omitempty"` // reassignments undone, where that was asked for
	Cleared   *int                 `json:"cleared,omitempty"`   // throttles taken away, where that was asked for and nothing was to be moved
	Proofs    []Proof              `json:"proofs"`              // for each drained broker
	Undo      string               `json:"undo,omitempty"`      // the file of the plan that goes back
	Next      []config.CommandLine `json:"next,omitempty"`      // commands that finish or cancel
	Error     string               `json:"error,omitempty"`     // what ended it
}

// Proof is what a drained broker still holds.
type Proof struct {
	Broker   int32    `json:"broker"`
	Alive    bool     `json:"alive"`
	Metadata int      `json:"replicas"`          // by the cluster's metadata
	LogDirs  *int     `json:"log_dirs_replicas"` // by its own log dirs; nil where it doesn't tell
	Examples []string `json:"examples,omitempty"`
}

// Empty tells whether nothing is left: by the metadata and, where the broker lives, by its log dirs too.
func (p Proof) Empty() bool {
	return p.Metadata == 0 && (!p.Alive || p.LogDirs != nil && *p.LogDirs == 0)
}

func (p Proof) String() string {
	own := "it is dead"
	if p.LogDirs != nil {
		own = fmt.Sprintf("%d in its log dirs", *p.LogDirs)
	} else if p.Alive {
		own = "it doesn't tell what its log dirs hold"
	}
	s := fmt.Sprintf("broker %d: %s by metadata, %s", p.Broker, format.Count(p.Metadata, "replica"), own)
	if len(p.Examples) > 0 {
		s += " (" + strings.Join(p.Examples, ", ") + ")"
	}
	return s
}

// Kind is "end".
func (End) Kind() string { return "end" }

func (e End) String() string {
	var b strings.Builder
	switch {
	case e.Cleared != nil:
		fmt.Fprintf(&b, "%s: %s cleared", e.Result, format.Count(*e.Cleared, "throttle"))
	case e.Cancelled != nil:
		fmt.Fprintf(&b, "%s: %d cancelled, %d skipped, %d left", e.Result, *e.Cancelled, e.Skipped, e.Left)
	default:
		fmt.Fprintf(&b, "%s: %d moved, %d skipped, %d can't be moved, %d left", e.Result, e.Moved, e.Skipped, e.Stuck, e.Left)
	}
	for _, p := range e.Proofs {
		fmt.Fprintf(&b, "\n%v", p)
	}
	for _, why := range e.Why {
		b.WriteString("\n" + why)
	}
	return b.String()
}

func joinIDs(list []int32) string { return strings.Trim(fmt.Sprint(list), "[]") }

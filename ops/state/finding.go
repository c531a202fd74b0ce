package state

import (
	"slices"
	"time"
)

// Severity says how bad a finding is.
type Severity string

// The severities, worst first. SeverityOK is only for the line that says what was looked at and is well.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
	SeverityInfo     Severity = "info"
	SeverityOK       Severity = "ok"
)

// Rank orders severities: 0 is the worst.
func (s Severity) Rank() int {
	return slices.Index([]Severity{SeverityCritical, SeverityWarning, SeverityInfo, SeverityOK}, s)
}

// Verdict sums up the findings. Unknown is a verdict of its own: what could not be read never makes one healthy.
type Verdict string

// The verdicts.
const (
	VerdictHealthy  Verdict = "healthy"
	VerdictDegraded Verdict = "degraded"
	VerdictCritical Verdict = "critical"
	VerdictUnknown  Verdict = "unknown"
)

// A SubjectKind is a kind of thing that a finding can be about.
type SubjectKind string

// The kinds. What is about several brokers or partitions at once is about the cluster.
const (
	OfCluster    SubjectKind = ""
	OfBroker     SubjectKind = "broker"
	OfController SubjectKind = "controller"
	OfGroup      SubjectKind = "group"  // a consumer group
	OfEntity     SubjectKind = "entity" // whose limits, or which logger: what a change was about
)

// A Subject is what a finding is about. Unlike the finding's words it stays the same while numbers in them change.
type Subject struct {
	Kind SubjectKind
	ID   int32  // of the broker or controller
	Name string // of the entity, or of what else tells findings of one code apart: a log dir, what could not be read
}

// A FindingID tells whether a finding is one that was there before: at most one finding at a time has it.
type FindingID struct {
	Code    string
	Subject Subject
}

// ID identifies the finding.
func (f *Finding) ID() FindingID { return FindingID{f.Code, f.Subject} }

// A Finding is one thing that an operator should know, with what it rests on and what to do next. The names in JSON are
// those of `kdeck status`.
type Finding struct {
	Code     string             `json:"code"` // kebab-case and stable: "broker-down", "under-min-isr", …
	Severity Severity           `json:"severity"`
	Subject  Subject            `json:"-"`
	Scope    string             `json:"scope"` // what it is about, in words: "broker 44", "cluster", "12 partitions"
	Sentence string             `json:"sentence"`
	Since    Reading[time.Time] `json:"since"`
	Fault    string             `json:"fault"`    // whose fault it looks like: "kafka", "tenant", "client", "network", "disk"; "" when it can't be told
	Evidence []string           `json:"evidence"` // the facts that it rests on, each with the node that gave it
	Next     string             `json:"next"`     // what to do, usually a command
	// ExplainedBy names the finding that this one comes from, by its code and scope: "broker-down: broker 4"; "" where none is known.
	ExplainedBy string `json:"explained_by"`
	// Pane and Filter lead to the rows that it is about: "partitions" and "is:urp missing:44".
	Pane, Filter string `json:"-"`
	// Gone says at how many looks the finding was not seen any more; it is zero while it is seen.
	Gone Gone `json:"-"`
}

// Gone counts looks.
type Gone struct {
	At    time.Time // of the latest
	Looks int
}

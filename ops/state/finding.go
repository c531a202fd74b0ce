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

// A Finding is one thing that an operator should know, with what it rests on and what to do next.
type Finding struct {
	Code     string // kebab-case and stable: "broker-down", "under-min-isr", …
	Severity Severity
	Scope    string // what it is about: "broker 44", "cluster", "12 partitions"
	Sentence string
	Since    Reading[time.Time]
	Fault    string   // whose fault it looks like: "kafka", "client", "network", "disk"; "" when it can't be told
	Evidence []string // the facts that it rests on, each with the node that gave it
	Next     string   // what to do, usually a command
	// Pane and Filter lead to the rows that it is about: "partitions" and "is:urp missing:44".
	Pane, Filter string
}

package plan

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kdeck/protocol/printable"
)

// FileVersion is the version of plan files, the same as that of kafka-reassign-partitions
// (ReassignPartitionsCommand.parsePartitionReassignmentData), which knows no other.
const FileVersion = 1

// Plan holds the new replica lists of partitions. Only partitions that change are in it.
type Plan struct {
	Partitions []Assignment // a plan of kdeck: by topic and partition; of another tool: in the order of its file
	Header     *Header      // nil when the file was made by another tool: see [Plan.Complete]
	LogDirs    []LogDir     // of a file: the directories that it asks for; never used, see [Plan.Complete]
	Notes      []string     // of a file: how it was read, in sentences; [Plan.Complete] takes them into the header
}

// Assignment is one partition's replica list, the preferred leader first.
type Assignment struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"`
}

func (a *Assignment) String() string { return fmt.Sprintf("%s-%d", a.Topic, a.Partition) }

// Header is what kdeck adds to a plan file, under "kdeck".
type Header struct {
	ClusterID     string   `json:"cluster_id"`
	Stages        []string `json:"stages"`         // in the words of the command line
	Moves         int      `json:"moves"`          // (partition, broker) pairs that are new
	MovesBound    int      `json:"moves_bound"`    // no plan with the same goals can have fewer
	Bytes         *int64   `json:"bytes"`          // to be copied; nil where the size of a partition is unknown
	BytesBound    *int64   `json:"bytes_bound"`    // no plan with as few moves can copy less; nil where unknown
	LeaderChanges int      `json:"leader_changes"` // partitions whose preferred leader changes
	// No plan has fewer leader changes that is as good in all that matters more.
	LeaderChangesBound int          `json:"leader_changes_bound"`
	Violations         []string     `json:"violations"`         // what the plan leaves broken
	Relaxed            []string     `json:"relaxed"`            // demands that could only be met in part, and how far
	Risks              []string     `json:"risks"`              // what can go wrong while it is carried out
	Confirm            *string      `json:"confirm"`            // the phrase that carries it out; nil when made offline
	Before             []Assignment `json:"before"`             // the list of each of Partitions before, in the same order
	Drained            []int32      `json:"drained"`            // brokers that hold no replica when it is done
	Stuck              []Stuck      `json:"stuck"`              // partitions that should move and can't
	WaysOut            []string     `json:"ways_out,omitempty"` // what can be done about those that too few brokers may hold
	// What a plan from a file comes to on the cluster as it is now:
	InPlace    int         `json:"in_place,omitempty"`   // partitions left out because they stand as the plan wants them, or are moving there
	LeftAlone  []LeftAlone `json:"left_alone,omitempty"` // partitions left out because they are gone or changed
	Notes      []string    `json:"notes,omitempty"`      // how the file was understood
	Simulation *Timeline   `json:"simulation,omitempty"`
}

// Stuck is a partition that a stage should move and that can't be moved.
type Stuck struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"`
	Why       string  `json:"why"`
}

// check refuses lists that no cluster can have.
func check(list string, rows []Assignment) error {
	type key struct {
		topic     string
		partition int32
	}
	seen := make(map[key]bool, len(rows))
	for i := range rows {
		a := &rows[i]
		k := key{a.Topic, a.Partition}
		switch {
		case !LegalTopic(a.Topic):
			return fmt.Errorf("%q: no topic can have the name %q", list, a.Topic)
		case a.Partition < 0:
			return fmt.Errorf("%q: no partition can have the number %d (topic %s)", list, a.Partition, a.Topic)
		case seen[k]:
			return fmt.Errorf("%q: %v is listed twice", list, a)
		case len(a.Replicas) == 0:
			return fmt.Errorf("%q: %v has no replicas", list, a)
		}
		seen[k] = true
		for j, b := range a.Replicas {
			if b < 0 {
				return fmt.Errorf("%q: %v: no broker can have the id %d", list, a, b)
			}
			if slices.Contains(a.Replicas[:j], b) {
				return fmt.Errorf("%q: %v lists broker %d twice", list, a, b)
			}
		}
	}
	return nil
}

// LegalTopic tells whether a topic can have that name (org.apache.kafka.common.internals.Topic.validate).
func LegalTopic(name string) bool {
	return len(name) > 0 && len(name) <= 249 && name != "." && name != ".." &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

func (p *Plan) checkHeader() error {
	h := p.Header
	if h.ClusterID == "" {
		return errors.New(`"kdeck" has no "cluster_id": the plan can't be told from one of another cluster`)
	}
	if err := check("before", h.Before); err != nil {
		return err
	}
	if len(h.Before) != len(p.Partitions) {
		return fmt.Errorf(`"before" has %d entries for %d partitions`, len(h.Before), len(p.Partitions))
	}
	slices.SortFunc(p.Partitions, compare)
	slices.SortFunc(h.Before, compare)
	for i := range h.Before {
		if a := &p.Partitions[i]; compare(*a, h.Before[i]) != 0 {
			return fmt.Errorf(`%v has no entry in "before"`, a)
		}
	}
	for i, b := range h.Drained {
		if b < 0 || slices.Contains(h.Drained[:i], b) {
			return fmt.Errorf(`"drained": broker %d is no broker id or listed twice`, b)
		}
	}
	return nil
}

func compare(a, b Assignment) int {
	return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

// Write writes the plan file, one partition a line. A plan that [Read] would refuse, such as one for a topic with a name that no
// topic can have, isn't written: the error names what is wrong.
func (p *Plan) Write(w io.Writer) error {
	if err := check("partitions", p.Partitions); err != nil {
		return fmt.Errorf("no plan can be written: %w", err)
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "{\"version\":%d,\"partitions\":[", FileVersion)
	for i := range p.Partitions {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n ")
		b.Write(encode(p.Partitions[i]))
	}
	b.WriteByte(']')
	if p.Header != nil {
		h := *p.Header
		h.Stages, h.Violations, h.Relaxed, h.Risks = notNil(h.Stages), notNil(h.Violations), notNil(h.Relaxed), notNil(h.Risks)
		h.Before, h.Drained, h.Stuck = notNil(h.Before), notNil(h.Drained), notNil(h.Stuck)
		b.WriteString(",\n \"kdeck\":")
		b.Write(encode(h))
	}
	b.WriteString("}\n")
	return b.Flush()
}

// notNil returns an empty list for nil, so that JSON has [] and not null.
func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// encode leaves <, > and & unescaped: stages may hold regular expressions, which people read.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of plain structs, numbers and strings: can't fail
	return printable.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

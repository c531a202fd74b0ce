package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// document is a plan file as JSON. What else Kafka's tools or kdeck write is told apart by Topics and Brokers.
type document struct {
	Version    *json.Number `json:"version"`
	Partitions []struct {
		Topic     *string   `json:"topic"`
		Partition *int32    `json:"partition"`
		Replicas  []int32   `json:"replicas"`
		LogDirs   []*string `json:"log_dirs"`
	} `json:"partitions"`
	Header  *Header         `json:"kdeck"`
	Topics  json.RawMessage `json:"topics"`
	Brokers json.RawMessage `json:"brokers"`
}

// Read reads a plan file of kdeck or of kafka-reassign-partitions, or the whole output of the latter's --generate, of which it
// takes the proposed assignment. A file without a version has version 1, as for Kafka's tool
// (ReassignPartitionsCommand.parsePartitionReassignmentData). If two readers could understand the file as two different plans,
// the error names the word that is ambiguous.
func Read(r io.Reader) (*Plan, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	text, notes, err := planText(text)
	if err != nil {
		return nil, err
	}
	f, err := decode(text)
	if err != nil {
		return nil, err
	}
	p := &Plan{Partitions: make([]Assignment, 0, len(f.Partitions)), Header: f.Header, Notes: notes}
	for i, row := range f.Partitions {
		if row.Topic == nil || row.Partition == nil {
			return nil, fmt.Errorf(`entry %d of "partitions" lacks "topic" or "partition"`, i+1)
		}
		a := Assignment{*row.Topic, *row.Partition, row.Replicas}
		if len(row.LogDirs) > 0 && len(row.LogDirs) != len(row.Replicas) {
			return nil, fmt.Errorf(`%v: %d "log_dirs" for %d replicas`, &a, len(row.LogDirs), len(row.Replicas))
		}
		for k, dir := range row.LogDirs {
			switch {
			case dir == nil || *dir == "":
				return nil, fmt.Errorf(`%v: "log_dirs" names no directory for broker %d: write "any"`, &a, a.Replicas[k])
			case *dir != "any":
				p.LogDirs = append(p.LogDirs, LogDir{a.Topic, a.Partition, a.Replicas[k], *dir})
			}
		}
		p.Partitions = append(p.Partitions, a)
	}
	if err := check("partitions", p.Partitions); err != nil {
		return nil, err
	}
	if p.Header != nil {
		if err := p.checkHeader(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// decode reads the JSON of a plan and says what the file is where it is another of Kafka's or kdeck's files.
func decode(text []byte) (*document, error) {
	f := &document{}
	d := json.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(f); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the plan is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the plan is cut short: it ends in the middle")
	case err != nil:
		return nil, notJSON(text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the plan in its file")
	}
	replicas := false
	for _, row := range f.Partitions {
		replicas = replicas || row.Replicas != nil
	}
	switch {
	case f.Version != nil && f.Version.String() != "1":
		return nil, fmt.Errorf("the plan has version %s, and this kdeck knows version %d only", f.Version, FileVersion)
	case f.Partitions == nil && f.Brokers != nil:
		return nil, errors.New("not a plan but a snapshot of a cluster: it goes behind --snapshot")
	case f.Partitions == nil && f.Topics != nil:
		return nil, errors.New(`not a plan but a list of topics, as --topics-to-move-json-file takes it: --generate makes a plan of it, or kdeck plan with --topics`)
	case f.Partitions == nil:
		return nil, errors.New(`not a plan: it has no "partitions"`)
	case len(f.Partitions) > 1 && !replicas:
		return nil, errors.New(`no partition has "replicas": not a plan but a list of partitions, as kafka-leader-election takes it (kdeck plan elect elects preferred leaders)`)
	}
	return f, nil
}

// notJSON says what a file is that isn't the JSON of a plan, or where the slip in it is.
func notJSON(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	begins := func(words string) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte(words)) }
	switch {
	case begins("Status of partition reassignment"):
		return errors.New("not a plan but what --verify prints")
	case begins("version:"), begins("partitions:"), begins("---"):
		return errors.New("not a plan: the file is YAML, and a plan is JSON")
	case begins("\x1f\x8b"):
		return errors.New("not a plan: the file is packed by gzip")
	case errors.As(err, &kind) && kind.Value == "array" && kind.Field == "":
		return errors.New(`not a plan but a list: its rows belong into {"version":1,"partitions":[…]}`)
	case errors.As(err, &kind):
		return fmt.Errorf("not a plan: line %d: %s holds a %s, which has to be %s", lineOf(text, kind.Offset), strconv.Quote(kind.Field), kind.Value, jsonOf(kind.Type))
	case errors.As(err, &syntax):
		return fmt.Errorf("not a plan: line %d: %w", lineOf(text, syntax.Offset), err)
	}
	return fmt.Errorf("not a plan: %w", err)
}

// lineOf is the number of the line that holds a byte, from 1.
func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(offset-1, 0), int64(len(text)))], []byte("\n"))
}

// jsonOf says what JSON a type is read from.
func jsonOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a number"
}

// What kafka-reassign-partitions prints before an assignment: --generate the first two, --execute the first and the third
// (ReassignPartitionsCommand.generateAssignment, currentPartitionReplicaAssignmentToString).
var (
	currentAssignment  = []byte("Current partition replica assignment")
	proposedAssignment = []byte("Proposed partition reassignment configuration")
	rollbackAssignment = []byte("option during rollback")
)

// planText finds the plan in the text of a file: without a byte order mark, and out of what --generate prints.
func planText(text []byte) (plan []byte, notes []string, err error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, nil, errors.New("the file is UTF-16 text, as > of PowerShell writes it: save it as UTF-8 (Out-File -Encoding utf8)")
	}
	_, proposed, generated := bytes.Cut(text, proposedAssignment)
	switch {
	case generated && bytes.Contains(proposed, proposedAssignment):
		return nil, nil, errors.New("the file has several proposals of --generate: keep the line under the last Proposed, or whichever is meant")
	case generated:
		return proposed, []string{"the file is what --generate prints: its proposed assignment is taken"}, nil
	case bytes.Contains(text, currentAssignment) && bytes.Contains(text, rollbackAssignment):
		return nil, nil, errors.New("the file is what --execute prints, and its JSON is the assignment from before: to go back to that, keep only this line")
	case bytes.Contains(text, currentAssignment):
		return nil, nil, errors.New("the file is the first half of what --generate prints, the current assignment: the plan is the line under Proposed")
	}
	return text, nil, nil
}

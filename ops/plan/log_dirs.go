package plan

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// LogDir is the log directory that a plan file asks for, for one replica. kafka-reassign-partitions writes such files since
// Kafka 4.3, also where nobody asked for a directory.
type LogDir struct {
	Topic     string
	Partition int32
	Broker    int32
	Dir       string // a path
}

func (r *LogDir) String() string {
	return fmt.Sprintf("%s-%d on broker %d: %s", r.Topic, r.Partition, r.Broker, r.Dir)
}

// logDirNotes says for which replicas the directory that the file asks for isn't used. kdeck moves no replica between
// directories: one that is there stays where it is, and for a new one the broker chooses the directory.
func (p *Plan) logDirNotes(s *state.Snapshot) []string {
	var fresh, elsewhere, unknown []string
	for i := range p.LogDirs {
		r := &p.LogDirs[i]
		at, ok := s.FindPartition(r.Topic, r.Partition)
		if !ok {
			continue
		}
		switch path, holds := dirOf(s, at, r.Broker); {
		case !holds:
			fresh = append(fresh, r.String())
		case path == "":
			unknown = append(unknown, r.String())
		case strings.TrimRight(path, "/") != strings.TrimRight(r.Dir, "/"):
			elsewhere = append(elsewhere, r.String())
		}
	}
	var said []string
	for _, list := range []struct {
		replicas []string
		what     string
	}{
		{fresh, "new: the broker chooses the directory"},
		{elsewhere, "in another directory by now: it stays there"},
		{unknown, "in a directory that isn't known: it stays there"},
	} {
		if n := len(list.replicas); n > 0 {
			said = append(said, fmt.Sprintf("log_dirs of %s not used (%s): %s", format.Count(n, "replica"),
				examples(list.replicas), list.what))
		}
	}
	return said
}

// dirOf is the path of the directory that holds a replica, "" where that isn't known.
func dirOf(s *state.Snapshot, p state.Partition, broker int32) (path string, holds bool) {
	for r := range p.Replicas() {
		if r.Broker != broker {
			continue
		}
		b := s.Broker(broker)
		if b != nil && b.LogDirs.Known && r.Dir >= 0 && r.Dir < len(b.LogDirs.Value) {
			path = b.LogDirs.Value[r.Dir].Path
		}
		return path, true
	}
	return "", false
}

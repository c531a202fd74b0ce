package plan

import (
	"errors"
	"fmt"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Limits bind the whole plan, whichever stage they follow.
type Limits struct {
	Moves int   // most replicas that may move; negative: no limit
	Bytes int64 // most bytes that may be copied; negative: no limit
	// KeepLeaders keeps every preferred leader that is alive and that no stage moves off its broker.
	KeepLeaders bool
}

const keepLeadersFlag = "keep-leaders"

// limitFlags may follow any stage.
var limitFlags = []string{"max-moves", "max-bytes", keepLeadersFlag}

func parseLimits(flags flagWords) (*Limits, error) {
	l := &Limits{Moves: -1, Bytes: -1}
	var err error
	if word, ok := flags["max-moves"]; ok {
		if l.Moves, err = wholeNumber(word); err != nil {
			return nil, fmt.Errorf("--max-moves: %w", err)
		}
	}
	if word, ok := flags["max-bytes"]; ok {
		if l.Bytes, err = format.ParseBytes(word); err != nil {
			return nil, fmt.Errorf("--max-bytes: %w", err)
		}
	}
	_, l.KeepLeaders = flags[keepLeadersFlag]
	return l, nil
}

// tightest returns limits that meet both.
func (l *Limits) tightest(o *Limits) *Limits {
	least := func(a, b int64) int64 {
		if a < 0 || b >= 0 && b < a {
			return b
		}
		return a
	}
	return &Limits{int(least(int64(l.Moves), int64(o.Moves))), least(l.Bytes, o.Bytes), l.KeepLeaders || o.KeepLeaders}
}

func (l *Limits) String() string {
	var words []string
	if l.Moves >= 0 {
		words = append(words, fmt.Sprintf("--max-moves %d", l.Moves))
	}
	if l.Bytes >= 0 {
		words = append(words, fmt.Sprintf("--max-bytes %d", l.Bytes))
	}
	if l.KeepLeaders {
		words = append(words, "--"+keepLeadersFlag)
	}
	return strings.Join(words, " ")
}

func (l *Limits) phrase() string { return "" }

func (l *Limits) topics() Topics { return Topics{} }

func (l *Limits) demands() []assigner.Demand {
	demands := []assigner.Demand{assigner.Limit{Moves: l.Moves, Bytes: l.Bytes}}
	if l.KeepLeaders {
		demands = append(demands, assigner.KeepLeaders{})
	}
	return demands
}

// checkElections refuses an election together with --keep-leaders. The planner can't see that clash, for it knows no elections.
func checkElections(stages []Stage) error {
	var elect, keep Stage
	for _, s := range stages {
		switch l := s.(type) {
		case *Elect:
			elect = s
		case *Limits:
			if l.KeepLeaders {
				keep = s
			}
		}
	}
	if elect == nil || keep == nil {
		return nil
	}
	return &ClashError{[]string{elect.String(), keep.String()}, errors.New("an election gives partitions another leader: leave out one of the two")}
}

// checkCluster refuses a limit on bytes if no partition's size is known: every move would seem to cost nothing.
func (l *Limits) checkCluster(s *state.Snapshot) error {
	if l.Bytes < 0 {
		return nil
	}
	for i := range s.NumPartitions() {
		if _, known := s.Partition(i).Size(); known {
			return nil
		}
	}
	return fmt.Errorf("%s: the size of no partition is known", l)
}

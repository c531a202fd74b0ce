package plan

import (
	"fmt"
	"maps"
	"slices"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// DrainRack drains all brokers of a rack, and Brokers beside them. Which brokers those are, a cluster tells: see [Resolve].
type DrainRack struct {
	Rack    string
	Brokers []int32
	To      []int32
	Topics
}

// NoRackError says that no broker is in a rack.
type NoRackError struct {
	Stage string // in its words
	Rack  string
	Known []string // the racks that there are
}

func (e *NoRackError) Error() string {
	return fmt.Sprintf("%s: --rack %s: no broker is in it", e.Stage, e.Rack)
}

func (d *DrainRack) String() string {
	s := d.phrase()
	if len(d.To) > 0 {
		s += " --to " + joinIDs(d.To, ",")
	}
	return s + d.flags()
}

func (d *DrainRack) phrase() string {
	s := "drain"
	if len(d.Brokers) > 0 {
		s += " " + joinIDs(d.Brokers, " ")
	}
	return s + " --rack " + d.Rack
}

func (d *DrainRack) demands() []assigner.Demand { return d.of(d.Brokers).demands() }

// of drains these brokers.
func (d *DrainRack) of(brokers []int32) *Drain { return &Drain{brokers, d.To, d.Topics} }

// resolve is the drain of the rack's brokers, dead ones too.
func (d *DrainRack) resolve(s *state.Snapshot) (Stage, error) {
	brokers, racks, found := slices.Clone(d.Brokers), map[string]bool{}, false
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if b.Rack != "" {
			racks[b.Rack] = true
		}
		if b.Rack == d.Rack {
			found = true
			if !slices.Contains(brokers, b.ID) {
				brokers = append(brokers, b.ID)
			}
		}
	}
	if !found {
		return nil, &NoRackError{d.phrase(), d.Rack, slices.Sorted(maps.Keys(racks))}
	}
	if err := notDrained(d.To, brokers); err != nil {
		return nil, fmt.Errorf("%s: %w", d.phrase(), err)
	}
	return d.of(brokers), nil
}

// Resolve returns the stages with the brokers that they mean in the cluster in s. An error is a [*NoRackError] or that of a stage that is
// wrong there.
func Resolve(s *state.Snapshot, stages []Stage) ([]Stage, error) {
	out := slices.Clone(stages)
	for i, stage := range out {
		if d, is := stage.(*DrainRack); is {
			resolved, err := d.resolve(s)
			if err != nil {
				return nil, err
			}
			out[i] = resolved
		}
	}
	return out, nil
}

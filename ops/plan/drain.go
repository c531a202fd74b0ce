package plan

import (
	"errors"
	"fmt"
	"slices"
)

// Drain leaves no replica on Brokers. What they hold goes to the brokers in To, or to any other if that is empty.
type Drain struct {
	Brokers []int32
	To      []int32
}

func parseDrain(args []string, flags flagWords) (Stage, error) {
	if err := flags.only("to"); err != nil {
		return nil, err
	}
	brokers, err := brokerIDs(args)
	if err != nil {
		return nil, err
	}
	if len(brokers) == 0 {
		return nil, errors.New("no broker given")
	}
	d := &Drain{Brokers: brokers}
	if list, ok := flags["to"]; ok {
		if d.To, err = brokerIDs([]string{list}); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	for _, b := range d.To {
		if slices.Contains(d.Brokers, b) {
			return nil, fmt.Errorf("--to: broker %d is itself being drained", b)
		}
	}
	return d, nil
}

func (d *Drain) String() string {
	if len(d.To) == 0 {
		return d.phrase()
	}
	return d.phrase() + " --to " + joinIDs(d.To, ",")
}

func (d *Drain) phrase() string { return "drain " + joinIDs(d.Brokers, " ") }

package reassign

import (
	"context"
	"fmt"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

// MayUnregister returns an error if one of the brokers can't be unregistered once it is drained. A live broker can't: Kafka
// would unregister it all the same, and it would be cut off. Ask before anything moves.
func MayUnregister(s *state.Snapshot, brokers []int32) error {
	for _, b := range brokers {
		at := s.Broker(b)
		if at == nil {
			return fmt.Errorf("there is no broker %d to unregister", b)
		}
		if at.Alive {
			return fmt.Errorf("broker %d is alive and can't be unregistered: drain it, stop it, and then run the same command again", b)
		}
	}
	return nil
}

// Unregister removes the registrations of brokers that are dead and hold no replica, which Kafka itself doesn't check.
func Unregister(ctx context.Context, door *change.Door, look func(context.Context) (*state.Snapshot, error), brokers []int32) error {
	s, err := look(ctx)
	if err != nil {
		return err
	}
	if err := MayUnregister(s, brokers); err != nil {
		return err
	}
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		for _, b := range brokers {
			if p.Has(b) {
				return fmt.Errorf("broker %d still holds %s-%d and can't be unregistered", b, p.Topic().Name(), p.ID())
			}
		}
	}
	for i, b := range brokers {
		at := s.Broker(b)
		before := map[string]any{"broker": b, "host": at.Host, "port": at.Port, "rack": at.Rack}
		if err := door.UnregisterBroker(ctx, b, before); err != nil {
			err = fmt.Errorf("unregistering broker %d: %w", b, err)
			if i > 0 {
				err = fmt.Errorf("brokers %s are unregistered; %w", joinIDs(brokers[:i]), err)
			}
			return err
		}
	}
	return nil
}

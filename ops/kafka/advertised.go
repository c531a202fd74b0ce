package kafka

import (
	"errors"
	"fmt"
	"net"
	"slices"
)

// dialed takes note of how the dial of an address ended. Where the address is one that brokers advertise, and its name has no address
// here or no advertised one was ever reached, the error says how to map it: through a tunnel or from outside a container network only
// the bootstrap address works. Where others are reached, a node that isn't is likelier down.
func (s *Session) dialed(addr string, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.dials[addr] = true
		return nil
	}
	typed := func(addr string) bool {
		return slices.Contains(s.cluster.Bootstrap, addr) || slices.Contains(s.cluster.Controllers, addr)
	}
	if _, mapped := s.cluster.AddressMap[addr]; mapped || typed(addr) {
		return err
	}
	if _, unresolved := errors.AsType[*net.DNSError](err); unresolved {
		return &unmappedError{addr, err}
	}
	for reached := range s.dials {
		if !typed(reached) {
			return err
		}
	}
	for _, known := range s.known {
		if s.dials[known] {
			return err // the bootstrap address is an advertised one
		}
	}
	return &unmappedError{addr, err}
}

// unmappedError is a dial that failed, of an advertised address that may have another one here.
type unmappedError struct {
	addr string
	err  error
}

func (e *unmappedError) Error() string { return e.err.Error() }
func (e *unmappedError) Unwrap() error { return e.err }

// Advice says what to write, for [protocol.Error].
func (e *unmappedError) Advice() string {
	return fmt.Sprintf("if the node is reached by another address from here, write address_map: {%q: \"HOST:PORT\"} into the context "+
		"(config.yaml), with that address", e.addr)
}

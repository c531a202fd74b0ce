package probe

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Seat is from where is measured. What a client elsewhere sees, in another zone or through another listener, can differ.
type Seat struct {
	Host      string   `json:"host"`      // the name of this machine
	Addresses []string `json:"addresses"` // of this machine, that connections were made from
	Listener  []string `json:"listener"`  // the bootstrap addresses
	Security  string   `json:"security"`  // security.protocol, and the mechanism of SASL
}

func (p *Prober) seat() Seat {
	c := p.session.Cluster()
	s := Seat{Addresses: p.sitting(), Listener: slices.Clone(c.Bootstrap), Security: string(c.Security)}
	if s.Host, _ = os.Hostname(); s.Host == "" {
		s.Host = "unknown"
	}
	if s.Security == "" {
		s.Security = "PLAINTEXT"
	}
	if c.Security.Authenticated() && c.SASL.Mechanism != "" {
		s.Security += " " + c.SASL.Mechanism
	}
	return s
}

// listenersShown is how many bootstrap addresses are shown in words.
const listenersShown = 3

// String is the seat in words.
func (s Seat) String() string {
	from := s.Host
	if len(s.Addresses) > 0 {
		from += " (" + strings.Join(s.Addresses, ", ") + ")"
	}
	listener := s.Listener
	if more := len(listener) - listenersShown; more > 0 {
		listener = append(slices.Clone(listener[:listenersShown]), fmt.Sprintf("%d more", more))
	}
	return from + " through the listener of " + strings.Join(listener, ", ") + ", " + s.Security
}

package view

import "kdeck/ops/state"

// BrokerBreakdownJSON is what a broker's metrics say of its parts: all of it null where they aren't known.
type BrokerBreakdownJSON struct {
	RequestKinds []RequestKindJSON `json:"request_kinds"`
	Listeners    []ListenerJSON    `json:"listeners"`
	Software     []SoftwareJSON    `json:"client_software"`
	Purgatories  []PurgatoryJSON   `json:"purgatories"`
	Addresses    []AddressJSON     `json:"addresses"`
}

// PhaseJSON is where a request's time goes.
type PhaseJSON struct {
	Name   string   `json:"name"`
	MeanMS *float64 `json:"mean_ms"`
	P99MS  *float64 `json:"p99_ms"`
}

// RequestKindJSON is one kind of request; its phases together are its total.
type RequestKindJSON struct {
	Name     string      `json:"name"`
	Rate     *float64    `json:"rate"`
	Total    PhaseJSON   `json:"total"`
	Phases   []PhaseJSON `json:"phases"`
	Throttle PhaseJSON   `json:"throttle"` // told to clients, no part of the total
	Errors   []ErrorJSON `json:"errors"`
}

// ErrorJSON is how often answers hold an error.
type ErrorJSON struct {
	Error string   `json:"error"`
	Rate  *float64 `json:"rate"`
}

// ListenerJSON is what happens at one listener; acceptor_blocked is a share of time, 0..1.
type ListenerJSON struct {
	Name         string   `json:"name"`
	Connections  *float64 `json:"connections"`
	Opened       *float64 `json:"opened"`
	FailedLogins *float64 `json:"failed_logins"`
	Blocked      *float64 `json:"acceptor_blocked"`
}

// SoftwareJSON is one client library in one version.
type SoftwareJSON struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Connections int    `json:"connections"`
}

// PurgatoryJSON is how many requests wait for what completes them.
type PurgatoryJSON struct {
	Operation string   `json:"operation"`
	Size      *float64 `json:"size"`
}

// AddressJSON is how often one IP address connects.
type AddressJSON struct {
	IP   string  `json:"ip"`
	Rate float64 `json:"rate"`
}

func breakdownOf(m *state.BrokerMetrics) BrokerBreakdownJSON {
	return BrokerBreakdownJSON{
		RequestKinds: each(m.Requests, func(r state.RequestKind) RequestKindJSON {
			return RequestKindJSON{r.Name, figureJSON(r.Rate), phaseOf(r.Total), each(r.Phases, phaseOf), phaseOf(r.Throttle),
				each(r.Errors, func(e state.ErrorRate) ErrorJSON { return ErrorJSON{e.Error, figureJSON(e.Rate)} })}
		}),
		Listeners: each(m.Listeners, func(l state.Listener) ListenerJSON {
			return ListenerJSON{l.Name, figureJSON(l.Connections), figureJSON(l.Opened), figureJSON(l.FailedLogins), figureJSON(l.Blocked)}
		}),
		Software:    each(m.Software, func(s state.Software) SoftwareJSON { return SoftwareJSON(s) }),
		Purgatories: each(m.Purgatories, func(p state.Purgatory) PurgatoryJSON { return PurgatoryJSON{p.Operation, figureJSON(p.Size)} }),
		Addresses:   each(m.Addresses, func(a state.Address) AddressJSON { return AddressJSON(a) }),
	}
}

func phaseOf(p state.Phase) PhaseJSON {
	return PhaseJSON{p.Name, figureJSON(p.Mean), figureJSON(p.P99)}
}

// each makes one of every item; nothing of none is an empty list.
func each[A, B any](items []A, convert func(A) B) []B {
	out := make([]B, len(items))
	for i, v := range items {
		out[i] = convert(v)
	}
	return out
}

package view

import (
	"fmt"
	"maps"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// Pillar is one group of a broker's metrics, and what its exporter shows of it.
type Pillar struct {
	Broker  int32
	Dialect string // of the exporter; "" where it gives nothing
	state.Pillar
}

// Pillars lists the pillars of all brokers, in order of their ids. A broker whose metrics aren't known has one, which is
// unreachable.
func Pillars(s *state.State) []Pillar {
	var rows []Pillar
	unseen := unseenQuotas(s)
	for _, id := range slices.Sorted(maps.Keys(s.Metrics)) {
		m := s.Metrics[id]
		if !m.Known {
			rows = append(rows, Pillar{id, "", state.Pillar{Name: state.WhatMetrics, Have: state.Unreachable, Why: m.Why}})
			continue
		}
		c := m.Value.Coverage
		for _, p := range c.Pillars {
			if p.Name == state.TenantsPillar && p.Have == state.Available && p.Why == "" && unseen != "" {
				p.Why, p.Rule = unseen, c.QuotaRule
			}
			rows = append(rows, Pillar{id, c.Dialect, p})
		}
		if c.Bad > 0 {
			rows = append(rows, Pillar{id, c.Dialect, state.Pillar{Name: "bad lines", Have: state.Available,
				Why: fmt.Sprintf("%d of %d lines make no sense, the first begins %q", c.Bad, c.Lines, c.FirstBad)}})
		}
	}
	return rows
}

// PillarColumns are the columns of pillars.
func PillarColumns() []Column[Pillar] {
	return []Column[Pillar]{
		Count("BROKER", "broker", "id of the broker", func(p Pillar) int { return int(p.Broker) }),
		Text("PILLAR", "pillar", "group of metrics that answer one question", func(p Pillar) string { return p.Name }),
		Text("HAVE", "have", "whether the broker's exporter shows it: in whole, in part or not", func(p Pillar) string { return string(p.Have) }),
		Text("EXPORTER", "dialect", "how the broker's exporter names metrics; - where it gives none", func(p Pillar) string { return p.Dialect }),
		Text("WHY", "why", "what can't be seen without it, and what to do", func(p Pillar) string { return p.Why }),
	}
}

// PillarJSON is one pillar of an answer.
type PillarJSON struct {
	Broker  int32      `json:"broker"`
	Dialect string     `json:"dialect"`
	Pillar  string     `json:"pillar"`
	Have    state.Have `json:"have"`
	Why     string     `json:"why"`
	Rule    string     `json:"rule"`
}

// DoctorJSON is the answer of `kdeck doctor`.
type DoctorJSON struct {
	Envelope
	Pillars []PillarJSON    `json:"pillars"`
	Remarks []state.Finding `json:"remarks"`
	Checks  []CheckJSON     `json:"checks"`
}

// CheckJSON is one thing that was looked at. Well is null where it could not be looked at everywhere and nothing was found.
type CheckJSON struct {
	Check string `json:"check"`
	Well  *bool  `json:"well"`
	Why   string `json:"why"` // it could not be looked at
}

// DoctorAnswer makes the answer of `kdeck doctor`; missing is what could not be read of the brokers' metrics and configs.
func DoctorAnswer(s *state.Snapshot, missing []state.Unknown, pillars []Pillar, checks []health.Check) DoctorJSON {
	out := DoctorJSON{EnvelopeOf(s), []PillarJSON{}, Findings(health.Found(checks)), []CheckJSON{}}
	for _, c := range checks {
		well := &[]bool{c.Well()}[0]
		if c.Unknown != "" && len(c.Findings) == 0 {
			well = nil
		}
		out.Checks = append(out.Checks, CheckJSON{c.Name, well, c.Unknown})
	}
	out.Unknown = append(out.Unknown, missing...)
	for _, p := range pillars {
		out.Pillars = append(out.Pillars, PillarJSON{p.Broker, p.Dialect, p.Name, p.Have, p.Why, p.Rule})
	}
	return out
}

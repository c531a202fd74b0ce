// Package sightings keeps on this machine when a cluster was last seen healthy, and when each of its findings was first seen, so that how long something has
// been wrong survives the end of the kdeck that saw it begin. It must never keep kdeck from judging: what can't be read is not known, and what can't be
// written is an error that the caller may drop. Start reading at [Load] and [Save].
package sightings

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

const (
	most   = 1000               // findings that are kept: those first seen last
	oldest = 7 * 24 * time.Hour // what was looked at longer ago says nothing of what is seen now
)

type record struct {
	Cluster  string    `json:"cluster_id"`
	Looked   time.Time `json:"looked_at"`
	Healthy  time.Time `json:"healthy_at"`
	Findings []finding `json:"findings"`
}

type finding struct {
	Code  string            `json:"code"`
	Kind  state.SubjectKind `json:"kind,omitempty"`
	ID    int32             `json:"id,omitempty"`
	Name  string            `json:"name,omitempty"`
	First time.Time         `json:"first_seen_at"`
}

// path is the file of a cluster.
func path(stateDir, cluster string) string {
	return filepath.Join(stateDir, "sightings", format.Digest(cluster)[:32]+".json")
}

// Load returns what is kept of a cluster, by its id; nil where nothing is, or nothing that can be read, or only what is too old.
func Load(stateDir, cluster string, now time.Time) *health.Sightings {
	b, err := files.ReadOwn(path(stateDir, cluster), files.MaxState)
	var r record
	if err != nil || json.Unmarshal(b, &r) != nil || r.Cluster != cluster || r.Looked.After(now) || now.Sub(r.Looked) > oldest {
		return nil
	}
	s := &health.Sightings{Healthy: r.Healthy, First: map[state.FindingID]time.Time{}}
	for _, f := range r.Findings[:min(len(r.Findings), most)] {
		if !f.First.IsZero() && !f.First.After(now) {
			s.First[state.FindingID{Code: f.Code, Subject: state.Subject{Kind: f.Kind, ID: f.ID, Name: f.Name}}] = f.First
		}
	}
	return s
}

// Save keeps what is known of a cluster. Errors are [*files.WriteError].
func Save(stateDir, cluster string, s *health.Sightings, now time.Time) error {
	r := record{Cluster: cluster, Looked: now.UTC(), Healthy: s.Healthy.UTC(), Findings: []finding{}}
	for id, first := range s.First {
		r.Findings = append(r.Findings, finding{id.Code, id.Subject.Kind, id.Subject.ID, id.Subject.Name, first.UTC()})
	}
	slices.SortFunc(r.Findings, func(a, b finding) int {
		return cmp.Or(b.First.Compare(a.First), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
	})
	r.Findings = r.Findings[:min(len(r.Findings), most)]
	b, err := printable.MarshalIndent(r, "  ")
	if err != nil {
		return err
	}
	return files.WriteOwn(path(stateDir, cluster), b)
}

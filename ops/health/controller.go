package health

import (
	"fmt"
	"time"

	"kdeck/ops/state"
)

// controller judges the metadata quorum as its leader describes it.
func (j *judge) controller() {
	if !read(j.s, j.s.Controller) {
		if why := j.why(-1, state.WhatActive, ""); why != "" {
			j.find(state.Finding{
				Code: NoController, Severity: state.SeverityCritical, Scope: "cluster", Fault: "kafka",
				Sentence: "No controller answers the brokers: no leader can be elected, nothing can be changed",
				Evidence: []string{line(why)}, Next: "kdeck quorum", Pane: "brokers",
			})
		}
		return // else said by notRead
	}
	leader := j.s.Controller.Value
	if leader < 0 {
		j.find(state.Finding{
			Code: NoController, Severity: state.SeverityCritical, Scope: "cluster", Fault: "kafka",
			Sentence: "There is no controller: no leader can be elected and nothing can be changed",
			Evidence: []string{"DescribeQuorum, asked through " + j.s.Controller.From + ", names no leader"},
			Next:     "kdeck quorum", Pane: "brokers",
		})
		return
	}
	silent := SilentVoters(j.s)
	for _, v := range silent {
		f := state.Finding{
			Code: VoterSilent, Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfController, ID: v.ID},
			Scope: fmt.Sprintf("controller %d", v.ID), Fault: "kafka",
			Next: "kdeck quorum", Pane: "brokers",
		}
		up := len(j.s.Voters) - len(silent)
		if v.LastFetch.IsZero() {
			f.Sentence = fmt.Sprintf("Controller %d has not fetched since %d became the leader", v.ID, leader)
			f.Since = state.Missing[time.Time]("not seen by this leader", j.s.Controller.At, j.s.Controller.From)
		} else {
			f.Sentence = fmt.Sprintf("Controller %d has been silent for %s", v.ID, age(j.now.Sub(v.LastFetch)))
			f.Since = state.Read(v.LastFetch, j.s.Controller.At, fmt.Sprintf("controller %d", leader))
		}
		f.Sentence += fmt.Sprintf("; %d of %d voters keep up", up, len(j.s.Voters))
		if 2*(up-1) <= len(j.s.Voters) {
			f.Sentence += ", none can be spared"
		}
		f.Evidence = []string{fmt.Sprintf("as controller %d, the quorum's leader, says", leader)}
		j.find(f)
	}
}

// SilentVoters are the controllers that have stopped fetching from the quorum's leader, or have not begun to since it became the leader.
func SilentVoters(s *state.Snapshot) (silent []state.Voter) {
	for _, v := range s.Voters {
		// A voter that has not fetched since the leader took over has neither a time nor an offset there.
		never := v.LastFetch.IsZero() && v.LogEndOffset < 0
		if v.ID != s.Controller.Value && (never || !v.LastFetch.IsZero() && s.Taken.Sub(v.LastFetch) > SilentAfter) {
			silent = append(silent, v)
		}
	}
	return silent
}

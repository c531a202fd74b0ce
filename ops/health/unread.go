package health

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// gap is something that was not read, of the cluster or of brokers for one reason.
type gap struct {
	what  string
	why   string
	hides bool // a problem, by the table in the package's documentation
	nodes []int32
}

// notRead says what could not be read. Readings are what counts; the snapshot's own list gives the reasons, and what
// has no reading.
func (j *judge) notRead() {
	var gaps []gap
	add := func(what, why string, hides bool, node int32) {
		for i := range gaps {
			switch g := &gaps[i]; {
			case g.what != what:
			case node < 0 && g.nodes[0] < 0: // one finding of the cluster, whatever the reasons
				if !strings.Contains(g.why, why) {
					g.why += "; " + why
				}
				return
			case g.why == why && g.nodes[0] >= 0:
				g.nodes = append(g.nodes, node)
				return
			}
		}
		gaps = append(gaps, gap{what, why, hides, []int32{node}})
	}
	if !read(j.s, j.s.Controller) && j.why(-1, state.WhatActive, "") == "" {
		add(state.WhatController, j.why(-1, state.WhatController, j.s.Controller.Why), true, -1)
	}
	if !read(j.s, j.s.Moves) {
		add(state.WhatMoves, j.why(-1, state.WhatMoves, j.s.Moves.Why), true, -1)
	}
	if n := len(j.scan.noMinISR); n > 0 {
		add(state.WhatTopicConfigs, j.why(-1, state.WhatTopicConfigs, ""), true, -1)
	}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		if !b.Alive || !read(j.s, b.Answered) {
			continue // said by downBrokers or notAnswering
		}
		if !read(j.s, b.LogDirs) {
			add(state.WhatLogDirs, j.why(b.ID, state.WhatLogDirs, b.LogDirs.Why), true, b.ID)
		}
		if !read(j.s, b.MetadataOffset) {
			add(state.WhatMetadataOffset, j.why(b.ID, state.WhatMetadataOffset, b.MetadataOffset.Why), true, b.ID)
		}
	}
	for _, u := range j.s.Unknown {
		switch u.What {
		case state.WhatController, state.WhatActive, state.WhatMoves, state.WhatLogDirs, state.WhatMetadataOffset, state.WhatAnswer:
		case state.WhatTopicConfigs:
			if len(j.scan.noMinISR) == 0 { // older values are kept
				add(u.What, u.Why, true, u.Node)
			}
		case state.WhatUnlisted:
			j.find(state.Finding{
				Code: Unlisted, Severity: state.SeverityInfo, Scope: "cluster",
				Sentence: "Brokers hold replicas of topics that kdeck is not shown", Evidence: []string{line(u.Why)},
				Next: "kdeck brokers", Pane: "brokers",
			})
		default:
			add(u.What, u.Why, u.What == state.WhatMetadata, u.Node)
		}
	}
	for _, g := range gaps {
		j.notReadGap(g)
	}
}

func (j *judge) notReadGap(g gap) {
	f := state.Finding{Code: NotRead, Severity: state.SeverityInfo, Scope: "cluster", Next: "kdeck brokers"}
	f.Subject.Name = g.what
	what, why := words(g.what), or(g.why, "no answer")
	if n := len(j.scan.noMinISR); n > 0 && g.what == state.WhatTopicConfigs {
		what = "min.insync.replicas of " + format.Count(n, "topic")
	}
	if g.nodes[0] >= 0 {
		f.Subject.Kind, f.Subject.ID = state.OfBroker, g.nodes[0]
		f.Scope, f.Pane, f.Filter = brokers(g.nodes), "brokers", brokerFilter(g.nodes)
		what += " of " + brokers(g.nodes)
	}
	f.Sentence = fmt.Sprintf("%s not read: %s", capital(what), words(why))
	f.Evidence = []string{line(why)}
	if g.hides {
		f.Severity = state.SeverityWarning
	}
	j.find(f)
}

// why is the reason that the snapshot lists, or the reading's own.
func (j *judge) why(node int32, what, own string) string {
	for _, u := range j.s.Unknown {
		if u.Node == node && u.What == what {
			return u.Why
		}
	}
	return own
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if strings.Contains(strings.SplitN(s, " ", 2)[0], ".") {
		return s // a config's name
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

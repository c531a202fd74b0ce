package pane

import (
	"cmp"
	"fmt"

	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// notes are what isn't known beside the list, a line each.
func (p *Tenants) notes() []span {
	var notes []span
	b, s := p.board, p.scene
	if b.custom != "" {
		notes = append(notes, span{cell.Unknown, view.Unknown + " limits: the cluster's own " + b.custom + " decides on quotas"})
	} else if q := s.State.Quotas; !q.Known {
		notes = append(notes, span{cell.Unknown, view.Unknown + " limits: " + cmp.Or(q.Why, "the quota records aren't known")})
	}
	var old []int32
	var oldest = tenantsOld
	for _, id := range b.brokers {
		if age, known := s.metricsAge(id); known && age >= tenantsOld {
			old, oldest = append(old, id), max(oldest, age)
		}
	}
	if len(old) > 0 {
		notes = append(notes, span{cell.Warning, fmt.Sprintf("old: metrics of %s were read up to %s ago", brokersWord(old), view.Duration(oldest))})
	}
	for _, m := range b.missing {
		notes = append(notes, span{cell.Unknown, view.Unknown + " " + brokersWord(m.brokers) + ": " + m.why})
	}
	return notes
}

func brokersWord(ids []int32) string {
	if len(ids) == 1 {
		return "broker " + view.IDs(ids)
	}
	return "brokers " + view.IDs(ids)
}

func drawNotes(a cell.Area, notes []span) {
	w, h := a.Size()
	for y := range min(h, len(notes)) {
		text := notes[y].text
		if more := len(notes) - h; y == h-1 && more > 0 {
			text = fmt.Sprintf("and %s more: %s", count(more+1, "reason"), text)
		}
		a.Fit(1, y, w-2, notes[y].style, text, false)
	}
}

// describeNoUse says why there are no rows, and what to do about it.
func (p *Tenants) describeNoUse(to *page) {
	s := p.scene.State
	to.say(span{cell.Strong, "What clients use isn't known."})
	if s.Metrics == nil {
		to.say(span{cell.Unknown, cmp.Or(s.NoMetrics, "no metrics are read")})
	}
	for _, m := range p.board.missing {
		to.say(span{cell.Unknown, brokersWord(m.brokers) + ": " + m.why})
	}
	to.head("NEXT")
	say := func(key, what, line string) {
		to.say(span{cell.KeyName, " " + key + " "}, span{cell.Info, fmt.Sprintf("%-17s", line)}, span{cell.Plain, what})
	}
	say("D", "what exporters show of each broker, and the rules to paste", ":doctor")
	say("O", "counts every client's thread time, and holds nobody back", ":quota observe")
	to.say(span{cell.Plain, "   "}, span{cell.Plain, "in config.yaml: metrics: {prometheus: \"http://{host}:9404/metrics\"}"})
}

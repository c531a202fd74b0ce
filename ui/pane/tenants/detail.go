package tenants

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// tenantSheet is all that is known of one bucket, in two halves: what it uses, and what binds it.
type tenantSheet struct {
	facts, levels pane.Page
	explained     levels
}

// describe fills both halves. brokers is how many of them are listed at the most.
func (d *tenantSheet) describe(p *Pane, r *tenantRow, width, brokers int) {
	d.facts, d.levels = pane.Page{Top: d.facts.Top}, pane.Page{Top: d.levels.Top}
	to, s := &d.facts, p.Scene
	st := r.standing
	to.Say(cell.Strong.Span(r.name()), cell.Plain.Span("  "+string(r.Type)+"  "), pane.StandingStyle(st).Span(standingWord(st, p.ascii)))
	if r.Worst.Approximate {
		to.Say(cell.Warning.Span("the exporter wrote the names in lower case and lost what stood between them: they may not be what they seem"))
	}
	if r.Tenant != "" {
		to.Fact("tenant", cell.Plain, r.Tenant+", by the context's rules")
	}
	d.limit(p, r)
	if pc, known := r.Worst.Percent(); known {
		to.Fact("worst", pane.StandingStyle(st), fmt.Sprintf("%s of it on broker %d; %s if spread evenly", format.Percent(pc), r.Worst.Broker, format.Percent(r.NominalShare)))
	}
	use := view.Amount(r.Type, r.Rate)
	if math.IsNaN(r.Rate) {
		to.Fact("use", cell.Unknown, use)
	} else {
		to.Fact("use", cell.Plain, fmt.Sprintf("%s on %d of %s; %.1fx the mean where most", use, r.Brokers, format.Count(len(p.board.brokers), "broker"), r.Skew))
	}
	if v := r.OfThreads; !math.IsNaN(v) {
		to.Fact("of threads", cell.Plain, format.Percent(v)+" of one broker's threads, where most")
	}
	d.heldBack(r)
	d.age(s, r)
	samples := bucketTrend(s, r)
	if o := health.OutlookOf(r.Total, samples, s.Now); o.Sentence != "" {
		to.Fact("outlook", pane.FigureStyle(o.Severity), o.Sentence)
	}
	if p.parts.Heat.Empty() { // else it stands beside the row
		h := heatOf(s)
		to.Head("BROKERS")
		h.describe(to, r, pane.GlyphsFor(p.ascii), width, p.ascii)
	}
	d.history(s, samples, r, width, p.ascii)
	d.byBroker(p, r, width, brokers)
	d.next(p, r)
}

func bucketTrend(s pane.Scene, r *tenantRow) []history.Sample {
	if s.History == nil {
		return nil
	}
	return s.History.Bucket(r.bucket())
}

func (d *tenantSheet) limit(p *Pane, r *tenantRow) {
	to := &d.facts
	switch {
	case p.board.custom != "":
		to.Fact("limit", cell.Unknown, format.Unknown+" the cluster's own "+p.board.custom+" decides on quotas, whatever the records say")
	case !p.Scene.State.Quotas.Known:
		to.Fact("limit", cell.Unknown, format.Unknown+" "+cmp.Or(p.Scene.State.Quotas.Why, "the quota records aren't known"))
	case !r.Limited:
		to.Fact("limit", cell.Faint, "none of the eight levels has one")
	default:
		where := " on each broker"
		if r.Type == tenant.ControllerMutationRate {
			where = " in the whole cluster"
		}
		if r.Type == tenant.RequestPercentage {
			where = " of one thread" + where
		}
		to.Fact("limit", cell.Plain, fmt.Sprintf("%s%s, by level %d, %s", view.Amount(r.Type, r.Limit), where, r.Level, r.Entity))
	}
	to.Fact("counts", cell.Plain, r.mates())
}

// heldBack names the brokers that throttle, the longest first.
func (d *tenantSheet) heldBack(r *tenantRow) {
	if r.Throttling == 0 {
		return
	}
	var held []*view.TenantRow
	for i := range r.series {
		if r.series[i].Throttled() {
			held = append(held, &r.series[i])
		}
	}
	slices.SortStableFunc(held, func(a, b *view.TenantRow) int { return cmp.Compare(b.ThrottleMS, a.ThrottleMS) })
	const most = 6
	text := fmt.Sprintf("by %d of the %s that count it: ", len(held), format.Count(r.Brokers, "broker"))
	if longest, shortest := held[0].ThrottleMS, held[len(held)-1].ThrottleMS; longest == shortest && len(held) > 1 {
		text += fmt.Sprintf("%.0fms on each", longest)
	} else {
		words := make([]string, min(len(held), most))
		for i := range words {
			words[i] = fmt.Sprintf("%d (%.0fms)", held[i].Broker, held[i].ThrottleMS)
		}
		text += strings.Join(words, " ")
		if len(held) > most {
			text += fmt.Sprintf(" and less on %d more", len(held)-most)
		}
	}
	d.facts.Fact("throttled", cell.Critical, text)
}

// age says how old the figures are, and which are older than they should be.
func (d *tenantSheet) age(s pane.Scene, r *tenantRow) {
	var oldest time.Duration
	var old []int32
	for i := range r.series {
		if age, known := s.MetricsAge(r.series[i].Broker); known {
			oldest = max(oldest, age)
			if age >= health.OldAfter {
				old = append(old, r.series[i].Broker)
			}
		}
	}
	if len(old) == 0 {
		d.facts.Fact("read", cell.Plain, format.Duration(max(oldest, 0))+" ago")
		return
	}
	d.facts.Fact("read", cell.Warning, fmt.Sprintf("up to %s ago, old of broker %s", format.Duration(oldest), view.IDs(old)))
}

// history draws what the bucket used on all brokers together.
func (d *tenantSheet) history(s pane.Scene, samples []history.Sample, r *tenantRow, width int, ascii bool) {
	const most = 72
	to := &d.facts
	h := pane.SparklineOf(samples, s.Now, min(width-1, most), pane.Highest)
	if len(h.Points) == 0 {
		to.Head("HISTORY")
		to.Say(cell.Faint.Span(" nothing is remembered of it"))
		return
	}
	top := 0.0
	for _, p := range h.Points {
		top = max(top, p.Value)
	}
	to.Head(fmt.Sprintf("HISTORY on all brokers together: %s, the highest %s", format.Duration(h.Span()), view.Amount(r.Type, top)))
	to.Say(append([]cell.Span{cell.Plain.Span(" ")}, h.Cells(0, ascii, historyStyle).Spans()...)...)
}

// byBroker lists the series, the fullest first.
func (d *tenantSheet) byBroker(p *Pane, r *tenantRow, width, most int) {
	const wideLine = 64
	to := &d.facts
	list := make([]*view.TenantRow, len(r.series))
	for i := range r.series {
		list[i] = &r.series[i]
	}
	slices.SortStableFunc(list, func(a, b *view.TenantRow) int {
		x, _, _ := share(a)
		y, _, _ := share(b)
		return cmp.Or(cmp.Compare(stepOf(b.ThrottleMS/1000), stepOf(a.ThrottleMS/1000)), cmp.Compare(stepOf(y), stepOf(x)))
	})
	head := fmt.Sprintf("%7s%10s%8s  %-*s", "BROKER", "USAGE", "LIMIT%", useBar, "")
	if width >= wideLine {
		head += fmt.Sprintf("%9s%9s%9s", "THROTTLE", "THREADS", "BUSY")
	}
	to.Head(head)
	for _, x := range list[:min(len(list), most)] {
		to.Say(p.seriesLine(x, width >= wideLine)...)
	}
	if n := len(list) - most; n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("        and %s more, less full (enter)", format.Count(n, "broker"))))
	}
	for _, m := range p.board.missing {
		to.Say(cell.Unknown.Span("     "+format.Unknown), cell.Unknown.Span(" broker "+view.IDs(m.brokers)+": "), cell.Unknown.Span(m.why))
	}
}

// stepOf makes hundredths of a figure, so that rows that hardly differ don't change places with every look.
func stepOf(v float64) int {
	if math.IsNaN(v) {
		return -1
	}
	return int(math.Round(min(v, 1e6) * 100))
}

// seriesLine is what one broker counts.
func (p *Pane) seriesLine(x *view.TenantRow, roomy bool) []cell.Span {
	flags := cell.Plain
	if p.Scene.MetricsStale(x.Broker) {
		flags = cell.Stale
	}
	percent := "-"
	if pc, known := x.Percent(); known {
		percent = format.Percent(pc)
	} else if x.Limited {
		percent = format.Unknown
	}
	drawn := pane.Blanks(useBar)
	if of, _, known := share(x); known {
		drawn = drawnBar(of, p.ascii)
	}
	held := ""
	switch {
	case math.IsNaN(x.ThrottleMS):
		held = format.Unknown
	case x.Throttled():
		held = strconv.FormatFloat(x.ThrottleMS, 'f', 0, 64) + "ms"
	}
	var b [96]byte
	line := func(style cell.Style, text []byte) cell.Span { return (style | flags).Span(string(text)) }
	spans := make([]cell.Span, 0, 4)
	spans = append(spans, line(cell.Plain, padLeft(padLeft(b[:0], strconv.Itoa(int(x.Broker)), 7), view.Amount(x.Type, x.Rate), 10)))
	spans = append(spans, line(pane.StandingStyle(x.Standing()), append(append(padLeft(b[:0], percent, 8), "  "...), drawn...)))
	if !roomy {
		return append(spans, (cell.Critical | flags).Span(" "+held))
	}
	spans = append(spans, line(cell.Critical, padLeft(b[:0], held, 9)))
	if x.Type == tenant.RequestPercentage {
		spans = append(spans, line(cell.Plain, padLeft(padLeft(b[:0], format.Percent(x.OfCapacity), 9), format.Percent(x.OfBusy), 9)))
	}
	return spans
}

// padLeft adds a word at the right of so many columns.
func padLeft(b []byte, word string, width int) []byte {
	for range width - len(word) {
		b = append(b, ' ')
	}
	return append(b, word...)
}

// next says what binds the bucket, and what can be done.
func (d *tenantSheet) next(p *Pane, r *tenantRow) {
	to := &d.levels
	if q := p.Scene.State.Quotas; q.Known {
		of := tenantKey{r.Type, r.User, r.ClientID}
		if d.explained.quotas != q.Value || d.explained.of != of {
			d.explained = levelsOf(q.Value, of)
		}
		d.explained.describe(to, r, pane.GlyphsFor(p.ascii).Cursor)
		if p.board.custom != "" {
			to.Say(cell.Unknown.Span("the cluster's own " + p.board.custom + " may decide otherwise"))
		}
	} else {
		to.Head("QUOTA LEVELS")
		to.Say(cell.Unknown.Span(format.Unknown + " " + cmp.Or(q.Why, "the quota records aren't known")))
	}
	to.Head("NEXT: keys put these into the palette (:rw first)")
	say := func(key, what, line string) {
		to.Say(cell.KeyName.Span(" "+key+" "), cell.Plain.Span(fmt.Sprintf("%-23s", what)), cell.Info.Span(line))
	}
	who := strings.Join(bucketFlags(r), " ")
	say("L", "limit it", ":quota set "+who+" --execute "+string(r.Type)+"=")
	say("W", "what a limit would do", ":quota what-if "+who+" "+string(r.Type)+"=")
	if own := p.ownLimit(r); own {
		say("X", "take its limit away", ":quota remove "+who+" "+string(r.Type)+" --execute")
	}
	to.Say(cell.Faint.Span("   --for 30m behind quota set puts the old limit back by itself"))
}

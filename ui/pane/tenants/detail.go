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

// detail is the detail of one usage: the facts about it, and the quota levels that apply.
type detail struct {
	facts, levels pane.Page
	explained     levels
}

// describe fills both pages. At most so many brokers are listed.
func (d *detail) describe(p *Pane, r *tenantRow, width, brokers int) {
	d.facts.Reset()
	d.levels.Reset()
	to, s := &d.facts, p.Scene
	st := r.standing
	to.Say(cell.Strong.Span(r.name()), cell.Plain.Span("  "+string(r.Type)+"  "), pane.StandingStyle(st).Span(standingWord(st, p.ascii)))
	if r.Worst.Approximate {
		to.Say(cell.Warning.Span("the exporter wrote the names in lower case and without their separators: the real names may differ"))
	}
	if r.Tenant != "" {
		to.Fact("tenant", cell.Plain, r.Tenant+", by the context's rules")
	}
	d.limit(p, r)
	if pc, known := r.Worst.Percent(); known {
		to.Fact("highest", pane.StandingStyle(st), fmt.Sprintf("%s of its limit on broker %d; %s on average", format.Percent(pc), r.Worst.Broker, format.Percent(r.NominalShare)))
	}
	use := r.Type.Amount(r.Rate)
	if math.IsNaN(r.Rate) {
		to.Fact("use", cell.Unknown, use)
	} else {
		to.Fact("use", cell.Plain, fmt.Sprintf("%s on %d of %s; highest %.1fx the mean", use, r.Brokers, format.Count(len(p.usage.brokers), "broker"), r.Skew))
	}
	if v := r.OfThreads; !math.IsNaN(v) {
		to.Fact("of threads", cell.Plain, "at most "+format.Percent(v)+" of one broker's threads")
	}
	d.throttled(r)
	d.age(s, r)
	samples := bucketTrend(s, r)
	if o := health.OutlookOf(r.Total, samples, s.Now); o.Sentence != "" {
		to.Fact("outlook", pane.FigureStyle(o.Severity), o.Sentence)
	}
	if p.parts.Heat.Empty() { // otherwise it is beside the row
		h := heatOf(s)
		to.Head("BROKERS")
		h.describe(to, r, cell.GlyphsFor(p.ascii), width, p.ascii)
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

func (d *detail) limit(p *Pane, r *tenantRow) {
	to := &d.facts
	switch {
	case r.Level == tenant.UnknownLevel:
		to.Fact("limit", cell.Unknown, format.Unknown+" "+r.Why)
	case !r.Limited:
		to.Fact("limit", cell.Faint, "none: no quota record applies")
	default:
		where := " on each broker"
		if r.Type == tenant.ControllerMutationRate {
			where = " in the whole cluster"
		}
		if r.Type == tenant.RequestPercentage {
			where = " of one thread" + where
		}
		to.Fact("limit", cell.Plain, fmt.Sprintf("%s%s, from level %d, %s", r.Type.Amount(r.Limit), where, r.Level, r.Entity))
	}
	to.Fact("shared by", cell.Plain, r.sharers())
}

// throttled lists the brokers that throttle, those with the longest throttle time first.
func (d *detail) throttled(r *tenantRow) {
	if r.Throttling == 0 {
		return
	}
	var throttling []*view.TenantRow
	for i := range r.series {
		if r.series[i].Throttled() {
			throttling = append(throttling, &r.series[i])
		}
	}
	slices.SortStableFunc(throttling, func(a, b *view.TenantRow) int { return cmp.Compare(b.ThrottleMS, a.ThrottleMS) })
	const max = 6
	text := fmt.Sprintf("by %d of the %s that count it: ", len(throttling), format.Count(r.Brokers, "broker"))
	if longest, shortest := throttling[0].ThrottleMS, throttling[len(throttling)-1].ThrottleMS; longest == shortest && len(throttling) > 1 {
		text += format.WholeMillis(longest) + " on each"
	} else {
		words := make([]string, min(len(throttling), max))
		for i := range words {
			words[i] = fmt.Sprintf("%d (%s)", throttling[i].Broker, format.WholeMillis(throttling[i].ThrottleMS))
		}
		text += strings.Join(words, " ")
		if len(throttling) > max {
			text += fmt.Sprintf(" and less on %d more", len(throttling)-max)
		}
	}
	d.facts.Fact("throttled", cell.Critical, text)
}

// age writes how old the figures are, and which brokers' figures are too old.
func (d *detail) age(s pane.Scene, r *tenantRow) {
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
	d.facts.Fact("read", cell.Warning, fmt.Sprintf("up to %s ago; too old of %s", format.Duration(oldest), brokersWord(old)))
}

// history draws the usage on all brokers together.
func (d *detail) history(s pane.Scene, samples []history.Sample, r *tenantRow, width int, ascii bool) {
	const maxWidth = 72
	to := &d.facts
	h := pane.SparklineOf(samples, s.Now, min(width-1, maxWidth), pane.Highest)
	if len(h.Points) == 0 {
		to.Head("HISTORY")
		to.Say(cell.Faint.Span(" none yet"))
		return
	}
	top := 0.0
	for _, p := range h.Points {
		top = max(top, p.Value)
	}
	to.Head(fmt.Sprintf("HISTORY on all brokers together: %s, the highest %s", format.Duration(h.Span()), r.Type.Amount(top)))
	to.Say(append([]cell.Span{cell.Plain.Span(" ")}, h.Cells(0, ascii, historyStyle).Spans()...)...)
}

// byBroker lists what the brokers count, the longest throttled and the nearest to the limit first.
func (d *detail) byBroker(p *Pane, r *tenantRow, width, max int) {
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
	head := fmt.Sprintf("%7s%10s%8s  %-*s", "BROKER", "USAGE", "LIMIT%", barWidth, "")
	if width >= wideLine {
		head += fmt.Sprintf("%9s%9s%9s", "THROTTLE", "THREADS", "BUSY")
	}
	to.Head(head)
	for _, x := range list[:min(len(list), max)] {
		to.Say(p.seriesLine(x, width >= wideLine)...)
	}
	if n := len(list) - max; n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("        and %s more with less (enter)", format.Count(n, "broker"))))
	}
	for _, m := range p.usage.missing {
		to.Say(cell.Unknown.Span("     "+format.Unknown), cell.Unknown.Span(" broker "+view.IDs(m.brokers)+": "), cell.Unknown.Span(m.why))
	}
}

// stepOf rounds a figure to hundredths: rows that hardly differ keep their places from poll to poll.
func stepOf(v float64) int {
	if math.IsNaN(v) {
		return -1
	}
	return int(math.Round(min(v, 1e6) * 100))
}

// seriesLine returns the line of one broker.
func (p *Pane) seriesLine(x *view.TenantRow, wide bool) []cell.Span {
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
	bar := pane.Blanks(barWidth)
	if of, _, known := share(x); known {
		bar = shareBar(of, p.ascii)
	}
	throttle := ""
	switch {
	case math.IsNaN(x.ThrottleMS):
		throttle = format.Unknown
	case x.Throttled():
		throttle = strconv.FormatFloat(x.ThrottleMS, 'f', 0, 64) + "ms"
	}
	var b [96]byte
	line := func(style cell.Style, text []byte) cell.Span { return (style | flags).Span(string(text)) }
	spans := make([]cell.Span, 0, 4)
	spans = append(spans, line(cell.Plain, padLeft(padLeft(b[:0], strconv.Itoa(int(x.Broker)), 7), x.Type.Amount(x.Rate), 10)))
	spans = append(spans, line(pane.StandingStyle(x.Standing()), append(append(padLeft(b[:0], percent, 8), "  "...), bar...)))
	if !wide {
		return append(spans, (cell.Critical | flags).Span(" "+throttle))
	}
	spans = append(spans, line(cell.Critical, padLeft(b[:0], throttle, 9)))
	if x.Type == tenant.RequestPercentage {
		spans = append(spans, line(cell.Plain, padLeft(padLeft(b[:0], format.Percent(x.OfCapacity), 9), format.Percent(x.OfBusy), 9)))
	}
	return spans
}

// padLeft appends a word, aligned to the right in a column of the given width.
func padLeft(b []byte, word string, width int) []byte {
	for range width - len(word) {
		b = append(b, ' ')
	}
	return append(b, word...)
}

// next writes the quota levels, and the keys that change a quota.
func (d *detail) next(p *Pane, r *tenantRow) {
	to := &d.levels
	if q := p.Scene.State.Quotas; q.Known {
		of := tenantKey{r.Type, r.User, r.ClientID}
		if d.explained.quotas != q.Value || d.explained.of != of {
			d.explained = levelsOf(q.Value, of)
		}
		d.explained.describe(to, r, cell.GlyphsFor(p.ascii).Cursor)
	} else {
		to.Head("QUOTA LEVELS")
		to.Say(cell.Unknown.Span(format.Unknown + " " + cmp.Or(q.Why, "the quota records aren't known")))
	}
	to.Head("NEXT: these keys fill the palette (open :rw first)")
	say := func(key, what, line string) {
		to.Say(cell.KeyName.Span(" "+key+" "), cell.Plain.Span(fmt.Sprintf("%-23s", what)), cell.Info.Span(line))
	}
	who := strings.Join(quotaFlags(r), " ")
	say("L", "set a limit", ":quota set "+who+" --execute "+string(r.Type)+"=")
	say("W", "what a limit would do", ":quota what-if "+who+" "+string(r.Type)+"=")
	if own := p.ownLimit(r); own {
		say("X", "remove its limit", ":quota remove "+who+" "+string(r.Type)+" --execute")
	}
	to.Say(cell.Faint.Span("   quota set --for 30m restores the old limit after 30 minutes"))
}

package tenants

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// The cells of a tenantRow that are kept once they are written.
const (
	cellWho = iota
	cellState
	cellWorst
	cellUse
	cellHeld
	cellUsage
	cellLimit
	cellSkew
	cellThreads
	cellEven
	tenantCells
)

// kept writes a cell once.
func (r *tenantRow) kept(which int, write func(*tenantRow) string) string {
	if r.cells[which] == "" {
		r.cells[which] = write(r)
	}
	return r.cells[which]
}

const (
	useBar     = 12 // columns of the bar of use
	sparkWidth = 10
	heldWidth  = 16 // of the brokers that throttle
)

// standingWords are a standing's glyph and word, in Unicode and in ASCII.
var standingWords = func() (words [2][tenant.Unmeasured + 1]string) {
	for i, g := range pane.Glyphs {
		for s := range words[i] {
			words[i][s] = tenant.Standing(s).String()
		}
		words[i][tenant.Throttled] = string(g.Bad) + " THROTTLED"
		for _, s := range []tenant.Standing{tenant.Over, tenant.Near, tenant.Heavy} {
			words[i][s] = string(g.Warn) + " " + strings.ToUpper(s.String())
		}
		words[i][tenant.Unlimited], words[i][tenant.Unmeasured] = "no limit", format.Unknown
	}
	return words
}()

func standingWord(s tenant.Standing, ascii bool) string {
	if ascii {
		return standingWords[1][s]
	}
	return standingWords[0][s]
}

func (r *tenantRow) name() string { return pane.WhoName(r.User, r.ClientID, r.Worst.Approximate) }

// onWorst is the series of the broker where the bucket is nearest to its limit.
func (r *tenantRow) onWorst() *view.TenantRow { return r.on(r.Worst.Broker) }

func (r *tenantRow) worst() string {
	p, known := r.Worst.Percent()
	switch {
	case known:
		return format.Percent(p) + " on " + strconv.Itoa(int(r.Worst.Broker))
	case r.Limited:
		return format.Unknown
	}
	return "-"
}

// The steps of a bar, the last cell of which may be filled in part.
var (
	unicodeSteps = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	asciiSteps   = []string{"", "", "", "", "=", "=", "=", "="}
)

// bar draws a share of 1 in so many columns; what is over 1 fills it.
func bar(share float64, width int, ascii bool) string {
	full, rest, steps := "█", "░", unicodeSteps
	if ascii {
		full, rest, steps = "#", ".", asciiSteps
	}
	eighths := int(math.Round(min(max(share, 0), 1) * float64(width*8)))
	whole := eighths / 8
	last := steps[eighths%8]
	if last != "" {
		whole++
		return strings.Repeat(full, whole-1) + last + strings.Repeat(rest, width-whole)
	}
	return strings.Repeat(full, whole) + strings.Repeat(rest, width-whole)
}

// drawn are the bars of every step, in Unicode and in ASCII, so that none is made anew.
var drawn = func() (drawn [2][]string) {
	for i, ascii := range []bool{false, true} {
		for n := range useBar*8 + 1 {
			drawn[i] = append(drawn[i], bar(float64(n)/(useBar*8), useBar, ascii))
		}
	}
	return drawn
}()

// drawnBar is the bar of a share of 1: full only where nothing is left of it, empty only where nothing is used.
func drawnBar(of float64, ascii bool) string {
	step := min(max(int(math.Ceil(of*useBar*8)), 0), useBar*8)
	if of < 1 {
		step = min(step, useBar*8-1)
	}
	if ascii {
		return drawn[1][step]
	}
	return drawn[0][step]
}

// use is the bar of the bucket on the broker where it is nearest to its limit; without a limit, its share of that
// broker's threads, or what it uses.
func (r *tenantRow) use(ascii bool) string {
	x := r.onWorst()
	of, limited, known := share(x)
	switch {
	case known && limited:
		return drawnBar(of, ascii)
	case known:
		return format.Percent(100*of) + " threads"
	case r.Limited || math.IsNaN(x.Rate):
		return format.Unknown
	}
	return view.Amount(r.Type, x.Rate)
}

// state is the standing, and of what is throttled for how long at the most.
func (r *tenantRow) state(ascii bool) string {
	s := r.standing
	if x := r.held(); x != nil {
		return standingWord(s, ascii) + " " + strconv.FormatFloat(x.ThrottleMS, 'f', 0, 64) + "ms"
	}
	return standingWord(s, ascii)
}

// heldBy are the brokers that throttle.
func (r *tenantRow) heldBy() string {
	if r.Throttling == 0 {
		return ""
	}
	var ids []int32
	for i := range r.series {
		if r.series[i].Throttled() {
			ids = append(ids, r.series[i].Broker)
		}
	}
	text := view.IDs(ids)
	switch {
	case len(text) <= heldWidth:
		return text
	case r.Throttling == r.Brokers:
		return "all " + strconv.Itoa(r.Brokers)
	}
	return strconv.Itoa(r.Throttling) + ": " + text
}

type tenantColumn = table.Column[*tenantRow]

// tenantColumns are the columns of the pane's list. recent writes a row's history.
func (p *Pane) tenantColumns() []tenantColumn {
	text := func(head, name, help string, write func(*tenantRow) string, compare func(a, b *tenantRow) int) tenantColumn {
		return tenantColumn{Column: view.Column[*tenantRow]{Head: head, Name: name, Help: help, Cell: write, Compare: compare}}
	}
	number := func(which int, head, name, help string, get func(*tenantRow) float64, write func(*tenantRow) string) tenantColumn {
		c := text(head, name, help, func(r *tenantRow) string { return r.kept(which, write) }, nil)
		c.Right = true
		c.Key = func(r *tenantRow) int64 { return view.Key(get(r)) }
		return c
	}
	byRank := func(a, b *tenantRow) int { return cmp.Compare(a.rank, b.rank) }
	percent := func(r *tenantRow) float64 {
		if v, known := r.Worst.Percent(); known {
			return v
		}
		return math.NaN()
	}

	who := text("USER / CLIENT ID", "who", "the bucket's user and client id; - where it has none, ~ where the exporter lost letters",
		func(r *tenantRow) string { return r.kept(cellWho, (*tenantRow).name) },
		func(a, b *tenantRow) int {
			return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ClientID, b.ClientID), byRank(a, b))
		})
	who.Grow = true
	kind := text("TYPE", "type", "what is limited: produce and fetch bytes, request time, controller mutations",
		func(r *tenantRow) string { return pane.TypeWord(r.Type) },
		func(a, b *tenantRow) int {
			return cmp.Or(cmp.Compare(pane.TypeWord(a.Type), pane.TypeWord(b.Type)), byRank(a, b))
		})
	state := text("STATE", "state", "the worst first: throttled and for how long, over its limit, near it (80%), heavy (no limit, 25% of a broker's threads), within, no limit", func(r *tenantRow) string {
		return r.kept(cellState, func(r *tenantRow) string { return r.state(p.ascii) })
	}, nil)
	state.Style = func(r *tenantRow) cell.Style { return pane.StandingStyle(r.standing) }
	state.Key = func(r *tenantRow) int64 { return int64(r.rank) }
	worst := number(cellWorst, "WORST", "percent", "percent of its limit, on the broker where it is nearest to it", percent, (*tenantRow).worst)
	use := text("OF LIMIT", "use", "the same as a bar; without a limit, its share of a broker's threads, or what it uses", func(r *tenantRow) string {
		return r.kept(cellUse, func(r *tenantRow) string { return r.use(p.ascii) })
	}, nil)
	use.Key = worst.Key
	use.Style = func(r *tenantRow) cell.Style {
		if r.standing <= tenant.Heavy {
			return pane.StandingStyle(r.standing)
		}
		if !r.Limited {
			return cell.Faint
		}
		return cell.Info
	}
	held := text("THROTTLED BY", "throttle_ms", "brokers that hold it back; in order of how long, a mean of the last minute",
		func(r *tenantRow) string { return r.kept(cellHeld, (*tenantRow).heldBy) },
		nil)
	held.Key = func(r *tenantRow) int64 { return view.Key(r.heldMS()) }
	held.Max = heldWidth
	held.Style = func(*tenantRow) cell.Style { return cell.Critical }
	recent := text("RECENT", "recent", "what it used lately on all brokers together", p.recent, byRank)
	recent.Style = func(*tenantRow) cell.Style { return cell.Info }
	limit := number(cellLimit, "LIMIT", "limit", "on each broker, of controller mutations in the whole cluster; - for none", func(r *tenantRow) float64 {
		if r.Limited {
			return r.Limit
		}
		return math.NaN()
	}, func(r *tenantRow) string { return p.board.boundText(r).limit })
	bound := text("BOUND BY", "level", "level and record that the limit comes from", func(r *tenantRow) string {
		return p.board.boundText(r).by
	}, func(a, b *tenantRow) int { return cmp.Or(cmp.Compare(a.Level, b.Level), byRank(a, b)) })
	bound.Wide = true
	even := number(cellEven, "IF EVEN", "nominal_percent", "percent of its limit if its use were spread evenly", func(r *tenantRow) float64 { return r.NominalShare }, func(r *tenantRow) string {
		if r.Limited {
			return format.Percent(r.NominalShare)
		}
		return "-"
	})
	even.Wide = true
	of := text("TENANT", "tenant", "the tenant that the context's rules put it to", func(r *tenantRow) string { return pane.Dashed(r.Tenant) },
		func(a, b *tenantRow) int { return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), byRank(a, b)) })
	of.Wide = true
	return []tenantColumn{who, kind, state, worst, use, held, recent,
		number(cellUsage, "USAGE", "usage", "on all brokers together; request time in percent of one thread",
			(*tenantRow).usage, func(r *tenantRow) string { return view.Amount(r.Type, r.usage()) }),
		limit,
		number(cellSkew, "SKEW", "skew", "its largest use on a broker, as a multiple of the mean", (*tenantRow).skew,
			func(r *tenantRow) string {
				v := r.skew()
				if math.IsNaN(v) {
					return format.Unknown
				}
				var b [24]byte
				return string(append(strconv.AppendFloat(b[:0], v, 'f', 1, 64), 'x'))
			}),
		number(cellThreads, "OF THREADS", "of_threads", "request time as a share of all that the threads of one broker could do, where that is largest",
			func(r *tenantRow) float64 { return r.OfThreads }, func(r *tenantRow) string {
				if v := r.OfThreads; !math.IsNaN(v) || r.Type == tenant.RequestPercentage {
					return format.Percent(v)
				}
				return "-"
			}),
		even, of, bound}
}

// usage is the use on all brokers together, NaN where it isn't known of any.
func (r *tenantRow) usage() float64 {
	for i := range r.series {
		if !math.IsNaN(r.series[i].Rate) {
			return r.Rate
		}
	}
	return math.NaN()
}

// skew is NaN where nothing is known to be used.
func (r *tenantRow) skew() float64 {
	if math.IsNaN(r.usage()) {
		return math.NaN()
	}
	return r.Skew
}

func (r *tenantRow) heldMS() float64 {
	if x := r.held(); x != nil {
		return x.ThrottleMS
	}
	return 0
}

// historyStyle is the look of what was used.
func historyStyle(float64) cell.Style { return cell.Info }

// recent is the row's history, drawn anew only where it may have moved on.
func (p *Pane) recent(r *tenantRow) string {
	const every = 5 * time.Second
	slot := p.scene.Now.UnixNano() / int64(every)
	if p.scene.History == nil || r.spark.slot == slot && r.spark.text != "" {
		return r.spark.text
	}
	h := pane.SparklineOf(p.scene.History.Bucket(r.bucket()), p.scene.Now, sparkWidth, pane.Highest)
	r.spark = sparkline{slot, h.Cells(0, p.ascii, historyStyle).Text()}
	return r.spark.text
}

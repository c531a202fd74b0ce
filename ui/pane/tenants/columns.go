package tenants

import (
	"cmp"
	"math"
	"slices"
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

const (
	useBar     = 12 // columns of the bar of use
	sparkWidth = 10
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

type tenantColumn = table.Column[*tenantRow]

// tenantColumns are the columns of the pane's list, in order: those of totals, dressed, and what only a screen can show.
func (p *Pane) tenantColumns() []tenantColumn {
	of := view.Map(view.TotalColumns(), func(r *tenantRow) tenant.Total { return r.Total })
	who := view.Column[*tenantRow]{Head: "USER / CLIENT ID", Name: "who", Help: "the bucket's user and client id; - where it has none, ~ where the exporter lost letters",
		Cell: (*tenantRow).name,
		Compare: func(a, b *tenantRow) int {
			return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ClientID, b.ClientID))
		}}
	use := view.Column[*tenantRow]{Head: "OF LIMIT", Name: "use", Help: "the same as a bar; without a limit, its share of a broker's threads, or what it uses",
		Cell: func(r *tenantRow) string { return r.use(p.ascii) }, Key: view.Find(of, "percent").Key}
	columns := table.Dress(append(of, who, use), map[string]func(*tenantColumn){
		"who": func(c *tenantColumn) { c.Grow = true },
		"type": func(c *tenantColumn) {
			c.Cell = func(r *tenantRow) string { return pane.TypeWord(r.Type) }
			c.Compare = func(a, b *tenantRow) int { return cmp.Compare(pane.TypeWord(a.Type), pane.TypeWord(b.Type)) }
		},
		"state": func(c *tenantColumn) {
			c.Cell = func(r *tenantRow) string { return r.state(p.ascii) }
			c.Style = func(r *tenantRow) cell.Style { return pane.StandingStyle(r.standing) }
			c.Key = func(r *tenantRow) int64 {
				if r.standing == tenant.Unmeasured {
					return view.NoValue
				}
				return int64(r.rank)
			}
		},
		"use": func(c *tenantColumn) {
			c.Style = func(r *tenantRow) cell.Style {
				switch {
				case r.standing <= tenant.Heavy:
					return pane.StandingStyle(r.standing)
				case !r.Limited:
					return cell.Faint
				}
				return cell.Info
			}
		},
		"throttling": func(c *tenantColumn) {
			c.Max = 16
			c.Style = func(*tenantRow) cell.Style { return cell.Critical }
		},
		"of_threads":      func(c *tenantColumn) { c.Wide = false },
		"nominal_percent": func(c *tenantColumn) { c.Wide = true },
	})
	for i := range columns {
		columns[i].Cell = kept(i, columns[i].Cell)
	}
	columns = append(columns, tenantColumn{Column: view.Column[*tenantRow]{Head: "RECENT", Name: "recent", Help: "what it used lately on all brokers together",
		Cell: p.recent, Key: func(r *tenantRow) int64 { return int64(r.rank) }},
		Style: func(*tenantRow) cell.Style { return cell.Info }})
	var shown []tenantColumn
	for _, name := range []string{"who", "type", "state", "percent", "use", "throttling", "recent", "usage", "limit", "skew", "of_threads", "nominal_percent", "tenant", "level"} {
		shown = append(shown, columns[slices.IndexFunc(columns, func(c tenantColumn) bool { return c.Name == name })])
	}
	return shown
}

// kept is a cell that is written once for each row.
func kept(column int, write func(*tenantRow) string) func(*tenantRow) string {
	return func(r *tenantRow) string {
		if r.cells[column] == "" {
			r.cells[column] = write(r)
		}
		return r.cells[column]
	}
}

// state is the standing, and of what is throttled for how long at the most.
func (r *tenantRow) state(ascii bool) string {
	word := standingWord(r.standing, ascii)
	if r.Throttling > 0 {
		return word + " " + strconv.FormatFloat(r.LongestMS, 'f', 0, 64) + "ms"
	}
	return word
}

// historyStyle is the look of what was used.
func historyStyle(float64) cell.Style { return cell.Info }

// recent is the row's history, drawn anew only where it may have moved on.
func (p *Pane) recent(r *tenantRow) string {
	const every = 5 * time.Second
	slot := p.Scene.Now.UnixNano() / int64(every)
	if p.Scene.History == nil || r.spark.slot == slot && r.spark.text != "" {
		return r.spark.text
	}
	h := pane.SparklineOf(p.Scene.History.Bucket(r.bucket()), p.Scene.Now, sparkWidth, pane.Highest)
	r.spark = sparkline{slot, h.Cells(0, p.ascii, historyStyle).Text()}
	return r.spark.text
}

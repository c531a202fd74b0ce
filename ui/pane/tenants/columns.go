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
	barWidth    = 12 // of OF LIMIT, in columns
	recentWidth = 10
)

// standingWords are the glyph and the word of each standing, in Unicode and in ASCII.
var standingWords = func() (words [2][tenant.Unmeasured + 1]string) {
	for i, ascii := range []bool{false, true} {
		g := cell.GlyphsFor(ascii)
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

func (r *tenantRow) name() string { return pane.EntityName(r.User, r.ClientID, r.Worst.Approximate) }

// onWorst returns the series of the broker on which the usage is nearest to its limit.
func (r *tenantRow) onWorst() *view.TenantRow { return r.on(r.Worst.Broker) }

// The glyphs of a cell that is filled in part, by eighths.
var (
	unicodeSteps = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	asciiSteps   = []string{"", "", "", "", "=", "=", "=", "="}
)

// bar draws a share, 0 to 1, as a bar of the given width. A larger share fills it.
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

// bars are all bars, by eighths of a column, in Unicode and in ASCII. They are drawn once: a screen has hundreds.
var bars = func() (bars [2][]string) {
	for i, ascii := range []bool{false, true} {
		for n := range barWidth*8 + 1 {
			bars[i] = append(bars[i], bar(float64(n)/(barWidth*8), barWidth, ascii))
		}
	}
	return bars
}()

// shareBar returns the bar of a share. It is full only from 1 on, and empty only at 0.
func shareBar(share float64, ascii bool) string {
	eighths := min(max(int(math.Ceil(share*barWidth*8)), 0), barWidth*8)
	if share < 1 {
		eighths = min(eighths, barWidth*8-1)
	}
	if ascii {
		return bars[1][eighths]
	}
	return bars[0][eighths]
}

// ofLimit returns the bar of the usage on the broker where it is nearest to its limit; without a limit, its share of that
// broker's thread time, or its rate.
func (r *tenantRow) ofLimit(ascii bool) string {
	x := r.onWorst()
	of, limited, known := share(x)
	switch {
	case known && limited:
		return shareBar(of, ascii)
	case known:
		return format.Percent(100*of) + " threads"
	case r.Limited || math.IsNaN(x.Rate):
		return format.Unknown
	}
	return r.Type.Amount(x.Rate)
}

type tenantColumn = table.Column[*tenantRow]

// tenantColumns returns the columns of the list: those of package view, and those that only a screen can show.
func (p *Pane) tenantColumns() []tenantColumn {
	of := view.Map(view.TotalColumns(), func(r *tenantRow) tenant.Total { return r.Total })
	who := view.Column[*tenantRow]{Head: "USER / CLIENT ID", Name: "who", Help: "user and client id that the brokers count together; - for none, ~ where the exporter lost letters",
		Cell: (*tenantRow).name,
		Compare: func(a, b *tenantRow) int {
			return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ClientID, b.ClientID))
		}}
	use := view.Column[*tenantRow]{Head: "OF LIMIT", Name: "use", Help: "USED as a bar; without a limit, the request time in percent of all threads of the broker under ON, or USAGE; ?? where it isn't known",
		Cell: func(r *tenantRow) string { return r.ofLimit(p.ascii) }, Key: view.Find(of, "percent").Key}
	columns := table.Dress(append(of, who, use), map[string]func(*tenantColumn){
		"who": func(c *tenantColumn) { c.Grow, c.Least = true, 16 },
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
		columns[i].Cell = cached(i, columns[i].Cell)
	}
	columns = append(columns, tenantColumn{Column: view.Column[*tenantRow]{Head: "RECENT", Name: "recent", Help: "ALL BROKERS over the last polls, the newest at the right, drawn against the highest of them",
		Cell: p.recentCell, Key: func(r *tenantRow) int64 {
			if math.IsNaN(r.Rate) {
				return view.NoValue
			}
			return int64(r.rank)
		}},
		Style: func(*tenantRow) cell.Style { return cell.Info }})
	var shown []tenantColumn
	for _, name := range []string{"who", "type", "worst_usage", "limit", "percent", "worst_broker", "state", "of_threads", "throttling", "use", "recent", "usage", "skew", "nominal_percent", "tenant", "level"} {
		shown = append(shown, columns[slices.IndexFunc(columns, func(c tenantColumn) bool { return c.Name == name })])
	}
	return shown
}

// cached makes a cell that is written once for each row.
func cached(column int, write func(*tenantRow) string) func(*tenantRow) string {
	return func(r *tenantRow) string {
		if r.cells[column] == "" {
			r.cells[column] = write(r)
		}
		return r.cells[column]
	}
}

// state returns the standing and, if the usage is throttled, the longest throttle time.
func (r *tenantRow) state(ascii bool) string {
	word := standingWord(r.standing, ascii)
	if r.Throttling > 0 {
		return word + " " + strconv.FormatFloat(r.LongestMS, 'f', 0, 64) + "ms"
	}
	return word
}

// historyStyle is the style of past usage.
func historyStyle(float64) cell.Style { return cell.Info }

// recentCell returns the row's history. It is drawn again only every few seconds.
func (p *Pane) recentCell(r *tenantRow) string {
	const every = 5 * time.Second
	slot := p.Scene.Now.UnixNano() / int64(every)
	if p.Scene.History == nil || r.recent.slot == slot && r.recent.text != "" {
		return r.recent.text
	}
	h := pane.SparklineOf(p.Scene.History.Bucket(r.bucket()), p.Scene.Now, recentWidth, pane.Highest)
	r.recent = recentCell{slot, h.Cells(0, p.ascii, historyStyle).Text()}
	return r.recent.text
}

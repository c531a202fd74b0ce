package layout

// Overview says where the parts of the Overview lie. Empty parts are not shown.
type Overview struct {
	Card     Rect // the verdict, one row
	Findings Rect
	Detail   Rect // of the finding under the cursor
	Brokers  Rect
	Trends   Rect // where there are no Charts
	Charts   Rect
	Tenants  Rect
	Groups   Rect
	Changes  Rect
	Rules    []Rect // horizontal, one row high
	Bars     []Rect // vertical, one column wide
	// Banded tells that the parts lie in bands, each under a rule that has room for their titles.
	Banded bool
}

// OverviewRows is the number of rows that the parts of the Overview need; 0 for a part with nothing to show.
type OverviewRows struct{ Findings, Detail, Brokers, Trends, Charts, Tenants, Groups int }

const (
	overviewLow     = 10 // a body with fewer rows holds the findings alone
	overviewChanges = 4  // rows that findings leave to what changed

	bandOfFindings = 6 // rows of the first band at least
	bandOfChanges  = 5 // rows of the last band at least
)

// ComputeOverview divides the body. Findings come first and keep at least half of a narrow body. The brokers and their trends
// follow, and the changes have the rest. A screen of two columns or more has bands.
func ComputeOverview(body Rect, want OverviewRows) Overview {
	var o Overview
	if body.Empty() {
		return o
	}
	if body.W >= TwoColumns && body.H >= overviewLow {
		o.bands(body, want)
		return o
	}
	var left Rect
	o.Card, left = body.Top(1)
	if body.H < overviewLow {
		o.Findings = left
		return o
	}
	rest := body.H - want.Brokers - overviewChanges - 2 // two rules
	if want.Trends > 0 {
		rest -= want.Trends + 1
	}
	o.Findings, left = left.Top(min(want.Findings, max(body.H/2, rest)-1)) // below the card
	rule, left := left.Top(1)
	o.Rules = append(o.Rules, rule)
	o.Brokers, left = o.split(left, want.Brokers)
	if want.Trends > 0 {
		o.Trends, left = o.split(left, want.Trends)
	}
	o.Changes = left
	return o
}

// bands divides a wide body into four bands over its whole width: findings and the detail of one; brokers; charts; tenants, groups
// and changes. Where there is no room for all, the last ones are left out.
func (o *Overview) bands(body Rect, want OverviewRows) {
	o.Banded = true
	var rest Rect
	o.Card, rest = body.Top(1)
	rows := rest.H - 1 // a rule above each band
	brokers := min(want.Brokers, rows-bandOfFindings-1)
	rows -= brokers + 1
	charts, last := 0, 0
	if want.Charts > 0 && rows-want.Charts-1 >= bandOfFindings {
		charts = want.Charts
		rows -= charts + 1
	}
	if rows-bandOfChanges-1 >= bandOfFindings {
		last = max(rows-1-max(want.Findings, want.Detail, bandOfFindings), bandOfChanges)
		rows -= last + 1
	}
	first, rest := o.band(rest, rows)
	o.Findings, o.Detail = o.beside(first, first.W*3/5)
	o.Brokers, rest = o.band(rest, brokers)
	if charts > 0 {
		o.Charts, rest = o.band(rest, charts)
	}
	if last == 0 {
		return
	}
	below, _ := o.band(rest, last)
	if want.Tenants > 0 && body.W >= ThreeColumns {
		o.Tenants, below = o.beside(below, body.W*37/100)
	}
	if want.Groups > 0 {
		o.Groups, below = o.beside(below, below.W*47/100)
	}
	o.Changes = below
}

// band takes a rule and so many rows below it off a body.
func (o *Overview) band(r Rect, rows int) (band, rest Rect) {
	rule, rest := r.Top(1)
	o.Rules = append(o.Rules, rule)
	return rest.Top(rows)
}

// beside divides a band into two parts with a bar between them.
func (o *Overview) beside(r Rect, columns int) (left, right Rect) {
	left, rest := r.Left(columns)
	bar, right := rest.Left(1)
	o.Bars = append(o.Bars, bar)
	return left, right
}

// split gives the first rows to one part and the rest, after a rule, to another. Where the rest is too small, the first part
// has all rows.
func (o *Overview) split(r Rect, first int) (top, bottom Rect) {
	if first+3 > r.H {
		return r, Rect{}
	}
	top, rest := r.Top(first)
	rule, bottom := rest.Top(1)
	o.Rules = append(o.Rules, rule)
	return top, bottom
}

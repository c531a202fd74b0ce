package layout

// Overview says where the parts of the Overview lie. Empty parts are not shown.
type Overview struct {
	Findings Rect
	Brokers  Rect
	Trends   Rect
	Tenants  Rect
	Changes  Rect
	Detail   Rect
	Rules    []Rect // horizontal, one row high
	Bars     []Rect // vertical, one column wide
}

// OverviewRows is the number of rows that the parts of the Overview need; 0 for a part with nothing to show.
type OverviewRows struct{ Findings, Brokers, Trends, Tenants int }

const (
	overviewFindings = 64 // columns on a wide screen
	overviewBrokers  = 75
	overviewLow      = 10 // a body with fewer rows holds the findings alone
	overviewChanges  = 4  // rows that findings leave to what changed
)

// ComputeOverview divides the body. Findings come first and keep at least half of a narrow body. The brokers and their trends
// follow, and the changes have the rest. A wide screen has three columns: findings and changes; brokers, trends and tenants;
// the detail of the finding under the cursor.
func ComputeOverview(body Rect, want OverviewRows) Overview {
	var o Overview
	if body.Empty() {
		return o
	}
	if body.W >= ThreeColumns {
		left, rest := body.Left(overviewFindings)
		bar, rest := rest.Left(1)
		middle, rest := rest.Left(overviewBrokers)
		bar2, right := rest.Left(1)
		o.Bars = []Rect{bar, bar2}
		o.Detail = right
		o.Findings, o.Changes = o.split(left, min(want.Findings+1, left.H/2)) // and a heading
		o.Brokers = middle
		if want.Trends > 0 {
			below := want.Trends + 1 // a rule
			if want.Tenants > 0 {
				below += 1 + want.Tenants
			}
			o.Brokers, middle = o.split(middle, min(want.Brokers, max(middle.H-below, middle.H/2)))
			o.Trends, o.Tenants = o.split(middle, want.Trends)
			if want.Tenants == 0 {
				o.Tenants = Rect{}
			}
		}
		return o
	}
	left := body
	if body.W >= TwoColumns {
		var bar Rect
		left, bar, o.Detail = ListDetail(body)
		o.Bars = []Rect{bar}
	}
	if left.H < overviewLow {
		o.Findings = left
		return o
	}
	rest := left.H - want.Brokers - overviewChanges - 2 // two rules
	if want.Trends > 0 {
		rest -= want.Trends + 1
	}
	o.Findings, left = left.Top(min(want.Findings+1, max(left.H/2, rest))) // a heading
	rule, left := left.Top(1)
	o.Rules = append(o.Rules, rule)
	o.Brokers, left = o.split(left, want.Brokers)
	if want.Trends > 0 {
		o.Trends, left = o.split(left, want.Trends)
	}
	o.Changes = left
	return o
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

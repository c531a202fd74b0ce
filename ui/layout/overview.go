package layout

// Overview is where the parts of the Overview lie. Empty ones are not shown.
type Overview struct {
	Findings Rect
	Brokers  Rect
	Changes  Rect
	Detail   Rect
	Rules    []Rect // horizontal, one row high
	Bars     []Rect // vertical, one column wide
}

const (
	overviewFindings = 64 // columns on a wide screen
	overviewBrokers  = 75
	overviewLow      = 10 // a body with fewer rows holds the findings alone
	overviewChanges  = 4  // rows that findings leave to what changed
)

// ComputeOverview divides the body for that many findings and rows of brokers. Findings come first and keep at
// least half of a narrow body; what changed gets what is left. A wide screen has what changed under the findings, the
// brokers beside them, and the detail of the finding that the cursor is on at the right.
func ComputeOverview(body Rect, findings, brokers int) Overview {
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
		o.Brokers, o.Detail = middle, right
		o.Findings, o.Changes = o.split(left, min(findings+1, left.H/2)) // and a heading
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
	want := min(findings+1, max(left.H/2, left.H-brokers-overviewChanges-2)) // a heading; two rules
	o.Findings, left = left.Top(want)
	rule, left := left.Top(1)
	o.Rules = append(o.Rules, rule)
	o.Brokers, o.Changes = o.split(left, brokers)
	return o
}

// split gives the first rows to one part and what is left, after a rule, to another; nothing where that is too little.
func (o *Overview) split(r Rect, first int) (top, bottom Rect) {
	if first+3 > r.H {
		return r, Rect{}
	}
	top, rest := r.Top(first)
	rule, bottom := rest.Top(1)
	o.Rules = append(o.Rules, rule)
	return top, bottom
}

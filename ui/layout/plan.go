package layout

// Plan says where the parts of the Plan pane lie. Empty parts are not shown.
type Plan struct {
	Chain   Rect // one line
	List    Rect
	Facts   Rect // what the plan comes to, a line each
	Brokers Rect // before and after: three lines
	Note    Rect // what it was made on, one line
	Detail  Rect // facts and brokers in full
	Bar     Rect
	Rules   []Rect
}

const (
	planFacts   = 4
	planBrokers = 3
)

// ComputePlan divides the body. A narrow body has short facts and brokers under the list, if the list keeps half of the body. A
// wide body, or an opened summary of any width, has them in full.
func ComputePlan(body Rect, opened bool) Plan {
	var p Plan
	if body.Empty() {
		return p
	}
	p.Chain, body = body.Top(1)
	rule, body := body.Top(1)
	p.Rules = append(p.Rules, rule)
	if body.H >= 8 {
		body, p.Note = body.Top(body.H - 1)
	}
	switch {
	case opened:
		p.Detail = body
		return p
	case body.W >= TwoColumns:
		p.List, p.Bar, p.Detail = ListDetail(body)
		return p
	}
	facts, brokers := 0, 0
	if body.H >= 2*planFacts+2 {
		facts = planFacts
	}
	if body.H >= 2*(planFacts+planBrokers)+2 {
		brokers = planBrokers
	}
	if facts > 0 {
		body, p.Facts = body.Top(body.H - facts - brokers - 1)
		rule, p.Facts = p.Facts.Top(1)
		p.Rules = append(p.Rules, rule)
		p.Facts, p.Brokers = p.Facts.Top(facts)
	}
	p.List = body
	return p
}

package layout

// Requests says where the parts of an open request lie. Empty parts are not shown. Single is where the one part lies that a
// narrow screen has room for.
type Requests struct {
	Single      Rect
	Form        Rect
	Nodes       Rect
	Answer      Rect
	Differences Rect
	Bytes       Rect
	Beside      Rect // one part beside the form, on a screen that has no room for all of them
	Rules       []Rect
	Bars        []Rect
}

const (
	requestForm       = 52 // columns beside one part
	requestFormWide   = 58 // columns on a wide screen
	requestAnswerWide = 68
)

// ComputeRequests divides the body: one part alone, the form and one part, or all of them side by side.
func ComputeRequests(body Rect) Requests {
	var r Requests
	switch {
	case body.Empty():
		return r
	case body.W < TwoColumns:
		r.Single = body
		return r
	case body.W < ThreeColumns:
		left, rest := body.Left(requestForm)
		r.Form = left
		r.Bars = make([]Rect, 1)
		r.Bars[0], r.Beside = rest.Left(1)
		return r
	}
	r.Bars = make([]Rect, 2)
	left, rest := body.Left(requestFormWide)
	r.Bars[0], rest = rest.Left(1)
	middle, rest := rest.Left(requestAnswerWide)
	r.Bars[1], r.Bytes = rest.Left(1)
	r.Form, r.Nodes = r.halves(left)
	r.Answer, r.Differences = r.halves(middle)
	return r
}

func (r *Requests) halves(of Rect) (top, bottom Rect) {
	top, rest := of.Top(of.H / 2)
	rule, bottom := rest.Top(1)
	r.Rules = append(r.Rules, rule)
	return top, bottom
}

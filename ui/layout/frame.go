package layout

// The sizes at which the screen changes its shape, in cells.
const (
	MinWidth, MinHeight = 60, 12 // under either, only the verdict and one message are shown
	TwoColumns          = 120
	ThreeColumns        = 160

	detailWidth     = 48 // beside a list, from TwoColumns on
	wideDetailWidth = 60 // from ThreeColumns on
)

// Frame says where the parts of the screen lie. Header, tabs, prompt and key line are the same in every pane.
type Frame struct {
	Width, Height int
	Tiny          bool // too small for anything but Header and, in Body, a message
	Header        Rect
	Tabs          Rect
	Rule          Rect // the line under the tabs, in the cluster's colour
	Body          Rect
	Prompt        Rect // palette, filter, toasts; what the observer spends when nothing else is there
	Keys          Rect
}

// Compute divides a screen of that size. Any size is allowed, also a negative one.
func Compute(width, height int) Frame {
	f := Frame{Width: max(width, 0), Height: max(height, 0)}
	rest := Rect{0, 0, f.Width, f.Height}
	f.Header, rest = rest.Top(1)
	if width < MinWidth || height < MinHeight {
		f.Tiny = true
		f.Body = rest
		return f
	}
	f.Tabs, rest = rest.Top(1)
	f.Rule, rest = rest.Top(1)
	f.Body, rest = rest.Top(rest.H - 2)
	f.Prompt, f.Keys = rest.Top(1)
	return f
}

const (
	shortDetail = 6 // the least height of a detail under a list
	fewRows     = 3 // the most rows of a list that leaves nearly all of a wide body to the detail under it
)

// ListOverDetail divides a narrow body into a list of so many rows, a rule and the detail of the row under the cursor, if the list
// leaves room for that. Otherwise rule and detail are empty.
func ListOverDetail(body Rect, rows int) (list, rule, detail Rect) {
	list, rest := body.Top(max(rows, 1) + 1) // a heading, and a line that says why there is no row
	if rest.H <= shortDetail {
		return body, Rect{}, Rect{}
	}
	rule, detail = rest.Top(1)
	return list, rule, detail
}

// ListAndDetail divides a body into a list of so many rows and the detail of the row under the cursor: side by side or, on a narrow screen and where the list
// would leave most of its side blank, one under the other. between is the bar or the rule. Without a row, and without room for a detail, it is empty.
func ListAndDetail(body Rect, rows int) (list, between, detail Rect) {
	if rows == 0 { // the list says why, which may take lines
		return body, Rect{}, Rect{}
	}
	list, between, detail = ListDetail(body)
	if detail.Empty() || rows <= fewRows && body.H > rows+1+2*shortDetail {
		return ListOverDetail(body, rows)
	}
	return list, between, detail
}

// ListDetail divides a body into a list, a vertical bar and the detail of the row under the cursor. On a narrow screen bar and
// detail are empty.
func ListDetail(body Rect) (list, bar, detail Rect) {
	w := detailWidth
	switch {
	case body.W < TwoColumns:
		return body, Rect{}, Rect{}
	case body.W >= ThreeColumns:
		w = wideDetailWidth
	}
	list, rest := body.Left(body.W - w - 1)
	bar, detail = rest.Left(1)
	return list, bar, detail
}

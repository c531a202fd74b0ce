package layout

// Machine says where the parts of the screen of a broker's machine lie. Empty parts are not shown.
type Machine struct {
	Findings Rect
	Threads  Rect
	Waits    Rect // what threads wait for on disks
	Detail   Rect // of the thread that the cursor is on
	Figures  Rect // of the machine around
	Rules    []Rect
	Bar      Rect
}

const (
	fewThreads   = 5  // rows that are left to the threads before anything stands below them
	leastFigures = 8  // rows; fewer are not worth their rule
	mostFindings = 3  // the part of the body that findings take at the most: one of so many
	threadDetail = 12 // rows of a thread's detail beside the list, above the figures
)

// ComputeMachine divides the body. findings are the lines that they take, threads and waits the rows of the two lists. A wide body has the detail of a thread and
// the figures beside the lists, a narrow one the figures below, where the lists leave room.
func ComputeMachine(body Rect, findings, threads, waits int) Machine {
	var m Machine
	if body.Empty() {
		return m
	}
	rule := func(r Rect) (Rect, Rect) { return r.Top(1) }
	var line Rect
	m.Findings, body = body.Top(min(findings, max(body.H/mostFindings, 3)))
	line, body = rule(body)
	m.Rules = append(m.Rules, line)
	var side Rect
	if body.W >= TwoColumns {
		body, m.Bar, side = ListDetail(body)
	}
	under := 0
	if waits > 0 {
		under = min(waits+1, max(body.H-fewThreads-2, 0)/2)
	}
	if under >= 2 {
		left := min(max(body.H-under-1, 0), threads+1)
		if side.Empty() && body.H-left-under-2 >= leastFigures || !side.Empty() {
			m.Threads, body = body.Top(left)
		} else {
			m.Threads, body = body.Top(body.H - under - 1)
		}
		line, body = rule(body)
		m.Rules = append(m.Rules, line)
		m.Waits, body = body.Top(max(under, min(waits+1, body.H)))
	} else {
		m.Threads, body = body.Top(threads + 1)
	}
	switch {
	case !side.Empty() && body.H > leastFigures:
		m.Figures = side
		line, m.Detail = rule(body)
		m.Rules = append(m.Rules, line)
	case !side.Empty():
		m.Detail, side = side.Top(min(threadDetail, side.H))
		if side.H > leastFigures {
			line, m.Figures = rule(side)
			m.Rules = append(m.Rules, line)
		}
	case body.H > leastFigures:
		line, m.Figures = rule(body)
		m.Rules = append(m.Rules, line)
	default: // a list that has room for more says so by blank rows, and not in the middle of the screen
		if m.Waits.Empty() {
			m.Threads.H += body.H
		} else {
			m.Waits.H += body.H
		}
	}
	return m
}

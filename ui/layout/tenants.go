package layout

// Tenants says where the parts of the Tenants pane lie. Empty parts are not shown.
type Tenants struct {
	List   Rect
	Heat   Rect // beside the list, line by line
	Legend Rect // of the heat, on a rule
	Facts  Rect // of the row that the cursor is on
	Levels Rect // beside them, the rest
	Notes  Rect // what isn't known, and of whom
	Rules  []Rect
	Bars   []Rect
}

const (
	tenantsList   = 84 // columns that the heat leaves to the list
	tenantsRows   = 10 // rows that the detail leaves to it
	tenantsDetail = 24 // rows of the detail under the list
	tenantsLevels = 84 // columns that the detail's second half takes at the most
)

// ComputeTenants divides the body. rows is the number of rows of the list, notes that of lines of notes, heat the width of the heat
// map. The detail is under the list: in a wide body always, in a narrow one if the list leaves room for it. A still wider body has
// the heat map beside the list. What a short list doesn't need, the detail has.
func ComputeTenants(body Rect, rows, notes, heat int) Tenants {
	var t Tenants
	if body.Empty() {
		return t
	}
	if notes = min(notes, body.H/4); notes > 0 {
		var rule Rect
		body, t.Notes = body.Top(body.H - notes)
		body, rule = body.Top(body.H - 1)
		t.Rules = append(t.Rules, rule)
	}
	if body.W < TwoColumns {
		var rule Rect
		if t.List, rule, t.Facts = ListOverDetail(body, rows); rule.H > 0 {
			t.Rules = append(t.Rules, rule)
		}
		return t
	}
	below := min(tenantsDetail, body.H/2)
	if list := max(rows+1, tenantsRows); body.H-below > list {
		below = body.H - list - 1
	}
	if body.H-below > tenantsRows {
		var rest Rect
		body, rest = body.Top(body.H - below - 1)
		t.Legend, rest = rest.Top(1)
		t.Rules = append(t.Rules, t.Legend)
		t.detail(rest)
	}
	if body.W < ThreeColumns {
		t.List, t.Legend = body, Rect{}
		return t
	}
	var bar Rect
	body, t.Heat = body.Left(body.W - min(heat, body.W-tenantsList-1) - 1)
	bar, t.Heat = t.Heat.Left(1)
	t.Bars = append(t.Bars, bar)
	t.List = body
	return t
}

// ComputeTenant divides the body for the detail alone: in two halves side by side where there is room.
func ComputeTenant(body Rect) Tenants {
	var t Tenants
	if body.W < TwoColumns {
		t.Facts = body
		return t
	}
	t.detail(body)
	return t
}

func (t *Tenants) detail(r Rect) {
	var bar Rect
	t.Facts, t.Levels = r.Left(max(r.W-tenantsLevels, r.W/2))
	bar, t.Levels = t.Levels.Left(1)
	t.Bars = append(t.Bars, bar)
}

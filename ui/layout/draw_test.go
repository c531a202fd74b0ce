package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// named is a rectangle and the letter that it is drawn with.
type named struct {
	letter byte
	rect   Rect
}

func frameParts(f Frame) []named {
	return []named{{'h', f.Header}, {'t', f.Tabs}, {'-', f.Rule}, {'B', f.Body}, {'p', f.Prompt}, {'k', f.Keys}}
}

func overviewParts(o Overview) []named {
	parts := []named{{'V', o.Card}, {'F', o.Findings}, {'B', o.Brokers}, {'T', o.Trends}, {'H', o.Charts}, {'U', o.Tenants}, {'G', o.Groups}, {'C', o.Changes}, {'D', o.Detail}}
	for _, r := range o.Rules {
		parts = append(parts, named{'-', r})
	}
	for _, r := range o.Bars {
		parts = append(parts, named{'|', r})
	}
	return parts
}

func planParts(p Plan) []named {
	parts := []named{{'C', p.Chain}, {'L', p.List}, {'F', p.Facts}, {'B', p.Brokers}, {'N', p.Note}, {'D', p.Detail}, {'|', p.Bar}}
	for _, r := range p.Rules {
		parts = append(parts, named{'-', r})
	}
	return parts
}

// draw fills a screen with the letters of the parts; a cell that two of them claim is an error.
func draw(w, h int, parts []named) (string, error) {
	rows := make([][]byte, max(h, 0))
	for y := range rows {
		rows[y] = []byte(strings.Repeat(".", max(w, 0)))
	}
	for _, p := range parts {
		for y := p.rect.Y; y < p.rect.Y+p.rect.H; y++ {
			for x := p.rect.X; x < p.rect.X+p.rect.W; x++ {
				switch {
				case y < 0 || y >= h || x < 0 || x >= w:
					return "", fmt.Errorf("%c lies outside at %d,%d", p.letter, x, y)
				case rows[y][x] != '.':
					return "", fmt.Errorf("%c and %c share %d,%d", p.letter, rows[y][x], x, y)
				}
				rows[y][x] = p.letter
			}
		}
	}
	return string(slices.Concat(joinRows(rows)...)), nil
}

// joinRows writes runs of the same row once, with how often, and of the same letter the same.
func joinRows(rows [][]byte) (out [][]byte) {
	for i := 0; i < len(rows); {
		n := 1
		for i+n < len(rows) && string(rows[i+n]) == string(rows[i]) {
			n++
		}
		var line strings.Builder
		fmt.Fprintf(&line, "%3d ", n)
		for x := 0; x < len(rows[i]); {
			k := 1
			for x+k < len(rows[i]) && rows[i][x+k] == rows[i][x] {
				k++
			}
			fmt.Fprintf(&line, " %c%d", rows[i][x], k)
			x += k
		}
		out = append(out, []byte(line.String()+"\n"))
		i += n
	}
	return out
}

func TestTheFrameIsDrawn(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		want string
	}{
		{"80x24", 80, 24, `
  1  h80
  1  t80
  1  -80
 19  B80
  1  p80
  1  k80
`},
		{"the least that shows panes", 60, 12, `
  1  h60
  1  t60
  1  -60
  7  B60
  1  p60
  1  k60
`},
		{"too narrow", 59, 12, `
  1  h59
 11  B59
`},
		{"too low", 200, 5, `
  1  h200
  4  B200
`},
		{"one cell", 1, 1, `
  1  h1
`},
		{"no cell", 0, 0, `
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := draw(c.w, c.h, frameParts(Compute(c.w, c.h)))
			if err != nil || "\n"+got != c.want {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

func TestAListHasItsDetailBesideItWhereThereIsRoom(t *testing.T) {
	for _, c := range []struct {
		w    int
		want string
	}{
		{80, "  3  L80\n"},
		{119, "  3  L119\n"},
		{120, "  3  L71 |1 D48\n"},
		{200, "  3  L139 |1 D60\n"},
	} {
		list, bar, detail := ListDetail(Rect{W: c.w, H: 3})
		got, err := draw(c.w, 3, []named{{'L', list}, {'|', bar}, {'D', detail}})
		if err != nil || got != c.want {
			t.Errorf("%d columns: %v\n%s", c.w, err, got)
		}
	}
}

func TestTheOverviewIsDrawn(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		rows OverviewRows
		want string
	}{
		{"few findings leave the rest to the brokers and what changed", 80, 19, OverviewRows{Findings: 4, Brokers: 4}, `
  1  V80
  4  F80
  1  -80
  4  B80
  1  -80
  8  C80
`},
		{"many findings take what the brokers leave", 80, 19, OverviewRows{Findings: 30, Brokers: 4}, `
  1  V80
  8  F80
  1  -80
  4  B80
  1  -80
  4  C80
`},
		{"with many brokers and findings they share", 80, 19, OverviewRows{Findings: 30, Brokers: 12}, `
  1  V80
  8  F80
  1  -80
  9  B80
`},
		{"a low body holds findings alone", 80, 7, OverviewRows{Findings: 30, Brokers: 12}, `
  1  V80
  6  F80
`},
		{"120 columns have bands, as many as there is room for", 120, 29, OverviewRows{Findings: 4, Detail: 8, Brokers: 7, Charts: 10, Groups: 9}, `
  1  V120
  1  -120
  8  F72 |1 D47
  1  -120
  7  B120
  1  -120
 10  H120
`},
		{"a higher one has what changed below", 120, 35, OverviewRows{Findings: 4, Detail: 8, Brokers: 7, Charts: 10, Groups: 9}, `
  1  V120
  1  -120
  8  F72 |1 D47
  1  -120
  7  B120
  1  -120
 10  H120
  1  -120
  5  G56 |1 C63
`},
		{"200 columns have four bands", 200, 55, OverviewRows{Findings: 4, Detail: 12, Brokers: 13, Charts: 10, Tenants: 9, Groups: 9}, `
  1  V200
  1  -200
 12  F120 |1 D79
  1  -200
 13  B200
  1  -200
 10  H200
  1  -200
 15  U74 |1 G58 |1 C66
`},
		{"many findings leave a few rows to what changed", 200, 55, OverviewRows{Findings: 100, Detail: 12, Brokers: 13, Charts: 10, Tenants: 9, Groups: 9}, `
  1  V200
  1  -200
 22  F120 |1 D79
  1  -200
 13  B200
  1  -200
 10  H200
  1  -200
  5  U74 |1 G58 |1 C66
`},
		{"without metrics what changed has the room of the charts", 200, 55, OverviewRows{Findings: 4, Detail: 12, Brokers: 13, Groups: 9}, `
  1  V200
  1  -200
 12  F120 |1 D79
  1  -200
 13  B200
  1  -200
 26  G94 |1 C105
`},
		{"many brokers leave the charts out", 120, 29, OverviewRows{Findings: 4, Detail: 8, Brokers: 40, Charts: 10, Groups: 9}, `
  1  V120
  1  -120
  6  F72 |1 D47
  1  -120
 20  B120
`},
		{"trends come before what changed", 80, 19, OverviewRows{Findings: 4, Brokers: 6, Trends: 2}, `
  1  V80
  4  F80
  1  -80
  6  B80
  1  -80
  2  T80
  1  -80
  3  C80
`},
		{"trends take all that is left where it is little", 80, 19, OverviewRows{Findings: 6, Brokers: 6, Trends: 2}, `
  1  V80
  6  F80
  1  -80
  6  B80
  1  -80
  4  T80
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := draw(c.w, c.h, overviewParts(ComputeOverview(Rect{W: c.w, H: c.h}, c.rows)))
			if err != nil || "\n"+got != c.want {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

func TestAShortListOnANarrowScreenHasItsDetailBelow(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, width int
		want        string
	}{
		{"three rows", 3, 80, `
  4  L80
  1  -80
 14  D80
`},
		{"no row has a line that says why", 0, 80, `
  2  L80
  1  -80
 16  D80
`},
		{"as many as leave room", 11, 80, `
 12  L80
  1  -80
  6  D80
`},
		{"more", 12, 80, `
 19  L80
`},
	} {
		list, rule, detail := ListOverDetail(Rect{W: c.width, H: 19}, c.rows)
		if got, err := draw(c.width, 19, []named{{'L', list}, {'-', rule}, {'D', detail}}); err != nil || "\n"+got != c.want {
			t.Errorf("%s: %v\n%s", c.name, err, got)
		}
	}
}

func TestAListOfAFewRowsHasItsDetailBelowOnAWideScreenToo(t *testing.T) {
	for _, c := range []struct {
		rows, height int
		want         string
	}{
		{1, 55, "  2  L200\n  1  -200\n 52  D200\n"},
		{3, 55, "  4  L200\n  1  -200\n 50  D200\n"},
		{4, 55, " 55  L139 |1 D60\n"},
		{0, 55, " 55  L200\n"},
		{1, 12, " 12  L139 |1 D60\n"},
	} {
		list, between, detail := ListAndDetail(Rect{W: 200, H: c.height}, c.rows)
		sign := byte('|')
		if between.W > 1 {
			sign = '-'
		}
		if got, err := draw(200, c.height, []named{{'L', list}, {sign, between}, {'D', detail}}); err != nil || got != c.want {
			t.Errorf("%d rows in %d lines: %v\n%s", c.rows, c.height, err, got)
		}
	}
}

// Whatever the size, nothing lies outside the screen and no two parts share a cell.
func TestPartsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(-2, 320).Draw(t, "w"), rapid.IntRange(-2, 120).Draw(t, "h")
		f := Compute(w, h)
		if _, err := draw(f.Width, f.Height, frameParts(f)); err != nil {
			t.Fatal(err)
		}
		body := Rect{W: f.Body.W, H: f.Body.H}
		o := ComputeOverview(body, OverviewRows{Findings: rapid.IntRange(0, 200).Draw(t, "findings"), Detail: rapid.IntRange(0, 60).Draw(t, "detail"),
			Brokers: rapid.IntRange(0, 60).Draw(t, "brokers"), Trends: rapid.IntRange(0, 6).Draw(t, "trends"), Charts: rapid.IntRange(0, 12).Draw(t, "charts"),
			Tenants: rapid.IntRange(0, 30).Draw(t, "tenants"), Groups: rapid.IntRange(0, 30).Draw(t, "groups")})
		if _, err := draw(body.W, body.H, overviewParts(o)); err != nil {
			t.Fatalf("overview of %v: %v", body, err)
		}
		if _, err := draw(body.W, body.H, planParts(ComputePlan(body, rapid.Bool().Draw(t, "opened")))); err != nil {
			t.Fatalf("plan of %v: %v", body, err)
		}
		list, bar, detail := ListDetail(body)
		if _, err := draw(body.W, body.H, []named{{'L', list}, {'|', bar}, {'D', detail}}); err != nil {
			t.Fatal(err)
		}
		box := body.Centered(rapid.IntRange(0, 100).Draw(t, "box"), rapid.IntRange(0, 100).Draw(t, "boxHeight"))
		if _, err := draw(body.W, body.H, []named{{'X', box}}); err != nil {
			t.Fatal(err)
		}
	})
}

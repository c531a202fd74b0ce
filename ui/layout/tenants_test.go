package layout

import (
	"testing"

	"pgregory.net/rapid"
)

func tenantsParts(t Tenants) []named {
	parts := []named{{'L', t.List}, {'H', t.Heat}, {'F', t.Facts}, {'Q', t.Levels}, {'N', t.Notes}}
	for _, r := range t.Rules {
		parts = append(parts, named{'-', r})
	}
	for _, r := range t.Bars {
		parts = append(parts, named{'|', r})
	}
	return parts
}

func TestTheTenantsAreDrawn(t *testing.T) {
	for _, c := range []struct {
		name              string
		w, h              int
		rows, notes, heat int
		want              string
	}{
		{"80x24 has the list, and under it what isn't known", 80, 19, 99, 2, 37, `
 16  L80
  1  -80
  2  N80
`},
		{"80x24 with few rows has the detail under them", 80, 19, 5, 1, 37, `
  6  L80
  1  -80
 10  F80
  1  -80
  1  N80
`},
		{"what few rows don't need is the detail's", 200, 55, 5, 0, 37, `
 10  L162 |1 H37
  1  -200
 44  F116 |1 Q83
`},
		{"many notes take a quarter", 80, 19, 99, 9, 37, `
 14  L80
  1  -80
  4  N80
`},
		{"120x40 has the detail below in two halves", 120, 35, 99, 0, 37, `
 17  L120
  1  -120
 17  F60 |1 Q59
`},
		{"a low one has none", 120, 19, 99, 0, 37, `
 19  L120
`},
		{"200x60 has the heat beside the list", 200, 55, 99, 1, 37, `
 28  L162 |1 H37
  1  -200
 24  F116 |1 Q83
  1  -200
  1  N200
`},
		{"a wide heat leaves the list its columns", 200, 20, 99, 0, 401, `
 20  L84 |1 H115
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := draw(c.w, c.h, tenantsParts(ComputeTenants(Rect{W: c.w, H: c.h}, c.rows, c.notes, c.heat)))
			if err != nil || "\n"+got != c.want {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

func TestTheTenantsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 300).Draw(t, "w"), rapid.IntRange(0, 100).Draw(t, "h")
		body := Rect{W: w, H: h}
		for _, p := range []Tenants{
			ComputeTenants(body, rapid.IntRange(0, 60).Draw(t, "rows"), rapid.IntRange(0, 200).Draw(t, "notes"), rapid.IntRange(1, 500).Draw(t, "heat")),
			ComputeTenant(body),
		} {
			if _, err := draw(w, h, tenantsParts(p)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

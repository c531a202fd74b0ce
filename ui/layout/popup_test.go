package layout

import (
	"testing"

	"pgregory.net/rapid"
)

func TestThePopupIsDrawn(t *testing.T) {
	for _, c := range []struct {
		name                string
		w, h, x, wide, high int
		want                Rect
		lines               int
	}{
		{"a few words at the beginning of the line", 80, 24, 2, 10, 3, Rect{0, 17, 14, 5}, 3},
		{"under the word that is completed", 80, 24, 20, 10, 3, Rect{18, 17, 14, 5}, 3},
		{"more words than it shows", 80, 24, 2, 10, 40, Rect{0, 12, 14, 10}, 8},
		{"at the end of the line", 80, 24, 75, 10, 3, Rect{66, 17, 14, 5}, 3},
		{"on the smallest screen", 60, 12, 2, 10, 40, Rect{0, 5, 14, 5}, 3},
		{"nothing to complete", 80, 24, 2, 10, 0, Rect{}, 0},
		{"a screen that is too small", 40, 3, 2, 10, 4, Rect{}, 0},
	} {
		if at, lines := Popup(Compute(c.w, c.h), c.x, c.wide, c.high); at != c.want || lines != c.lines {
			t.Errorf("%s: %v with %d lines, want %v with %d", c.name, at, lines, c.want, c.lines)
		}
	}
}

// Whatever is typed where, the popup covers rows of the body alone, and not the first of them.
func TestThePopupCoversNothingButTheBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Compute(rapid.IntRange(MinWidth, 250).Draw(t, "w"), rapid.IntRange(MinHeight, 100).Draw(t, "h"))
		at, lines := Popup(f, rapid.IntRange(0, 300).Draw(t, "x"), rapid.IntRange(1, 300).Draw(t, "wide"), rapid.IntRange(1, 50).Draw(t, "high"))
		parts := frameParts(f)
		parts = append(parts[:3], parts[4:]...)
		if _, err := draw(f.Width, f.Height, append(parts, named{'P', at})); err != nil || at.Y <= f.Body.Y || lines != at.H-2 {
			t.Fatalf("%v with %d lines: %v", at, lines, err)
		}
	})
}

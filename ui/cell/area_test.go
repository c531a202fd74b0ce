package cell

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"kdeck/ui/layout"
)

func theme(t interface{ Fatalf(string, ...any) }, name string, ascii bool) *Theme {
	th, ok := NewTheme(name, ascii)
	if !ok {
		t.Fatalf("no theme %s", name)
	}
	return th
}

func TestTextIsClippedToItsArea(t *testing.T) {
	for _, c := range []struct {
		name string
		x    int
		text string
		want string // of an area of 6 columns between bars
	}{
		{"what fits", 1, "abc", "| abc  |"},
		{"too long", 2, "abcdef", "|  abcd|"},
		{"begins before the area", -2, "abcdef", "|cdef  |"},
		{"a wide rune across the right edge is not torn", 5, "注", "|      |"},
		{"nor one across the left edge", -1, "注a", "| a    |"},
		{"an escape is cut like any text", 3, "\x1b[", `|   \x1|`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewGrid(8, 1, theme(t, "dark", false))
			g.All().Text(0, 0, Plain, "|......|")
			in := g.In(layout.Rect{X: 1, W: 6, H: 1})
			in.Clear(Plain)
			in.Text(c.x, 0, Plain, c.text)
			if got := strings.TrimSuffix(g.Text(), "\n"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOverwritingHalfOfAWideRuneBlanksTheOther(t *testing.T) {
	for x, want := range []string{"x 文b", " x文b", "注x b", "注 xb", "注文x"} {
		g := NewGrid(5, 1, theme(t, "dark", false))
		g.All().Text(0, 0, Plain, "注文b")
		g.All().Text(x, 0, Plain, "x")
		if got := strings.TrimSuffix(g.Text(), "\n"); got != want {
			t.Errorf("x at %d: got %q, want %q", x, got, want)
		}
	}
}

func TestFitFillsItsColumnsExactly(t *testing.T) {
	for _, c := range []struct {
		text  string
		w     int
		right bool
		want  string
	}{
		{"ab", 4, false, "ab  |"},
		{"ab", 4, true, "  ab|"},
		{"abcdef", 4, false, "abc…|"},
		{"abcdef", 4, true, "abc…|"},
		{"注文書", 4, false, "注 …|"},
		{"注文書", 5, false, "注文…|"},
		{"ab", 1, false, "…|"},
		{"ab", 0, false, "|"},
	} {
		g := NewGrid(10, 1, theme(t, "dark", false))
		g.All().Text(0, 0, Plain, "~~~~~~~~~~")
		g.All().Text(c.w, 0, Plain, "|         ")
		g.All().Fit(0, 0, c.w, Plain, c.text, c.right)
		if got := strings.TrimSuffix(g.Text(), "\n"); got != c.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

// Whatever is written wherever: every line is as wide as the grid, and nothing outside the area changes.
func TestNothingLeavesItsArea(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 20, 4
		g := NewGrid(w, h, theme(t, rapid.SampledFrom(Themes()).Draw(t, "theme"), false))
		for y := range h {
			g.All().Text(0, y, Faint, strings.Repeat("#", w))
		}
		r := layout.Rect{X: rapid.IntRange(-3, w).Draw(t, "x"), Y: rapid.IntRange(-2, h).Draw(t, "y"),
			W: rapid.IntRange(-1, w).Draw(t, "w"), H: rapid.IntRange(-1, h).Draw(t, "h")}
		a := g.In(r)
		for range rapid.IntRange(1, 4).Draw(t, "writes") {
			x, y := rapid.IntRange(-4, w).Draw(t, "atX"), rapid.IntRange(-2, h).Draw(t, "atY")
			s := rapid.String().Draw(t, "text")
			if rapid.Bool().Draw(t, "fit") {
				a.Fit(x, y, rapid.IntRange(-1, w+3).Draw(t, "cols"), Plain, s, rapid.Bool().Draw(t, "right"))
			} else {
				a.Text(x, y, Plain, s)
			}
		}
		a.Flag(rapid.IntRange(-2, h).Draw(t, "row"), Selected)
		for y, line := range strings.Split(string(g.AppendANSI(nil)), "\n") {
			if n := ansi.StringWidth(line); n > w {
				t.Fatalf("line %d is %d columns wide: %q", y, n, line)
			}
		}
		for i, c := range g.cells {
			inside := i%w >= r.X && i%w < r.X+r.W && i/w >= r.Y && i/w < r.Y+r.H
			if !inside && (c.r != '#' || c.s != Faint) {
				t.Fatalf("cell %d,%d outside %v became %q", i%w, i/w, r, c.r)
			}
			if c.r == half && (i%w == 0 || Width(string(g.cells[i-1].r), false) != 2) {
				t.Fatalf("half a rune stands alone at %d,%d", i%w, i/w)
			}
		}
	})
}

func TestWrapBreaksAtBlanks(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want string
	}{
		{"one two three", 7, "one two|three"},
		{"a verylongword", 5, "a|veryl|ongwo|rd"},
		{"注文書", 4, "注文|書"},
		{"注文", 1, "注|文"},
		{"", 5, ""},
		{"a\x1bb", 10, `a\x1bb`},
	} {
		if got := strings.Join(Wrap(c.text, c.w, false), "|"); got != c.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

func TestBreakKeepsBlanksAndPrefersThem(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want string
	}{
		{"a  b   c", 4, "a  b|   c"},
		{"short", 10, "short"},
		{"a\tb", 20, "a       b"},
		{"注文書", 5, "注文|書"},
		{"注", 1, "注"},
		{"", 5, ""},
		{"also for the moves in flight", 22, "also for the moves in |flight"},
		{"a longwordattheend", 8, "a longwo|rdatthee|nd"},
	} {
		if got := strings.Join(Break(c.text, c.w, false), "|"); got != c.want {
			t.Errorf("Break(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

func TestSeveritiesDifferWithoutColour(t *testing.T) {
	for _, name := range Themes() {
		th := theme(t, name, false)
		if th.Bad == th.Warn || th.Warn == th.Note || th.Note == th.Good || th.Bad == th.Good {
			t.Errorf("%s: two severities share a glyph", name)
		}
	}
	if s := theme(t, "mono", false).Sequence(Critical | Selected); strings.Contains(s, "38;5") || strings.Contains(s, "48;5") {
		t.Errorf("mono has colours: %q", s)
	}
}

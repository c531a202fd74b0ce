package cell

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"kdeck/protocol/alloctest"
)

func TestNamesAreMadeSafe(t *testing.T) {
	for _, c := range []struct {
		name, in, want, ascii string
	}{
		{"plain names are left alone", "orders.v2-eu_1", "orders.v2-eu_1", "orders.v2-eu_1"},
		{"an escape sequence is written out", "a\x1b[2Jb", `a\x1b[2Jb`, `a\x1b[2Jb`},
		{"so are newlines, tabs, DEL and C1 controls", "a\n\t\x7f\u0085b", `a\x0a\x09\x7f\u0085b`, `a\x0a\x09\x7f\u0085b`},
		{"wide runes stay", "注文", "注文", `\u6ce8\u6587`},
		{"letters with marks of their own stay", "größe", "größe", `gr\u00f6\u00dfe`},
		{"combining marks are written out", "e\u0301", `e\u0301`, `e\u0301`},
		{"so are directions and joiners", "a\u202eb\u200dc", `a\u202eb\u200dc`, `a\u202eb\u200dc`},
		{"an emoji stays", "🚀", "🚀", `\U0001f680`},
		{"what joins emoji is written out", "👨\u200d👩", `👨\u200d👩`, `\U0001f468\u200d\U0001f469`},
		{"flags and skin tones join their neighbours", "🇩🇪👍🏽", `\U0001f1e9\U0001f1ea👍\U0001f3fd`, `\U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd`},
		{"Hangul letters compose, syllables don't", "\u1112\u1161한", `\u1112\u1161한`, `\u1112\u1161\ud55c`},
		{"bytes that are no UTF-8 are written as bytes", "a\xff\xc3", `a\xff\xc3`, `a\xff\xc3`},
		{"the replacement character itself is not taken for one", "\ufffd", `\ufffd`, `\ufffd`},
		{"a blank that is none of ASCII's is written out", "a\u00a0b\u3000", `a\u00a0b\u3000`, `a\u00a0b\u3000`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Safe(c.in, false); got != c.want {
				t.Errorf("Safe(%q) = %q, want %q", c.in, got, c.want)
			}
			if got := Safe(c.in, true); got != c.ascii {
				t.Errorf("in ASCII: Safe(%q) = %q, want %q", c.in, got, c.ascii)
			}
		})
	}
}

// A safe string has the width that Width says on terminals that count runes and on those that count clusters, holds
// no control character, and is as safe as it gets.
func checkSafe(t interface{ Fatalf(string, ...any) }, s string) {
	safe := Safe(s, false)
	if w, wc, clusters := Width(s, false), ansi.StringWidthWc(safe), ansi.StringWidth(safe); w != wc || w != clusters {
		t.Fatalf("%q is %q: Width says %d, by runes it is %d, by clusters %d", s, safe, w, wc, clusters)
	}
	if i := strings.IndexFunc(safe, unicode.IsControl); i >= 0 || !utf8.ValidString(safe) {
		t.Fatalf("%q came out as %q", s, safe)
	}
	if ascii := Safe(s, true); strings.IndexFunc(ascii, func(r rune) bool { return r < 0x20 || r > 0x7e }) >= 0 || len(ascii) != Width(s, true) {
		t.Fatalf("in ASCII %q came out as %q, %d wide", s, ascii, Width(s, true))
	}
}

func TestSafeStringsHaveOneWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkSafe(t, rapid.StringOf(rapid.OneOf(
			rapid.Rune(),
			rapid.RuneFrom(nil, unicode.M, unicode.Cf, unicode.Hangul, unicode.Thai, unicode.Devanagari, unicode.Han, unicode.So, unicode.Sk),
			rapid.RuneFrom([]rune("a🚀注\u200d\ufe0f\u1100\u1161")),
		)).Draw(t, "s"))
	})
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b[31m\xff注e\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		defer alloctest.Bound(t, len(s))()
		checkSafe(t, s)
	})
}

func TestEveryRuneAloneAndBesideItselfIsSafe(t *testing.T) {
	for r := rune(0); r <= 0x1ffff; r++ {
		checkSafe(t, string(r))
		checkSafe(t, string([]rune{r, r}))
		checkSafe(t, "a"+string(r)+"注")
	}
}

func TestGlyphsAreOneColumnWide(t *testing.T) {
	for _, g := range []Glyphs{unicodeGlyphs, asciiGlyphs} {
		for _, r := range append([]rune{g.Horizontal, g.Vertical, g.Cursor, g.Mark, g.Changed, g.Bad, g.Warn, g.Note, g.Good,
			g.Ellipsis, g.Arrow, g.Up, g.Down}, g.Corners[:]...) {
			if width(r) != 1 {
				t.Errorf("%c is not one column wide", r)
			}
		}
	}
}

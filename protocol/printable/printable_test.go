package printable

import (
	"encoding/json"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kdeck/protocol/printable/hostile"
)

func TestWhatActsOrIsInvisibleIsNeverWrittenAsItIs(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		hidden := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Co, unicode.Bidi_Control, unicode.Variation_Selector)
		if hidden && Rune(r) {
			t.Errorf("%U is written as it is", r)
		}
	}
	for _, r := range "\u00a0\u00ad\u034f\u115f\u1160\u17b4\u200b\u200d\u202e\u2066\u2800\u3000\u3164\ufe0f\ufeff\uffa0\ufffe\U000e0041\U000e0100" {
		if Rune(r) {
			t.Errorf("%U is written as it is", r)
		}
	}
	for _, r := range " ~aé漢ß€🙂" {
		if !Rune(r) {
			t.Errorf("%U is escaped", r)
		}
	}
}

func TestJSONIsPrintableAndReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Text().Draw(t, "s")
		doc, err := Marshal(map[string]string{s: s})
		if err != nil || !Text(string(doc)) {
			t.Fatalf("%q, %v", doc, err)
		}
		var back map[string]string
		if err := json.Unmarshal(doc, &back); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		for k, v := range back {
			if utf8.ValidString(s) && (k != s || v != s) || k != v {
				t.Fatalf("%q became %q", s, v)
			}
		}
	})
}

func TestEscapedTextIsPrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if s := Escape(hostile.Text().Draw(t, "s")); !Text(s) {
			t.Fatalf("%q", s)
		}
	})
	for in, want := range map[string]string{"orders": "orders", "a\x1b[2J\xff\u202eb\U000e0041": `a\x1b[2J\xff\u202eb\U000e0041`, "é漢": "é漢"} {
		if got := Escape(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

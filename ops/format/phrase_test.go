package format

import (
	"strings"
	"testing"
)

func TestAPhraseNamesWhatIsHit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		objects []string
		whole   []string
		want    string // with # for the fingerprint
	}{
		{"one object by its name", []string{"orders/0"}, nil, "cancel orders/0 prod"},
		{"one object of a request with values", []string{"orders/0"}, []string{"5"}, "cancel orders/0 # prod"},
		{"several by number and fingerprint", []string{"orders/0", "orders/1"}, nil, "cancel 2 moves # prod"},
		{"no object", nil, nil, "cancel 0 moves prod"},
		{"a name that can't be typed", []string{"a\u202eb"}, nil, "cancel 1 move # prod"},
		{"a name with an invisible end", []string{"a "}, nil, "cancel 1 move # prod"},
		{"a name that isn't UTF-8", []string{"a\xff"}, nil, "cancel 1 move # prod"},
		{"a name longer than anybody types", []string{strings.Repeat("x", 101)}, nil, "cancel 1 move # prod"},
	} {
		want := strings.Replace(tt.want, "#", Fingerprint(append(tt.objects, tt.whole...)...), 1)
		if got := Phrase("cancel", tt.objects, "move", tt.whole, "prod"); got != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
	if Phrase("cancel", []string{"a", "b"}, "move", nil, "prod") == Phrase("cancel", []string{"a", "c"}, "move", nil, "prod") {
		t.Error("other objects have the same phrase")
	}
}

func TestFingerprintsDifferWhereTextsAreJoinedOtherwise(t *testing.T) {
	if Fingerprint("ab", "c") == Fingerprint("a", "bc") || Fingerprint("a") == Fingerprint("a", "") {
		t.Error("two texts have the fingerprint of others")
	}
	if again := "#" + Digest("a")[:6]; Fingerprint("a") != again {
		t.Error("the same text has two fingerprints")
	}
}

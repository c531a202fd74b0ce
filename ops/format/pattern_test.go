package format

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

func TestAPatternMatchesItsNameAndIsOneWord(t *testing.T) {
	for name, want := range map[string]string{"orders.v1": `orders\.v1`, "a b": `a\x{20}b`, "\xffa\x1b": `\x{fffd}a\x{1b}`, "é|(": `é\|\(`, "": "", "/a": `\x{2f}a`} {
		if got := Pattern(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := hostile.Text().Draw(t, "name")
		p := Pattern(name)
		if !printable.Text(p) || strings.ContainsAny(p, " \"'/") || FilterValue(p) != p {
			t.Fatalf("%q is no word: %q", name, p)
		}
		for _, form := range []string{"(?i)" + p, "^(?:" + p + ")$"} {
			re, err := regexp.Compile(form)
			if err != nil || !re.MatchString(name) {
				t.Fatalf("%q doesn't match %q: %v", form, name, err)
			}
		}
		if re := regexp.MustCompile("^(?:" + p + ")$"); re.MatchString(name+"x") || re.MatchString("x"+name) {
			t.Fatalf("%q matches more than %q", p, name)
		}
	})
}

func TestAWholeNameIsMatchedByPatternsThatStandAlone(t *testing.T) {
	for pattern, want := range map[string][]string{"orders": {"orders"}, "orders.*": {"orders", "orders.dlq"}, "orders|payments": {"orders", "payments"}, "": nil, "(?i)ORDERS": {"orders"}} {
		re, err := WholeName(pattern)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"orders", "orders.dlq", "payments"} {
			if re.MatchString(name) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q matches %q, want %q", pattern, got, want)
		}
	}
	for _, pattern := range []string{"[", "orders)|(x", "a)(b", "(", "*"} {
		if _, err := WholeName(pattern); err == nil || strings.Contains(err.Error(), "^(?:") {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

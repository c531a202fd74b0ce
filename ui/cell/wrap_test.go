package cell

import (
	"strings"
	"testing"
)

func TestATextOfMegabytesBreaksIntoAPageOfLines(t *testing.T) {
	for name, text := range map[string]string{
		"a word": strings.Repeat("x", 4<<20), "words": strings.Repeat("word ", 1<<20), "tabs": strings.Repeat("\t", 1<<20), "escapes": strings.Repeat("\x1b", 1<<20),
	} {
		for how, breaks := range map[string]func(string, int, bool) []string{"Wrap": Wrap, "Break": Break} {
			lines := breaks(text, 100, false)
			if n := len(lines); n > 8*WidestText/100+2 {
				t.Errorf("%s of %s: %d lines", how, name, n)
			}
			if last := lines[len(lines)-1]; name != "tabs" && !strings.HasSuffix(last, " characters)") && last != "characters)" {
				t.Errorf("%s of %s ends with %q", how, name, last)
			}
		}
	}
}

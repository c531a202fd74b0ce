package ui

import (
	"strings"
	"testing"
)

func TestTheManualTellsEveryPanesKeys(t *testing.T) {
	var b strings.Builder
	if err := Manual(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Everywhere\n", "Partitions\n", "  enter        detail", "  :  ", "rw 10m REASON", "  0-9 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the manual lacks %q:\n%s", want, b.String())
		}
	}
}

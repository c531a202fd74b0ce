package audit

import "testing"

func TestTheWayBackIsALineOfThePalette(t *testing.T) {
	for _, c := range []struct {
		undo, line string
		more       int
	}{
		{"kdeck quota remove --user alice producer_byte_rate --execute --bootstrap-server b:1", "quota remove --user alice producer_byte_rate --execute", 0},
		{"kdeck apply '/u file.json'", "apply '/u file.json'", 0},
		{"kdeck quota set --user a x=1 --execute --context prod; kdeck quota remove --user a y --execute --context prod", "quota set --user a x=1 --execute", 1},
		{"kdeck quota set --user a x=1 --execute; kdeck quota remove --user a y --execute", "quota set --user a x=1 --execute", 1},
		{"kdeck moves undo 7 -X 'sasl.password=${env:P}' --context c", "moves undo 7", 0},
		{"kdeck apply 'half", "kdeck apply 'half", 0},
	} {
		if line, more := paletteLine(c.undo); line != c.line || more != c.more {
			t.Errorf("%s\ngot  %s and %d more\nwant %s and %d more", c.undo, line, more, c.line, c.more)
		}
	}
}

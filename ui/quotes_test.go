package ui

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// takenApart is a Commands that notes the words of each line.
type takenApart struct {
	commandLine
	words []string
}

func (c *takenApart) Prepare(ctx context.Context, words []string) Action {
	c.words = words
	return c.commandLine.Prepare(ctx, words)
}

func TestThePaletteSplitsACommandAsAShellDoes(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string // nil: refused
	}{
		{`drain 7  --to 8,9`, []string{"drain", "7", "--to", "8,9"}},
		{`kdeck drain 7`, []string{"drain", "7"}},
		{`status --user "CN=a b"`, []string{"status", "--user", "CN=a b"}},
		{`status --user='CN=a b,O="x"'`, []string{"status", `--user=CN=a b,O="x"`}},
		{`status CN=a\ b`, []string{"status", "CN=a b"}},
		{`status 'it'\''s'`, []string{"status", "it's"}},
		{`status ""`, []string{"status", ""}},
		{`status a#1 b|c x;y $HOME *`, []string{"status", "a#1", "b|c", "x;y", "$HOME", "*"}},
		{`partitions --topic "a b"`, nil},
		{`status "CN=a`, nil},
		{`status it's`, nil},
	} {
		c := &takenApart{}
		d := newDriver(t, "dark", 160, 24, func(o *Options) { o.Commands = c })
		incident(d)
		d.keys(":", tt.line, "enter")
		if diff := cmp.Diff(tt.want, c.words); diff != "" {
			t.Errorf("%s:\n%s", tt.line, diff)
		}
	}
	d := newDriver(t, "dark", 160, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys(":", `status "CN=a`, "enter")
	d.sees("has no end")
	d.keys(":", `partitions topic:"orders"`, "enter") // a filter has quotes of its own
	d.sees(`/topic:"orders"`)
	d.keys(":", `partitions topic:"a  b --x"`, "enter") // in which blanks count, and nothing is a flag
	d.sees(`/topic:"a  b --x"`)
}

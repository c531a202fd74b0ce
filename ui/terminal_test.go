package ui

import (
	"os"
	"testing"
)

func TestTheThemeFitsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name, theme string // asked for
		env         []string
		want        string
		ascii       bool
	}{
		{"256 colours and UTF-8", "", []string{"TERM=xterm-256color", "LANG=de_DE.UTF-8"}, "dark", false},
		{"16 colours", "", []string{"TERM=xterm", "LANG=de_DE.utf8"}, "high-contrast", false},
		{"NO_COLOR that is no bool", "", []string{"TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=x"}, "mono", false},
		{"an empty NO_COLOR", "", []string{"TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR="}, "dark", false},
		{"the Linux console", "", []string{"TERM=linux", "LANG=C.UTF-8"}, "high-contrast", true},
		{"a locale without UTF-8", "", []string{"TERM=xterm-256color", "LANG=C"}, "dark", true},
		{"LC_ALL before LANG", "", []string{"TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=POSIX"}, "dark", true},
		{"no locale at all", "", []string{"TERM=xterm-256color"}, "dark", true},
		{"the theme that was asked for", "light", []string{"TERM=xterm", "LANG=C.UTF-8"}, "light", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readTerminal(os.Stdout, c.env, c.theme).theme
			if got.Name != c.want || got.ASCII != c.ascii {
				t.Errorf("theme %s, ASCII %v; want %s, %v", got.Name, got.ASCII, c.want, c.ascii)
			}
		})
	}
}

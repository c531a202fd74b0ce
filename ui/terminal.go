package ui

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"kdeck/ui/cell"
)

// terminal is what the terminal can do.
type terminal struct {
	plain   bool // it is no terminal, or one that can't move its cursor
	profile colorprofile.Profile
	theme   *cell.Theme
	chosen  bool // the user chose the theme
	query   bool // the console may ask it for its background colour
}

// readTerminal finds out what out can do. An unknown theme is ignored.
func readTerminal(out io.Writer, env []string, theme string) terminal {
	vars := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	f, ok := out.(*os.File)
	t := terminal{profile: colorprofile.Env(env)}
	t.plain = !ok || !term.IsTerminal(int(f.Fd())) || vars["TERM"] == "" || vars["TERM"] == "dumb"
	// Any value that is not empty counts (no-color.org). colorprofile only takes values that mean true.
	if vars["NO_COLOR"] != "" {
		t.profile = colorprofile.ASCII
	}
	name := theme
	if name == "" {
		switch name = cell.Themes()[0]; {
		case t.profile <= colorprofile.ASCII:
			name = "mono"
		case t.profile == colorprofile.ANSI: // greys become black or white in 16 colours
			name = "high-contrast"
		}
	}
	t.chosen = theme != ""
	t.query = !t.chosen && t.profile > colorprofile.ANSI
	t.theme, ok = cell.NewTheme(name, !unicodeTerminal(vars))
	if !ok {
		t.theme, _ = cell.NewTheme(cell.Themes()[0], !unicodeTerminal(vars))
	}
	return t
}

// unicodeTerminal tells whether the locale is UTF-8. On the Linux console it may be, but the console's fonts lack the glyphs.
func unicodeTerminal(vars map[string]string) bool {
	if vars["TERM"] == "linux" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(vars[name]); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

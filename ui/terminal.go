package ui

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"kdeck/ui/cell"
)

// terminal is what the environment says of the terminal.
type terminal struct {
	plain   bool // no terminal at all, or one that can't move its cursor: print once and end
	profile colorprofile.Profile
	theme   *cell.Theme
	asked   bool // the user named the theme
	query   bool // it may be asked for its background
}

// readTerminal works out what out can do. An unknown theme counts as none.
func readTerminal(out io.Writer, env []string, theme string) terminal {
	vars := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	f, ok := out.(*os.File)
	t := terminal{profile: colorprofile.Env(env)}
	t.plain = !ok || !term.IsTerminal(int(f.Fd())) || vars["TERM"] == "" || vars["TERM"] == "dumb"
	// no-color.org: any value that is not empty. colorprofile only honours those that read as true.
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
	t.asked = theme != ""
	t.query = !t.asked && t.profile > colorprofile.ANSI
	t.theme, ok = cell.NewTheme(name, !unicodeTerminal(vars))
	if !ok {
		t.theme, _ = cell.NewTheme(cell.Themes()[0], !unicodeTerminal(vars))
	}
	return t
}

// unicodeTerminal tells whether the locale says UTF-8. The Linux console says so too, but its fonts lack the glyphs.
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

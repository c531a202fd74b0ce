package cell

import (
	"slices"
	"strconv"
)

// A Theme says how styles look. It holds no state of the screen and may be shared.
type Theme struct {
	Name  string
	ASCII bool // draw with ASCII alone, and write names out in it
	Glyphs
	sgr [roles << flags]string
}

// Themes lists the names of the themes, the default first.
func Themes() []string { return []string{"dark", "light", "high-contrast", "mono", "ascii"} }

// NewTheme returns the theme of that name; ok is false for a name that Themes does not list. With ascii set it draws
// in ASCII whatever its name.
func NewTheme(name string, ascii bool) (t *Theme, ok bool) {
	if !slices.Contains(Themes(), name) {
		return nil, false
	}
	ascii = ascii || name == "ascii"
	t = &Theme{Name: name, ASCII: ascii, Glyphs: *GlyphsFor(ascii)}
	of := appearances[name]
	if of == nil {
		of = appearances["dark"]
	}
	for s := range Style(roles) << flags {
		t.sgr[s] = of(s%roles).with(s%roles, s/roles<<8).sequence()
	}
	return t, true
}

// Sequence is the escape sequence that switches from any style to that one.
func (t *Theme) Sequence(s Style) string { return t.sgr[s&roleMask+s>>8*roles] }

// appearance is how a cell looks; colours are indexes of the 256-colour palette, -1 the terminal's own.
type appearance struct {
	fg, bg                         int
	bold, faint, underline, invert bool
	selected                       int // background of the cursor's row; -1: inverse
	stale                          int // foreground of what is stale; -1: faint
}

func (l appearance) with(role, flags Style) appearance {
	if flags&Stale != 0 && role != Critical && role != Warning && role != Unknown { // what is bad stays so
		if l.stale >= 0 {
			l.fg = l.stale
		} else {
			l.faint = true
		}
		l.bold = false
	}
	if flags&Changed != 0 {
		l.bold, l.underline = true, true
	}
	if flags&Inverse != 0 {
		l.invert = true
	}
	if flags&Selected != 0 {
		if l.selected >= 0 {
			l.bg = l.selected
		} else {
			l.invert, l.fg = true, -1 // one bar, not patches of every colour
		}
	}
	return l
}

func (l appearance) sequence() string {
	b := []byte("\x1b[0")
	for _, a := range []struct {
		on   bool
		code string
	}{{l.bold, ";1"}, {l.faint, ";2"}, {l.underline, ";4"}, {l.invert, ";7"}} {
		if a.on {
			b = append(b, a.code...)
		}
	}
	if l.fg >= 0 {
		b = strconv.AppendInt(append(b, ";38;5;"...), int64(l.fg), 10)
	}
	if l.bg >= 0 {
		b = strconv.AppendInt(append(b, ";48;5;"...), int64(l.bg), 10)
	}
	return string(append(b, 'm'))
}

var appearances = map[string]func(role Style) appearance{
	"dark": colors(map[Style]int{
		Faint: 245, Heading: 249, KeyName: 117, Critical: 203, Warning: 214, Info: 117, OK: 114, Unknown: 183,
		Frame: 240, Cluster: 117, ReadOnly: 114, ReadWrite: 203, Input: 229,
		Red: 203, Green: 114, Yellow: 221, Blue: 111, Magenta: 176, Cyan: 116, White: 255,
	}, 237, 243),
	"light": colors(map[Style]int{
		Faint: 242, Heading: 238, KeyName: 25, Critical: 160, Warning: 130, Info: 25, OK: 28, Unknown: 90,
		Frame: 250, Cluster: 25, ReadOnly: 28, ReadWrite: 160, Input: 94,
		Red: 160, Green: 28, Yellow: 136, Blue: 26, Magenta: 127, Cyan: 30, White: 238,
	}, 254, 246),
	"high-contrast": colors(map[Style]int{
		Heading: 15, KeyName: 14, Critical: 9, Warning: 11, Info: 14, OK: 10, Unknown: 13,
		Frame: 15, Cluster: 14, ReadOnly: 10, ReadWrite: 9, Input: 11,
		Red: 9, Green: 10, Yellow: 11, Blue: 12, Magenta: 13, Cyan: 14, White: 15,
	}, -1, -1),
	"mono": colors(nil, -1, -1),
}

// colors makes appearances that differ in the foreground; the weight of a role is the same in every theme.
func colors(fg map[Style]int, selected, stale int) func(Style) appearance {
	return func(role Style) appearance {
		l := appearance{fg: -1, bg: -1, selected: selected, stale: stale}
		if c, ok := fg[role]; ok {
			l.fg = c
		} else if c, ok := fg[KeyName]; ok && role == SortLetter {
			l.fg = c
		}
		switch role {
		case Strong, Heading, Critical, ReadWrite, Cluster, KeyName:
			l.bold = true
		case SortLetter:
			l.bold, l.underline = true, true
		case Faint, Frame:
			l.faint = l.fg < 0 && fg == nil
		case Unknown:
			l.underline = fg == nil
		}
		return l
	}
}

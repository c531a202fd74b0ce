package pane

import "kdeck/ui/cell"

// glyphs are those of the themes, in Unicode and in ASCII.
var Glyphs = func() (sets [2]cell.Glyphs) {
	for i, ascii := range []bool{false, true} {
		t, _ := cell.NewTheme(cell.Themes()[0], ascii)
		sets[i] = t.Glyphs
	}
	return sets
}()

func GlyphsFor(ascii bool) *cell.Glyphs {
	if ascii {
		return &Glyphs[1]
	}
	return &Glyphs[0]
}

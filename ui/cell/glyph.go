package cell

// Glyphs are the marks that the console draws with; each is one column wide.
type Glyphs struct {
	Horizontal, Vertical      rune
	Corners                   [4]rune // of a box: top left, top right, bottom left, bottom right
	Cursor, Mark, Changed     rune
	Bad, Warn, Note, Good     rune
	Ellipsis, Arrow, Up, Down rune
}

var (
	unicodeGlyphs = Glyphs{
		Horizontal: '─', Vertical: '│', Corners: [4]rune{'┌', '┐', '└', '┘'},
		Cursor: '▸', Mark: '■', Changed: '•',
		Bad: '✖', Warn: '▲', Note: '○', Good: '✓',
		Ellipsis: '…', Arrow: '→', Up: '↑', Down: '↓',
	}
	asciiGlyphs = Glyphs{
		Horizontal: '-', Vertical: '|', Corners: [4]rune{'+', '+', '+', '+'},
		Cursor: '>', Mark: '#', Changed: '*',
		Bad: 'X', Warn: '!', Note: 'i', Good: '+',
		Ellipsis: '~', Arrow: '>', Up: '^', Down: 'v',
	}
)

// GlyphsFor returns the glyphs in Unicode, or in ASCII.
func GlyphsFor(ascii bool) *Glyphs {
	if ascii {
		return &asciiGlyphs
	}
	return &unicodeGlyphs
}

package cell

// Glyphs are the marks that the console draws with; each is one column wide.
type Glyphs struct {
	Horizontal, Vertical, Cross rune
	Corners                     [4]rune // of a box: top left, top right, bottom left, bottom right
	Cursor, Mark, Changed       rune
	Bad, Warn, Note, Good       rune
	Ellipsis, Arrow, Up, Down   rune
	Dot                         rune // between two things on one line
}

var (
	unicodeGlyphs = Glyphs{
		Horizontal: '─', Vertical: '│', Cross: '┼', Corners: [4]rune{'┌', '┐', '└', '┘'},
		Cursor: '▸', Mark: '■', Changed: '•',
		Bad: '✖', Warn: '▲', Note: '○', Good: '✓',
		Ellipsis: '…', Arrow: '→', Up: '↑', Down: '↓', Dot: '·',
	}
	asciiGlyphs = Glyphs{
		Horizontal: '-', Vertical: '|', Cross: '+', Corners: [4]rune{'+', '+', '+', '+'},
		Cursor: '>', Mark: '#', Changed: '*',
		Bad: 'X', Warn: '!', Note: 'i', Good: '+',
		Ellipsis: '~', Arrow: '>', Up: '^', Down: 'v', Dot: '-',
	}
)

package table

import "slices"

// A table is sorted by a column when shift and the column's letter are pressed.

// everywhere are the letters that keys of every table and of the console have with shift.
const everywhere = "CGVZ"

// heading is what the letter of a column depends on: neither the width of the screen nor the rows.
type heading struct {
	text string
	wide bool // only wide tables have it
}

// lettersOf gives each column a letter of its heading that is not among taken, nor another column's; 0 where there is none
// left. Columns that every table has come first; of those, in their order, the ones whose first letter is free.
func lettersOf(heads []heading, taken string) []byte {
	letters := make([]byte, len(heads))
	free := func(b byte) bool {
		for i := range taken {
			if taken[i] == b {
				return false
			}
		}
		return !slices.Contains(letters, b)
	}
	give := func(wide, firstOnly bool) {
		for i, head := range heads {
			for at := range len(head.text) {
				b := head.text[at]
				if letters[i] != 0 || head.wide != wide || b < 'A' || b > 'Z' {
					continue
				}
				if free(b) {
					letters[i] = b
				}
				if firstOnly {
					break
				}
			}
		}
	}
	for _, wide := range []bool{false, true} {
		give(wide, true)
		give(wide, false)
	}
	return letters
}

// Keep keeps letters for keys that the pane of the table has with shift: no column gets them.
func (t *Table[R]) Keep(letters string) {
	t.kept = letters
	t.setLetters()
}

func (t *Table[R]) setLetters() {
	heads := make([]heading, len(t.columns))
	for i := range t.columns {
		heads[i] = heading{t.columns[i].Head, t.columns[i].Wide}
	}
	t.letters, t.letterKeys = lettersOf(heads, everywhere+t.kept), nil
	for _, b := range t.letters {
		if b != 0 {
			t.letterKeys = append(t.letterKeys, string(rune(b)))
		}
	}
}

// Letters returns the keys that [Table.SortByLetter] takes, which must not be changed.
func (t *Table[R]) Letters() []string { return t.letterKeys }

// Letter returns the letter of the column with that name; "" where it has none.
func (t *Table[R]) Letter(column string) string {
	for i := range t.columns {
		if t.columns[i].Name == column && t.letters[i] != 0 {
			return string(rune(t.letters[i]))
		}
	}
	return ""
}

// SortByLetter sorts by the column with that letter; where the rows are sorted by it already, it reverses the order.
func (t *Table[R]) SortByLetter(letter string) (work func() (apply func())) {
	for i, b := range t.letters {
		if b != 0 && letter == string(rune(b)) {
			return t.sortOrReverse(i)
		}
	}
	return nil
}

// sortOrReverse sorts by a column; where the rows are sorted by it already, it reverses the order.
func (t *Table[R]) sortOrReverse(column int) (work func() (apply func())) {
	if name := t.columns[column].Name; t.order.Column != name {
		t.order = Order{Column: name}
	} else {
		t.order.Reverse = !t.order.Reverse
	}
	return t.resort()
}

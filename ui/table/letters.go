package table

import "slices"

// A table is sorted by a column when shift and the column's letter are pressed.

// everywhere are the letters that keys of every table and of the console have with shift.
const everywhere = "CGVZ"

// lettersOf gives each column a letter of its heading that is not among taken, nor another column's; 0 where there is none
// left. First letters are given first, to the columns in their order, so that the letter of a column depends on the headings
// alone: not on the width of the screen, nor on the rows.
func lettersOf(heads []string, taken string) []byte {
	letters := make([]byte, len(heads))
	free := func(b byte) bool {
		for i := range taken {
			if taken[i] == b {
				return false
			}
		}
		return !slices.Contains(letters, b)
	}
	for _, firstOnly := range []bool{true, false} {
		for i, head := range heads {
			for at := range len(head) {
				b := head[at]
				if letters[i] != 0 || b < 'A' || b > 'Z' {
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
	return letters
}

// Keep keeps letters for keys that the pane of the table has with shift: no column gets them.
func (t *Table[R]) Keep(letters string) {
	t.kept = letters
	t.setLetters()
}

func (t *Table[R]) setLetters() {
	t.letters, t.letterKeys = lettersOf(t.Heads(), everywhere+t.kept), nil
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

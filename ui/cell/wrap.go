package cell

import "strings"

// Wrap breaks s into lines of at most w columns, at blanks where it can. w under 1 counts as 1. What is longer than [WidestText] is cut.
func Wrap(s string, w int, ascii bool) []string {
	w = max(w, 1)
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(beginning(s, ascii)) {
		word = Safe(word, ascii)
		n := Width(word, ascii)
		if used > 0 && used+1+n <= w {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		for n > w {
			head := cut(word, w, ascii)
			lines = append(lines, head)
			word = word[len(head):]
			n = Width(word, ascii)
		}
		line, used = word, n
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// Break breaks s into lines of at most w columns, after a blank where one is in the second half of the line, and leaves blanks as they are. Tabs count as far as
// the next multiple of eight. w under 1 counts as 1. What is longer than [WidestText] is cut.
func Break(s string, w int, ascii bool) []string {
	w = max(w, 1)
	s = Safe(expand(beginning(s, ascii)), ascii)
	var lines []string
	for {
		head := cut(s, w, ascii)
		if len(head) < len(s) && s[len(head)] != ' ' {
			if blank := strings.LastIndexByte(head, ' ') + 1; blank > len(head)/2 {
				head = head[:blank]
			}
		}
		lines = append(lines, head)
		if s = s[len(head):]; s == "" {
			return lines
		}
	}
}

func expand(s string) string {
	for {
		at := strings.IndexByte(s, '\t')
		if at < 0 {
			return s
		}
		s = s[:at] + strings.Repeat(" ", 8-at%8) + s[at+1:]
	}
}

// beginning returns what is shown of a text that may be too long, with its blanks as they are.
func beginning(s string, ascii bool) string {
	if len(s) <= WidestText {
		return s
	}
	head := cutAt(s, WidestText, ascii)
	if len(head) == len(s) {
		return s
	}
	return head + cutMark(s, ascii)
}

// cut returns the longest beginning of a safe string that fits into w columns, but at least one rune of it.
func cut(s string, w int, ascii bool) string {
	sum, at := 0, 0
	for at < len(s) {
		_, _, rw, n := next(s[at:], ascii)
		if sum += rw; sum > w && at > 0 {
			break
		}
		at += n
	}
	return s[:at]
}

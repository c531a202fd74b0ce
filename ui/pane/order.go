package pane

func CompareNames(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "" || b != "" && a > b: // those without a rack last
		return 1
	}
	return -1
}

package subcmd

import (
	"fmt"

	"github.com/agnivade/levenshtein"
)

// nearest returns the candidate that a mistyped word most likely meant, "" when none is near.
func nearest(word string, candidates []string) string {
	best, at := "", len(word)/2+2
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < at {
			best, at = c, d
		}
	}
	return best
}

// didYouMean ends an error about an unknown word with the word that was probably meant.
func didYouMean(word string, candidates []string) string {
	if c := nearest(word, candidates); c != "" {
		return fmt.Sprintf(" (did you mean %q?)", c)
	}
	return ""
}

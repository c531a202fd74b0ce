package format

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"kdeck/protocol/printable"
)

// maxTyped is the longest name, in bytes, that anybody types into a phrase.
const maxTyped = 100

// Phrase is what an operator types before a change: the action, what it hits, and the cluster: "cancel orders/0 prod-eu-1".
// One object stands by its name. Several stand by their number, as does a name that nobody can type, and a fingerprint follows:
// "cancel 3 moves #a91f3c prod-eu-1". So the phrase of one dry run carries out no other change. noun is what one of several
// objects is called; "" where the action says it all. whole is what the request holds besides the names, such as values; with any there is always a fingerprint.
func Phrase(action string, objects []string, noun string, whole []string, cluster string) string {
	words := []string{action}
	exact := len(objects) == 1 && typable(objects[0])
	if exact {
		words = append(words, objects[0])
	} else if noun != "" {
		words = append(words, Count(len(objects), noun))
	}
	if !exact && len(objects) > 0 || len(whole) > 0 {
		words = append(words, Fingerprint(slices.Concat(objects, whole)...))
	}
	return strings.Join(append(words, cluster), " ")
}

// typable tells whether a name can be typed as it is shown: no character of it is invisible or changes the direction of text. It has no
// blanks, so that no name reads as more words of the phrase.
func typable(name string) bool {
	return name != "" && len(name) <= maxTyped && printable.Text(name) && !strings.ContainsAny(name, " \ufffd")
}

// Fingerprint is the same for the same texts, and for others as good as never: "#a91f3c".
func Fingerprint(texts ...string) string { return "#" + Digest(texts...)[:6] }

// Digest is 64 hex digits that are the same for the same texts, and for no others.
func Digest(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		one := sha256.Sum256([]byte(text)) // so that no text runs into the next
		sum.Write(one[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

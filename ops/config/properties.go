package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/magiconair/properties"

	"kdeck/ops/files"
)

// pair is one setting as its source has it.
type pair struct {
	key, value string
	where      string // file and line, or the flag
	referred   bool   // the value came by a reference, and may hold a secret whatever the key is
}

// readProperties reads a Java properties file. Nothing in it is expanded, and it is read in Java's encoding
// (ISO 8859-1), so that kdeck sends what a Java client sends.
func readProperties(path string) ([]pair, error) {
	data, err := files.Read(path, files.MaxSettings)
	if err != nil {
		return nil, err
	}
	return parseProperties(path, data)
}

func parseProperties(path string, data []byte) ([]pair, error) {
	loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	p, err := loader.LoadBytes(data)
	if err != nil {
		// The library's error may hold the beginning of a value; its line is enough.
		var line int
		if _, serr := fmt.Sscanf(err.Error(), "properties: Line %d:", &line); serr == nil {
			path = fmt.Sprintf("%s:%d", path, line)
		}
		return nil, fmt.Errorf("%s: not a properties file: an escape (\\uXXXX) or a line that can't be read", path)
	}
	pairs := make([]pair, 0, p.Len())
	for _, key := range p.Keys() {
		value, _ := p.Get(key)
		// Java keeps blanks at the end of a value, and Kafka's ConfigDef trims all but passwords; a password
		// that ends in a blank is likelier a slip than meant.
		pairs = append(pairs, pair{key: key, value: strings.TrimSpace(value), where: fmt.Sprintf("%s%s", path, lineOf(data, key))})
	}
	return pairs, nil
}

// lineOf returns ":LINE" of the last line that begins with a key, or nothing where the key is written in another
// way (escaped).
func lineOf(data []byte, key string) string {
	found, n := "", 0
	for line := range bytes.Lines(data) {
		n++
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t\f"), []byte(key))
		if ok && (len(rest) == 0 || bytes.IndexByte([]byte("=: \t\f\r\n"), rest[0]) >= 0) {
			found = fmt.Sprintf(":%d", n)
		}
	}
	return found
}

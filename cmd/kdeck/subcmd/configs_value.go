package subcmd

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// configEdit is what one config is to become; nil: what holds without a value of the resource itself.
type configEdit struct {
	name  string
	value *string
}

// parseEdits reads the words behind set and unset.
func parseEdits(verb string, words []string) (edits []configEdit, err error) {
	if len(words) == 0 {
		return nil, refused("%s: which config? %s", verb, map[string]string{"set": "CONFIG=VALUE was expected, such as retention.ms=3d", "unset": "CONFIG was expected, such as retention.ms"}[verb])
	}
	seen := map[string]bool{}
	for _, w := range words {
		name, value, assigned := strings.Cut(w, "=")
		switch {
		case verb == "set" && !assigned:
			return nil, refused("set %q: CONFIG=VALUE was expected, such as retention.ms=3d", w)
		case verb == "unset" && assigned:
			return nil, refused("unset %q: a name alone was expected: what then holds comes from below", w)
		case name == "" || !utf8.ValidString(w):
			return nil, refused("%s %q: the name of a config was expected", verb, w)
		case seen[name]:
			return nil, refused("%s: %s is there twice", verb, name)
		}
		seen[name] = true
		edit := configEdit{name: name}
		if assigned {
			edit.value = &value
		}
		edits = append(edits, edit)
	}
	return edits, nil
}

// configValue reads a value as a config of that type takes it. Times in milliseconds and sizes in bytes may have a unit.
func configValue(c *state.Config, text string) (string, error) {
	bits := map[state.ConfigType]int{state.ConfigShort: 16, state.ConfigInt: 32, state.ConfigLong: 64}[c.Type]
	switch {
	case c.Type == state.ConfigBool:
		word := strings.ToLower(strings.TrimSpace(text))
		if word != "true" && word != "false" {
			return "", refused("%s: %q: true or false was expected", c.Name, text)
		}
		return word, nil
	case c.Type == state.ConfigDouble:
		if v, err := strconv.ParseFloat(text, 64); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return "", refused("%s: %q: a number was expected", c.Name, text)
		}
		return text, nil
	case bits == 0:
		return text, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		n, err = inUnit(c.Name, text)
	}
	switch {
	case err != nil:
		return "", refused("%s: %q: a whole number was expected%s", c.Name, text, unitHint(c.Name))
	case bits < 64 && (n >= 1<<(bits-1) || n < -1<<(bits-1)):
		return "", refused("%s: %s is too large: the broker keeps it in %d bits", c.Name, text, bits)
	}
	return strconv.FormatInt(n, 10), nil
}

// unitOf is the last word of a config's name, which says in what its value counts.
func unitOf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// inUnit reads 3d, 12h or 500MB as the number that a config counts in.
func inUnit(name, text string) (int64, error) {
	if unitOf(name) == "bytes" {
		return format.ParseBytes(text)
	}
	per := map[string]time.Duration{"ms": time.Millisecond, "seconds": time.Second, "minutes": time.Minute, "hours": time.Hour}[unitOf(name)]
	if per == 0 {
		return 0, strconv.ErrSyntax
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.ParseInt(days, 10, 32)
		return n * int64(24*time.Hour/per), err
	}
	d, err := time.ParseDuration(text)
	if err == nil && d%per != 0 {
		err = strconv.ErrSyntax
	}
	return int64(d / per), err
}

func unitHint(name string) string {
	switch unitOf(name) {
	case "bytes":
		return ", or a size such as 500MB"
	case "ms", "seconds", "minutes", "hours":
		return ", or a time such as 3d or 12h"
	}
	return ""
}

package config

import (
	"slices"
	"strings"

	"kdeck/ops/format"
)

// CommandLine is a command line that is shown, stored or copied, or the words that stand where there is none. It is written for
// a POSIX shell and holds no secret: [NewCommandLine] alone makes one of words that an operator typed.
type CommandLine string

// NewCommandLine joins words. In the place of a sensitive value of -X it refers to an environment variable that the operator sets.
func NewCommandLine(words ...string) CommandLine {
	line := make([]string, len(words))
	for i, w := range words {
		switch key, value, before := setting(words, i); {
		case key != "":
			w = before + key + "=" + Referred(key, value)
		case before != "":
			w = before
		}
		line[i] = format.Shell(w)
	}
	return CommandLine(strings.Join(line, " "))
}

// Then is a command line and another behind it.
func (c CommandLine) Then(next CommandLine) CommandLine {
	if c == "" || next == "" {
		return c + next
	}
	return c + "; " + next
}

// setting returns the setting that the i-th word gives by -X, and what stands before it in the same word.
func setting(words []string, i int) (key, value, before string) {
	w := words[i]
	switch {
	case i > 0 && (words[i-1] == "-X" || words[i-1] == "--config-key"):
	case strings.HasPrefix(w, "--config-key="):
		before, w = "--config-key=", w[len("--config-key="):]
	case strings.HasPrefix(w, "-X") && w != "-X":
		before, w = "-X", w[len("-X"):]
		if rest, is := strings.CutPrefix(w, "="); is {
			before, w = "-X=", rest
		}
	default:
		return "", "", ""
	}
	key, value, assigned := strings.Cut(w, "=")
	if _, known := canonical(key); !known && !assigned { // a value without its key
		key, value = "", ""
		before += hidden
	}
	return key, value, before
}

// Referred is what stands for a setting's value where it is written down: the value, or where that may be a secret a reference to
// an environment variable. A reference stays.
func Referred(key, value string) string {
	switch shown := Shown(key, value); {
	case shown == value:
		return value
	case shown == hidden:
		return "${env:" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key)) + "}"
	default:
		return shown
	}
}

// HoldsSecret tells whether the words of a command line hold a secret, so that it must not be kept: in a setting, or in a field of
// a request that may hold one by its name.
func HoldsSecret(words []string) bool {
	for i, w := range words {
		if key, value, before := setting(words, i); key != "" || before != "" {
			if key == "" || Referred(key, value) != value {
				return true
			}
			continue
		}
		path, value, assigned := strings.Cut(w, "=")
		if assigned && value != "" && !isReference(value) && secretField(path) {
			return true
		}
	}
	return false
}

// secretField tells by the name of a request's field whether it may hold a secret: authBytes, saltedPassword, hmac, tokens, and the
// values of configs, whose names stand elsewhere.
func secretField(path string) bool {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	return slices.ContainsFunc([]string{"authbytes", "password", "salt", "hmac", "token", "secret", "value", "requestdata"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}

package config

import (
	"slices"
	"strconv"
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
		default:
			if path, value, is := field(w); is && !isReference(value) {
				w = path + "=" + hidden
			}
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
		if _, value, is := field(w); is && !isReference(value) {
			return true
		}
	}
	return false
}

// SecretsOf are the secrets that stand in the words of a command line, also where the words are of no use and an error may quote them.
func SecretsOf(words []string) (secrets []string) {
	for i, w := range words {
		key, value, before := setting(words, i)
		if at := strings.LastIndexByte(w, '@'); at >= 0 { // user:password@host where something else was expected
			if _, password, is := strings.Cut(w[strings.LastIndex(w[:at], "//")+1:at], ":"); is {
				secrets = append(secrets, strings.TrimPrefix(password, "//"))
			}
		}
		switch {
		case key != "" && Referred(key, value) != value:
			secrets = append(secrets, secretsIn(key, value)...)
		case key == "" && before != "": // a value without its key
			secrets = append(secrets, strings.TrimPrefix(strings.TrimPrefix(w, "--config-key="), "-X"))
		case key == "":
			if _, value, is := field(w); is && !isReference(value) {
				secrets = append(secrets, value)
				if _, text, encoded := strings.Cut(value, ":"); encoded { // hex:… and base64:…
					secrets = append(secrets, text)
				}
			}
		}
	}
	return secrets
}

// secretsIn are the secrets in the value of a setting that may hold one.
func secretsIn(key, value string) []string {
	switch name, _ := canonical(key); {
	case name == keyJAAS:
		entry, err := parseJAAS(value)
		if err != nil {
			return looseWords(value)
		}
		var all []string
		for option, value := range entry.options {
			if !plainOption(option) && !plainValue(value) {
				all = append(all, value)
			}
		}
		return all
	case name == keyTokenEndpoint || !Sensitive(key):
		user, password := URL(value).credentials()
		return append([]string{password, user + ":" + password}, URL(value).queryValues()...)
	}
	return []string{value}
}

// looseWords are what may be secrets in a JAAS line that can't be read.
func looseWords(line string) (words []string) {
	for word := range strings.FieldsSeq(line) {
		option, value, is := strings.Cut(word, "=")
		if !is {
			option, value = "", word
		}
		if value = strings.Trim(value, "\"';"); !plainOption(option) && !plainValue(value) && !strings.Contains(value, "LoginModule") && strings.ToLower(value) != "required" {
			words = append(words, value)
		}
	}
	return words
}

// plainOption tells of an option of a JAAS line that it names somebody or something, and holds no secret.
func plainOption(option string) bool {
	for _, names := range loginOptions {
		if key, known := names[option]; known && key != keyJAAS && !Sensitive(key) && key != "-" {
			return true
		}
	}
	return false
}

// field takes path=value of a request's body, or of a setting without its flag, apart; is tells whether the value may be a secret.
func field(word string) (path, value string, is bool) {
	path, value, is = strings.Cut(word, "=")
	if !is || value == "" {
		return path, value, false
	}
	setting := strings.Trim(path, "'\"")
	if _, known := canonical(setting); known {
		return path, value, Referred(setting, value) != value
	}
	return path, value, secretField(path) && !(strings.HasSuffix(strings.ToLower(path), "value") && plainValue(value))
}

// plainValue tells of numbers and the like: a limit of a quota is no secret.
func plainValue(value string) bool {
	_, err := strconv.ParseFloat(value, 64)
	return err == nil && len(value) < 2*minMasked || value == "true" || value == "false" || value == "null"
}

// secretField tells by the name of a request's field whether it may hold a secret: authBytes, saltedPassword, hmac, tokens, and the
// values of configs, whose names stand elsewhere.
func secretField(path string) bool {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	return slices.ContainsFunc([]string{"authbytes", "password", "salt", "hmac", "token", "secret", "value", "requestdata"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}

package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/files"
)

// reference matches ${provider:[path:]key}, as Kafka's ConfigTransformer does.
var reference = regexp.MustCompile(`\$\{([A-Za-z][A-Za-z0-9_-]*):([^}]*)\}`)

// expander puts secrets in the place of the references to them: ${env:NAME}; ${file:/path:key}, a key of a
// properties file as Kafka's FileConfigProvider has it, or the way to a text in YAML, JSON or TOML
// (${file:/path:clusters.0.SASL.password}); ${file:/path}, the whole file without the end of its last line;
// ${directory:/path:name}, the whole file of that name.
type expander struct {
	getenv func(string) (string, bool)
	seen   *exposures // of the files that were read; nil: nobody asks
}

// expand returns the value with its references replaced. Errors name what is missing, never what is there.
func (x expander) expand(value string) (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(value, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		secret, err := x.lookUp(m[1], m[2])
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", ref, err)
		}
		return secret
	})
	return out, failed
}

func (x expander) lookUp(provider, rest string) (string, error) {
	switch provider {
	case "env":
		value, ok := x.getenv(rest)
		if !ok {
			return "", fmt.Errorf("environment variable %s is not set", rest)
		}
		return value, nil
	case "file":
		path, key, keyed := strings.Cut(rest, ":")
		if !keyed {
			return x.wholeFile(path)
		}
		x.seen.note(path, true)
		return valueInFile(path, key)
	case "directory":
		dir, name, keyed := strings.Cut(rest, ":")
		if !keyed || name != filepath.Base(name) {
			return "", fmt.Errorf("${directory:/path:name} was expected")
		}
		return x.wholeFile(filepath.Join(dir, name))
	}
	return "", fmt.Errorf("there is no provider %s: env, file and directory are known", provider)
}

// valueInFile returns what a key leads to. The file's name tells its format; where it doesn't, the file is a properties file if
// it has that key as one, else YAML or TOML.
func valueInFile(path, key string) (string, error) {
	data, err := files.Read(path, files.MaxSettings)
	if err != nil {
		return "", err
	}
	readers := []func(path string, data []byte) (*yaml.Node, error){parseYAML, parseTOML}
	switch filepath.Ext(path) {
	case ".yaml", ".yml", ".json":
		readers = readers[:1]
	case ".toml":
		readers = readers[1:]
	default:
		pairs, perr := parseProperties(path, data)
		for _, p := range pairs {
			if p.key == key {
				return p.value, nil
			}
		}
		err = perr
	}
	for _, read := range readers {
		tree, rerr := read(path, data)
		if rerr == nil && tree != nil {
			if text, ok := find(tree, key); ok {
				return text, nil
			}
		}
		if len(readers) == 1 { // the format is known, and with it what is wrong
			err = rerr
		}
	}
	if err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s has no key %s", path, key)
}

func (x expander) wholeFile(path string) (string, error) {
	x.seen.note(path, true)
	data, err := files.Read(path, files.MaxSettings)
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(string(data), "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

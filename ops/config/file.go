package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/files"
)

// File is kdeck's own file of named contexts.
type File struct {
	Path    string
	Current string // the context that is used if none is named; empty: none

	contexts map[string]*Context
	order    []string
	tree     *yaml.Node // as it was read, comments included; nil where the file isn't there yet
}

// DefaultPath returns the path of the file: $XDG_CONFIG_HOME/kdeck/config.yaml, or ~/.config/kdeck/config.yaml if the variable is not
// set. lookup finds environment variables; nil: os.LookupEnv.
func DefaultPath(lookup func(string) (string, bool)) (string, error) {
	if lookup == nil {
		lookup = os.LookupEnv
	}
	if dir, ok := lookup("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "kdeck", "config.yaml"), nil
	}
	if home, ok := lookup("HOME"); ok && home != "" {
		return filepath.Join(home, ".config", "kdeck", "config.yaml"), nil
	}
	return "", errors.New("no place for the configuration: neither XDG_CONFIG_HOME nor HOME is set")
}

// Load reads a file of contexts. A missing file counts as empty. A file that others than its owner can read or write is a
// [*ModeError], one that others own or could replace a [*files.NotOwnError].
func Load(path string) (*File, error) {
	data, mode, err := files.ReadTrusted(path, files.MaxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{Path: path, contexts: map[string]*Context{}}, nil
	}
	if err != nil {
		return nil, err
	}
	if mode := mode.Perm(); mode&0o077 != 0 {
		return nil, &ModeError{path, fmt.Sprintf("%04o", mode)}
	}
	return parseFile(path, data)
}

func parseFile(path string, data []byte) (*File, error) {
	f := &File{Path: path, contexts: map[string]*Context{}}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var tree yaml.Node
	if err := decoder.Decode(&tree); errors.Is(err, io.EOF) {
		return f, nil
	} else if err != nil {
		return nil, notYAML(path, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: one YAML document was expected", path)
	}
	f.tree = &tree
	d := document{path}
	err := d.mapping(tree.Content[0], "the file", func(key string, k, v *yaml.Node) (err error) {
		switch key {
		case "current":
			f.Current, err = d.text(v, key)
		case "contexts":
			err = d.mapping(v, key, func(name string, k, v *yaml.Node) error {
				if err := checkName(name); err != nil {
					return d.errorf(k, "%v", err)
				}
				f.order = append(f.order, name)
				f.contexts[name], err = d.context(name, v)
				return err
			})
		default:
			err = d.unknown(k, "current", "contexts")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Names lists the contexts in the file's order.
func (f *File) Names() []string { return slices.Clone(f.order) }

// Context returns a context by name, or an [*UnknownContextError].
func (f *File) Context(name string) (*Context, error) {
	if c, ok := f.contexts[name]; ok {
		return c, nil
	}
	return nil, &UnknownContextError{Name: name, File: f.Path, Known: f.Names()}
}

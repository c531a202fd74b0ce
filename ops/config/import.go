package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/files"
)

// Imported is what the configuration of another tool holds, as contexts.
type Imported struct {
	Tool     string // one of [ImportTools], or Java's client.properties
	Path     string // absolute
	Contexts []ImportedContext
	Current  string   // the context that the tool uses if none is named; empty: none
	Notes    []string // about the whole file
}

// ImportedContext is one cluster of another tool. Its secrets are references to where they stand.
type ImportedContext struct {
	Context
	Notes  []string // what isn't taken over, or is to be looked at
	Refuse string   // why it can't be made a context; empty: it can
}

// A tool is one whose configuration can be imported.
type tool struct {
	name   string
	places func(surroundings) []string // where its file is, the first that exists counts
	toml   bool                        // else YAML; for neither see read
	holds  func(*yaml.Node) bool       // tells the tool's file from those of others
	marks  string                      // what holds looks for, in words
	read   func(*toolFile) *Imported
}

// tools are in the order in which they are offered. Java's own format comes last: it has no place, and a name only in words.
var tools = []tool{
	{name: "kcl", places: kclPlaces, toml: true, holds: isKCL, marks: "seed_brokers or profiles in TOML", read: importKCL},
	{name: "rpk", places: rpkPlaces, holds: isRPK, marks: "profiles or rpk in YAML", read: importRPK},
	{name: "kaf", places: kafPlaces, holds: isKaf, marks: "a list clusters in YAML", read: importKaf},
	{name: "kafkactl", places: kafkactlPlaces, holds: isKafkactl, marks: "contexts with brokers in YAML", read: importKafkactl},
	{name: "kcat", places: kcatPlaces, read: importProperties},
	{name: "topicctl", places: topicctlPlaces, holds: isTopicctl, marks: "spec.bootstrapAddrs in YAML", read: importTopicctl},
	{name: javaProperties, read: importProperties, marks: "bootstrap.servers or metadata.broker.list in a properties file (Java, kcat)"},
}

const javaProperties = "client.properties"

// ImportTools lists the tools whose configuration [Import] finds by itself.
func ImportTools() []string {
	var names []string
	for _, t := range tools {
		if t.places != nil {
			names = append(names, t.name)
		}
	}
	return names
}

// Found is a file of another tool that is there.
type Found struct{ Tool, Path string }

// FindImports looks for the files of all tools where those look for them. lookup finds environment variables; nil: os.LookupEnv.
func FindImports(lookup func(string) (string, bool)) []Found {
	var found []Found
	around := newSurroundings(lookup)
	for _, t := range tools {
		if t.places == nil {
			continue
		}
		for _, path := range t.places(around) {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				found = append(found, Found{t.name, path})
				break
			}
		}
	}
	return found
}

// Import reads the configuration of a tool, or a file whose format is told from what it holds. Nothing is copied of a secret: errors
// and notes hold none either.
func Import(source string, lookup func(string) (string, bool)) (*Imported, error) {
	around := newSurroundings(lookup)
	for _, t := range tools {
		if t.places == nil || t.name != source {
			continue
		}
		places := t.places(around)
		for _, path := range places {
			data, err := files.Read(path, files.MaxSettings)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			return t.importFile(path, data, around)
		}
		if len(places) == 0 {
			return nil, fmt.Errorf("no file of %s: it isn't known where that would be, for neither HOME nor another variable says it", t.name)
		}
		return nil, fmt.Errorf("no file of %s: looked for %s", t.name, strings.Join(places, ", "))
	}
	path, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	data, err := files.Read(path, files.MaxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnknownSourceError{Source: source, Known: ImportTools()}
	}
	if err != nil {
		return nil, err
	}
	return recognise(path, data, around)
}

// importFile reads a file of this tool.
func (t tool) importFile(path string, data []byte, around surroundings) (*Imported, error) {
	f := &toolFile{path: path, data: data, around: around, seen: map[*yaml.Node]use{}}
	if t.holds != nil {
		read := parseYAML
		if t.toml {
			read = parseTOML
		}
		var err error
		if f.root, err = read(path, data); err != nil {
			return nil, err
		}
		if f.root == nil || !t.holds(f.root) {
			return nil, fmt.Errorf("%s holds no cluster of %s: looked for %s", path, t.name, t.marks)
		}
	} else if err := asProperties(path, data); err != nil {
		return nil, err
	}
	f.tool = t.name
	imported := t.read(f)
	imported.Tool, imported.Path = t.name, path
	if t.holds != nil && !t.toml && severalDocuments(data) {
		imported.Notes = append(imported.Notes, fmt.Sprintf("the file has several documents: the first alone is read, as %s does", t.name))
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 && imported.refersTo(path) {
		imported.Notes = append(imported.Notes, fmt.Sprintf("others can read the secrets in the file (mode %04o): chmod 600 %s", info.Mode().Perm(), path))
	}
	imported.check(around)
	if len(imported.Contexts) == 0 {
		return nil, fmt.Errorf("%s holds no cluster of %s", path, t.name)
	}
	return imported, nil
}

// refersTo tells whether there is a secret in the file that a context refers to.
func (i *Imported) refersTo(path string) bool {
	return slices.ContainsFunc(i.Contexts, func(c ImportedContext) bool {
		if c.Properties != "" {
			pairs, _ := readProperties(path)
			return slices.ContainsFunc(pairs, func(p pair) bool {
				name, _ := canonical(p.key)
				low := strings.ToLower(p.value)
				kerberos := name == keyJAAS && !strings.Contains(low, "password") && !strings.Contains(low, "secret") && !strings.Contains(low, "token=")
				return name != "" && Sensitive(p.key) && p.value != "" && !isReference(p.value) && !kerberos
			})
		}
		for _, value := range c.Settings {
			if strings.Contains(value, "${file:"+path+":") {
				return true
			}
		}
		return false
	})
}

// asProperties tells what keeps a file from being one of properties.
func asProperties(path string, data []byte) error {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return fmt.Errorf("%s begins with a byte order mark, which clients take for a part of the first key: save it without", path)
	}
	_, err := parseProperties(path, data)
	return err
}

// recognise reads a file whose tool isn't named.
func recognise(path string, data []byte, around surroundings) (*Imported, error) {
	asYAML, broken := parseYAML(path, data)
	asTOML, _ := parseTOML(path, data)
	var marks []string
	for _, t := range tools {
		tree := asYAML
		if t.toml {
			tree = asTOML
		}
		if t.holds != nil && tree != nil && t.holds(tree) {
			return t.importFile(path, data, around)
		}
		if t.marks != "" {
			marks = append(marks, t.marks)
		}
	}
	if hasAddresses(path, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
		return tools[len(tools)-1].importFile(path, data, around)
	}
	if asYAML != nil && isOwn(asYAML) {
		return nil, fmt.Errorf("%s is a configuration file of kdeck itself: take it by XDG_CONFIG_HOME, or copy contexts out of it", path)
	}
	if ext := filepath.Ext(path); broken != nil && (ext == ".yaml" || ext == ".yml") {
		return nil, broken
	}
	return nil, fmt.Errorf("%s: the format is not known: looked for %s; a client.properties without an address goes with one: kdeck config add NAME -b HOST:PORT --properties FILE",
		path, strings.Join(marks, "; "))
}

// isOwn tells whether a tree is one of kdeck's own files.
func isOwn(root *yaml.Node) bool {
	own := false
	if contexts := valueOf(root, "contexts"); contexts != nil {
		children(contexts, func(_ string, c *yaml.Node) {
			children(c, func(key string, _ *yaml.Node) { own = own || key == "bootstrap" })
		})
	}
	return own
}

// UnknownSourceError is a source of an import that is neither a tool that is known nor a file.
type UnknownSourceError struct {
	Source string
	Known  []string
}

func (e *UnknownSourceError) Error() string {
	return fmt.Sprintf("%q is neither a file nor a tool whose configuration is known: %s", e.Source, strings.Join(e.Known, ", "))
}

// check refuses what can't be a context, and tries each of the others as it would be used: what is missing is said now.
func (i *Imported) check(around surroundings) {
	var names []string
	for n := range i.Contexts {
		c := &i.Contexts[n]
		switch {
		case c.Refuse != "":
		case slices.Contains(names, c.Name):
			c.Refuse = "the file has another of that name before it"
		case checkName(c.Name) != nil:
			c.Refuse = checkName(c.Name).Error()
		}
		names = append(names, c.Name)
		if c.Refuse != "" {
			continue
		}
		file := &File{contexts: map[string]*Context{}}
		err := file.Add(&c.Context)
		if err == nil {
			_, err = Resolve(file, Flags{Context: c.Name}, around.lookup)
		}
		if err != nil {
			text := strings.TrimPrefix(err.Error(), "context "+c.Name+": ")
			c.Notes = append(c.Notes, "it can't be used before this is put right: "+text)
		}
	}
}

// Surroundings are what tools find their files by.
type surroundings struct {
	lookup func(string) (string, bool)
	wd     string // the working directory
}

func newSurroundings(lookup func(string) (string, bool)) surroundings {
	if lookup == nil {
		lookup = os.LookupEnv
	}
	wd, err := os.Getwd()
	if err != nil {
		wd = string(filepath.Separator)
	}
	return surroundings{lookup, wd}
}

// get returns a variable's value; one that is empty counts as not set.
func (s surroundings) get(name string) string {
	value, _ := s.lookup(name)
	return value
}

// given returns the path in a variable as an absolute one, or nothing.
func (s surroundings) given(name string) []string {
	path := s.get(name)
	if path == "" {
		return nil
	}
	return []string{s.abs(path)}
}

func (s surroundings) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.wd, path)
}

// home returns a path in the home directory, or nothing.
func (s surroundings) home(path ...string) []string {
	home := s.get("HOME")
	if home == "" {
		return nil
	}
	return []string{filepath.Join(append([]string{home}, path...)...)}
}

// userConfig returns a path in Go's os.UserConfigDir, or nothing.
func (s surroundings) userConfig(path ...string) []string {
	if runtime.GOOS == "darwin" {
		return s.home(append([]string{"Library", "Application Support"}, path...)...)
	}
	if dir := s.get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return []string{filepath.Join(append([]string{dir}, path...)...)}
	}
	return s.home(append([]string{".config"}, path...)...)
}

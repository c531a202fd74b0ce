package kafka

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	krb5 "github.com/jcmturner/gokrb5/v8/config"

	"kdeck/ops/files"
)

// The bounds of the files of krb5.conf that include others. One may include many, each of them many more.
const (
	maxIncluded  = 10                    // how deep
	maxKrb5Files = 1000                  // how often a file is read
	maxKrb5Bytes = 2 * files.MaxSettings // of all files together
)

// readKrb5Conf reads files of krb5.conf with the files that they include, which the library passes over. Files that don't exist are
// left out unless none does. KDCs that no file names are looked up in DNS unless dns_lookup_kdc forbids it, as in MIT's library and Java.
func readKrb5Conf(paths []string) (*krb5.Config, error) {
	s := krb5Sections{lines: map[string]*strings.Builder{}}
	var failed []error
	for _, path := range paths {
		if err := s.read(path, 0); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == len(paths) {
		return nil, errors.Join(failed...)
	}
	text := s.String()
	c, err := krb5.NewFromString(text)
	if _, partly := errors.AsType[krb5.UnsupportedDirective](err); err != nil && !partly {
		return nil, fmt.Errorf("%s: %w", strings.Join(paths, ", "), err)
	}
	if !regexp.MustCompile(`(?m)^\s*dns_lookup_kdc\s*=`).MatchString(text) {
		c.LibDefaults.DNSLookupKDC = true
	}
	return c, nil
}

// krb5Sections holds the lines of each section. A section may stand in several files, and the library takes the last.
type krb5Sections struct {
	names []string
	lines map[string]*strings.Builder

	files, bytes int // that were read
}

var (
	krb5Section = regexp.MustCompile(`^\s*\[(\w+)\]`)
	// krb5Included matches the names of files that includedir takes (MIT's manual of krb5.conf).
	krb5Included = regexp.MustCompile(`^([A-Za-z0-9_-]+|[^.].*\.conf)$`)
)

func (s *krb5Sections) read(path string, depth int) error {
	if depth > maxIncluded {
		return fmt.Errorf("%s: files include each other", path)
	}
	data, err := files.Read(path, files.MaxSettings)
	if err != nil {
		return err
	}
	if s.files, s.bytes = s.files+1, s.bytes+len(data); s.files > maxKrb5Files || s.bytes > maxKrb5Bytes {
		return fmt.Errorf("%s: the files of krb5.conf that include each other are more than %d, or larger than %d MB", path, maxKrb5Files, maxKrb5Bytes>>20)
	}
	in := ""
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		switch header := krb5Section.FindStringSubmatch(line); {
		case header != nil:
			in = header[1]
		case len(words) == 2 && words[0] == "include":
			err = s.read(words[1], depth+1)
		case len(words) == 2 && words[0] == "includedir":
			err = s.readDir(words[1], depth+1)
		case in != "":
			s.section(in).WriteString(strings.TrimRight(line, "\r\n") + "\n")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *krb5Sections) readDir(dir string, depth int) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if err == nil && !e.IsDir() && krb5Included.MatchString(e.Name()) {
			err = s.read(filepath.Join(dir, e.Name()), depth)
		}
	}
	return err
}

func (s *krb5Sections) section(name string) *strings.Builder {
	if s.lines[name] == nil {
		s.names, s.lines[name] = append(s.names, name), new(strings.Builder)
	}
	return s.lines[name]
}

func (s *krb5Sections) String() string {
	var b strings.Builder
	for _, name := range s.names {
		fmt.Fprintf(&b, "[%s]\n%s", name, s.lines[name])
	}
	return b.String()
}

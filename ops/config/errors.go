package config

import (
	"fmt"
	"regexp"
	"strings"
)

// UnknownKeyError is an unknown key. Known holds the keys that are known in its place, so that the nearest can be offered.
type UnknownKeyError struct {
	Key   string
	Where string // "-X", or file and line
	Known []string
}

func (e *UnknownKeyError) Error() string {
	if e.Key == "…" {
		return e.Where + ": a key that isn't known, and isn't shown: it may be a password (key=value was expected)"
	}
	return fmt.Sprintf("%s: unknown key %q", e.Where, e.Key)
}

// settingName is what names of settings look like: words with dots between them.
var settingName = regexp.MustCompile(`^[a-z][A-Za-z_-]*(\.[A-Za-z0-9_-]+)+$`)

// shownKey is what an error quotes of a key that isn't known. A password that stands where a key should isn't quoted; in base64 it
// even ends in =.
func shownKey(key string) string {
	if !settingName.MatchString(key) {
		return "…"
	}
	return key
}

// UnknownContextError is a context that the file doesn't have.
type UnknownContextError struct {
	Name  string
	File  string
	Known []string
}

func (e *UnknownContextError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("no context %q: %s has none", e.Name, e.File)
	}
	return fmt.Sprintf("no context %q in %s: it has %s", e.Name, e.File, strings.Join(e.Known, ", "))
}

// NoClusterError says that neither flags nor the file name a cluster.
type NoClusterError struct {
	File  string
	Known []string // the contexts of the file
}

func (e *NoClusterError) Error() string {
	if len(e.Known) > 0 {
		return fmt.Sprintf("no cluster is named: give --bootstrap-server HOST:PORT or --context NAME, or make a context current in %s (kdeck config use NAME): it has %s",
			e.File, strings.Join(e.Known, ", "))
	}
	return "no cluster is named, and there is no context yet: give --bootstrap-server HOST:PORT, take over what another tool has (kdeck config import " +
		strings.Join(ImportTools(), "|") + "|FILE), or look at a simulated cluster (kdeck demo)"
}

// ModeError is a file that may hold secrets and that others can read.
type ModeError struct {
	Path string
	Mode string
}

func (e *ModeError) Error() string {
	return fmt.Sprintf("%s may hold secrets and others can read it (mode %s): run chmod 600 %s", e.Path, e.Mode, e.Path)
}

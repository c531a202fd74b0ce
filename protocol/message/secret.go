package message

import (
	_ "embed"
	"strings"
	"sync"
)

// plainConfigs are the names of configurations that Kafka doesn't take for secrets, one a line.
//
//go:embed plainconfigs.txt
var plainConfigs string

var plainConfig = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(plainConfigs) {
		names[name] = true
	}
	return names
})

// PlainConfig reports whether a configuration is known and no secret, so that its value may be shown.
func PlainConfig(name string) bool { return plainConfig()[name] }

// PlainConfigs are the names of all configurations that are known and no secrets, sorted.
func PlainConfigs() []string { return strings.Fields(plainConfigs) }

// hides reports whether a field of a struct holds a secret.
func hides(s *Struct, f *Field) bool {
	if f.secrecy != secretByName {
		return f.secrecy == secret
	}
	if sensitive, told := s.Get("isSensitive"); told { // Kafka sends no value then; another node may
		return sensitive == true
	}
	name, _ := s.Get("name")
	text, _ := name.(string)
	return !PlainConfig(text)
}

// Secret reports whether anything in the message is a secret.
func (m *Message) Secret() bool { return len(m.Secrets()) > 0 }

// Secrets returns the paths of everything in the message that is a secret and isn't empty.
func (m *Message) Secrets() []string {
	var paths []string
	m.eachSecret(func(path string, _ *any) { paths = append(paths, path) })
	return paths
}

// Redacted is the message with every secret replaced: text by [Hidden], bytes by none. It is the message itself where
// there is nothing to hide.
func (m *Message) Redacted() *Message {
	if !m.Secret() {
		return m
	}
	copied := *m
	copied.Root = clone(m.Root)
	copied.eachSecret(func(_ string, v *any) { *v = Hidden })
	return &copied
}

func (m *Message) eachSecret(do func(path string, v *any)) {
	if m.API.hasSecrets {
		eachSecret(m.Root, "", do)
	}
}

func eachSecret(s *Struct, path string, do func(string, *any)) {
	for i := range s.Fields {
		f := &s.Fields[i]
		at := join(path, f.Name)
		switch v := s.Values[i].(type) {
		case nil:
		case *Struct:
			eachSecret(v, at, do)
		case []any:
			for j, element := range v {
				if below, ok := element.(*Struct); ok {
					eachSecret(below, index(at, j), do)
				}
			}
		case []byte:
			if len(v) > 0 && hides(s, f) {
				do(at, &s.Values[i])
			}
		case string:
			if v != "" && hides(s, f) {
				do(at, &s.Values[i])
			}
		}
	}
}

func clone(s *Struct) *Struct {
	c := &Struct{Fields: s.Fields, Values: make([]any, len(s.Values)), Unknown: s.Unknown}
	for i, v := range s.Values {
		c.Values[i] = cloneValue(v)
	}
	return c
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case *Struct:
		return clone(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i])
		}
		return list
	}
	return v
}

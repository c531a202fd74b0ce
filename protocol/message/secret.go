package message

import (
	_ "embed"
	"strings"
	"sync"
)

// secretField are the fields of these APIs that hold secrets, wherever in the message they stand.
var secretField = map[fieldKey]bool{
	{36, "authBytes"}:      true, // SaslAuthenticate
	{38, "hmac"}:           true, // CreateDelegationToken
	{39, "hmac"}:           true, // RenewDelegationToken
	{40, "hmac"}:           true, // ExpireDelegationToken
	{41, "hmac"}:           true, // DescribeDelegationToken
	{51, "salt"}:           true, // AlterUserScramCredentials
	{51, "saltedPassword"}: true,
	{58, "requestData"}:    true, // Envelope: another request, which may be any of these
	{58, "responseData"}:   true,
}

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

// hides reports whether a field of a struct holds a secret. The value of a configuration does unless its name is
// known and isn't sensitive.
func hides(api int16, s *Struct, f *Field) bool {
	if secretField[fieldKey{api, f.Name}] {
		return true
	}
	if (api == 33 || api == 44) && f.Name == "value" {
		name, _ := s.Get("name")
		text, _ := name.(string)
		return !PlainConfig(text)
	}
	return false
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
	switch m.API.Key {
	case 33, 36, 38, 39, 40, 41, 44, 51, 58:
		eachSecret(m.API.Key, m.Root, "", do)
	}
}

func eachSecret(api int16, s *Struct, path string, do func(string, *any)) {
	for i := range s.Fields {
		f := &s.Fields[i]
		at := join(path, f.Name)
		switch v := s.Values[i].(type) {
		case nil:
		case *Struct:
			eachSecret(api, v, at, do)
		case []any:
			for j, element := range v {
				if below, ok := element.(*Struct); ok {
					eachSecret(api, below, index(at, j), do)
				}
			}
		case []byte:
			if len(v) > 0 && hides(api, s, f) {
				do(at, &s.Values[i])
			}
		case string:
			if v != "" && hides(api, s, f) {
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

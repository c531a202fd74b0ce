package message

import (
	"slices"
	"strconv"
)

// Values returns every value of the message that isn't a struct or a list of them, as JSON, by its path. An empty list and
// null are values too.
func (m *Message) Values() map[string]string {
	values := map[string]string{}
	walk(m.Root, m.Version, "", func(path string, f *Field, v any) {
		values[path] = string(appendValue(nil, f, v, m.Version))
	})
	return values
}

// walk calls do for every value that a broker's request log would hold, in order.
func walk(s *Struct, version int16, path string, do func(path string, f *Field, v any)) {
	for i := range s.Fields {
		f, v := &s.Fields[i], s.Values[i]
		if !shown(f, v, version) {
			continue
		}
		at := join(path, f.Name)
		if list, ok := v.([]any); ok && len(list) > 0 {
			for j, element := range list {
				walkValue(f, element, version, index(at, j), do)
			}
			continue
		}
		walkValue(f, v, version, at, do)
	}
}

func walkValue(f *Field, v any, version int16, path string, do func(string, *Field, any)) {
	if s, ok := v.(*Struct); ok {
		walk(s, version, path, do)
		return
	}
	do(path, f, v)
}

// join is the path of a field below another.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// index is the path of an array's element.
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// EachNamed calls do for everything that the message names, in order: kind is topic, group, broker, transactional id,
// or the field's name. None of these is a secret.
func (m *Message) EachNamed(do func(kind, name string)) {
	walk(m.Root, m.Version, "", func(path string, f *Field, v any) {
		kind := entityWords[f.Entity]
		if kind == "" && !slices.Contains(namedFields, f.Name) {
			return
		}
		if kind == "" {
			kind = f.Name
		}
		switch v := v.(type) {
		case string:
			do(kind, v)
		case int64:
			do(kind, strconv.FormatInt(v, 10))
		case [16]byte:
			if v != [16]byte{} {
				do(kind, FormatUUID(v))
			}
		}
	})
}

var entityWords = map[string]string{"topicName": "topic", "groupId": "group", "brokerId": "broker", "transactionalId": "transactional id",
	"producerId": "producer"}

// namedFields name things, and their definitions don't say so.
var namedFields = []string{"resourceName", "entityName", "feature", "name", "principal", "memberId", "topicId"}

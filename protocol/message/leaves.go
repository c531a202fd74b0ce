package message

import "strconv"

// Leaves returns every value of the message that isn't a container, as text, by its path; an empty array and a null
// are leaves too.
func (m *Message) Leaves() map[string]string {
	leaves := map[string]string{}
	walk(m.Root, m.Version, "", func(path string, f *Field, v any) {
		leaves[path] = string(appendValue(nil, f, v, m.Version))
	})
	return leaves
}

// walk calls do for every leaf that the request log would hold, in order.
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

package message

import "strings"

// isErrorMessage tells whether a field is a text in which a node says why it failed.
func isErrorMessage(f *Field) bool {
	return f.Kind == String && strings.EqualFold(f.Name, "errorMessage")
}

// ReplaceSaid puts what with makes of it in the place of each text in which a node says why it failed.
func (m *Message) ReplaceSaid(with func(said string) string) {
	if m != nil {
		replaceSaid(m.Root, with)
	}
}

func replaceSaid(s *Struct, with func(string) string) {
	if s == nil {
		return
	}
	for i := range s.Fields {
		switch v := s.Values[i].(type) {
		case string:
			if isErrorMessage(&s.Fields[i]) {
				s.Values[i] = with(v)
			}
		case *Struct:
			replaceSaid(v, with)
		case []any:
			for _, element := range v {
				if nested, is := element.(*Struct); is {
					replaceSaid(nested, with)
				}
			}
		}
	}
}

// Said tells whether the span is a text in which a node says why it failed.
func (s *Span) Said() bool {
	return strings.EqualFold(s.Path[strings.LastIndexByte(s.Path, '.')+1:], "errorMessage")
}

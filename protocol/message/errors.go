package message

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Errors lists the error codes of an answer that aren't 0, each with its path, Kafka's name and the text that stands beside it:
// "topics[0].errorCode: TOPIC_ALREADY_EXISTS: Topic 'a' already exists.".
func (m *Message) Errors() []string {
	texts := map[string]string{} // by the path of the struct
	type code struct {
		path, in string
		code     int16
	}
	var codes []code
	walk(m.Root, m.Version, "", func(path string, f *Field, v any) {
		in := strings.TrimSuffix(path, f.Name)
		switch v := v.(type) {
		case int64:
			if isErrorCode(f) && v != 0 {
				codes = append(codes, code{path, in, int16(v)})
			}
		case string:
			if isErrorMessage(f) && v != "" {
				texts[in] = ": " + v
			}
		}
	})
	var all []string
	for _, c := range codes {
		name := fmt.Sprintf("error %d", c.code)
		if e := kerr.TypedErrorForCode(c.code); e != nil && e.Code == c.code {
			name = e.Message
		}
		all = append(all, c.path+": "+name+texts[c.in])
	}
	return all
}

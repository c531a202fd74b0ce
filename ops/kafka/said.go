package kafka

import (
	"reflect"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// hideSaid replaces, in the messages of errors of an answer, what hide replaces. Those are the only texts in an answer that speak
// of a failure: a short secret, which may be a word in a name, is hidden in them alone.
func hideSaid(answer kmsg.Response, hide func(string) string) {
	hideMessages(reflect.ValueOf(answer).Elem(), hide)
}

func hideMessages(v reflect.Value, hide func(string) string) {
	for i := range v.NumField() {
		switch field := v.Field(i); {
		case v.Type().Field(i).Name == "ErrorMessage":
			if text, is := field.Interface().(*string); is && text != nil {
				hidden := hide(*text)
				field.Set(reflect.ValueOf(&hidden))
			}
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for j := range field.Len() {
				hideMessages(field.Index(j), hide)
			}
		}
	}
}

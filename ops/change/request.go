package change

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"unicode"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// openConfigs are the configs whose values the journal may hold. All others are taken for secrets.
var openConfigs = map[string]bool{
	LeaderRate: true, FollowerRate: true, LeaderReplicas: true, FollowerReplicas: true,
}

// requestJSON spells a request as JSON, every field as it is sent, in the order in which Kafka defines them.
func requestJSON(req kmsg.Request) json.RawMessage {
	if alter, ok := req.(*kmsg.IncrementalAlterConfigsRequest); ok {
		req = withoutSecrets(alter)
	}
	var b bytes.Buffer
	spell(&b, reflect.ValueOf(req).Elem())
	return b.Bytes()
}

// withoutSecrets is a copy in which values that may be secret are replaced.
func withoutSecrets(req *kmsg.IncrementalAlterConfigsRequest) *kmsg.IncrementalAlterConfigsRequest {
	hidden := "[hidden]" // the word of Kafka's own request log
	copied := *req
	copied.Resources = slices.Clone(req.Resources)
	for i := range copied.Resources {
		r := &copied.Resources[i]
		r.Configs = slices.Clone(r.Configs)
		for k := range r.Configs {
			if c := &r.Configs[k]; c.Value != nil && !openConfigs[c.Name] {
				c.Value = &hidden
			}
		}
	}
	return &copied
}

func spell(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		spell(b, v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			spell(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.Struct:
		b.WriteByte('{')
		first := true
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "Version" || name == "UnknownTags" {
				continue // the version is told beside the request; kdeck sends no tags of its own
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			runes := []rune(name)
			runes[0] = unicode.ToLower(runes[0])
			put(b, string(runes))
			b.WriteByte(':')
			spell(b, v.Field(i))
		}
		b.WriteByte('}')
	default:
		switch v.Type() {
		case reflect.TypeFor[kmsg.ConfigResourceType](), reflect.TypeFor[kmsg.IncrementalAlterConfigOp]():
			put(b, v.Int()) // the number that is sent, not its name
		default:
			put(b, v.Interface())
		}
	}
}

func put(b *bytes.Buffer, v any) {
	text, _ := json.Marshal(v) // of numbers, strings and booleans: can't fail
	b.Write(text)
}

func sortedIDs(m map[int32]string) []int32 { return slices.Sorted(maps.Keys(m)) }

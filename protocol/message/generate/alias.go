package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol/message"
)

// body is what the client library's requests and responses have in common.
type body interface {
	SetVersion(int16)
	AppendTo([]byte) []byte
}

// alias finds out what the client library calls each field, by experiment: one of its fields after the other is
// changed, and the bytes are read by Kafka's definition. Whichever field is changed there is the same one.
func alias(api *message.API) {
	for version := api.Versions.From; version <= api.Versions.To; version++ {
		if req := kmsg.RequestForKey(api.Key); req != nil {
			pair(api, false, version, req)
			pair(api, true, version, req.ResponseKind())
		}
	}
}

func pair(api *message.API, response bool, version int16, b body) {
	b.SetVersion(version)
	fill(reflect.ValueOf(b).Elem())
	values := func() map[string]string {
		m, err := message.Decode(api, response, version, b.AppendTo(nil))
		if err != nil {
			return nil
		}
		return m.Values()
	}
	before := values()
	each(reflect.ValueOf(b).Elem(), "", func(path string, change func()) {
		change()
		after := values()
		for where, value := range after {
			if before[where] != value {
				name(api, response, where, path)
				break
			}
		}
		before = after
	})
}

// fill gives every list one element and every pointer something to point to, with the library's defaults.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if d, ok := v.Addr().Interface().(interface{ Default() }); ok && v.NumField() > 0 {
			version := v.FieldByName("Version")
			var was reflect.Value
			if version.IsValid() {
				was = reflect.ValueOf(version.Interface())
			}
			d.Default()
			if version.IsValid() && version.CanSet() {
				version.Set(was)
			}
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	}
}

// each calls do for every value, with its path of Go names and a function that changes it.
func each(v reflect.Value, path string, do func(path string, change func())) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.IsExported() && field.Name != "UnknownTags" && (field.Name != "Version" || path != "") {
				each(v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."), do)
			}
		}
	case reflect.Pointer:
		each(v.Elem(), path, do)
	case reflect.Slice:
		each(v.Index(0), path, do)
	case reflect.Array:
		each(v.Index(0), path, do)
	case reflect.Bool:
		do(path, func() { v.SetBool(!v.Bool()) })
	case reflect.String:
		do(path, func() { v.SetString(v.String() + "x") })
	case reflect.Float64:
		do(path, func() { v.SetFloat(v.Float() + 1) })
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		do(path, func() { v.SetUint(v.Uint() + 1) })
	default:
		do(path, func() { v.SetInt(v.Int() + 1) })
	}
}

// name gives the fields on the way to a value the library's names, where these aren't Kafka's but for case.
func name(api *message.API, response bool, where, path string) {
	fields := api.Request.Fields
	if response {
		fields = api.Response.Fields
	}
	kafka, library := strings.Split(where, "."), strings.Split(path, ".")
	if len(kafka) != len(library) {
		return
	}
	for i := range kafka {
		word, _, _ := strings.Cut(kafka[i], "[")
		at := slices.IndexFunc(fields, func(f message.Field) bool { return f.Name == word })
		if f := &fields[at]; !f.Named(library[i]) {
			// The one called so in the definition, in another version, keeps its name to itself.
			if !slices.ContainsFunc(fields, func(f message.Field) bool { return f.Named(library[i]) }) {
				f.Aliases = append(slices.Clone(f.Aliases), library[i])
			}
		}
		fields = fields[at].Fields
	}
}

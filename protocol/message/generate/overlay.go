package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/protocol/message"
)

// overlay makes the APIs of the newest release, and below its lowest versions those of the one before.
func overlay(newest, before []written) ([]message.API, error) {
	var apis []message.API
	at := func(key int16) *message.API {
		for int(key) >= len(apis) {
			apis = append(apis, message.API{Key: int16(len(apis)), Versions: message.Never})
		}
		return &apis[key]
	}
	for _, w := range newest {
		if err := add(at(*w.Key), w); err != nil {
			return nil, err
		}
	}
	lowest := map[int16]int16{}
	for _, api := range apis {
		lowest[api.Key] = api.Versions.From
	}
	for _, w := range before {
		api, old := at(*w.Key), message.API{Key: *w.Key}
		if err := add(&old, w); err != nil {
			return nil, err
		}
		valid, err := versions(w.Valid)
		if err != nil {
			return nil, err
		}
		request := w.Type == "request"
		switch {
		case request && api.Request.Fields == nil, !request && api.Response.Fields == nil:
			if err := add(api, w); err != nil {
				return nil, err
			}
		case valid.To < lowest[api.Key]: // an early access that was never meant to last
		case request:
			api.Request.Fields = merge(api.Request.Fields, old.Request.Fields, lowest[api.Key])
			api.Versions.From = min(api.Versions.From, old.Versions.From)
		default:
			api.Response.Fields = merge(api.Response.Fields, old.Response.Fields, lowest[api.Key])
		}
	}
	for _, api := range apis {
		if api.Name == "" || api.Request.Fields == nil && api.Response.Fields == nil {
			return nil, fmt.Errorf("no definition of API %d", api.Key)
		}
	}
	return apis, nil
}

// add reads one definition into its API.
func add(api *message.API, w written) error {
	shared := map[string][]writtenField{}
	for _, s := range w.Shared {
		shared[s.Name] = s.Fields
	}
	valid, err := versions(w.Valid)
	if err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	if w.Unstable {
		valid.To--
	}
	flexible, err := versions(w.Flexible)
	if err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	fields, err := fieldsOf(w.Fields, shared)
	if err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	definition := message.Definition{Flexible: flexible, Fields: fields}
	if w.Type == "request" {
		api.Name = strings.TrimSuffix(w.Name, "Request")
		api.Versions, api.Listeners = valid, w.Listeners
		api.Request = definition
	} else {
		api.Response = definition
	}
	return nil
}

var kinds = map[string]message.Kind{
	"bool": message.Bool, "int8": message.Int8, "int16": message.Int16, "int32": message.Int32, "int64": message.Int64,
	"uint16": message.Uint16, "uint32": message.Uint32, "float64": message.Float64, "string": message.String,
	"bytes": message.Bytes, "records": message.Records, "uuid": message.UUID,
}

func fieldsOf(list []writtenField, shared map[string][]writtenField) ([]message.Field, error) {
	fields := []message.Field{}
	for _, w := range list {
		name, array := strings.CutPrefix(w.Type, "[]")
		f := message.Field{
			Name: strings.ToLower(w.Name[:1]) + w.Name[1:], Kind: kinds[name], Array: array,
			Key: w.Key, Entity: w.Entity, Default: defaultText(w.Default),
		}
		tag, _ := strconv.ParseUint(defaultText(w.Tag), 10, 32)
		f.Tag = uint32(tag)
		var errs [3]error
		f.Versions, errs[0] = versions(w.Versions)
		f.Nullable, errs[1] = versions(w.Nullable)
		f.Tagged, errs[2] = versions(w.Tagged)
		if i := slices.IndexFunc(errs[:], func(err error) bool { return err != nil }); i >= 0 {
			return nil, fmt.Errorf("%s: %w", w.Name, errs[i])
		}
		if f.Kind == 0 {
			f.Kind = message.Nested
			below := w.Fields
			if below == nil {
				below = shared[name]
			}
			var err error
			if f.Fields, err = fieldsOf(below, shared); err != nil {
				return nil, err
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// defaultText is a default as text: definitions hold some as strings, some as JSON values.
func defaultText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// versions reads a range as definitions have it: none, 3, 0-12, 4+.
func versions(s string) (message.Range, error) {
	if s == "" || s == "none" {
		return message.Never, nil
	}
	from, to, ranged := strings.Cut(s, "-")
	from, open := strings.CutSuffix(from, "+")
	low, err := strconv.ParseInt(from, 10, 16)
	r := message.Range{From: int16(low), To: int16(low)}
	switch {
	case err != nil:
	case open:
		r.To = message.Open
	case ranged:
		var high int64
		high, err = strconv.ParseInt(to, 10, 16)
		r.To = int16(high)
	}
	if err != nil {
		return r, fmt.Errorf("%q is no range of versions: %w", s, err)
	}
	return r, nil
}

// merge lays the fields of an older definition under those of a newer one, whose lowest version is given. A field that
// the newer one gives another name, in the same place, becomes an alias there; one that it dropped ends below lowest.
func merge(newer, older []message.Field, lowest int16) []message.Field {
	merged := slices.Clone(newer)
	place := 0 // after the field that was matched last
	for i, old := range older {
		at := slices.IndexFunc(merged, func(f message.Field) bool { return f.Name == old.Name })
		if at < 0 && i < len(newer) && renamed(newer[i], old, older) {
			at = slices.IndexFunc(merged, func(f message.Field) bool { return f.Name == newer[i].Name })
			merged[at].Aliases = append(slices.Clone(merged[at].Aliases), old.Name)
		}
		if at < 0 {
			old.Versions.To = min(old.Versions.To, lowest-1)
			merged = slices.Insert(merged, place, old)
			place++
			continue
		}
		if old.Kind == message.Nested {
			merged[at].Fields = merge(merged[at].Fields, old.Fields, lowest)
		}
		place = at + 1
	}
	return merged
}

// renamed reports whether two fields in the same place are one: of the same type, in versions that both have, the
// newer one's name unknown to the older definition.
func renamed(newer, old message.Field, older []message.Field) bool {
	return newer.Kind == old.Kind && newer.Array == old.Array && newer.Versions == old.Versions &&
		!slices.ContainsFunc(older, func(f message.Field) bool { return f.Name == newer.Name })
}

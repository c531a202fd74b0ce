package message

import (
	"strings"
	"testing"
)

func TestWhatANodeSaysOfAFailureIsReplacedWhereverItStands(t *testing.T) {
	of := func(name string, version int16) *Message {
		a := api(t, name)
		return &Message{API: a, Response: true, Version: version, Root: newStruct(a.Response.Fields, version)}
	}
	set := func(s *Struct, name string, v any) {
		for i := range s.Fields {
			if s.Fields[i].Name == name {
				s.Values[i] = v
			}
		}
	}
	top := of("DescribeCluster", 0)
	set(top.Root, "errorMessage", "you said hunter2")
	set(top.Root, "clusterId", "hunter2")
	below := of("DescribeConfigs", 4)
	results := &below.API.Response.Fields[1]
	one := newStruct(results.Fields, 4)
	set(one, "errorMessage", "you said hunter2")
	set(one, "resourceName", "hunter2")
	set(below.Root, results.Name, []any{one})
	for name, m := range map[string]*Message{"of the answer": top, "of an element": below} {
		m.ReplaceSaid(func(said string) string { return strings.ReplaceAll(said, "hunter2", "(hidden)") })
		text := string(m.AppendJSON(nil))
		if !strings.Contains(text, "you said (hidden)") || strings.Count(text, "hunter2") != 1 { // a name is none of that
			t.Errorf("%s: %s", name, text)
		}
	}
	(*Message)(nil).ReplaceSaid(strings.ToUpper)
	for path, want := range map[string]bool{"errorMessage": true, "results[0].errorMessage": true, "results[0].errorMessageX": false, "(length)": false, "topics[0].name": false} {
		if s := (Span{Path: path}); s.Said() != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

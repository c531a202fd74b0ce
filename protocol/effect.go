package protocol

import (
	"fmt"
	"slices"

	defs "kdeck/protocol/message"
)

// Effect is what a request would do, in words for the one who is asked to confirm it.
type Effect struct {
	Class   Class
	Does    string   // "deletes topics with all their records, for good"
	Why     string   // the field that raises the class above that of the API, and what it would do; or ""
	Targets []string // what the request names: "topic orders", "broker 3"; each once, in order
	DryRun  bool     // the API can validate without doing: see [ValidateOnly]
}

// EffectOf says what a request would do. One that only reads does nothing, and its Does is "".
func EffectOf(m *defs.Message) Effect {
	var e Effect
	if a, known := APIByKey(m.API.Key); known {
		e.Does = a.Does
	}
	e.Class, e.Why = Classify(m)
	seen := map[string]bool{}
	m.EachNamed(func(kind, name string) {
		if t := kind + " " + name; !seen[t] {
			seen[t] = true
			e.Targets = append(e.Targets, t)
		}
	})
	e.DryRun = slices.ContainsFunc(m.API.Request.Fields, func(f defs.Field) bool {
		return f.Name == validateOnly && f.Versions.Holds(m.Version)
	})
	if on, _ := m.Root.Get(validateOnly); on == true {
		e.Does = "validates and changes nothing (validateOnly)"
	}
	return e
}

const validateOnly = "validateOnly"

// ValidateOnly turns a request into one that the node checks and doesn't carry out, and reports whether the API can in
// this version.
func ValidateOnly(m *defs.Message) bool {
	return m.Set(validateOnly, "true") == nil
}

func (e Effect) String() string {
	text := fmt.Sprintf("class %s", e.Class)
	if e.Does != "" {
		text += ": it " + e.Does
	}
	if e.Why != "" {
		text += "; " + e.Why
	}
	return text
}

package protocol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	defs "kdeck/protocol/message"
)

// API is one kind of request: what it is called, what it is for, and how far it reaches.
type API struct {
	*defs.API
	Class   Class    // where its dangerous fields are left safe; of a request as it is filled in: [Classify]
	Aliases []string // names that it had, or has elsewhere
	Help    string   // what it is for, in one line
	Does    string   // what it changes: "deletes topics with all their records, for good"; "" where it only reads
	// Ignore names the fields of the answer that may differ between nodes that agree, beside throttleTimeMs.
	Ignore []string
	// Forward says that a broker in KRaft mode hands the request to the active controller (KafkaApis.handle,
	// forwardToController): asking many brokers compares nothing.
	Forward bool

	// raise returns the class of a request where it isn't that of the API, and, where a field makes it higher, the reason;
	// or 0.
	raise func(*defs.Message) (class Class, why string)
}

// FlexibleFrom returns the first version with compact encodings and tagged fields, or -1.
func (a *API) FlexibleFrom() int16 {
	if r := a.Request.Flexible; r.From <= r.To {
		return r.From
	}
	return -1
}

// Served names the listeners that answer the API: broker, controller, zk-broker (in ZooKeeper mode alone); and forwarded.
func (a *API) Served() string {
	var words []string
	for _, l := range a.Listeners {
		switch {
		case l == "broker" || l == "controller":
			words = append(words, l)
		case l == "zkBroker" && !slices.Contains(a.Listeners, "broker"):
			words = append(words, "zk-broker")
		}
	}
	if a.Forward {
		words = append(words, "forwarded")
	}
	return strings.Join(words, ", ")
}

// APIs lists every API that is known, in the order of the keys.
func APIs() []API { return slices.Clone(apis) }

// APIByKey returns the API of a key.
func APIByKey(key int16) (*API, bool) {
	if key < 0 || int(key) >= len(apis) {
		return nil, false
	}
	return &apis[key], true
}

// An UnknownAPIError is a name that no API has.
type UnknownAPIError struct {
	Word  string
	Known []string
}

func (e *UnknownAPIError) Error() string {
	return fmt.Sprintf("there is no request %q", e.Word)
}

// FindAPI returns which API a word means, and in which version: Metadata, metadata@9, MetadataV9, or its key, 3. Case,
// dashes and underscores don't count. Without a version it returns -1. The error is an [*UnknownAPIError], or one about
// the version.
func FindAPI(word string) (*API, int16, error) {
	name, digits, pinned := strings.Cut(word, "@")
	if !pinned {
		if a := lookup(name); a != nil {
			return a, -1, nil
		}
		at := strings.LastIndexAny(name, "vV")
		if at <= 0 || !isNumber(name[at+1:]) {
			return nil, 0, unknownAPI(word)
		}
		name, digits = name[:at], name[at+1:]
	}
	a := lookup(name)
	if a == nil {
		return nil, 0, unknownAPI(name)
	}
	v, err := strconv.ParseInt(strings.TrimLeft(digits, "vV"), 10, 16)
	if err != nil || v < 0 {
		return nil, 0, fmt.Errorf("%s: %q is no version: write %s@%d", word, digits, a.Name, a.Versions.To)
	}
	return a, int16(v), nil
}

func lookup(word string) *API {
	if key, err := strconv.ParseInt(word, 10, 16); err == nil {
		a, _ := APIByKey(int16(key))
		return a
	}
	plain := plainName(word)
	for i := range apis {
		a := &apis[i]
		if plainName(a.Name) == plain || slices.ContainsFunc(a.Aliases, func(n string) bool { return plainName(n) == plain }) {
			return a
		}
	}
	return nil
}

func plainName(s string) string {
	s = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
	return strings.TrimSuffix(s, "request")
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func unknownAPI(word string) error {
	e := &UnknownAPIError{Word: word}
	for i := range apis {
		e.Known = append(append(e.Known, apis[i].Name), apis[i].Aliases...)
	}
	return e
}

// apis is the catalog: Kafka's definition of each API with its row.
var apis = func() []API {
	all := make([]API, len(defs.APIs()))
	for i := range all {
		definition := defs.Lookup(int16(i))
		all[i] = rows[definition.Name]
		all[i].API = definition
	}
	return all
}()

// nameOf is Kafka's name of an API, to be shown.
func nameOf(key int16) string {
	if a, known := APIByKey(key); known {
		return a.Name
	}
	return fmt.Sprintf("API %d", key)
}

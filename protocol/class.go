package protocol

import (
	"fmt"
	"slices"
	"strings"

	defs "kdeck/protocol/message"
)

// Class says how far a request reaches. Classes are ordered: a cap on the class admits it and all that are
// below it.
type Class uint8

// The classes, from the harmless upwards. The zero Class is none of them.
const (
	ClassRO   Class = iota + 1 // reads
	ClassROX                   // RO*: reads, but a field of it, or its first use, changes something
	ClassCONN                  // connection state and credentials
	ClassDATA                  // records or telemetry in
	ClassGRP                   // group, offset and share state
	ClassTXN                   // producer and transaction state
	ClassADM                   // administrative change
	ClassADMX                  // ADM!: destructive or hard to undo
	ClassIBR                   // read between nodes
	ClassIB                    // between nodes, changes the cluster's state
	ClassIBX                   // IB!: between nodes, can lose data or the quorum
)

var classNames = [...]string{"", "RO", "RO*", "CONN", "DATA", "GRP", "TXN", "ADM", "ADM!", "IBR", "IB", "IB!"}

// Classes lists every class in order.
func Classes() []Class {
	all := make([]Class, 0, len(classNames)-1)
	for c := ClassRO; c <= ClassIBX; c++ {
		all = append(all, c)
	}
	return all
}

// ParseClass reads a class as it is written (RO, RO*, …), in any case.
func ParseClass(s string) (Class, error) {
	for c := ClassRO; c <= ClassIBX; c++ {
		if strings.EqualFold(s, classNames[c]) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("no class %q: one of %s", s, strings.Join(classNames[1:], ", "))
}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// Reads reports whether a request of this class leaves the cluster as it was, but for what a first use makes.
func (c Class) Reads() bool { return c == ClassRO || c == ClassROX }

// ClassOfKey returns the class of an API whose dangerous fields are left safe. A key that is not known is taken
// for the worst.
func ClassOfKey(key int16) Class {
	if a, known := APIByKey(key); known {
		return a.Class
	}
	return ClassIBX
}

// Classify returns the class of a request as it is filled in and, where a field raises it above the class of
// its API, which field does and what it would do. An API of class RO* whose dangerous fields are all safe is RO;
// one whose first use makes something stays RO*. The version counts: Metadata before v4 has no way to say that
// a missing topic must not be created.
func Classify(req Request) (c Class, why string) {
	a, known := APIByKey(req.Key())
	if !known {
		return ClassIBX, "an API that isn't known may do anything"
	}
	if a.raise == nil {
		return a.Class, ""
	}
	m, ok := req.(*defs.Message)
	if !ok {
		var err error
		if m, err = defs.Decode(a.API, false, req.GetVersion(), req.AppendTo(nil)); err != nil {
			return ClassIBX, "its fields can't be told: " + err.Error()
		}
	}
	if c, why = a.raise(m); c != 0 {
		return c, why
	}
	return a.Class, ""
}

func raiseMetadata(m *defs.Message) (Class, string) {
	if !namesTopic(m) {
		return ClassRO, ""
	}
	if m.Version < 4 {
		return ClassADM, fmt.Sprintf("Metadata v%d can't forbid that a topic it names is created", m.Version)
	}
	if create, _ := m.Root.Get("allowAutoTopicCreation"); create == true {
		return ClassADM, "allowAutoTopicCreation creates the topics it names"
	}
	return ClassRO, ""
}

// namesTopic reports whether a Metadata request asks for a topic by name, which is what auto-creation needs. From v10 on
// a topic may be asked for by its id.
func namesTopic(m *defs.Message) bool {
	return slices.ContainsFunc(structs(m.Root, "topics"), func(t *defs.Struct) bool {
		name, _ := t.Get("name")
		return name != nil
	})
}

func raiseFetch(m *defs.Message) (Class, string) {
	replica := number(m.Root, "replicaId", -1)
	if state, _ := m.Root.Get("replicaState"); state != nil { // from v15 on
		replica = number(state.(*defs.Struct), "replicaId", -1)
	}
	if replica >= 0 {
		return ClassIB, "a replica id poses as that follower: the leader moves its view of it (ISR, high watermark)"
	}
	if number(m.Root, "sessionEpoch", -1) != -1 {
		return ClassCONN, "a session epoch other than -1 takes a fetch session in the broker's cache"
	}
	return ClassRO, ""
}

func raiseStopReplica(m *defs.Message) (Class, string) {
	if on, _ := m.Root.Get("deletePartitions"); on == true || strings.Contains(string(m.AppendJSON(nil)), `"deletePartition":true`) {
		return ClassIBX, "deletePartition(s) deletes the replicas with their records"
	}
	return 0, ""
}

func raiseAddPartitionsToTxn(m *defs.Message) (Class, string) {
	if m.Version >= 4 {
		return ClassIB, "from v4 on only brokers send it"
	}
	return 0, ""
}

func raiseElectLeaders(m *defs.Message) (Class, string) {
	if number(m.Root, "electionType", 0) != 0 {
		return ClassADMX, "an unclean election loses what only the old leader had"
	}
	return 0, ""
}

func raiseUpdateFeatures(m *defs.Message) (Class, string) {
	for _, u := range structs(m.Root, "featureUpdates") {
		if allowed, _ := u.Get("allowDowngrade"); allowed == true || number(u, "upgradeType", 1) > 1 {
			return ClassADMX, "a downgrade of a feature can't always be undone"
		}
	}
	return 0, ""
}

// number is the value of a field at the top of a struct, or absent where the version doesn't carry it.
func number(s *defs.Struct, name string, absent int64) int64 {
	if v, _ := s.Get(name); v != nil {
		return v.(int64)
	}
	return absent
}

// structs are the elements of a list at the top of a struct.
func structs(s *defs.Struct, name string) []*defs.Struct {
	v, _ := s.Get(name)
	list, _ := v.([]any)
	all := make([]*defs.Struct, len(list))
	for i := range list {
		all[i] = list[i].(*defs.Struct)
	}
	return all
}

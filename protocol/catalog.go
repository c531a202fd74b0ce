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
	Help    string   // one line
	Forward bool     // a broker hands it to the active controller, so that asking many brokers compares nothing
}

// FlexibleFrom is the first version with compact encodings and tagged fields, or -1.
func (a *API) FlexibleFrom() int16 {
	if r := a.Request.Flexible; r.From <= r.To {
		return r.From
	}
	return -1
}

// Served says where the API is answered: broker, controller, or in ZooKeeper mode alone.
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
		if a := named(name); a != nil {
			return a, -1, nil
		}
		at := strings.LastIndexAny(name, "vV")
		if at <= 0 || !isNumber(name[at+1:]) {
			return nil, 0, unknownAPI(word)
		}
		name, digits = name[:at], name[at+1:]
	}
	a := named(name)
	if a == nil {
		return nil, 0, unknownAPI(name)
	}
	v, err := strconv.ParseInt(strings.TrimLeft(digits, "vV"), 10, 16)
	if err != nil || v < 0 {
		return nil, 0, fmt.Errorf("%s: %q is no version: write %s@%d", word, digits, a.Name, a.Versions.To)
	}
	return a, int16(v), nil
}

func named(word string) *API {
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

// apis is the catalog: what Kafka's definitions say of each API, its class, and what is written by hand in entries.
var apis = func() []API {
	all := make([]API, len(defs.APIs()))
	for i := range all {
		definition := defs.Lookup(int16(i))
		e := entries[int16(i)]
		all[i] = API{API: definition, Class: ClassOfKey(int16(i)), Aliases: e.aliases, Help: e.help, Forward: e.forward}
	}
	return all
}()

type entry struct {
	help    string
	forward bool
	aliases []string
}

func old(names ...string) []string { return names }

// entries is what the definitions don't say. What is forwarded: RequestHandlers of brokers in KRaft mode
// (KafkaApis.handle, forwardToController).
var entries = map[int16]entry{
	0:  {help: "append records to partitions that the broker leads"},
	1:  {help: "read records from partitions"},
	2:  {help: "offsets of partitions by time: earliest, latest, or at a timestamp; replicaId=-2 asks any replica", aliases: old("ListOffset", "Offsets")},
	3:  {help: "what the broker believes of brokers, topics, leaders and ISRs", aliases: old("TopicMetadata")},
	4:  {help: "a ZooKeeper-mode controller tells a broker which replicas lead and follow"},
	5:  {help: "a ZooKeeper-mode controller tells a broker to stop replicas, or delete them"},
	6:  {help: "a ZooKeeper-mode controller overwrites a broker's metadata"},
	7:  {help: "a broker that shuts down asks for its leaders to be moved off"},
	8:  {help: "store committed offsets of a group"},
	9:  {help: "committed offsets of groups; answered by the group's coordinator"},
	10: {help: "which broker coordinates a group, transaction or share partition", aliases: old("GroupCoordinator", "ConsumerMetadata")},
	11: {help: "join a classic consumer group: causes a rebalance"},
	12: {help: "keep a member of a classic group alive"},
	13: {help: "remove members from a classic group"},
	14: {help: "hand out or fetch a classic group's assignments"},
	15: {help: "state and members of classic groups; answered by their coordinator", aliases: old("DescribeGroup")},
	16: {help: "the groups that this broker coordinates", aliases: old("ListGroup")},
	17: {help: "name a SASL mechanism"},
	18: {help: "which APIs the node serves in which versions, its features, and the offset of its metadata"},
	19: {help: "create topics", forward: true},
	20: {help: "delete topics with all their records", forward: true},
	21: {help: "delete the records below an offset"},
	22: {help: "take a producer id; with a transactional id, fence its producer and abort what it has open", aliases: old("InitProducerID")},
	23: {help: "the end offset of a leader epoch: tells whose epoch is older", aliases: old("OffsetsForLeaderEpoch")},
	24: {help: "add partitions to a transaction"},
	25: {help: "add a group's offsets to a transaction"},
	26: {help: "commit or abort a transaction"},
	27: {help: "write commit or abort markers from outside of the transaction"},
	28: {help: "store committed offsets within a transaction"},
	29: {help: "ACLs that match a filter"},
	30: {help: "create ACLs", forward: true},
	31: {help: "delete every ACL that matches a filter", forward: true},
	32: {help: "configurations of topics, brokers, loggers, groups, client metrics; those of a broker only by that broker"},
	33: {help: "replace configurations whole: what isn't listed is reset", forward: true},
	34: {help: "move replicas between the log dirs of this broker"},
	35: {help: "log dirs of this broker: sizes, offline dirs, replicas and their lag"},
	36: {help: "one message of a SASL exchange"},
	37: {help: "raise the number of partitions of topics", forward: true},
	38: {help: "create a delegation token", forward: true},
	39: {help: "prolong a delegation token", forward: true},
	40: {help: "shorten or end a delegation token", forward: true},
	41: {help: "delegation tokens of owners"},
	42: {help: "delete groups with their offsets"},
	43: {help: "elect leaders: the preferred replica, or an unclean one", forward: true},
	44: {help: "set, delete, append to or subtract from configurations", forward: true},
	45: {help: "move partitions to other replicas, or cancel that", forward: true, aliases: old("AlterPartitionAssignments")},
	46: {help: "the reassignments under way", forward: true},
	47: {help: "delete committed offsets of a group"},
	48: {help: "client quotas that match a filter"},
	49: {help: "set or remove client quotas", forward: true},
	50: {help: "which users have SCRAM credentials, with how many iterations"},
	51: {help: "set or delete SCRAM credentials", forward: true},
	52: {help: "the quorum's election: ask for a vote"},
	53: {help: "the quorum's leader announces its epoch"},
	54: {help: "the quorum's leader resigns"},
	55: {help: "the quorum's leader, voters and observers, with their log ends and last fetches", forward: true},
	56: {help: "a leader asks the controller to change an ISR", aliases: old("AlterIsr")},
	57: {help: "raise or lower finalized feature levels", forward: true},
	58: {help: "carry another principal's request to the controller"},
	59: {help: "read a snapshot of the metadata log"},
	60: {help: "cluster id and brokers; endpointType=controllers on a controller lists those, with the leader it believes in"},
	61: {help: "producers with recent or open state in partitions that the broker leads"},
	62: {help: "a broker registers with the controller"},
	63: {help: "a broker's sign of life to the controller: can fence it, or start its shutdown"},
	64: {help: "remove a broker's registration", forward: true},
	65: {help: "state of transactions; answered by their coordinator"},
	66: {help: "the transactions that this broker coordinates"},
	67: {help: "a broker takes a block of producer ids"},
	68: {help: "join, leave or keep up membership of a consumer group of the new protocol"},
	69: {help: "state and members of consumer groups of the new protocol"},
	70: {help: "a controller registers with the active one"},
	71: {help: "which client metrics the broker wants; makes a client instance there"},
	72: {help: "push client metrics to the broker"},
	73: {help: "a broker tells the controller in which log dirs its replicas are"},
	74: {help: "names of configurable resources: client metrics, groups, and others", aliases: old("ListClientMetricsResources")},
	75: {help: "topics and partitions in pages, with the eligible leader replicas"},
	76: {help: "join, leave or keep up membership of a share group"},
	77: {help: "state and members of share groups"},
	78: {help: "read and lock records of a share group"},
	79: {help: "acknowledge records of a share group"},
	80: {help: "add a voter to the quorum", forward: true},
	81: {help: "remove a voter from the quorum", forward: true},
	82: {help: "a voter tells the quorum's leader its endpoints and versions"},
	83: {help: "a share coordinator's state: initialize"},
	84: {help: "a share coordinator's state: read, which also writes the leader epoch"},
	85: {help: "a share coordinator's state: write"},
	86: {help: "a share coordinator's state: delete"},
	87: {help: "a share coordinator's state: read the summary"},
	88: {help: "join, leave or keep up membership of a Streams group"},
	89: {help: "state and members of Streams groups"},
	90: {help: "start offsets of share groups"},
	91: {help: "move the start offsets of a share group"},
	92: {help: "delete the start offsets of a share group"},
	93: {help: "push the description of a Streams topology"},
	94: {help: "remove a controller's registration", forward: true},
}

// nameOf is Kafka's name of an API, to be shown.
func nameOf(key int16) string {
	if a, known := APIByKey(key); known {
		return a.Name
	}
	return fmt.Sprintf("API %d", key)
}

package protocol

import (
	"fmt"
	"slices"
	"strings"

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
func EffectOf(m *defs.Message) (Effect, error) {
	req, err := Request(m)
	if err != nil {
		return Effect{}, err
	}
	e := Effect{Does: does[m.API.Key]}
	e.Class, e.Why = Classify(req)
	if m.API.Key == 5 {
		if on, _ := m.Root.Get("deletePartitions"); on == true || strings.Contains(string(m.AppendJSON(nil)), `"deletePartition":true`) {
			e.Why = "deletePartition(s) deletes the replicas with their records"
		}
	}
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
	return e, nil
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

// does is what the APIs that change something do.
var does = map[int16]string{
	0:  "appends records",
	4:  "changes which replicas lead and follow on the broker",
	5:  "stops replicas on the broker",
	6:  "overwrites what the broker believes of the cluster",
	7:  "moves every leader off the broker that it names",
	8:  "overwrites committed offsets of the group",
	10: "may create the coordinator's internal topic, at its first use",
	11: "makes a member join the group, which rebalances it",
	12: "keeps the member in its group",
	13: "removes members from the group, which rebalances it",
	14: "sets the assignments of the group",
	17: "begins an authentication on the connection",
	19: "creates topics",
	20: "deletes topics with all their records, for good",
	21: "deletes the records below the offsets that it gives, for good",
	22: "takes a producer id; with a transactional id it fences the live producer and aborts its open transaction",
	24: "adds partitions to a transaction",
	25: "adds a group's offsets to a transaction",
	26: "commits or aborts a transaction",
	27: "writes transaction markers from outside of the transaction: records may become visible, or vanish",
	28: "stores committed offsets within a transaction",
	30: "grants or denies permissions",
	31: "deletes every ACL that its filters match",
	33: "replaces configurations whole: what it doesn't list is reset to the default",
	34: "moves replicas between log dirs of the broker that gets it",
	36: "sends credentials",
	37: "adds partitions for good: keys land on other partitions",
	38: "creates a delegation token",
	39: "prolongs a delegation token",
	40: "shortens or ends a delegation token",
	42: "deletes groups with all their committed offsets, for good",
	43: "changes leaders",
	44: "changes configurations",
	45: "moves replicas between brokers, or cancels such moves",
	47: "deletes committed offsets of the group, for good",
	49: "changes client quotas",
	51: "changes or deletes users' passwords",
	52: "asks for a vote in the quorum: may depose the active controller",
	53: "claims to lead the quorum",
	54: "ends the epoch of the quorum's leader",
	56: "changes ISRs",
	57: "changes finalized feature levels",
	58: "carries a request in another principal's name",
	59: "reads a snapshot of the metadata log",
	62: "registers a broker incarnation: fences the one that runs",
	63: "speaks for a broker: may fence, unfence or shut it down",
	64: "removes a broker's registration",
	67: "uses up a block of producer ids",
	68: "joins, leaves or keeps up membership in the group; a wrong epoch fences the member",
	70: "registers a controller",
	71: "makes a client instance on the broker",
	72: "pushes metrics to the broker's plugin",
	73: "assigns replicas to log dirs",
	76: "joins, leaves or keeps up membership in the share group",
	78: "locks the records that it returns and counts their delivery",
	79: "acknowledges records of the share group",
	80: "adds a voter to the quorum",
	81: "removes a voter from the quorum",
	82: "changes a voter's endpoints and versions",
	83: "overwrites share group state",
	84: "writes the leader epoch into share group state",
	85: "overwrites share group state",
	86: "deletes share group state",
	87: "reads share group state",
	88: "joins, leaves or keeps up membership in the Streams group",
	91: "moves the share group's start offsets",
	92: "deletes the share group's start offsets, for good",
	93: "stores a topology description",
	94: "removes a controller's registration",
}

package protocol

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
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

// ClassOf returns the class of a request as it is filled in; see [Classify].
func ClassOf(req kmsg.Request) Class {
	c, _ := Classify(req)
	return c
}

// ClassOfKey returns the class of an API whose dangerous fields are left safe. A key that is not known is taken
// for the worst.
func ClassOfKey(key int16) Class {
	if key >= 0 && int(key) < len(classOfKey) {
		return classOfKey[key]
	}
	return ClassIBX
}

// Classify returns the class of a request as it is filled in and, where a field raises it above the class of
// its API, which field does and what it would do. An API of class RO* whose dangerous fields are all safe is RO;
// one whose first use makes something stays RO*. The version counts: Metadata before v4 has no way to say that
// a missing topic must not be created.
func Classify(req kmsg.Request) (c Class, why string) {
	c = ClassOfKey(req.Key())
	if e, ok := req.(*exact); ok {
		req = e.Request
	}
	switch r := req.(type) {
	case *kmsg.MetadataRequest:
		if named := namesTopic(r); named && r.Version < 4 {
			return ClassADM, fmt.Sprintf("Metadata v%d can't forbid that a topic it names is created", r.Version)
		} else if named && r.AllowAutoTopicCreation {
			return ClassADM, "allowAutoTopicCreation creates the topics it names"
		}
		return ClassRO, ""
	case *kmsg.FetchRequest:
		if r.ReplicaID >= 0 || r.ReplicaState.ID >= 0 {
			return ClassIB, "a replica id poses as that follower: the leader moves its view of it (ISR, high watermark)"
		}
		if r.Version >= 7 && r.SessionEpoch != -1 {
			return ClassCONN, "a session epoch other than -1 takes a fetch session in the broker's cache"
		}
		return ClassRO, ""
	case *kmsg.AddPartitionsToTxnRequest:
		if r.Version >= 4 {
			return ClassIB, "from v4 on only brokers send it"
		}
	case *kmsg.ElectLeadersRequest:
		if r.ElectionType != 0 {
			return ClassADMX, "an unclean election loses what only the old leader had"
		}
	case *kmsg.UpdateFeaturesRequest:
		for _, u := range r.FeatureUpdates {
			if u.AllowDowngrade || u.UpgradeType == 2 || u.UpgradeType == 3 {
				return ClassADMX, "a downgrade of a feature can't always be undone"
			}
		}
	}
	return c, ""
}

// namesTopic reports whether a Metadata request asks for a topic by name, which is what auto-creation needs.
// Before v10 topics have names only.
func namesTopic(r *kmsg.MetadataRequest) bool {
	for _, t := range r.Topics {
		if t.Topic != nil {
			return true
		}
	}
	return false
}

// classOfKey holds the class of every API. Where a class isn't plain from the API's name the reason is noted.
var classOfKey = [...]Class{
	0:  ClassDATA, // Produce
	1:  ClassROX,  // Fetch: replica id, session epoch
	2:  ClassRO,   // ListOffsets
	3:  ClassROX,  // Metadata: auto-creation
	4:  ClassIB,   // LeaderAndISR
	5:  ClassIBX,  // StopReplica: deletes replicas
	6:  ClassIB,   // UpdateMetadata
	7:  ClassIB,   // ControlledShutdown
	8:  ClassGRP,  // OffsetCommit
	9:  ClassRO,   // OffsetFetch
	10: ClassROX,  // FindCoordinator: its first use makes the coordinator's topic
	11: ClassGRP,  // JoinGroup
	12: ClassGRP,  // Heartbeat
	13: ClassGRP,  // LeaveGroup
	14: ClassGRP,  // SyncGroup
	15: ClassRO,   // DescribeGroups
	16: ClassRO,   // ListGroups
	17: ClassCONN, // SASLHandshake
	18: ClassRO,   // ApiVersions
	19: ClassADM,  // CreateTopics
	20: ClassADMX, // DeleteTopics
	21: ClassADMX, // DeleteRecords
	22: ClassTXN,  // InitProducerID
	23: ClassRO,   // OffsetForLeaderEpoch
	24: ClassTXN,  // AddPartitionsToTxn
	25: ClassTXN,  // AddOffsetsToTxn
	26: ClassTXN,  // EndTxn
	27: ClassIBX,  // WriteTxnMarkers: ends transactions from outside
	28: ClassGRP,  // TxnOffsetCommit
	29: ClassRO,   // DescribeACLs
	30: ClassADM,  // CreateACLs
	31: ClassADMX, // DeleteACLs: by filter
	32: ClassRO,   // DescribeConfigs
	33: ClassADMX, // AlterConfigs: resets every config that it doesn't list
	34: ClassADM,  // AlterReplicaLogDirs
	35: ClassRO,   // DescribeLogDirs
	36: ClassCONN, // SASLAuthenticate
	37: ClassADM,  // CreatePartitions
	38: ClassADM,  // CreateDelegationToken
	39: ClassADM,  // RenewDelegationToken
	40: ClassADM,  // ExpireDelegationToken
	41: ClassRO,   // DescribeDelegationToken
	42: ClassADMX, // DeleteGroups
	43: ClassADM,  // ElectLeaders
	44: ClassADM,  // IncrementalAlterConfigs
	45: ClassADM,  // AlterPartitionAssignments
	46: ClassRO,   // ListPartitionReassignments
	47: ClassGRP,  // OffsetDelete
	48: ClassRO,   // DescribeClientQuotas
	49: ClassADM,  // AlterClientQuotas
	50: ClassRO,   // DescribeUserSCRAMCredentials
	51: ClassADM,  // AlterUserSCRAMCredentials
	52: ClassIBX,  // Vote
	53: ClassIBX,  // BeginQuorumEpoch
	54: ClassIBX,  // EndQuorumEpoch
	55: ClassRO,   // DescribeQuorum
	56: ClassIB,   // AlterPartition
	57: ClassADM,  // UpdateFeatures
	58: ClassIBX,  // Envelope: carries another principal's request
	59: ClassIBR,  // FetchSnapshot
	60: ClassRO,   // DescribeCluster
	61: ClassRO,   // DescribeProducers
	62: ClassIBX,  // BrokerRegistration
	63: ClassIB,   // BrokerHeartbeat
	64: ClassADMX, // UnregisterBroker
	65: ClassRO,   // DescribeTransactions
	66: ClassRO,   // ListTransactions
	67: ClassIB,   // AllocateProducerIDs
	68: ClassGRP,  // ConsumerGroupHeartbeat
	69: ClassRO,   // ConsumerGroupDescribe
	70: ClassIB,   // ControllerRegistration
	71: ClassROX,  // GetTelemetrySubscriptions: makes a client instance on the broker
	72: ClassDATA, // PushTelemetry
	73: ClassIB,   // AssignReplicasToDirs
	74: ClassRO,   // ListConfigResources
	75: ClassRO,   // DescribeTopicPartitions
	76: ClassGRP,  // ShareGroupHeartbeat
	77: ClassRO,   // ShareGroupDescribe
	78: ClassGRP,  // ShareFetch: locks the records it returns
	79: ClassGRP,  // ShareAcknowledge
	80: ClassADMX, // AddRaftVoter
	81: ClassADMX, // RemoveRaftVoter
	82: ClassIBX,  // UpdateRaftVoter
	83: ClassIB,   // InitializeShareGroupState
	84: ClassIB,   // ReadShareGroupState: a read that writes the leader epoch (ShareCoordinatorShard.readState)
	85: ClassIB,   // WriteShareGroupState
	86: ClassIBX,  // DeleteShareGroupState
	87: ClassIBR,  // ReadShareGroupStateSummary
	88: ClassGRP,  // StreamsGroupHeartbeat
	89: ClassRO,   // StreamsGroupDescribe
	90: ClassRO,   // DescribeShareGroupOffsets
	91: ClassADM,  // AlterShareGroupOffsets
	92: ClassADMX, // DeleteShareGroupOffsets
	93: ClassGRP,  // StreamsGroupTopologyDescriptionUpdate
	94: ClassADMX, // UnregisterController
}

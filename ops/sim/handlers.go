package sim

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// versionRange is what a listener serves of one API.
type versionRange struct{ min, max int16 }

// handler answers a request. A nil response without an error is no answer at all (Produce with acks=0); an error closes the
// connection.
type handler func(c *Cluster, s *session, r request) (kmsg.Response, error)

// modelHandler answers from the model alone, while it is locked and up to date.
type modelHandler func(m *model, a askedNode, req kmsg.Request) (kmsg.Response, error)

// askedNode is the node that received a request: broker is nil on a controller.
type askedNode struct {
	c      *Cluster
	id     int32
	broker *broker
}

// brokerHandlers are the requests that a broker answers from the model. The requests in forwarded go to kfake.
var brokerHandlers = map[int16]handler{
	int16(kmsg.Produce):                    handleProduce,
	int16(kmsg.Fetch):                      handleFetch,
	int16(kmsg.ListOffsets):                handleListOffsets,
	int16(kmsg.OffsetForLeaderEpoch):       handleLeaderOnly,
	int16(kmsg.DeleteRecords):              handleLeaderOnly,
	int16(kmsg.DescribeProducers):          handleDescribeProducers,
	int16(kmsg.WriteTxnMarkers):            handleWriteTxnMarkers,
	int16(kmsg.Metadata):                   ofModel(handleMetadata),
	int16(kmsg.ApiVersions):                ofModel(handleApiVersions),
	int16(kmsg.FindCoordinator):            ofModel(handleFindCoordinator),
	int16(kmsg.CreateTopics):               ofModel(handleCreateTopics),
	int16(kmsg.DeleteTopics):               ofModel(handleDeleteTopics),
	int16(kmsg.CreatePartitions):           ofModel(handleCreatePartitions),
	int16(kmsg.DescribeConfigs):            ofModel(handleDescribeConfigs),
	int16(kmsg.AlterConfigs):               ofModel(handleAlterConfigs),
	int16(kmsg.IncrementalAlterConfigs):    ofModel(handleIncrementalAlterConfigs),
	int16(kmsg.DescribeLogDirs):            ofModel(handleDescribeLogDirs),
	int16(kmsg.ElectLeaders):               ofModel(handleElectLeaders),
	int16(kmsg.AlterPartitionAssignments):  ofModel(handleAlterPartitionReassignments),
	int16(kmsg.ListPartitionReassignments): ofModel(handleListPartitionReassignments),
	int16(kmsg.DescribeQuorum):             ofModel(handleDescribeQuorum),
	int16(kmsg.DescribeCluster):            ofModel(handleDescribeCluster),
	int16(kmsg.UnregisterBroker):           ofModel(handleUnregisterBroker),
	int16(kmsg.DescribeTopicPartitions):    ofModel(handleDescribeTopicPartitions),
	int16(kmsg.AlterClientQuotas):          handleAlterClientQuotas,
}

// ownVersions are the versions of APIs that kfake doesn't know, and of APIs that are served in fewer versions than kfake
// knows: newer ones carry topic ids, which would have to be the model's (8, 9), or name the cluster and node that the client
// expects (18).
var ownVersions = map[int16]versionRange{
	int16(kmsg.OffsetCommit):       {0, 9},
	int16(kmsg.OffsetFetch):        {0, 9},
	int16(kmsg.ApiVersions):        {0, 4},
	int16(kmsg.AddPartitionsToTxn): {0, 3},
	int16(kmsg.DescribeQuorum):     {0, 2},
	int16(kmsg.UnregisterBroker):   {0, 0},
}

// forwarded are the requests that kfake answers for real clients' groups and transactions. kfake serves more (SASL, ACLs, members
// of share groups, requests between brokers, …), which isn't offered, because the model knows nothing of it.
var forwarded = map[int16]bool{
	int16(kmsg.OffsetCommit):                 true,
	int16(kmsg.OffsetFetch):                  true,
	int16(kmsg.JoinGroup):                    true,
	int16(kmsg.Heartbeat):                    true,
	int16(kmsg.LeaveGroup):                   true,
	int16(kmsg.SyncGroup):                    true,
	int16(kmsg.DescribeGroups):               true,
	int16(kmsg.ConsumerGroupDescribe):        true,
	int16(kmsg.ShareGroupDescribe):           true,
	int16(kmsg.DescribeShareGroupOffsets):    true,
	int16(kmsg.ListGroups):                   true,
	int16(kmsg.InitProducerID):               true,
	int16(kmsg.AddPartitionsToTxn):           true,
	int16(kmsg.AddOffsetsToTxn):              true,
	int16(kmsg.EndTxn):                       true,
	int16(kmsg.TxnOffsetCommit):              true,
	int16(kmsg.DeleteGroups):                 true,
	int16(kmsg.OffsetDelete):                 true,
	int16(kmsg.DescribeClientQuotas):         true,
	int16(kmsg.DescribeUserSCRAMCredentials): true,
	int16(kmsg.AlterUserSCRAMCredentials):    true,
	int16(kmsg.DescribeTransactions):         true,
	int16(kmsg.ListTransactions):             true,
}

// controllerHandlers are what a controller's own listener serves.
var controllerHandlers = map[int16]handler{
	int16(kmsg.ApiVersions):                ofModel(handleApiVersions),
	int16(kmsg.DescribeCluster):            ofModel(handleDescribeCluster),
	int16(kmsg.DescribeQuorum):             ofModel(handleDescribeQuorum),
	int16(kmsg.DescribeConfigs):            ofModel(handleDescribeConfigs),
	int16(kmsg.IncrementalAlterConfigs):    ofModel(handleIncrementalAlterConfigs),
	int16(kmsg.ElectLeaders):               ofModel(handleElectLeaders),
	int16(kmsg.AlterPartitionAssignments):  ofModel(handleAlterPartitionReassignments),
	int16(kmsg.ListPartitionReassignments): ofModel(handleListPartitionReassignments),
	int16(kmsg.UnregisterBroker):           ofModel(handleUnregisterBroker),
}

// mutating are the requests that [Cluster.Mutations] keeps: those that change the cluster, except requests that produce
// records or belong to the protocol of a group or a transaction. See also isOperatorsCommit.
var mutating = map[int16]bool{
	int16(kmsg.CreateTopics):              true,
	int16(kmsg.DeleteTopics):              true,
	int16(kmsg.DeleteRecords):             true,
	int16(kmsg.AlterConfigs):              true,
	int16(kmsg.CreatePartitions):          true,
	int16(kmsg.DeleteGroups):              true,
	int16(kmsg.ElectLeaders):              true,
	int16(kmsg.IncrementalAlterConfigs):   true,
	int16(kmsg.AlterPartitionAssignments): true,
	int16(kmsg.OffsetDelete):              true,
	int16(kmsg.WriteTxnMarkers):           true,
	int16(kmsg.AlterClientQuotas):         true,
	int16(kmsg.AlterUserSCRAMCredentials): true,
	int16(kmsg.UnregisterBroker):          true,
}

// isOperatorsCommit tells whether a request commits offsets for a group without being one of its members, as tools do that reset it.
func isOperatorsCommit(r request) bool {
	commit, is := r.body.(*kmsg.OffsetCommitRequest)
	return is && commit.MemberID == "" && commit.Generation < 0
}

// ofModel makes a handler of one that only needs the model.
func ofModel(h modelHandler) handler {
	return func(c *Cluster, s *session, r request) (kmsg.Response, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.catchUp()
		return h(c.model, askedNode{c, s.n.id, c.model.broker(s.n.id)}, r.body)
	}
}

// handle answers a request on behalf of a node.
func (c *Cluster) handle(s *session, r request) (kmsg.Response, error) {
	if mutating[r.key] || isOperatorsCommit(r) {
		c.recordMutation(s.n.id, r)
	}
	handlers := brokerHandlers
	if s.n.controller {
		handlers = controllerHandlers
	}
	if h := handlers[r.key]; h != nil {
		return h(c, s, r)
	}
	return handleCoordinated(c, s, r)
}

// notController reports whether a request that only the active controller carries out came to another controller. Brokers
// forward it.
func (m *model) notController(a askedNode) bool { return a.broker == nil && m.quorum.leader != a.id }

// apiError is an error in Kafka's sense, with its message.
type apiError struct {
	code    int16
	message *string
}

func failure(e *kerr.Error, message string) apiError { return apiError{e.Code, &message} }

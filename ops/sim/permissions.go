package sim

import "github.com/twmb/franz-go/pkg/kmsg"

// permissions are the operations that are denied to every client, bit by bit as in KIP-430.
type permissions struct {
	onCluster, onTopics int32
}

// The operations that there are (AclEntry.supportedOperations).
const (
	clusterOperations = 1<<kmsg.ACLOperationCreate | 1<<kmsg.ACLOperationClusterAction | 1<<kmsg.ACLOperationDescribeConfigs | 1<<kmsg.ACLOperationAlterConfigs |
		1<<kmsg.ACLOperationIdempotentWrite | 1<<kmsg.ACLOperationDescribe | 1<<kmsg.ACLOperationAlter
	topicOperations = 1<<kmsg.ACLOperationRead | 1<<kmsg.ACLOperationWrite | 1<<kmsg.ACLOperationCreate | 1<<kmsg.ACLOperationDelete |
		1<<kmsg.ACLOperationAlter | 1<<kmsg.ACLOperationDescribe | 1<<kmsg.ACLOperationDescribeConfigs | 1<<kmsg.ACLOperationAlterConfigs
)

// Deny takes an operation on the cluster, or on all topics, away from every client, in what DescribeCluster and Metadata tell of the
// authorized operations, until allow is called. Requests that need it are answered all the same.
func (c *Cluster) Deny(operation kmsg.ACLOperation, onTopics bool) (allow func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	on := &c.model.denied.onCluster
	if onTopics {
		on = &c.model.denied.onTopics
	}
	*on |= 1 << operation
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		*on &^= 1 << operation
	}
}

// ofCluster is what a client that asks is told. One that may not describe the cluster is told nothing (KafkaApis.handleDescribeCluster).
func (p permissions) ofCluster() int32 {
	if p.onCluster&(1<<kmsg.ACLOperationDescribe) != 0 {
		return 0
	}
	return clusterOperations &^ p.onCluster
}

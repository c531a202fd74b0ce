package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

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

// DenyGroups takes the groups of these names away from every client, until allow is called: requests about them are refused with
// GROUP_AUTHORIZATION_FAILED. ListGroups names them all the same to clients that may describe the cluster, as a broker does.
func (c *Cluster) DenyGroups(names ...string) (allow func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.model.groups.denied = append(c.model.groups.denied, names...)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.model.groups.denied = slices.DeleteFunc(c.model.groups.denied, func(name string) bool { return slices.Contains(names, name) })
	}
}

// denies reports whether no client may see the group.
func (gs *groups) denies(name string) bool { return slices.Contains(gs.denied, name) }

// ofCluster is what a client that asks is told. One that may not describe the cluster is told nothing (KafkaApis.handleDescribeCluster).
func (p permissions) ofCluster() int32 {
	if !p.describesCluster() {
		return 0
	}
	return clusterOperations &^ p.onCluster
}

func (p permissions) describesCluster() bool { return p.onCluster&(1<<kmsg.ACLOperationDescribe) == 0 }

package sim

import (
	"reflect"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// coordinator is the broker that coordinates a group or transaction. The key's hash chooses a partition of the internal
// topic, whose leader coordinates; without that topic it chooses one of the live brokers. It is -1 if there is none.
func (m *model) coordinator(internal, key string) int32 {
	h := javaHash(key)
	if t := m.byName[internal]; t != nil {
		leader := t.parts[int(h)%len(t.parts)].leader
		if leader >= 0 && !m.alive(leader) {
			return -1
		}
		return leader
	}
	var alive []int32
	for _, b := range m.brokers {
		if !b.fenced {
			alive = append(alive, b.id)
		}
	}
	if len(alive) == 0 {
		return -1
	}
	return alive[int(h)%len(alive)]
}

// javaHash is Utils.abs(key.hashCode()), by which Kafka finds a key's partition.
func javaHash(key string) int32 {
	var h int32
	for _, r := range key {
		if r > 0xffff { // a surrogate pair in Java
			r -= 0x10000
			h = 31*h + (0xd800 + r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + r
	}
	return h & 0x7fffffff
}

const (
	offsetsTopic      = "__consumer_offsets"
	transactionsTopic = "__transaction_state"
)

func handleFindCoordinator(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.FindCoordinatorRequest)
	resp := req.ResponseKind().(*kmsg.FindCoordinatorResponse)
	keys := req.CoordinatorKeys
	if req.Version <= 3 {
		keys = []string{req.CoordinatorKey}
	}
	for _, key := range keys {
		rc := kmsg.NewFindCoordinatorResponseCoordinator()
		rc.Key, rc.NodeID, rc.Port = key, -1, -1
		var id int32
		switch req.CoordinatorType {
		case 0:
			id = m.coordinator(offsetsTopic, key)
		case 1:
			id = m.coordinator(transactionsTopic, key)
		default:
			rc.ErrorCode = kerr.InvalidRequest.Code
			resp.Coordinators = append(resp.Coordinators, rc)
			continue
		}
		if b := m.broker(id); b != nil {
			rc.NodeID, rc.Host, rc.Port = b.id, b.host, b.port
		} else {
			rc.ErrorCode = kerr.CoordinatorNotAvailable.Code
		}
		resp.Coordinators = append(resp.Coordinators, rc)
	}
	if req.Version <= 3 {
		only := resp.Coordinators[0]
		resp.ErrorCode, resp.NodeID, resp.Host, resp.Port = only.ErrorCode, only.NodeID, only.Host, only.Port
	}
	return resp, nil
}

// handleForwarded forwards a request to kfake if the broker that received it is the one that must answer it.
func handleForwarded(c *Cluster, s *session, r request) (kmsg.Response, error) {
	refusal, err := c.misdirected(s.n.id, r.body)
	if refusal != nil || err != nil {
		return refusal, err
	}
	resp, err := s.forward(r.body, r.clientID)
	if err != nil {
		return nil, err
	}
	if list, ok := resp.(*kmsg.ListGroupsResponse); ok { // every broker lists what it coordinates
		c.mu.Lock()
		defer c.mu.Unlock()
		list.Groups = slices.DeleteFunc(list.Groups, func(g kmsg.ListGroupsResponseGroup) bool {
			return c.model.coordinator(offsetsTopic, g.Group) != s.n.id
		})
	}
	if list, ok := resp.(*kmsg.ListTransactionsResponse); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		list.TransactionStates = slices.DeleteFunc(list.TransactionStates, func(t kmsg.ListTransactionsResponseTransactionState) bool {
			return c.model.coordinator(transactionsTopic, t.TransactionalID) != s.n.id
		})
	}
	return resp, nil
}

// misdirected returns the refusal of a broker that doesn't coordinate all groups or transactional ids of the request, or nil
// if it does. It also creates in kfake the topics for which offsets are committed.
func (c *Cluster) misdirected(id int32, req kmsg.Request) (kmsg.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	switch req.(type) {
	case *kmsg.AddPartitionsToTxnRequest, *kmsg.OffsetCommitRequest, *kmsg.TxnOffsetCommitRequest:
		topics := topicsOf(req)
		for i := range topics.Len() {
			if t := c.model.byName[topics.Index(i).FieldByName("Topic").String()]; t != nil {
				if _, err := c.backend.topic(t); err != nil {
					return nil, err
				}
			}
		}
	}
	internal, keys := coordinated(req)
	if slices.ContainsFunc(keys, func(key string) bool { return c.model.coordinator(internal, key) != id }) {
		return notCoordinator(req, keys), nil
	}
	return nil, nil
}

// coordinated returns the groups or transactional ids of a request that goes to their coordinator, and the internal topic
// that decides which broker that is. There are none in other requests.
func coordinated(req kmsg.Request) (internal string, keys []string) {
	switch req := req.(type) {
	case *kmsg.JoinGroupRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.HeartbeatRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.LeaveGroupRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.SyncGroupRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.OffsetDeleteRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.OffsetCommitRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.TxnOffsetCommitRequest:
		return offsetsTopic, []string{req.Group}
	case *kmsg.OffsetFetchRequest:
		if req.Version < 8 {
			return offsetsTopic, []string{req.Group}
		}
		for _, g := range req.Groups {
			keys = append(keys, g.Group)
		}
		return offsetsTopic, keys
	case *kmsg.DescribeGroupsRequest:
		return offsetsTopic, req.Groups
	case *kmsg.DeleteGroupsRequest:
		return offsetsTopic, req.Groups
	case *kmsg.InitProducerIDRequest:
		if req.TransactionalID != nil {
			keys = []string{*req.TransactionalID}
		}
		return transactionsTopic, keys
	case *kmsg.AddOffsetsToTxnRequest:
		return transactionsTopic, []string{req.TransactionalID}
	case *kmsg.AddPartitionsToTxnRequest:
		return transactionsTopic, []string{req.TransactionalID}
	case *kmsg.EndTxnRequest:
		return transactionsTopic, []string{req.TransactionalID}
	case *kmsg.DescribeTransactionsRequest:
		return transactionsTopic, req.TransactionalIDs
	}
	return "", nil
}

// notCoordinator refuses a request in each place where its answer may carry an error: for each of its keys, for each of its
// partitions, or for the whole.
func notCoordinator(req kmsg.Request, keys []string) kmsg.Response {
	e := kerr.NotCoordinator
	switch req.(type) {
	case *kmsg.AddPartitionsToTxnRequest, *kmsg.OffsetCommitRequest, *kmsg.TxnOffsetCommitRequest:
		_, refusal := split(req, func(topicPartition) (*partition, *kerr.Error) { return nil, e })
		return refusal
	}
	resp := req.ResponseKind()
	v := reflect.ValueOf(resp).Elem()
	if code := v.FieldByName("ErrorCode"); code.IsValid() {
		code.SetInt(int64(e.Code))
	}
	for list, name := range map[string]string{"Groups": "Group", "TransactionStates": "TransactionalID"} {
		if list := v.FieldByName(list); list.IsValid() {
			for _, key := range keys {
				entry := newElement(list)
				entry.FieldByName(name).SetString(key)
				entry.FieldByName("ErrorCode").SetInt(int64(e.Code))
				list.Set(reflect.Append(list, entry))
			}
		}
	}
	return resp
}

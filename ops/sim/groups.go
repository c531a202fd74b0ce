package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// coordinator is the broker that coordinates a group or transaction: the leader of the partition of the internal topic that
// the key hashes to or, while that topic isn't there, one of the brokers that are alive. It is -1 if there is none.
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

func handleFindCoordinator(m *model, a asked, kreq kmsg.Request) (kmsg.Response, error) {
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

// handleForwarded has kfake answer, once the asked broker is known to be the one to ask.
func handleForwarded(c *Cluster, s *session, r request) (kmsg.Response, error) {
	refusal, err := c.misdirected(s.n.id, r.body)
	if refusal != nil || err != nil {
		return refusal, err
	}
	resp, err := s.ask(r.body, r.clientID)
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

// misdirected returns the answer of a broker that coordinates none, or not all, of what the request names, or nil if the
// request may go on. It also has kfake know the topics that commits name.
func (c *Cluster) misdirected(id int32, kreq kmsg.Request) (kmsg.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	code := kerr.NotCoordinator.Code
	elsewhere := func(group string) bool { return c.model.coordinator(offsetsTopic, group) != id }
	otherTxn := func(txn string) bool { return c.model.coordinator(transactionsTopic, txn) != id }
	know := func(topic string) error {
		if t := c.model.byName[topic]; t != nil {
			_, err := c.backend.topic(t)
			return err
		}
		return nil
	}
	switch req := kreq.(type) {
	case *kmsg.JoinGroupRequest:
		if elsewhere(req.Group) {
			resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.HeartbeatRequest:
		if elsewhere(req.Group) {
			resp := req.ResponseKind().(*kmsg.HeartbeatResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.LeaveGroupRequest:
		if elsewhere(req.Group) {
			resp := req.ResponseKind().(*kmsg.LeaveGroupResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.SyncGroupRequest:
		if elsewhere(req.Group) {
			resp := req.ResponseKind().(*kmsg.SyncGroupResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.OffsetDeleteRequest:
		if elsewhere(req.Group) {
			resp := req.ResponseKind().(*kmsg.OffsetDeleteResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.InitProducerIDRequest:
		if req.TransactionalID != nil && otherTxn(*req.TransactionalID) {
			resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.AddOffsetsToTxnRequest:
		if otherTxn(req.TransactionalID) {
			resp := req.ResponseKind().(*kmsg.AddOffsetsToTxnResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.EndTxnRequest:
		if otherTxn(req.TransactionalID) {
			resp := req.ResponseKind().(*kmsg.EndTxnResponse)
			resp.ErrorCode = code
			return resp, nil
		}
	case *kmsg.AddPartitionsToTxnRequest:
		for _, t := range req.Topics {
			if err := know(t.Topic); err != nil {
				return nil, err
			}
		}
		if otherTxn(req.TransactionalID) {
			return addPartitionsRefusal(req, code), nil
		}
	case *kmsg.OffsetCommitRequest:
		for _, t := range req.Topics {
			if err := know(t.Topic); err != nil {
				return nil, err
			}
		}
		if elsewhere(req.Group) {
			return commitRefusal(req, code), nil
		}
	case *kmsg.TxnOffsetCommitRequest:
		for _, t := range req.Topics {
			if err := know(t.Topic); err != nil {
				return nil, err
			}
		}
		if elsewhere(req.Group) {
			return txnCommitRefusal(req, code), nil
		}
	case *kmsg.OffsetFetchRequest:
		return offsetFetchRefusal(req, code, elsewhere), nil
	case *kmsg.DescribeGroupsRequest:
		if slices.ContainsFunc(req.Groups, elsewhere) {
			resp := req.ResponseKind().(*kmsg.DescribeGroupsResponse)
			for _, g := range req.Groups {
				rg := kmsg.NewDescribeGroupsResponseGroup()
				rg.Group, rg.ErrorCode = g, code
				resp.Groups = append(resp.Groups, rg)
			}
			return resp, nil
		}
	case *kmsg.DeleteGroupsRequest:
		if slices.ContainsFunc(req.Groups, elsewhere) {
			resp := req.ResponseKind().(*kmsg.DeleteGroupsResponse)
			for _, g := range req.Groups {
				rg := kmsg.NewDeleteGroupsResponseGroup()
				rg.Group, rg.ErrorCode = g, code
				resp.Groups = append(resp.Groups, rg)
			}
			return resp, nil
		}
	case *kmsg.DescribeTransactionsRequest:
		if slices.ContainsFunc(req.TransactionalIDs, otherTxn) {
			resp := req.ResponseKind().(*kmsg.DescribeTransactionsResponse)
			for _, t := range req.TransactionalIDs {
				rt := kmsg.NewDescribeTransactionsResponseTransactionState()
				rt.TransactionalID, rt.ErrorCode = t, code
				resp.TransactionStates = append(resp.TransactionStates, rt)
			}
			return resp, nil
		}
	}
	return nil, nil
}

func addPartitionsRefusal(req *kmsg.AddPartitionsToTxnRequest, code int16) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.AddPartitionsToTxnResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewAddPartitionsToTxnResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewAddPartitionsToTxnResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p, code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

func commitRefusal(req *kmsg.OffsetCommitRequest, code int16) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetCommitResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewOffsetCommitResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

func txnCommitRefusal(req *kmsg.TxnOffsetCommitRequest, code int16) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.TxnOffsetCommitResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewTxnOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewTxnOffsetCommitResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

// offsetFetchRefusal refuses a request of which any group is another broker's; nil if none is.
func offsetFetchRefusal(req *kmsg.OffsetFetchRequest, code int16, elsewhere func(string) bool) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
	if req.Version < 8 {
		if !elsewhere(req.Group) {
			return nil
		}
		resp.ErrorCode = code
		return resp
	}
	if !slices.ContainsFunc(req.Groups, func(g kmsg.OffsetFetchRequestGroup) bool { return elsewhere(g.Group) }) {
		return nil
	}
	for _, g := range req.Groups {
		rg := kmsg.NewOffsetFetchResponseGroup()
		rg.Group, rg.ErrorCode = g.Group, code
		resp.Groups = append(resp.Groups, rg)
	}
	return resp
}

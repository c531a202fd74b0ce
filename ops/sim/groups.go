package sim

import (
	"maps"
	"reflect"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A request about groups or transactions is answered for each of them by the model or by kfake: the model refuses what the
// asked broker doesn't coordinate and answers for the tenants' groups and transactions; kfake answers for real clients'.

// handleCoordinated answers a request to a coordinator, and the lists of what a broker coordinates.
func handleCoordinated(c *Cluster, s *session, r request) (kmsg.Response, error) {
	rest, answer, err := c.splitCoordinated(s.n.id, r.body)
	if err != nil || rest == nil {
		return answer, err
	}
	resp, err := s.forward(rest, r.clientID)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keepCoordinated(resp, s.n.id)
	c.completeGroups(rest, resp)
	if answer != nil {
		for _, list := range keyLists {
			have := reflect.ValueOf(resp).Elem().FieldByName(list.field)
			if have.IsValid() {
				have.Set(reflect.AppendSlice(have, reflect.ValueOf(answer).Elem().FieldByName(list.field)))
			}
		}
	}
	return resp, nil
}

// keyLists are the lists of answers that have an entry for each group or transaction, and what the fields of the entries are
// called that hold its name.
var keyLists = []struct {
	field string
	names []string
}{
	{"Groups", []string{"Group", "GroupID"}},
	{"TransactionStates", []string{"TransactionalID"}},
}

// keepCoordinated leaves in a list what the broker coordinates.
func (c *Cluster) keepCoordinated(resp kmsg.Response, id int32) {
	switch list := resp.(type) {
	case *kmsg.ListGroupsResponse:
		list.Groups = slices.DeleteFunc(list.Groups, func(g kmsg.ListGroupsResponseGroup) bool {
			return c.model.coordinator(offsetsTopic, g.Group) != id || c.model.groups.denies(g.Group) && !c.model.denied.describesCluster()
		})
	case *kmsg.ListTransactionsResponse:
		list.TransactionStates = slices.DeleteFunc(list.TransactionStates, func(t kmsg.ListTransactionsResponseTransactionState) bool {
			return c.model.coordinator(transactionsTopic, t.TransactionalID) != id
		})
	}
}

// realHost is where real clients come from, as a broker writes it. kfake knows them as the ends of pipes.
const realHost = "/127.0.0.1"

// completeGroups makes what kfake says of groups what a broker says: hosts, topic ids, and no error for a group without
// offsets that isn't there.
func (c *Cluster) completeGroups(req kmsg.Request, resp kmsg.Response) {
	switch resp := resp.(type) {
	case *kmsg.DescribeGroupsResponse:
		for _, g := range resp.Groups {
			for i := range g.Members {
				g.Members[i].ClientHost = realHost
			}
		}
	case *kmsg.ConsumerGroupDescribeResponse:
		for _, g := range resp.Groups {
			for i := range g.Members {
				member := &g.Members[i]
				member.ClientHost = realHost
				for _, a := range []*kmsg.Assignment{&member.Assignment, &member.TargetAssignment} {
					for k := range a.TopicPartitions {
						a.TopicPartitions[k].TopicID = c.modelID(a.TopicPartitions[k].TopicID)
					}
				}
			}
		}
	case *kmsg.OffsetFetchResponse:
		none := &group{}
		if resp.ErrorCode == kerr.GroupIDNotFound.Code {
			resp.ErrorCode, resp.Topics = 0, nil
			c.model.fetchOffsets(req.(*kmsg.OffsetFetchRequest), none, resp)
		}
		for i, g := range resp.Groups {
			if g.ErrorCode == kerr.GroupIDNotFound.Code {
				var one kmsg.OffsetFetchResponse
				none.name = g.Group
				c.model.fetchOffsets(req.(*kmsg.OffsetFetchRequest), none, &one)
				resp.Groups[i] = one.Groups[0]
			}
		}
	}
}

// splitCoordinated returns what of the request is left for kfake, nil for nothing, and the answer to the rest, nil for none. It
// also creates in kfake the topics for which offsets are committed.
func (c *Cluster) splitCoordinated(id int32, req kmsg.Request) (kmsg.Request, kmsg.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	m := c.model
	if list, ok := req.(*kmsg.ListGroupsRequest); ok {
		answer := m.listGroups(id, list)
		if answer.ErrorCode != 0 {
			return nil, answer, nil
		}
		return req, answer, nil
	}
	if list, ok := req.(*kmsg.ListTransactionsRequest); ok {
		answer := m.listTransactions(id, list)
		if answer.ErrorCode != 0 {
			return nil, answer, nil
		}
		return req, answer, nil
	}
	internal, keys := coordinated(req)
	if len(keys) == 0 {
		return req, nil, nil
	}
	var rest []string
	refused := map[string]*kerr.Error{}
	answer := req.ResponseKind()
	for _, key := range keys {
		e := m.coordinatorError(id, internal, key)
		g := m.groups.byName[key]
		switch {
		case e != nil:
			refused[key] = e
		case internal == offsetsTopic && g != nil:
			handed, err := c.answerGroup(req, g, answer)
			if err != nil {
				return nil, nil, err
			}
			if handed {
				rest = append(rest, key)
			}
		case req.Key() == int16(kmsg.DescribeTransactions):
			if d, ok := m.knownTransaction(key); ok {
				states := answer.(*kmsg.DescribeTransactionsResponse)
				states.TransactionStates = append(states.TransactionStates, d)
			} else {
				rest = append(rest, key)
			}
		default:
			rest = append(rest, key)
		}
	}
	if len(refused) > 0 {
		answer = refusedKeys(req, answer, refused)
	}
	if len(rest) == 0 {
		return nil, answer, nil
	}
	if err := c.readyTopics(req); err != nil {
		return nil, nil, err
	}
	if len(rest) == len(keys) {
		return req, nil, nil
	}
	return withKeys(req, rest), answer, nil
}

// readyTopics creates in kfake the topics that a request is about.
func (c *Cluster) readyTopics(req kmsg.Request) error {
	switch req.(type) {
	case *kmsg.AddPartitionsToTxnRequest, *kmsg.OffsetCommitRequest, *kmsg.TxnOffsetCommitRequest:
		topics := topicsOf(req)
		for i := range topics.Len() {
			if t := c.model.byName[topics.Index(i).FieldByName("Topic").String()]; t != nil {
				if _, err := c.backend.topic(t); err != nil {
					return err
				}
			}
		}
	}
	return nil
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
	case *kmsg.ConsumerGroupDescribeRequest:
		return offsetsTopic, req.Groups
	case *kmsg.ShareGroupDescribeRequest:
		return offsetsTopic, req.GroupIDs
	case *kmsg.DescribeShareGroupOffsetsRequest:
		for _, g := range req.Groups {
			keys = append(keys, g.GroupID)
		}
		return offsetsTopic, keys
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

// withKeys returns a copy of a request that is about the given groups or transactional ids alone.
func withKeys(req kmsg.Request, keys []string) kmsg.Request {
	part := reflect.New(reflect.TypeOf(req).Elem())
	part.Elem().Set(reflect.ValueOf(req).Elem())
	switch req := part.Interface().(type) {
	case *kmsg.OffsetFetchRequest:
		req.Groups = slices.DeleteFunc(slices.Clone(req.Groups), func(g kmsg.OffsetFetchRequestGroup) bool { return !slices.Contains(keys, g.Group) })
	case *kmsg.DescribeShareGroupOffsetsRequest:
		req.Groups = slices.DeleteFunc(slices.Clone(req.Groups), func(g kmsg.DescribeShareGroupOffsetsRequestGroup) bool { return !slices.Contains(keys, g.GroupID) })
	case *kmsg.DescribeGroupsRequest:
		req.Groups = keys
	case *kmsg.ConsumerGroupDescribeRequest:
		req.Groups = keys
	case *kmsg.ShareGroupDescribeRequest:
		req.GroupIDs = keys
	case *kmsg.DeleteGroupsRequest:
		req.Groups = keys
	case *kmsg.DescribeTransactionsRequest:
		req.TransactionalIDs = keys
	}
	return part.Interface().(kmsg.Request)
}

// refusedKeys adds refusals to an answer, in each place where it may carry an error: for each of the keys, for each of the
// partitions, or for the whole.
func refusedKeys(req kmsg.Request, resp kmsg.Response, refused map[string]*kerr.Error) kmsg.Response {
	names := slices.Sorted(maps.Keys(refused))
	switch req.(type) {
	case *kmsg.AddPartitionsToTxnRequest, *kmsg.OffsetCommitRequest, *kmsg.TxnOffsetCommitRequest:
		_, refusal := split(req, func(topicPartition) verdict { return verdict{refused: refused[names[0]]} })
		return refusal
	}
	v := reflect.ValueOf(resp).Elem()
	if code := v.FieldByName("ErrorCode"); code.IsValid() {
		code.SetInt(int64(refused[names[0]].Code))
	}
	for _, kind := range keyLists {
		list := v.FieldByName(kind.field)
		if !list.IsValid() {
			continue
		}
		for _, name := range names {
			entry := newElement(list)
			for _, field := range kind.names {
				if f := entry.FieldByName(field); f.IsValid() {
					f.SetString(name)
				}
			}
			entry.FieldByName("ErrorCode").SetInt(int64(refused[name].Code))
			list.Set(reflect.Append(list, entry))
		}
	}
	return resp
}

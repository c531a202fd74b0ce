package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The requests below carry partitions. Those that the asked broker has no business with are refused here, by the model; the
// rest go to kfake in one request, and its answer gets the refusals added.

// serves says whether the broker serves the partition's records: nil, or why not. With anyReplica a follower will do.
func (m *model) serves(id int32, t *topic, partition int32, anyReplica bool) (*partition, *kerr.Error) {
	if t == nil || partition < 0 || int(partition) >= len(t.parts) {
		return nil, kerr.UnknownTopicOrPartition
	}
	p := t.parts[partition]
	if p.leader == id || anyReplica && slices.Contains(p.replicas, id) {
		return p, nil
	}
	return p, kerr.NotLeaderForPartition
}

// topicFor finds a topic by its id in the versions that carry ids, by its name in those that don't.
func (m *model) topicFor(byID bool, name string, id [16]byte) (*topic, *kerr.Error) {
	if byID {
		if t := m.byID[id]; t != nil {
			return t, nil
		}
		return nil, kerr.UnknownTopicID
	}
	if t := m.byName[name]; t != nil {
		return t, nil
	}
	return nil, kerr.UnknownTopicOrPartition
}

// toBackend readies the partition in kfake and returns kfake's id of its topic.
func (c *Cluster) toBackend(p *partition) ([16]byte, error) {
	if err := c.backend.ready(p); err != nil {
		return [16]byte{}, err
	}
	return c.backend.topics[p.topic.name].id, nil
}

func handleProduce(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.ProduceRequest)
	resp := req.ResponseKind().(*kmsg.ProduceResponse)
	keep, appended, err := c.sortProduce(s.n.id, req, resp)
	if err != nil {
		return nil, err
	}
	req.Topics = keep
	if req.Acks == 0 {
		if len(resp.Topics) > 0 { // the only way to tell a producer that doesn't listen
			return nil, errClose
		}
		if err := s.toBackend(r.clientID); err != nil {
			return nil, err
		}
		return nil, s.backend.send(req)
	}
	if len(keep) == 0 {
		return resp, nil
	}
	answer, err := s.ask(req, r.clientID)
	if err != nil {
		return nil, err
	}
	done := answer.(*kmsg.ProduceResponse)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	for i := range done.Topics {
		t := &done.Topics[i]
		if req.Version >= 13 {
			t.TopicID = c.modelID(t.TopicID)
		}
		for _, p := range t.Partitions {
			if at := appended[topicPartition{t.Topic, t.TopicID, p.Partition}]; at != nil && p.ErrorCode == 0 {
				c.model.settle(at.p)
				at.p.bytes += at.bytes
				c.model.copying.stale = true
			}
		}
	}
	for _, no := range resp.Topics {
		t := entry(&done.Topics, func(t *kmsg.ProduceResponseTopic) bool { return t.Topic == no.Topic && t.TopicID == no.TopicID }, func() kmsg.ProduceResponseTopic {
			return kmsg.ProduceResponseTopic{Topic: no.Topic, TopicID: no.TopicID}
		})
		t.Partitions = append(t.Partitions, no.Partitions...)
	}
	return done, nil
}

// topicPartition is a partition as a request names it.
type topicPartition struct {
	topic     string
	id        [16]byte
	partition int32
}

type appending struct {
	p     *partition
	bytes float64
}

// sortProduce takes a request apart: refusals go into resp, what is left is returned in kfake's terms, with its sizes.
func (c *Cluster) sortProduce(id int32, req *kmsg.ProduceRequest, resp *kmsg.ProduceResponse) ([]kmsg.ProduceRequestTopic, map[topicPartition]*appending, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	m := c.model
	var keep []kmsg.ProduceRequestTopic
	appended := map[topicPartition]*appending{}
	for _, rt := range req.Topics {
		t, unknown := m.topicFor(req.Version >= 13, rt.Topic, rt.TopicID)
		kept, refused := rt, kmsg.NewProduceResponseTopic()
		kept.Partitions = nil
		refused.Topic, refused.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			p, e := m.serves(id, t, rp.Partition, false)
			switch {
			case unknown != nil:
				e = unknown
			case e == nil && req.Acks == -1 && len(p.isr) < m.minISR(t):
				e = kerr.NotEnoughReplicas
			}
			if e != nil {
				no := kmsg.NewProduceResponseTopicPartition()
				no.Partition, no.ErrorCode, no.BaseOffset = rp.Partition, e.Code, -1
				if e == kerr.NotLeaderForPartition {
					no.CurrentLeader.LeaderID, no.CurrentLeader.LeaderEpoch = p.leader, p.leaderEpoch
				}
				refused.Partitions = append(refused.Partitions, no)
				continue
			}
			backendID, err := c.toBackend(p)
			if err != nil {
				return nil, nil, err
			}
			appended[topicPartition{rt.Topic, rt.TopicID, rp.Partition}] = &appending{p, float64(len(rp.Records))}
			kept.TopicID = backendID
			kept.Partitions = append(kept.Partitions, rp)
		}
		if len(kept.Partitions) > 0 {
			keep = append(keep, kept)
		}
		if len(refused.Partitions) > 0 {
			resp.Topics = append(resp.Topics, refused)
		}
	}
	return keep, appended, nil
}

// modelID is the cluster's id of the topic that kfake calls id.
func (c *Cluster) modelID(id [16]byte) [16]byte {
	if info := c.backend.fake.TopicIDInfo(id); info != nil {
		if t := c.model.byName[info.Topic]; t != nil {
			return t.id
		}
	}
	return id
}

// handleFetch serves consumers from the leader. It grants no fetch sessions, as a broker whose cache of them is full.
func handleFetch(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.FetchRequest)
	resp := req.ResponseKind().(*kmsg.FetchResponse)
	if req.SessionID != 0 {
		resp.ErrorCode = kerr.FetchSessionIDNotFound.Code
		return resp, nil
	}
	req.SessionEpoch = -1
	req.ForgottenTopics = nil
	keep, err := c.sortFetch(s.n.id, req, resp)
	if err != nil {
		return nil, err
	}
	if len(keep) == 0 && len(resp.Topics) > 0 {
		return resp, nil
	}
	if len(resp.Topics) > 0 {
		req.MaxWaitMillis = 0 // an error is answered at once
	}
	req.Topics = keep
	answer, err := s.ask(req, r.clientID)
	if err != nil {
		return nil, err
	}
	done := answer.(*kmsg.FetchResponse)
	if req.Version >= 13 {
		c.mu.Lock()
		for i := range done.Topics {
			done.Topics[i].TopicID = c.modelID(done.Topics[i].TopicID)
		}
		c.mu.Unlock()
	}
	for _, no := range resp.Topics {
		t := entry(&done.Topics, func(t *kmsg.FetchResponseTopic) bool { return t.Topic == no.Topic && t.TopicID == no.TopicID }, func() kmsg.FetchResponseTopic {
			return kmsg.FetchResponseTopic{Topic: no.Topic, TopicID: no.TopicID}
		})
		t.Partitions = append(t.Partitions, no.Partitions...)
	}
	return done, nil
}

func (c *Cluster) sortFetch(id int32, req *kmsg.FetchRequest, resp *kmsg.FetchResponse) ([]kmsg.FetchRequestTopic, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	m := c.model
	var keep []kmsg.FetchRequestTopic
	for _, rt := range req.Topics {
		t, unknown := m.topicFor(req.Version >= 13, rt.Topic, rt.TopicID)
		kept, refused := rt, kmsg.NewFetchResponseTopic()
		kept.Partitions = nil
		refused.Topic, refused.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			p, e := m.serves(id, t, rp.Partition, false)
			if unknown != nil {
				e = unknown
			}
			if e != nil {
				no := kmsg.NewFetchResponseTopicPartition()
				no.Partition, no.ErrorCode, no.HighWatermark = rp.Partition, e.Code, -1
				no.RecordBatches = []byte{}
				if e == kerr.NotLeaderForPartition {
					no.CurrentLeader.LeaderID, no.CurrentLeader.LeaderEpoch = p.leader, p.leaderEpoch
				}
				refused.Partitions = append(refused.Partitions, no)
				continue
			}
			backendID, err := c.toBackend(p)
			if err != nil {
				return nil, err
			}
			kept.TopicID = backendID
			kept.Partitions = append(kept.Partitions, rp)
		}
		if len(kept.Partitions) > 0 {
			keep = append(keep, kept)
		}
		if len(refused.Partitions) > 0 {
			resp.Topics = append(resp.Topics, refused)
		}
	}
	return keep, nil
}

// handleListOffsets lets any replica answer the debugging replica id, −2, and only the leader the others.
func handleListOffsets(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.ListOffsetsRequest)
	resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	keep, refused, err := sortServed(c, s.n.id, req.ReplicaID == -2, req.Topics,
		func(t *kmsg.ListOffsetsRequestTopic) (string, *[]kmsg.ListOffsetsRequestTopicPartition) {
			return t.Topic, &t.Partitions
		},
		func(p kmsg.ListOffsetsRequestTopicPartition) int32 { return p.Partition })
	if err != nil {
		return nil, err
	}
	if req.Topics = keep; len(keep) > 0 {
		answer, err := s.ask(req, r.clientID)
		if err != nil {
			return nil, err
		}
		resp = answer.(*kmsg.ListOffsetsResponse)
	}
	for _, no := range refused {
		p := kmsg.NewListOffsetsResponseTopicPartition()
		p.Partition, p.ErrorCode = no.partition, no.code
		t := entry(&resp.Topics, func(t *kmsg.ListOffsetsResponseTopic) bool { return t.Topic == no.topic }, func() kmsg.ListOffsetsResponseTopic {
			t := kmsg.NewListOffsetsResponseTopic()
			t.Topic = no.topic
			return t
		})
		t.Partitions = append(t.Partitions, p)
	}
	return resp, nil
}

func handleOffsetForLeaderEpoch(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.OffsetForLeaderEpochRequest)
	resp := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	keep, refused, err := sortServed(c, s.n.id, false, req.Topics,
		func(t *kmsg.OffsetForLeaderEpochRequestTopic) (string, *[]kmsg.OffsetForLeaderEpochRequestTopicPartition) {
			return t.Topic, &t.Partitions
		},
		func(p kmsg.OffsetForLeaderEpochRequestTopicPartition) int32 { return p.Partition })
	if err != nil {
		return nil, err
	}
	if req.Topics = keep; len(keep) > 0 {
		answer, err := s.ask(req, r.clientID)
		if err != nil {
			return nil, err
		}
		resp = answer.(*kmsg.OffsetForLeaderEpochResponse)
	}
	for _, no := range refused {
		p := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
		p.Partition, p.ErrorCode, p.EndOffset = no.partition, no.code, -1
		t := entry(&resp.Topics, func(t *kmsg.OffsetForLeaderEpochResponseTopic) bool { return t.Topic == no.topic }, func() kmsg.OffsetForLeaderEpochResponseTopic {
			t := kmsg.NewOffsetForLeaderEpochResponseTopic()
			t.Topic = no.topic
			return t
		})
		t.Partitions = append(t.Partitions, p)
	}
	return resp, nil
}

func handleDeleteRecords(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.DeleteRecordsRequest)
	resp := req.ResponseKind().(*kmsg.DeleteRecordsResponse)
	keep, refused, err := sortServed(c, s.n.id, false, req.Topics,
		func(t *kmsg.DeleteRecordsRequestTopic) (string, *[]kmsg.DeleteRecordsRequestTopicPartition) {
			return t.Topic, &t.Partitions
		},
		func(p kmsg.DeleteRecordsRequestTopicPartition) int32 { return p.Partition })
	if err != nil {
		return nil, err
	}
	if len(keep) > 0 {
		part := *req // the request itself is kept as it came
		part.Topics = keep
		answer, err := s.ask(&part, r.clientID)
		if err != nil {
			return nil, err
		}
		resp = answer.(*kmsg.DeleteRecordsResponse)
	}
	for _, no := range refused {
		p := kmsg.NewDeleteRecordsResponseTopicPartition()
		p.Partition, p.ErrorCode, p.LowWatermark = no.partition, no.code, -1
		t := entry(&resp.Topics, func(t *kmsg.DeleteRecordsResponseTopic) bool { return t.Topic == no.topic }, func() kmsg.DeleteRecordsResponseTopic {
			t := kmsg.NewDeleteRecordsResponseTopic()
			t.Topic = no.topic
			return t
		})
		t.Partitions = append(t.Partitions, p)
	}
	return resp, nil
}

// entry is the topic's entry in an answer, which is made if it isn't there yet.
func entry[Topic any](topics *[]Topic, is func(*Topic) bool, fresh func() Topic) *Topic {
	for i := range *topics {
		if is(&(*topics)[i]) {
			return &(*topics)[i]
		}
	}
	*topics = append(*topics, fresh())
	return &(*topics)[len(*topics)-1]
}

// refused is a partition that the asked broker doesn't serve.
type refused struct {
	topic     string
	partition int32
	code      int16
}

// sortServed parts what the broker serves, which it readies in kfake, from what it refuses.
func sortServed[Topic, Partition any](c *Cluster, id int32, anyReplica bool, topics []Topic, open func(*Topic) (string, *[]Partition), number func(Partition) int32) (keep []Topic, no []refused, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	for _, t := range topics {
		name, partitions := open(&t)
		all := *partitions
		*partitions = nil
		for _, asked := range all {
			p, e := c.model.serves(id, c.model.byName[name], number(asked), anyReplica)
			if e != nil {
				no = append(no, refused{name, number(asked), e.Code})
				continue
			}
			if err := c.backend.ready(p); err != nil {
				return nil, nil, err
			}
			*partitions = append(*partitions, asked)
		}
		if len(*partitions) > 0 {
			keep = append(keep, t)
		}
	}
	return keep, no, nil
}

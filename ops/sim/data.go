package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The requests below carry partitions. Those that the asked broker has no business with are refused here, by the model; the
// rest go to kfake in one request, and its answer gets the refusals added.

// admit says whether the broker serves the partition's records: nil, or why not. With anyReplica a follower will do.
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
	done.Topics = append(done.Topics, resp.Topics...)
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
	done.Topics = append(done.Topics, resp.Topics...)
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
	keep := req.Topics[:0:0]
	err := c.eachServed(func(serves func(topic string, partition int32, anyReplica bool) (*kerr.Error, error)) error {
		for _, rt := range req.Topics {
			kept, refused := rt, kmsg.NewListOffsetsResponseTopic()
			kept.Partitions, refused.Topic = nil, rt.Topic
			for _, rp := range rt.Partitions {
				e, err := serves(rt.Topic, rp.Partition, req.ReplicaID == -2)
				if err != nil {
					return err
				}
				if e == nil {
					kept.Partitions = append(kept.Partitions, rp)
					continue
				}
				no := kmsg.NewListOffsetsResponseTopicPartition()
				no.Partition, no.ErrorCode = rp.Partition, e.Code
				refused.Partitions = append(refused.Partitions, no)
			}
			if len(kept.Partitions) > 0 {
				keep = append(keep, kept)
			}
			if len(refused.Partitions) > 0 {
				resp.Topics = append(resp.Topics, refused)
			}
		}
		return nil
	}, s.n.id)
	if err != nil || len(keep) == 0 {
		return resp, err
	}
	req.Topics = keep
	answer, err := s.ask(req, r.clientID)
	if err != nil {
		return nil, err
	}
	done := answer.(*kmsg.ListOffsetsResponse)
	done.Topics = append(done.Topics, resp.Topics...)
	return done, nil
}

func handleOffsetForLeaderEpoch(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.OffsetForLeaderEpochRequest)
	resp := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	keep := req.Topics[:0:0]
	err := c.eachServed(func(serves func(topic string, partition int32, anyReplica bool) (*kerr.Error, error)) error {
		for _, rt := range req.Topics {
			kept, refused := rt, kmsg.NewOffsetForLeaderEpochResponseTopic()
			kept.Partitions, refused.Topic = nil, rt.Topic
			for _, rp := range rt.Partitions {
				e, err := serves(rt.Topic, rp.Partition, false)
				if err != nil {
					return err
				}
				if e == nil {
					kept.Partitions = append(kept.Partitions, rp)
					continue
				}
				no := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
				no.Partition, no.ErrorCode, no.EndOffset = rp.Partition, e.Code, -1
				refused.Partitions = append(refused.Partitions, no)
			}
			if len(kept.Partitions) > 0 {
				keep = append(keep, kept)
			}
			if len(refused.Partitions) > 0 {
				resp.Topics = append(resp.Topics, refused)
			}
		}
		return nil
	}, s.n.id)
	if err != nil || len(keep) == 0 {
		return resp, err
	}
	req.Topics = keep
	answer, err := s.ask(req, r.clientID)
	if err != nil {
		return nil, err
	}
	done := answer.(*kmsg.OffsetForLeaderEpochResponse)
	done.Topics = append(done.Topics, resp.Topics...)
	return done, nil
}

func handleDeleteRecords(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.DeleteRecordsRequest)
	resp := req.ResponseKind().(*kmsg.DeleteRecordsResponse)
	keep := req.Topics[:0:0]
	err := c.eachServed(func(serves func(topic string, partition int32, anyReplica bool) (*kerr.Error, error)) error {
		for _, rt := range req.Topics {
			kept, refused := rt, kmsg.NewDeleteRecordsResponseTopic()
			kept.Partitions, refused.Topic = nil, rt.Topic
			for _, rp := range rt.Partitions {
				e, err := serves(rt.Topic, rp.Partition, false)
				if err != nil {
					return err
				}
				if e == nil {
					kept.Partitions = append(kept.Partitions, rp)
					continue
				}
				no := kmsg.NewDeleteRecordsResponseTopicPartition()
				no.Partition, no.ErrorCode, no.LowWatermark = rp.Partition, e.Code, -1
				refused.Partitions = append(refused.Partitions, no)
			}
			if len(kept.Partitions) > 0 {
				keep = append(keep, kept)
			}
			if len(refused.Partitions) > 0 {
				resp.Topics = append(resp.Topics, refused)
			}
		}
		return nil
	}, s.n.id)
	if err != nil || len(keep) == 0 {
		return resp, err
	}
	req.Topics = keep
	answer, err := s.ask(req, r.clientID)
	if err != nil {
		return nil, err
	}
	done := answer.(*kmsg.DeleteRecordsResponse)
	done.Topics = append(done.Topics, resp.Topics...)
	return done, nil
}

// eachServed calls walk, under the lock, with a function that says whether the broker serves a partition and, if so, readies it.
func (c *Cluster) eachServed(walk func(serves func(topic string, partition int32, anyReplica bool) (*kerr.Error, error)) error, id int32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	return walk(func(topic string, partition int32, anyReplica bool) (*kerr.Error, error) {
		p, e := c.model.serves(id, c.model.byName[topic], partition, anyReplica)
		if e != nil {
			return e, nil
		}
		_, err := c.toBackend(p)
		return nil, err
	})
}

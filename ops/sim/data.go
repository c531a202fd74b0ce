package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The requests below carry partitions. The model refuses those that the asked broker doesn't serve; the rest go to kfake in
// one request, and the refusals are added to its answer. kfake can't do this by itself: its control functions answer a
// request as a whole and never see kfake's own answer, and its faults hit the requests of all connections.

// forwardServed answers a request that carries partitions. With anyReplica a follower serves them too. judge, if it isn't nil,
// is asked about each partition that the broker serves, with the model locked; it may refuse or answer it.
func (c *Cluster) forwardServed(s *session, r request, anyReplica bool, judge func(*partition) verdict) (kmsg.Response, error) {
	accepted, refusal, err := c.splitServed(s.n.id, r.body, anyReplica, judge)
	if err != nil {
		return nil, err
	}
	refused := topicsOf(refusal).Len() > 0 // or answered
	switch req := accepted.(type) {
	case *kmsg.ProduceRequest:
		if req.Acks == 0 {
			if slices.ContainsFunc(refusal.(*kmsg.ProduceResponse).Topics, failedProduce) { // the only way to tell a producer that doesn't listen
				return nil, errClose
			}
			if len(req.Topics) == 0 {
				return nil, nil
			}
			if err := s.dialBackend(r.clientID); err != nil {
				return nil, err
			}
			return nil, s.backend.send(req)
		}
	case *kmsg.FetchRequest:
		if refused {
			req.MaxWaitMillis = 0 // an error is answered at once
		}
	}
	if refused && topicsOf(accepted).Len() == 0 {
		return refusal, nil
	}
	answer, err := s.forward(accepted, r.clientID)
	if err != nil {
		return nil, err
	}
	if hasTopicIDs(accepted) {
		c.mu.Lock()
		replaceTopicIDs(answer, c.modelID)
		c.mu.Unlock()
	}
	merge(answer, refusal)
	return answer, nil
}

func failedProduce(t kmsg.ProduceResponseTopic) bool {
	return slices.ContainsFunc(t.Partitions, func(p kmsg.ProduceResponseTopicPartition) bool { return p.ErrorCode != 0 })
}

// splitServed returns the part of the request that the broker serves from kfake, with kfake's topic ids, and the answer to the
// rest. It makes the served partitions ready in kfake.
func (c *Cluster) splitServed(id int32, req kmsg.Request, anyReplica bool, judge func(*partition) verdict) (kmsg.Request, kmsg.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	var failed error
	accepted, refusal := split(req, func(at topicPartition) verdict {
		p, e := c.model.named(at, hasTopicIDs(req))
		if e == nil && p.leader != id && !(anyReplica && slices.Contains(p.replicas, id)) {
			e = kerr.NotLeaderForPartition
		}
		v := verdict{p: p, refused: e}
		if e == nil && judge != nil {
			v = judge(p)
			v.p = p
		}
		if v.refused == nil && v.answer == nil && failed == nil {
			failed = c.backend.ready(p)
		}
		return v
	})
	if failed == nil && hasTopicIDs(req) {
		replaceTopicIDs(accepted, func(id [16]byte) [16]byte { return c.backend.topics[c.model.byID[id].name].id })
	}
	return accepted, refusal, failed
}

// named finds the partition that a request names.
func (m *model) named(at topicPartition, byID bool) (*partition, *kerr.Error) {
	t, unknown := m.byName[at.topic], kerr.UnknownTopicOrPartition
	if byID {
		t, unknown = m.byID[at.id], kerr.UnknownTopicID
	}
	switch {
	case t == nil:
		return nil, unknown
	case at.partition < 0 || int(at.partition) >= len(t.parts):
		return nil, kerr.UnknownTopicOrPartition
	}
	return t.parts[at.partition], nil
}

// hasTopicIDs reports whether topics are named by id in a request that carries partitions.
func hasTopicIDs(req kmsg.Request) bool {
	return req.GetVersion() >= 13 && (req.Key() == int16(kmsg.Produce) || req.Key() == int16(kmsg.Fetch))
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

func handleProduce(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.ProduceRequest)
	resp, err := c.forwardServed(s, r, false, func(p *partition) verdict {
		if req.Acks == -1 && len(p.isr) < c.model.minISROf(p) {
			return verdict{refused: kerr.NotEnoughReplicas}
		}
		if p.stream == nil {
			return verdict{}
		}
		return verdict{answer: func(asked, entry any) {
			c.model.produce(p, asked.(*kmsg.ProduceRequestTopicPartition).Records, entry.(*kmsg.ProduceResponseTopicPartition))
		}}
	})
	if resp == nil || err != nil {
		return nil, err
	}
	bytes := map[topicPartition]int{}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			bytes[topicPartition{t.Topic, t.TopicID, p.Partition}] = len(p.Records)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	for _, t := range resp.(*kmsg.ProduceResponse).Topics {
		for _, written := range t.Partitions {
			at := topicPartition{t.Topic, t.TopicID, written.Partition}
			if p, _ := c.model.named(at, hasTopicIDs(req)); p != nil && written.ErrorCode == 0 {
				c.model.settle(p)
				p.bytes += float64(bytes[at])
				c.model.copying.stale = true
			}
		}
	}
	return resp, nil
}

// handleListOffsets lets any replica answer the debugging replica id, −2, and only the leader the others.
func handleListOffsets(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.ListOffsetsRequest)
	return c.forwardServed(s, r, req.ReplicaID == -2, func(p *partition) verdict {
		if p.stream == nil {
			return verdict{}
		}
		return verdict{answer: func(asked, entry any) {
			c.model.listOffset(p, s.n.id, req, asked.(*kmsg.ListOffsetsRequestTopicPartition), entry.(*kmsg.ListOffsetsResponseTopicPartition))
		}}
	})
}

// handleLeaderOnly answers requests whose partitions are the leader's to answer for.
func handleLeaderOnly(c *Cluster, s *session, r request) (kmsg.Response, error) {
	return c.forwardServed(s, r, false, func(p *partition) verdict {
		if p.stream == nil {
			return verdict{}
		}
		return verdict{answer: func(asked, entry any) {
			switch entry := entry.(type) {
			case *kmsg.OffsetForLeaderEpochResponseTopicPartition:
				c.model.epochEnd(p, asked.(*kmsg.OffsetForLeaderEpochRequestTopicPartition), entry)
			case *kmsg.DeleteRecordsResponseTopicPartition:
				c.model.deleteRecords(p, asked.(*kmsg.DeleteRecordsRequestTopicPartition), entry)
			}
		}}
	})
}

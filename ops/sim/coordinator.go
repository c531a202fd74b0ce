package sim

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// coordinator is the broker that coordinates a group or transaction. The key's hash chooses a partition of the internal
// topic, whose leader coordinates; without that topic it chooses one of the live brokers. It is -1 if there is none.
func (m *model) coordinator(internal, key string) int32 {
	h := javaHash(key)
	if p := m.coordinatorPartition(internal, key); p != nil {
		if p.leader >= 0 && !m.alive(p.leader) {
			return -1
		}
		return p.leader
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

// coordinatorPartition is the partition of the internal topic whose leader coordinates a group or transaction, nil without
// that topic.
func (m *model) coordinatorPartition(internal, key string) *partition {
	t := m.byName[internal]
	if t == nil {
		return nil
	}
	return t.parts[int(javaHash(key))%len(t.parts)]
}

// coordinatorLoading is how long a broker takes to load what it coordinates from now on. While it does it answers nothing else.
const coordinatorLoading = 3 * time.Second

// coordinates updates what is known of a partition of an internal topic that has changed.
func (m *model) coordinates(p *partition, moved bool) {
	if moved && p.leader >= 0 && len(m.groups.names) > 0 {
		p.loadedAt = m.now + coordinatorLoading
	}
	unwritable := p.leader < 0 || len(p.isr) < m.minISROf(p)
	if unwritable && !p.unwritable {
		p.unwritableSince = m.now
	}
	p.unwritable = unwritable
}

// coordinatorError is why a broker doesn't answer for a group or transaction, nil if it does.
func (m *model) coordinatorError(broker int32, internal, key string) *kerr.Error {
	switch p := m.coordinatorPartition(internal, key); {
	case internal == offsetsTopic && m.groups.denies(key):
		return kerr.GroupAuthorizationFailed
	case m.coordinator(internal, key) != broker:
		return kerr.NotCoordinator
	case p != nil && p.loadedAt > m.now:
		return kerr.CoordinatorLoadInProgress
	}
	return nil
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
			if m.groups.denies(key) {
				rc.ErrorCode = kerr.GroupAuthorizationFailed.Code
				resp.Coordinators = append(resp.Coordinators, rc)
				continue
			}
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

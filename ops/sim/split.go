package sim

import (
	"reflect"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kmsg has types of its own for the topics and partitions of each API, but their fields have the same names in all of them:
// Topics, Topic, TopicID, Partitions, Partition, ErrorCode. The functions below go by these names.

// topicPartition is a partition as a request names it: by the name of its topic, or by its id in the versions that carry ids.
type topicPartition struct {
	topic     string
	id        [16]byte
	partition int32
}

// verdict is what becomes of one partition of a request. Without refusal and answer it is accepted.
type verdict struct {
	p       *partition // nil where the partition isn't known
	refused *kerr.Error
	answer  func(asked, entry any) // fills the partition's entry of the answer from that of the request, both pointers
}

// split takes a request apart: it returns a copy that holds only the partitions that check accepts, and the answer to the
// others, each with the error that check returned for it or as check's answer filled it.
func split(req kmsg.Request, check func(topicPartition) verdict) (accepted kmsg.Request, refusal kmsg.Response) {
	part := reflect.New(reflect.TypeOf(req).Elem())
	part.Elem().Set(reflect.ValueOf(req).Elem())
	accepted, refusal = part.Interface().(kmsg.Request), req.ResponseKind()
	asked, keep, answered := topicsOf(req), topicsOf(accepted), topicsOf(refusal)
	keep.SetZero()
	for i := range asked.Len() {
		kept, no := reflect.New(asked.Type().Elem()).Elem(), newElement(answered)
		kept.Set(asked.Index(i))
		all, kepts, nos := asked.Index(i).FieldByName("Partitions"), kept.FieldByName("Partitions"), no.FieldByName("Partitions")
		kepts.SetZero()
		at := topicPartition{topic: kept.FieldByName("Topic").String()}
		no.FieldByName("Topic").SetString(at.topic)
		if id := kept.FieldByName("TopicID"); id.IsValid() {
			at.id = id.Interface().([16]byte)
			no.FieldByName("TopicID").Set(id)
		}
		for j := range all.Len() {
			number := all.Index(j)
			if number.Kind() == reflect.Struct { // else there is nothing more to say of a partition
				number = number.FieldByName("Partition")
			}
			at.partition = int32(number.Int())
			v := check(at)
			if v.refused == nil && v.answer == nil {
				kepts.Set(reflect.Append(kepts, all.Index(j)))
				continue
			}
			entry := newElement(nos)
			entry.FieldByName("Partition").Set(number)
			if v.refused != nil {
				entry.FieldByName("ErrorCode").SetInt(int64(v.refused.Code))
				completeRefusal(entry.Addr().Interface(), v.p, v.refused)
			} else {
				v.answer(all.Index(j).Addr().Interface(), entry.Addr().Interface())
			}
			nos.Set(reflect.Append(nos, entry))
		}
		if kepts.Len() > 0 {
			keep.Set(reflect.Append(keep, kept))
		}
		if nos.Len() > 0 {
			answered.Set(reflect.Append(answered, no))
		}
	}
	return accepted, refusal
}

// completeRefusal sets the other fields of the entry that refuses a partition. p is nil where the partition isn't known.
func completeRefusal(entry any, p *partition, e *kerr.Error) {
	leader, epoch := int32(-1), int32(-1)
	if e == kerr.NotLeaderForPartition {
		leader, epoch = p.leader, p.leaderEpoch
	}
	switch entry := entry.(type) {
	case *kmsg.ProduceResponseTopicPartition:
		entry.BaseOffset, entry.CurrentLeader.LeaderID, entry.CurrentLeader.LeaderEpoch = -1, leader, epoch
	case *kmsg.FetchResponseTopicPartition:
		entry.HighWatermark, entry.CurrentLeader.LeaderID, entry.CurrentLeader.LeaderEpoch = -1, leader, epoch
		entry.RecordBatches = []byte{}
	case *kmsg.DeleteRecordsResponseTopicPartition:
		entry.LowWatermark = -1
	}
}

// merge adds the topics and partitions of one answer to another of the same API.
func merge(into, from kmsg.Response) {
	have, more := topicsOf(into), topicsOf(from)
next:
	for i := range more.Len() {
		t := more.Index(i)
		for j := range have.Len() {
			if h := have.Index(j); sameField(h, t, "Topic") && sameField(h, t, "TopicID") {
				list := h.FieldByName("Partitions")
				list.Set(reflect.AppendSlice(list, t.FieldByName("Partitions")))
				continue next
			}
		}
		have.Set(reflect.Append(have, t))
	}
}

func sameField(a, b reflect.Value, name string) bool {
	f := a.FieldByName(name)
	return !f.IsValid() || f.Equal(b.FieldByName(name))
}

// replaceTopicIDs replaces the id of each topic that a message names.
func replaceTopicIDs(message any, by func([16]byte) [16]byte) {
	topics := topicsOf(message)
	for i := range topics.Len() {
		id := topics.Index(i).FieldByName("TopicID")
		id.Set(reflect.ValueOf(by(id.Interface().([16]byte))))
	}
}

func topicsOf(message any) reflect.Value {
	return reflect.ValueOf(message).Elem().FieldByName("Topics")
}

// newElement returns a new element for a list of kmsg's structs, with the protocol's defaults.
func newElement(list reflect.Value) reflect.Value {
	v := reflect.New(list.Type().Elem())
	v.Interface().(interface{ Default() }).Default()
	return v.Elem()
}

package compare

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Looks is how many looks what has no epoch must differ in, in the same way in each.
const Looks = 3

// View is what one broker says in one look. Strings are as the broker sent them.
type View struct {
	Broker int32
	// Before and After are the offsets of the broker's own metadata right before and right after it was asked; -1 where it doesn't tell.
	Before, After int64
	ClusterID     string
	Brokers       map[int32]string // the brokers that it takes for alive: their addresses and racks
	Features      map[string]int16 // their finalized levels (KIP-584)
	Topics        map[string]Topic // of those that it was asked for; one that it doesn't know is missing

	listed []kmsg.MetadataResponseBroker
}

// Topic is a topic as one broker has it.
type Topic struct {
	ID         [16]byte
	Partitions []PartitionView // in order of their ids
}

// PartitionView is a partition as one broker has it.
type PartitionView struct {
	ID          int32
	Leader      int32 // -1: none
	LeaderEpoch int32 // -1: it doesn't tell
	Replicas    []int32
	ISR         []int32 // in ascending order, because it is a set
	Offline     []int32 // likewise
}

// partition returns the partition with an id.
func (t Topic) partition(id int32) (PartitionView, bool) {
	i, ok := slices.BinarySearchFunc(t.Partitions, id, func(p PartitionView, id int32) int { return cmp.Compare(p.ID, id) })
	if !ok {
		return PartitionView{}, false
	}
	return t.Partitions[i], true
}

// Look is what the brokers said in one look, by their ids.
type Look map[int32]*View

// digest is a number that is the same for equal topics and, as good as never, for others. It isn't 0.
func (t Topic) digest() uint64 {
	h := fnv.New64a()
	b := append(make([]byte, 0, 256), t.ID[:]...)
	add := func(n int32) { b = binary.BigEndian.AppendUint32(b, uint32(n)) }
	for i := range t.Partitions {
		p := &t.Partitions[i]
		add(p.ID)
		add(p.Leader)
		add(p.LeaderEpoch)
		for _, list := range [][]int32{p.Replicas, p.ISR, p.Offline} {
			add(int32(len(list)))
			for _, id := range list {
				add(id)
			}
		}
		h.Write(b)
		b = b[:0]
	}
	h.Write(b)
	return max(h.Sum64(), 1)
}

// agrees tells whether all brokers of a look say the same of a topic.
func (l Look) agrees(topic string) bool {
	var first uint64
	any := false
	for _, v := range l {
		sum := uint64(0) // not there
		if t, ok := v.Topics[topic]; ok {
			sum = t.digest()
		}
		if any && sum != first {
			return false
		}
		first, any = sum, true
	}
	return true
}

// apart tells whether the brokers of a look differ in what they say of the cluster as a whole.
func (l Look) apart() bool {
	var first string
	any := false
	for _, v := range l {
		said := fmt.Sprint(v.ClusterID, v.Brokers, v.Features) // maps are printed in the order of their keys
		if any && said != first {
			return true
		}
		first, any = said, true
	}
	return false
}

func ids(list []int32) string { return strings.Trim(fmt.Sprint(list), "[]") }

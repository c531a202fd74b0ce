package watch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// How many replicas of a description of log dirs are looked at to tell whose it is, and what they must show.
const (
	mostSampled  = 200
	leastSampled = 10
	ofTheBroker  = 0.95 // share of them that the metadata gives to the broker, at least
	ofAnother    = 0.8  // share of them that it gives to any other, at most
	notOfBroker  = 0.5  // share of those that it lists: if it gives the broker fewer, they are another's
)

// shows tells whether a description of log dirs is the broker's own beyond doubt: the metadata gives it the replicas that are listed,
// and gives no other broker nearly as many of them. Where each broker has a replica of everything, or none, it shows nothing.
func (m *metadata) shows(id int32, answer kmsg.Response) kafka.Shown {
	resp, ok := answer.(*kmsg.DescribeLogDirsResponse)
	if !ok {
		return kafka.Nothing
	}
	n, known, most, given := 0.0, 0.0, 0.0, map[int32]float64{}
	m.sample(resp, func(replicas []int32) {
		n++
		if replicas != nil {
			known++
		}
		for _, r := range replicas {
			given[r]++
		}
	})
	for broker, times := range given {
		if broker != id {
			most = max(most, times)
		}
	}
	switch {
	case n >= leastSampled && given[id] >= ofTheBroker*n && most <= ofAnother*n:
		return kafka.Own
	case known >= leastSampled && given[id] < notOfBroker*known:
		return kafka.Anothers
	}
	return kafka.Nothing
}

// sample calls yield for the first replicas that a broker lists, with the brokers that the metadata gives their partition to; nil where it
// doesn't list the partition.
func (m *metadata) sample(resp *kmsg.DescribeLogDirsResponse, yield func(replicas []int32)) {
	n := 0
	for _, d := range resp.Dirs {
		for _, t := range d.Topics {
			var listed []kmsg.MetadataResponseTopicPartition
			if found := m.topic(t.Topic); found != nil {
				listed = found.Partitions
			}
			for _, held := range t.Partitions {
				if n++; n > mostSampled {
					return
				}
				at, ok := slices.BinarySearchFunc(listed, held.Partition, func(p kmsg.MetadataResponseTopicPartition, id int32) int {
					return cmp.Compare(p.Partition, id)
				})
				if ok {
					yield(listed[at].Replicas)
				} else {
					yield(nil)
				}
			}
		}
	}
}

// sharesAddress is an error where other brokers that are alive advertise the same address: which of them answers there can't be told
// beforehand.
func (l *look) sharesAddress(id int32, addr string) error {
	ids := l.metadata.at[addr]
	if addr == "" || len(ids) < 2 || !slices.Contains(ids, id) {
		return nil
	}
	more := ""
	if n := len(ids) - mostNamed; n > 0 {
		ids, more = ids[:mostNamed], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("brokers %s%s advertise one address, %s, so that none of them can be asked by itself: give each its own (advertised.listeners)",
		strings.Trim(fmt.Sprint(ids), "[]"), more, addr)
}

// mostNamed is how many brokers a sentence names.
const mostNamed = 20

// answersInstead names, in a word or two, who answers at the address of the broker that was asked; "" where that isn't the reason.
func answersInstead(err error) string {
	e, ok := errors.AsType[*kafka.IdentityError](err)
	switch {
	case !ok:
		return ""
	case e.OtherCluster():
		return "other"
	case e.Got.Broker < 0:
		return "??"
	}
	return strconv.Itoa(int(e.Got.Broker))
}

package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Replica is one replica on one broker.
type Replica struct {
	Broker    int32
	Topic     string
	Partition int32
}

func (r Replica) String() string {
	return fmt.Sprintf("%s/%d on broker %d", r.Topic, r.Partition, r.Broker)
}

func compareReplicas(a, b Replica) int {
	return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Broker, b.Broker))
}

// Disk is what one broker's log dirs hold.
type Disk struct {
	Held   map[Replica]Log // those that are only being moved between dirs are not among them
	Failed bool            // a log dir is offline: what it holds can't be seen
}

// Log is a replica's log on a disk.
type Log struct {
	Dir  string
	Size int64 // bytes
}

// Strays says which replicas are on disks and belong to no partition by any broker's view, and which are on no disk though they belong
// there by every broker's view. disks are what brokers held before the first and after the last of the looks; only the replicas of
// suspects are judged. A topic that a broker may not tell of must not be among them.
func Strays(looks []Look, suspects []Replica, before, after map[int32]Disk) (found []Difference) {
	if len(looks) < Looks {
		return nil
	}
	for _, r := range slices.SortedFunc(slices.Values(suspects), compareReplicas) {
		log, was := before[r.Broker].Held[r]
		_, is := after[r.Broker].Held[r]
		by, of := 0, 0
		for _, l := range looks {
			for _, v := range l {
				of++
				if p, ok := v.Topics[r.Topic].partition(r.Partition); ok && slices.Contains(p.Replicas, r.Broker) {
					by++
				}
			}
		}
		scope := fmt.Sprintf("%s/%d", r.Topic, r.Partition)
		switch {
		case of == 0:
		case was && is && by == 0:
			found = append(found, Difference{WhatStray, scope, fmt.Sprintf("Stray replica: broker %d holds %s in %s, and no broker counts it to the partition's replicas", r.Broker, scope, log.Dir),
				map[int32]string{r.Broker: "holds it in " + log.Dir}})
		case !was && !is && by == of && !before[r.Broker].Failed && !after[r.Broker].Failed:
			found = append(found, Difference{WhatMissing, scope, fmt.Sprintf("Broker %d is a replica of %s by every broker's view, and none of its log dirs holds it", r.Broker, scope),
				map[int32]string{r.Broker: "doesn't hold it"}})
		}
	}
	return found
}

package assigner

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownBrokerError names a broker of a demand that neither the cluster nor any replica list has.
type UnknownBrokerError struct {
	ID    int32
	Stage string // the demand in words, as "drain 7"
}

func (e *UnknownBrokerError) Error() string {
	return fmt.Sprintf("%s: there is no broker %d", e.Stage, e.ID)
}

// DuplicateBrokerError names a broker that a demand gives twice.
type DuplicateBrokerError struct {
	ID    int32
	Stage string
}

func (e *DuplicateBrokerError) Error() string {
	return fmt.Sprintf("%s: broker %d is given twice", e.Stage, e.ID)
}

// NotTargetError names a broker that a demand wants as a target, but that may not receive replicas.
type NotTargetError struct {
	ID    int32
	Why   string // "dead", "fenced", "cordoned", "being drained"
	Stage string
}

func (e *NotTargetError) Error() string {
	return fmt.Sprintf("%s: broker %d can't receive replicas: it is %s", e.Stage, e.ID, e.Why)
}

// DemandError says that a demand is invalid, and why.
type DemandError struct {
	Stage string
	Why   string
}

func (e *DemandError) Error() string { return e.Stage + ": " + e.Why }

// InfeasibleError says that a partition has more replicas than there are brokers that may hold it.
type InfeasibleError struct {
	Topic     string
	Partition int32
	Replicas  int     // how many replicas it must have
	Brokers   []int32 // those that may hold one
	// NotTargets are the brokers that may not receive one, and why.
	NotTargets []NotTarget
	// More is how many other partitions have the same problem.
	More int
}

// NotTarget is a broker that may not receive replicas, and why.
type NotTarget struct {
	Broker int32
	Why    string
}

func (e *InfeasibleError) Error() string {
	s := fmt.Sprintf("%s-%d %s", e.Topic, e.Partition, e.reason())
	if e.More > 0 {
		s += fmt.Sprintf(" (the same holds for %s)", count(e.More, "other partition"))
	}
	return s
}

// reason is the error without the partition's name.
func (e *InfeasibleError) reason() string {
	var b strings.Builder
	only := "only "
	if len(e.Brokers) == 0 {
		only = ""
	}
	fmt.Fprintf(&b, "must have %s and %s%s may hold one", count(e.Replicas, "replica"), only, brokers(e.Brokers))
	byWhy := map[string][]int32{}
	for _, x := range e.NotTargets {
		byWhy[x.Why] = append(byWhy[x.Why], x.Broker)
	}
	whys := make([]string, 0, len(byWhy))
	for why := range byWhy {
		whys = append(whys, why)
	}
	slices.Sort(whys)
	for i, why := range whys {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		verb := "is"
		if len(byWhy[why]) > 1 {
			verb = "are"
		}
		fmt.Fprintf(&b, "%s%s %s %s", sep, brokers(byWhy[why]), verb, why)
	}
	return b.String()
}

// ClashError says that demands can't all hold for a partition.
type ClashError struct {
	Topic     string
	Partition int32
	Why       string
}

func (e *ClashError) Error() string { return fmt.Sprintf("%s-%d: %s", e.Topic, e.Partition, e.Why) }

// LimitError says that the demands need more than a limit allows.
type LimitError struct {
	Limit string // the limit in words
	Needs string // what is needed, in words
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: the other demands need at least %s", e.Limit, e.Needs)
}

// DemotionError says that a partition would have replicas on demoted brokers only.
type DemotionError struct {
	Stages    []string // the demotions and the other demands that decide on the partition's replicas, in words
	Topic     string
	Partition int32
	Replicas  []int32 // the list that it would have
	// More is how many other partitions have the same problem.
	More int
}

func (e *DemotionError) Error() string {
	s := fmt.Sprintf("%s: %s-%d has replicas on demoted brokers only: %s", strings.Join(e.Stages, " + "), e.Topic, e.Partition, brokers(e.Replicas))
	if e.More > 0 {
		s += fmt.Sprintf(" (the same holds for %s)", count(e.More, "other partition"))
	}
	return s
}

// InputError says that the input is not a valid cluster: two brokers with one id, a partition that is given twice, a replica list
// that is empty or names a broker twice.
type InputError struct {
	What string
}

func (e *InputError) Error() string { return e.What }

// brokers names broker ids, but no more than fit into a line.
func brokers(ids []int32) string {
	switch len(ids) {
	case 0:
		return "no broker"
	case 1:
		return fmt.Sprintf("broker %d", ids[0])
	}
	const most = 12
	var b strings.Builder
	b.WriteString("brokers ")
	for i, id := range ids {
		if i == most && len(ids) > most+1 {
			fmt.Fprintf(&b, " and %d more", len(ids)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, id)
	}
	return b.String()
}

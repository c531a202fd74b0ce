package reassign

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
)

// untold is what a broker answers in place of the authorized operations where it wasn't asked for them, or doesn't know them (KIP-430).
const untold = -1 << 31

// need is an operation that ACLs have to allow, and what it is for.
type need struct {
	operation kmsg.ACLOperation
	does      string
}

// What the requests of a run need is in KafkaApis and ControllerApis.
var (
	needsOfMoves = []need{
		{kmsg.ACLOperationDescribe, "lists reassignments and log dirs"},
		{kmsg.ACLOperationAlter, "reassigns partitions, elects leaders, unregisters brokers"},
	}
	needsOfRates = []need{
		{kmsg.ACLOperationDescribeConfigs, "reads the rates of brokers"},
		{kmsg.ACLOperationAlterConfigs, "sets the rates of brokers, cordons them"},
	}
	needsOfLists = []need{
		{kmsg.ACLOperationDescribeConfigs, "reads lists of throttled replicas"},
		{kmsg.ACLOperationAlterConfigs, "changes lists of throttled replicas"},
	}
)

// NotPermitted says which operations that moves need aren't allowed to the user of the session, one a line; none where all are. A
// throttle needs those on configs too, on the cluster and on the topics. Where brokers don't tell what is allowed (before Kafka 2.8),
// or don't answer, nothing is said.
func NotPermitted(ctx context.Context, session *kafka.Session, topics []string, moves, throttle bool) (lines []string) {
	var needed []need
	if moves {
		needed = slices.Clone(needsOfMoves)
	}
	if throttle {
		needed = append(needed, needsOfRates...)
	}
	req := kmsg.NewPtrDescribeClusterRequest()
	req.IncludeClusterAuthorizedOperations = true
	resp, _, err := session.Any(ctx, req)
	if err != nil {
		return nil
	}
	allowed := resp.(*kmsg.DescribeClusterResponse).ClusterAuthorizedOperations
	if allowed == 0 { // it tells them to those alone who may describe the cluster
		needed = []need{{kmsg.ACLOperationDescribe, "lists reassignments and log dirs, and tells what else is allowed"}}
	}
	for _, n := range needed {
		if !n.within(allowed) {
			lines = append(lines, fmt.Sprintf("%s on the cluster (%s): kafka-acls --add --operation %s --cluster", n.name(), n.does, n.name()))
		}
	}
	if throttle {
		lines = append(lines, notPermittedOn(ctx, session, topics)...)
	}
	return lines
}

func notPermittedOn(ctx context.Context, session *kafka.Session, topics []string) (lines []string) {
	denied := map[kmsg.ACLOperation][]string{}
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(topics))), maxDescribed) {
		req := kafka.BrokersRequest()
		req.IncludeTopicAuthorizedOperations = true
		for _, name := range chunk {
			t := kmsg.NewMetadataRequestTopic()
			t.Topic = kmsg.StringPtr(name)
			req.Topics = append(req.Topics, t)
		}
		resp, _, err := session.Any(ctx, req)
		if err != nil {
			return nil
		}
		for _, t := range resp.(*kmsg.MetadataResponse).Topics {
			for _, n := range needsOfLists {
				if t.Topic != nil && t.ErrorCode == 0 && !n.within(t.AuthorizedOperations) {
					denied[n.operation] = append(denied[n.operation], *t.Topic)
				}
			}
		}
	}
	for _, n := range needsOfLists {
		if names := denied[n.operation]; len(names) > 0 {
			lines = append(lines, fmt.Sprintf("%s on %s, %s (%s): kafka-acls --add --operation %s --topic %s",
				n.name(), format.Count(len(names), "topic"), examples(names), n.does, n.name(), names[0]))
		}
	}
	return lines
}

// within tells whether the operation is among those allowed, bit by bit. Where nobody tells, it is.
func (n need) within(allowed int32) bool { return allowed == untold || allowed&(1<<n.operation) != 0 }

// name is the operation as kafka-acls spells it.
func (n need) name() string {
	words := strings.Split(strings.ToLower(n.operation.String()), "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

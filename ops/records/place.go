package records

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
)

// Asker asks nodes by their addresses: a [kafka.Session].
type Asker interface {
	Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error)
	Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error)
	AskBroker(ctx context.Context, addr string, broker kafka.Identity, req kmsg.Request, shown func(kmsg.Response) kafka.Shown) (kmsg.Response, error)
}

// Log is one partition and the nodes that have it.
type Log struct {
	Topic     string
	Partition int32
	ClusterID string
	Leader    int32
	Replicas  []int32
	Node      int32 // whose copy is read

	asker   Asker
	topicID [16]byte
	addrs   map[int32]string
}

// ParsePartition reads TOPIC/PARTITION.
func ParsePartition(word string) (topic string, partition int32, err error) {
	at := strings.LastIndexByte(word, '/')
	if at > 0 {
		if n, err := strconv.ParseInt(word[at+1:], 10, 32); err == nil && n >= 0 {
			return word[:at], int32(n), nil
		}
	}
	return "", 0, fmt.Errorf("%q is no partition: TOPIC/PARTITION was expected, such as orders/0", word)
}

// MissingError says that there is no such topic or partition, or node that has it.
type MissingError struct{ Why string }

func (e *MissingError) Error() string { return e.Why }

// Find asks a broker who has the partition. node is whose copy is to be read, -1 for the leader's. Errors are
// [*MissingError] and those of asking.
func Find(ctx context.Context, asker Asker, topic string, partition, node int32) (*Log, error) {
	req := kmsg.NewPtrMetadataRequest()
	named := kmsg.NewMetadataRequestTopic()
	named.Topic = kmsg.StringPtr(topic)
	req.Topics = append(req.Topics, named)
	answer, from, err := asker.Any(ctx, req)
	if err != nil {
		return nil, err
	}
	meta, ok := answer.(*kmsg.MetadataResponse)
	if !ok {
		return nil, fmt.Errorf("%s answers Metadata with something else", from)
	}
	l := &Log{Topic: topic, Partition: partition, Leader: -1, Node: node, asker: asker, addrs: map[int32]string{}}
	if meta.ClusterID != nil {
		l.ClusterID = *meta.ClusterID
	}
	for _, b := range meta.Brokers {
		l.addrs[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	at := slices.IndexFunc(meta.Topics, func(t kmsg.MetadataResponseTopic) bool { return t.Topic != nil && *t.Topic == topic })
	if at < 0 {
		return nil, fmt.Errorf("%s answers Metadata without the topic %s", from, topic)
	}
	t := &meta.Topics[at]
	switch {
	case t.ErrorCode == kerr.UnknownTopicOrPartition.Code:
		return nil, &MissingError{fmt.Sprintf("there is no topic %s, or no permission to see it", topic)}
	case t.ErrorCode != 0:
		return nil, fmt.Errorf("topic %s, asked of %s by Metadata: %w", topic, from, codeError(t.ErrorCode))
	}
	l.topicID = t.TopicID
	at = slices.IndexFunc(t.Partitions, func(p kmsg.MetadataResponseTopicPartition) bool { return p.Partition == partition })
	if at < 0 {
		return nil, &MissingError{fmt.Sprintf("topic %s has no partition %d: it has %d, numbered from 0", topic, partition, len(t.Partitions))}
	}
	p := &t.Partitions[at]
	l.Leader, l.Replicas = p.Leader, p.Replicas
	switch _, alive := l.addrs[p.Leader]; {
	case !alive:
		return nil, fmt.Errorf("%s/%d has no leader that is alive, and only the leader tells offsets: kdeck partitions --topic %[1]s", topic, partition)
	case node < 0:
		l.Node = p.Leader
	case !slices.Contains(p.Replicas, node):
		return nil, &MissingError{fmt.Sprintf("broker %d has no replica of %s/%d: its replicas are %s", node, topic, partition, ids(p.Replicas))}
	case l.addrs[node] == "":
		return nil, fmt.Errorf("broker %d isn't alive", node)
	}
	return l, nil
}

func ids(of []int32) string {
	words := make([]string, len(of))
	for i, id := range of {
		words[i] = strconv.Itoa(int(id))
	}
	return strings.Join(words, ", ")
}

// hints say what to do about an error.
var hints = map[*kerr.Error]string{
	kerr.TopicAuthorizationFailed: "reading needs READ on the topic",
	kerr.NotLeaderForPartition:    "the node doesn't serve the partition (any more): try again, or without --to",
	kerr.OffsetOutOfRange:         "the node's log has no such offset (any more)",
	kerr.FencedLeaderEpoch:        "the leader changed meanwhile: try again",
	kerr.UnknownTopicID:           "the topic was deleted or made anew meanwhile: try again",
}

func codeError(code int16) error {
	e := kerr.TypedErrorForCode(code)
	if e == nil {
		return fmt.Errorf("error %d", code)
	}
	if hint := hints[e]; hint != "" {
		return fmt.Errorf("%s: %s", e.Message, hint)
	}
	return fmt.Errorf("%s", e.Message)
}

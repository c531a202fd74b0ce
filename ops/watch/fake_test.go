package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// fake is a cluster that answers whatever a test wants: three brokers b1 to b3, and by default what a healthy Kafka 4
// with two topics of two partitions says.
type fake struct {
	mu           sync.Mutex
	asked        []string // "b1:9092 Metadata"
	own          []string // addresses that were asked for a broker's configs
	learnt       map[int32]string
	cluster      config.Cluster
	showed       time.Time // when nodes showed their certificates
	certificates map[string]protocol.Certificate
	change       func(addr string, resp kmsg.Response) error // of each answer, nil: none
}

func newFake(change func(addr string, resp kmsg.Response) error) *fake {
	return &fake{change: change, cluster: config.Cluster{Name: "test", Bootstrap: []string{"b1:9092", "b2:9092"}}}
}

func (f *fake) Cluster() *config.Cluster { return &f.cluster }

func (f *fake) Learn(addrs map[int32]string) { f.learnt = addrs }

func (f *fake) Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error) {
	resp, err := f.Ask(ctx, "b1:9092", req)
	return resp, "b1:9092", err
}

func (f *fake) AnswerTime(string) time.Duration { return time.Millisecond }

func (f *fake) Certificate(addr string) (c protocol.Certificate, at time.Time, ok bool) {
	c, ok = f.certificates[addr]
	return c, f.showed, ok
}

func (f *fake) Handshake(_ context.Context, addr string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, addr+" handshake")
	return nil
}

func (f *fake) ConnectTime(context.Context, string) (time.Duration, error) { return 0, nil }

func (f *fake) Explain(_ context.Context, _ string, err error) error { return err }

func (f *fake) Spent() kafka.Spent { return kafka.Spent{} }

func (f *fake) note(addr string, key int16) {
	f.mu.Lock()
	f.asked = append(f.asked, addr+" "+kmsg.NameForKey(key))
	f.mu.Unlock()
}

func (f *fake) Refresh(_ context.Context, addr string) (*kmsg.ApiVersionsResponse, error) {
	f.note(addr, kmsg.ApiVersions.Int16())
	v := kmsg.NewPtrApiVersionsResponse()
	v.Version, v.FinalizedFeaturesEpoch = 4, 900
	for _, req := range []kmsg.Request{kmsg.NewPtrMetadataRequest(), kmsg.NewPtrDescribeLogDirsRequest()} {
		v.ApiKeys = append(v.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: req.Key(), MaxVersion: req.MaxVersion()})
	}
	return v, f.changed(addr, v)
}

func (f *fake) changed(addr string, resp kmsg.Response) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.change == nil {
		return nil
	}
	return f.change(addr, resp)
}

func (f *fake) AskBroker(ctx context.Context, addr string, _ kafka.Identity, req kmsg.Request, _ func(kmsg.Response) kafka.Shown) (kmsg.Response, error) {
	return f.Ask(ctx, addr, req)
}

func (f *fake) Ask(_ context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	f.note(addr, req.Key())
	var resp kmsg.Response
	switch req := req.(type) {
	case *kmsg.MetadataRequest:
		if req.AllowAutoTopicCreation || req.Topics != nil {
			return nil, errors.New("this would create topics, or not list them all")
		}
		r := kmsg.NewPtrMetadataResponse()
		r.ClusterID, r.ControllerID = kmsg.StringPtr("sFz1"), 2
		for id := range int32(3) {
			r.Brokers = append(r.Brokers, kmsg.MetadataResponseBroker{NodeID: id + 1, Host: fmt.Sprintf("b%d", id+1), Port: 9092})
		}
		for _, name := range []string{"orders", "clicks"} {
			r.Topics = append(r.Topics, kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr(name), TopicID: [16]byte{name[0]}, Partitions: []kmsg.MetadataResponseTopicPartition{
				{Partition: 1, Leader: 2, LeaderEpoch: 7, Replicas: []int32{2, 3, 1}, ISR: []int32{1, 2, 3}},
				{Partition: 0, Leader: 1, LeaderEpoch: 6, Replicas: []int32{1, 2, 3}, ISR: []int32{3, 2, 1}},
			}})
		}
		resp = r
	case *kmsg.DescribeQuorumRequest:
		r := kmsg.NewPtrDescribeQuorumResponse()
		r.Version = 2
		r.Topics = []kmsg.DescribeQuorumResponseTopic{{Topic: "__cluster_metadata", Partitions: []kmsg.DescribeQuorumResponseTopicPartition{{
			LeaderID:      3001,
			CurrentVoters: []kmsg.DescribeQuorumResponseTopicPartitionReplicaState{{ReplicaID: 3001, LogEndOffset: 900, LastFetchTimestamp: 5_000_000}},
			Observers: []kmsg.DescribeQuorumResponseTopicPartitionReplicaState{
				{ReplicaID: 1, LogEndOffset: 900, LastFetchTimestamp: 5_000_000},
				{ReplicaID: 2, LogEndOffset: 900, LastFetchTimestamp: 4_999_900},
				{ReplicaID: 3, LogEndOffset: 900, LastFetchTimestamp: 4_999_900},
			},
		}}}}
		resp = r
	case *kmsg.ListPartitionReassignmentsRequest:
		resp = kmsg.NewPtrListPartitionReassignmentsResponse()
	case *kmsg.DescribeClusterRequest:
		r := kmsg.NewPtrDescribeClusterResponse()
		r.Version, r.ClusterID = 2, "sFz1"
		for id := range int32(3) {
			r.Brokers = append(r.Brokers, kmsg.DescribeClusterResponseBroker{NodeID: id + 1, Host: fmt.Sprintf("b%d", id+1), Port: 9092})
		}
		resp = r
	case *kmsg.DescribeConfigsRequest:
		r := kmsg.NewPtrDescribeConfigsResponse()
		for _, asked := range req.Resources {
			if asked.ResourceType == kmsg.ConfigResourceTypeBroker {
				f.mu.Lock()
				f.own = append(f.own, addr)
				f.mu.Unlock()
				own := kmsg.DescribeConfigsResponseResource{ResourceType: asked.ResourceType, ResourceName: asked.ResourceName}
				for name, value := range map[string]string{"num.io.threads": "8", "num.network.threads": "3", "listeners": "PLAINTEXT://:9092"} {
					own.Configs = append(own.Configs, kmsg.DescribeConfigsResponseResourceConfig{Name: name, Value: &value})
				}
				r.Resources = append(r.Resources, own)
				continue
			}
			r.Resources = append(r.Resources, kmsg.DescribeConfigsResponseResource{ResourceType: asked.ResourceType, ResourceName: asked.ResourceName,
				Configs: []kmsg.DescribeConfigsResponseResourceConfig{
					{Name: minISR, Value: kmsg.StringPtr("2")}, {Name: leaderThrottled, Value: kmsg.StringPtr("")},
				}})
		}
		resp = r
	case *kmsg.DescribeLogDirsRequest:
		r := kmsg.NewPtrDescribeLogDirsResponse()
		r.Version = 5
		dir := kmsg.DescribeLogDirsResponseDir{Dir: "/data", TotalBytes: 1000, UsableBytes: 500}
		for _, name := range []string{"clicks", "orders"} {
			dir.Topics = append(dir.Topics, kmsg.DescribeLogDirsResponseDirTopic{Topic: name, Partitions: []kmsg.DescribeLogDirsResponseDirTopicPartition{
				{Partition: 0, Size: 100}, {Partition: 1, Size: 11},
			}})
		}
		r.Dirs = append(r.Dirs, dir)
		resp = r
	case *kmsg.DescribeTopicPartitionsRequest:
		r := kmsg.NewPtrDescribeTopicPartitionsResponse()
		for _, asked := range req.Topics {
			r.Topics = append(r.Topics, kmsg.DescribeTopicPartitionsResponseTopic{Topic: kmsg.StringPtr(asked.Topic),
				Partitions: []kmsg.DescribeTopicPartitionsResponseTopicPartition{{Partition: 0, EligibleLeaderReplicas: []int32{2}, LastKnownELR: []int32{3}}}})
		}
		resp = r
	case *kmsg.DescribeClientQuotasRequest:
		r := kmsg.NewPtrDescribeClientQuotasResponse()
		r.Entries = []kmsg.DescribeClientQuotasResponseEntry{{
			Entity: []kmsg.DescribeClientQuotasResponseEntryEntity{{Type: "user", Name: kmsg.StringPtr("alice")}},
			Values: []kmsg.DescribeClientQuotasResponseEntryValue{{Key: "request_percentage", Value: 50}},
		}}
		resp = r
	default:
		return nil, fmt.Errorf("the fake does not know %T", req)
	}
	return resp, f.changed(addr, resp)
}

// times is how often the API was asked.
func (f *fake) times(api string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasSuffix(a, " "+api) {
			n++
		}
	}
	return n
}

// described is who was asked for a broker's own configs.
func (f *fake) described() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.own)
}

// silence is the error of a node that doesn't answer in time.
func silence(addr string) error {
	return &protocol.Error{Addr: addr, Tried: "ask", Cause: protocol.Timeout, Detail: "no answer in time"}
}

func lookAtFake(t *testing.T, f *fake) *state.Snapshot {
	t.Helper()
	s, err := Look(t.Context(), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

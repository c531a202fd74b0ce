package change

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// The configs that throttle replication (KIP-73): rates of brokers, in bytes a second, and lists of topics.
const (
	LeaderRate       = "leader.replication.throttled.rate"
	FollowerRate     = "follower.replication.throttled.rate"
	LeaderReplicas   = "leader.replication.throttled.replicas"
	FollowerReplicas = "follower.replication.throttled.replicas"
)

// LogDirRate limits copies between the log dirs of a broker, in bytes a second (KIP-113).
const LogDirRate = "replica.alter.log.dirs.io.max.bytes.per.second"

// CordonedLogDirs lists the log dirs of a broker that get no new replicas; "*" is all of them (KIP-1066, Kafka 4.3).
const CordonedLogDirs = "cordoned.log.dirs"

// Resource is what a config belongs to: a topic, a consumer group, all brokers, or one broker.
type Resource struct {
	Broker     int32 // where nothing else is set
	Topic      string
	Group      string
	AllBrokers bool // the cluster default: it holds for brokers that have no value of their own
}

func (r Resource) String() string {
	switch kind, name := r.Words(); {
	case r.AllBrokers:
		return "all brokers"
	default:
		return kind + " " + name
	}
}

// DefaultBroker stands for all brokers in the place of a broker's id.
const DefaultBroker = "default"

// Words are the kind and the name of the resource as command lines have them.
func (r Resource) Words() (kind, name string) {
	switch {
	case r.Topic != "":
		return "topic", r.Topic
	case r.Group != "":
		return "group", r.Group
	case r.AllBrokers:
		return "broker", DefaultBroker
	}
	return "broker", strconv.Itoa(int(r.Broker))
}

// Kafka returns the type and the name of the resource as requests hold them.
func (r Resource) Kafka() (kmsg.ConfigResourceType, string) {
	switch {
	case r.Topic != "":
		return kmsg.ConfigResourceTypeTopic, r.Topic
	case r.Group != "":
		return kmsg.ConfigResourceTypeGroupConfig, r.Group
	case r.AllBrokers:
		return kmsg.ConfigResourceTypeBroker, ""
	}
	return kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(r.Broker))
}

// ConfigOp is one change of one config. The operations Append and Subtract are for lists: the controller itself merges them.
type ConfigOp struct {
	Name   string                        `json:"name"`
	Op     kmsg.IncrementalAlterConfigOp `json:"-"`
	Value  string                        `json:"-"`
	Before *string                       `json:"value"` // the value that was set on this resource before; nil: none
}

// ConfigChange is the changes of one resource's configs.
type ConfigChange struct {
	Resource Resource
	Ops      []ConfigOp
	Undo     config.CommandLine // the command that takes it back; "": that of Kafka's own tool
}

// request is the change as a request holds it.
func (c ConfigChange) request() kmsg.IncrementalAlterConfigsRequestResource {
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = c.Resource.Kafka()
	for _, op := range c.Ops {
		rc := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		rc.Name, rc.Op = op.Name, op.Op
		if op.Op != kmsg.IncrementalAlterConfigOpDelete {
			rc.Value = kmsg.StringPtr(op.Value)
		}
		r.Configs = append(r.Configs, rc)
	}
	return r
}

// maxResources is how many resources one request changes; see maxPartitions.
const maxResources = 500

// AlterTopicConfigs changes configs of topics. It returns one error for each change, as [Door.AlterPartitionReassignments]
// does.
func (d *Door) AlterTopicConfigs(ctx context.Context, changes []ConfigChange) (errs []error, err error) {
	if err := checkChangeable(changes...); err != nil {
		return slices.Repeat([]error{ErrNotTaken}, len(changes)), err
	}
	return inChunks(changes, maxResources, func(changes []ConfigChange) ([]error, error) {
		return alterConfigs(changes, func(c *call) error { return d.toAny(ctx, c) })
	})
}

// AlterConfigs changes configs of one resource.
func (d *Door) AlterConfigs(ctx context.Context, change ConfigChange) error {
	return alterOne(change, func(c *call) error {
		if kind, _ := change.Resource.Kafka(); kind == kmsg.ConfigResourceTypeBroker && !change.Resource.AllBrokers {
			return d.toBroker(ctx, change.Resource.Broker, c)
		}
		return d.toAny(ctx, c)
	})
}

// AlterBrokerConfigs changes configs of one broker. Only that broker accepts them. If it is not alive, nothing is sent and the
// error is a [*DeadError].
func (d *Door) AlterBrokerConfigs(ctx context.Context, change ConfigChange) error {
	return alterOne(change, func(c *call) error { return d.toBroker(ctx, change.Resource.Broker, c) })
}

// AlterDeadBrokerConfigs changes configs of a broker that is not alive. No other broker takes them, so they are sent to the
// active controller's own listener. Without the address of a controller in the cluster's settings, the error is a
// [*DeadError].
func (d *Door) AlterDeadBrokerConfigs(ctx context.Context, change ConfigChange) error {
	if len(d.session.Cluster().Controllers) == 0 {
		return &DeadError{change.Resource.Broker}
	}
	return alterOne(change, func(c *call) error { return d.toController(ctx, c) })
}

func checkChangeable(changes ...ConfigChange) error {
	for _, c := range changes {
		for _, op := range c.Ops {
			if !message.PlainConfig(op.Name) {
				return fmt.Errorf("%s of %v can't be changed: its value might be a secret, and the journal would keep it", op.Name, c.Resource)
			}
		}
	}
	return nil
}

func alterOne(change ConfigChange, send func(*call) error) error {
	if err := checkChangeable(change); err != nil {
		return err
	}
	errs, err := alterConfigs([]ConfigChange{change}, send)
	if err != nil {
		return err
	}
	return errs[0]
}

// resourceKey names a resource as answers name it.
type resourceKey struct {
	kind kmsg.ConfigResourceType
	name string
}

func (k resourceKey) String() string { return fmt.Sprintf("%s %s", k.kind, k.name) }

func alterConfigs(changes []ConfigChange, send func(*call) error) ([]error, error) {
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	before := map[string][]ConfigOp{}
	undo := make([]string, len(changes))
	keys := make([]resourceKey, len(changes))
	for i, c := range changes {
		r := c.request()
		req.Resources = append(req.Resources, r)
		before[c.Resource.String()] = c.Ops
		undo[i] = cmp.Or(string(c.Undo), undoConfigs(c))
		keys[i] = resourceKey{r.ResourceType, r.ResourceName}
	}
	var answered answers[resourceKey]
	err := send(&call{
		req: req, before: before, undo: config.CommandLine(strings.Join(undo, "; ")),
		result: func(resp kmsg.Response) ([]string, error) {
			answered.reset()
			for _, r := range resp.(*kmsg.IncrementalAlterConfigsResponse).Resources {
				err := refused(r.ErrorCode, r.ErrorMessage)
				if retryable(err) {
					answered.reset()
					return nil, err // of the controller, not of the resource
				}
				answered.add(resourceKey{r.ResourceType, r.ResourceName}, err)
			}
			return answered.refused, nil
		},
	})
	return answered.errors(keys, err), err
}

// undoConfigs returns the command of Kafka's own tool that puts the configs back as they were.
func undoConfigs(c ConfigChange) string {
	kind, name := c.Resource.Words()
	kind += "s"
	var set, unset []string
	for _, op := range c.Ops {
		if op.Before == nil {
			unset = append(unset, op.Name)
		} else {
			set = append(set, op.Name+"=["+*op.Before+"]")
		}
	}
	cmd := "kafka-configs --alter --entity-type " + kind
	if c.Resource.AllBrokers {
		cmd += " --entity-default"
	} else {
		cmd += " --entity-name " + name
	}
	if len(set) > 0 {
		cmd += " --add-config '" + strings.Join(set, ",") + "'"
	}
	if len(unset) > 0 {
		cmd += " --delete-config " + strings.Join(unset, ",")
	}
	return cmd
}

// toController sends a change to the active controller, on its own listener.
func (d *Door) toController(ctx context.Context, c *call) error {
	if err := d.allow(c.req); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.Timeout)
	defer cancel()
	failed := &FailedError{API: apiName(c.req)}
	next := append([]string(nil), d.session.Cluster().Controllers...)
	asked := map[string]bool{}
	for len(next) > 0 {
		addr := next[0]
		next = next[1:]
		if asked[addr] {
			continue
		}
		asked[addr] = true
		leader, unanswered, err := d.atController(ctx, addr, c)
		if err == nil && leader == "" {
			return nil
		}
		if err == nil {
			next = append([]string{leader}, next...)
		} else if err := failed.add(addr, unanswered, err); err != nil {
			return err
		}
	}
	return failed
}

// atController sends the change if the controller at addr is the active one. If not, it returns the address of that.
func (d *Door) atController(ctx context.Context, addr string, c *call) (leader string, unanswered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	conn, err := protocol.Dial(ctx, addr, d.session.Dialing())
	if err != nil {
		return "", false, err
	}
	defer conn.Close()
	who := kmsg.NewPtrDescribeClusterRequest()
	who.EndpointType = 2 // controllers (KIP-919)
	resp, err := ask(ctx, conn, who)
	if err != nil {
		return "", false, err
	}
	r := resp.(*kmsg.DescribeClusterResponse)
	if err := refused(r.ErrorCode, r.ErrorMessage); err != nil {
		return "", false, err
	}
	if err := d.checkID(addr, &r.ClusterID); err != nil {
		return "", false, err
	}
	for _, b := range r.Brokers {
		if at := net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))); b.NodeID == r.ControllerID && at != addr {
			return at, false, nil
		}
	}
	unanswered, err = d.exchange(ctx, conn, c)
	return "", unanswered, err
}

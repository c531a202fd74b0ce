package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
)

// Identity names one broker of one cluster.
type Identity struct {
	Broker    int32
	ClusterID string // "" where it isn't known, and isn't checked
}

// Shown is what an answer shows of the broker that gave it.
type Shown int

// What an answer may show.
const (
	Nothing  Shown = iota
	Own            // it can be of the broker alone that was asked
	Anothers       // it is most likely another broker's
)

// AskBroker is [Session.Ask] for what a broker says of itself. Behind a load balancer, a tunnel that all brokers share, or a wrong
// address_map, another broker answers at the address: the error is then an [*IdentityError]. Unless shown tells that an answer is the
// broker's own, its connection is checked, once ([Session.Identify]). nil: answers show nothing.
func (s *Session) AskBroker(ctx context.Context, addr string, broker Identity, req kmsg.Request, shown func(kmsg.Response) Shown) (kmsg.Response, error) {
	return s.askNode(ctx, addr, &peer{broker, shown}, req)
}

// peer is the broker that a connection must lead to.
type peer struct {
	Identity
	shown func(kmsg.Response) Shown
}

// shows is what an answer of the peer shows.
func (p *peer) shows(answer kmsg.Response) Shown {
	if p.shown == nil {
		return Nothing
	}
	return p.shown(answer)
}

// Identify asks the node at the other end of a connection which broker it is, with two requests at the most. The error is an
// [*IdentityError] where it is another one. A node that serves no DescribeConfigs, or refuses it for want of the ACL DESCRIBE_CONFIGS
// on CLUSTER, is taken for the broker, unless address_map leads other brokers to the same address.
func (s *Session) Identify(ctx context.Context, c *protocol.Conn, want Identity) error {
	return s.identify(ctx, c, want, Nothing)
}

func (s *Session) identify(ctx context.Context, c *protocol.Conn, want Identity, shown Shown) error {
	versions, err := c.Versions(ctx)
	if err != nil {
		return err
	}
	got := Identity{Broker: unknownBroker, ClusterID: want.ClusterID}
	if want.ClusterID != "" {
		resp, err := s.exchangeServed(ctx, c, versions, BrokersRequest())
		if err != nil {
			return err
		}
		if m, ok := resp.(*kmsg.MetadataResponse); ok && m.ClusterID != nil {
			got.ClusterID = *m.ClusterID
		}
	}
	if got.ClusterID == want.ClusterID {
		req := kmsg.NewPtrDescribeConfigsRequest()
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName, r.ConfigNames = kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(want.Broker)), []string{"node.id", "broker.id"}
		req.Resources = append(req.Resources, r)
		resp, err := s.exchangeServed(ctx, c, versions, req)
		if err != nil {
			return err
		}
		if d, ok := resp.(*kmsg.DescribeConfigsResponse); ok {
			got.Broker = brokerThatDescribes(d)
		}
	}
	e := s.identityError(c.Addr(), want, got)
	if got == want || got.Broker == unknownBroker && !e.OtherCluster() && !e.Shared && shown != Anothers {
		return nil
	}
	return e
}

// unknownBroker stands for the id of a broker that doesn't tell it.
const unknownBroker = -1

// exchangeServed sends a request over a connection. The answer is nil where the node doesn't serve the request or the context's class
// forbids it.
func (s *Session) exchangeServed(ctx context.Context, c *protocol.Conn, versions *kmsg.ApiVersionsResponse, req kmsg.Request) (kmsg.Response, error) {
	version, err := protocol.Pick(versions, req.Key(), req.MaxVersion())
	if err != nil || s.refuse(req, version) != nil {
		return nil, nil
	}
	answer, err := c.Exchange(ctx, inVersion(req, version))
	if err != nil {
		return nil, err
	}
	return answer.Response, nil
}

// unexpectedID is what Kafka's ConfigHelper says to a request for the configs of another broker.
var unexpectedID = regexp.MustCompile(`^Unexpected broker id, expected (-?\d+)\b`)

// brokerThatDescribes returns the id of the broker that answered a request for the configs of one broker.
func brokerThatDescribes(resp *kmsg.DescribeConfigsResponse) int32 {
	told := func(text string) int32 {
		if id, err := strconv.ParseInt(text, 10, 32); err == nil && id >= 0 {
			return int32(id)
		}
		return unknownBroker
	}
	for _, r := range resp.Resources {
		if r.ErrorCode == kerr.InvalidRequest.Code && r.ErrorMessage != nil {
			if m := unexpectedID.FindStringSubmatch(*r.ErrorMessage); m != nil {
				return told(m[1])
			}
		}
		for _, c := range r.Configs {
			if c.Value != nil && (c.Name == "node.id" || c.Name == "broker.id" && *c.Value != "-1") {
				return told(*c.Value)
			}
		}
	}
	return unknownBroker
}

// IdentityError says that another broker answers at the address of one, or seems to.
type IdentityError struct {
	Addr      string   // as the broker advertises it
	Mapped    string   // where address_map leads; "" where it has no such entry
	Want, Got Identity // Got.Broker is -1 where it isn't known
	Shared    bool     // address_map leads to Mapped from other addresses too
}

func (s *Session) identityError(addr string, want, got Identity) *IdentityError {
	e := &IdentityError{Addr: addr, Mapped: s.cluster.AddressMap[addr], Want: want, Got: got}
	if e.Mapped != "" {
		others := 0
		for _, to := range slices.Collect(maps.Values(s.cluster.AddressMap)) {
			if to == e.Mapped {
				others++
			}
		}
		e.Shared = others > 1
	}
	return e
}

// OtherCluster reports whether the broker that answers is of another cluster.
func (e *IdentityError) OtherCluster() bool { return e.Got.ClusterID != e.Want.ClusterID }

func (e *IdentityError) Error() string {
	return fmt.Sprintf("%s: asked for broker %d: %s", e.Addr, e.Want.Broker, e.Reason())
}

// Reason says who answers and what to do, without the address, so that equal reasons read equal.
func (e *IdentityError) Reason() string {
	var b strings.Builder
	switch {
	case e.OtherCluster():
		fmt.Fprintf(&b, "a broker of another cluster, %s, answers there", e.Got.ClusterID)
	case e.Got.Broker == unknownBroker:
		b.WriteString("another broker may answer there (the ACL DESCRIBE_CONFIGS on CLUSTER is needed to know)")
	default:
		fmt.Fprintf(&b, "broker %d answers there", e.Got.Broker)
	}
	switch {
	case e.Shared:
		fmt.Fprintf(&b, "; address_map leads several brokers to %s: give each broker an address of its own", e.Mapped)
	case e.Mapped != "":
		fmt.Fprintf(&b, "; address_map leads to %s: correct the entry", e.Mapped)
	case e.OtherCluster():
		b.WriteString("; correct the broker's advertised.listeners or the name service, or write the broker's address into address_map")
	default:
		b.WriteString("; brokers behind one load balancer or tunnel need an address each: correct advertised.listeners, or write address_map")
	}
	return b.String()
}

// isIdentity reports whether an error says that another broker answers.
func isIdentity(err error) bool {
	_, ok := errors.AsType[*IdentityError](err)
	return ok
}

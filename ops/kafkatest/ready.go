package kafkatest

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// A wait on a cluster ends after waitTimeout at the latest. It only ends what hangs: a busy machine may take minutes to start
// six brokers.
const (
	waitTimeout = 10 * time.Minute
	pollEvery   = 100 * time.Millisecond
)

// poll calls done until it returns two nils. missing says what is still to
// come; it is part of the error when the time is over. err ends the wait at once.
func poll(ctx context.Context, what string, done func(context.Context) (missing error, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitTimeout, fmt.Errorf("gave up after %v", waitTimeout))
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		missing, err := done(ctx)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if missing == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w: %w", what, context.Cause(ctx), missing)
		}
	}
}

// AwaitBrokers waits until every running broker lists each of ids in its
// metadata, which it does once it is unfenced. A paused broker is not asked.
func (c *Cluster) AwaitBrokers(ctx context.Context, ids ...int32) error {
	var nodes []*Node
	for _, id := range ids {
		nodes = append(nodes, c.Node(id))
	}
	return c.awaitUnfenced(ctx, nodes)
}

// awaitUnfenced waits as AwaitBrokers does, and fails as soon as one of the
// nodes ends. Of controllers it only asks that they live.
func (c *Cluster) awaitUnfenced(ctx context.Context, nodes []*Node) error {
	return poll(ctx, fmt.Sprintf("%v to be unfenced", nodes), func(ctx context.Context) (error, error) {
		for _, n := range nodes {
			if !n.Running() {
				return nil, n.exitError()
			}
		}
		for _, asked := range c.answering() {
			metadata, err := c.metadata(ctx, asked)
			if err != nil {
				return err, nil
			}
			var listed []int32
			for _, b := range metadata.Brokers {
				listed = append(listed, b.NodeID)
			}
			for _, n := range nodes {
				if n.Broker && !slices.Contains(listed, n.ID) {
					return fmt.Errorf("broker %d lists only %v", asked.ID, listed), nil
				}
			}
		}
		return nil, nil
	})
}

// answering returns the brokers that run and are not paused.
func (c *Cluster) answering() (nodes []*Node) {
	for _, n := range c.Brokers() {
		if n.Running() && !n.isPaused() {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// ask sends a request to one broker alone.
func (c *Cluster) ask(ctx context.Context, n *Node, request kmsg.Request) (kmsg.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := c.client.SeedBrokers()[slices.Index(c.Nodes, n)].Request(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("%s of broker %d: %w", kmsg.NameForKey(request.Key()), n.ID, err)
	}
	return answer, nil
}

// metadata asks one broker for its metadata of the brokers and these topics.
func (c *Cluster) metadata(ctx context.Context, n *Node, topics ...string) (*kmsg.MetadataResponse, error) {
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{} // none; nil would be all
	for _, name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		request.Topics = append(request.Topics, topic)
	}
	answer, err := c.ask(ctx, n, request)
	if err != nil {
		return nil, err
	}
	return answer.(*kmsg.MetadataResponse), nil
}

// awaitController waits until a controller that is no broker accepts connections.
func (n *Node) awaitController(ctx context.Context) error {
	return poll(ctx, fmt.Sprintf("controller %d to listen", n.ID), func(ctx context.Context) (error, error) {
		if !n.Running() {
			return nil, n.exitError()
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.ControllerAddr())
		if err != nil {
			return err, nil
		}
		return nil, conn.Close()
	})
}

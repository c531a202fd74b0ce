package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/protocol/printable"
)

// DefaultTimeout is how long a change may take, with all its tries.
const DefaultTimeout = 30 * time.Second

// attemptTimeout is how long one try of a change may take.
const attemptTimeout = kafka.DefaultTimeout

// Options are the settings of a door.
type Options struct {
	ClusterID string  // the id of the cluster that is meant
	Confirm   Confirm // the phrase that must be typed, and what was typed
	Journal   *Journal
	MaxClass  protocol.Class // the highest class that may be sent; 0: that of the session's cluster
	CappedBy  string         // the context that says so
	Timeout   time.Duration  // for one change with all its tries; 0: DefaultTimeout
}

// Door sends changes to one cluster. One change at a time.
type Door struct {
	session  *kafka.Session
	o        Options
	lastAddr string // the address that took the last change
}

// Open checks the phrase and the cluster's id; nothing is changed. Errors are [*PhraseError], [*ClusterError] and those
// of the session.
func Open(ctx context.Context, session *kafka.Session, o Options) (*Door, error) {
	if err := o.Confirm.Check(); err != nil {
		return nil, err
	}
	if o.ClusterID == "" || o.Journal == nil {
		return nil, errors.New("a change needs the id of the cluster that is meant, and a journal")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	o.Journal.begin(o.Confirm.Want, o.ClusterID, session.Cluster().Name, session.Cluster().Mask())
	d := &Door{session: session, o: o}
	if _, err := d.brokers(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Journal is the journal that the door writes.
func (d *Door) Journal() *Journal { return d.o.Journal }

// ClusterID is the id of the cluster that is meant.
func (d *Door) ClusterID() string { return d.o.ClusterID }

// brokers returns the addresses of the live brokers by id, as one that answers knows them.
func (d *Door) brokers(ctx context.Context) (map[int32]string, error) {
	resp, addr, err := d.session.Any(ctx, kafka.BrokersRequest())
	if err != nil {
		return nil, err
	}
	meta := resp.(*kmsg.MetadataResponse)
	if err := d.checkID(addr, meta.ClusterID); err != nil {
		return nil, err
	}
	live := make(map[int32]string, len(meta.Brokers))
	for _, b := range meta.Brokers {
		live[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	return live, nil
}

func (d *Door) checkID(addr string, id *string) error {
	if id == nil || *id != d.o.ClusterID {
		e := &ClusterError{Addr: addr, Want: d.o.ClusterID}
		if id != nil {
			e.Got = *id
		}
		return e
	}
	return nil
}

// call is one change to be sent.
type call struct {
	req    kmsg.Request
	before any                // the state that is changed, as it was; is written as JSON
	undo   config.CommandLine // the command that takes it back
	// result reads the answer. It returns the parts that were refused, in words, or an error of the whole.
	result func(kmsg.Response) (refused []string, err error)
	// took reads back whether the change took effect though its answer was lost. It is nil where sending the change
	// again does no harm.
	tookEffect func(context.Context) bool
	// once is set where sending the change again could hit something else, and whether it took effect can't be told.
	once bool
}

// errTookEffect stands for a lost answer, where [call.tookEffect] found that the change took effect.
var errTookEffect = errors.New("the answer was lost, and the change had taken effect")

// allow refuses a change above the context's cap, before anything is sent.
func (d *Door) allow(req protocol.Request) error {
	class, _ := protocol.Classify(req)
	most, by := d.session.Cluster().MaxClass, d.session.Cluster().Name
	if d.o.MaxClass != 0 {
		most, by = d.o.MaxClass, d.o.CappedBy
	}
	if most != 0 && class > most {
		return &ClassError{API: apiName(req), Class: class, Max: most, Context: by}
	}
	return nil
}

// toAny sends a change to a live broker, which forwards it to the controller. Where it fails in a way that another try
// can mend, another broker is tried, until the deadline.
func (d *Door) toAny(ctx context.Context, c *call) error {
	return d.try(ctx, c, func(ctx context.Context) ([]string, error) {
		live, err := d.brokers(ctx)
		if err != nil {
			return nil, err
		}
		addrs := make([]string, 0, len(live))
		for _, id := range slices.Sorted(maps.Keys(live)) {
			if live[id] == d.lastAddr {
				addrs = append([]string{d.lastAddr}, addrs...)
			} else {
				addrs = append(addrs, live[id])
			}
		}
		return addrs, nil
	})
}

// toBroker sends a change to one broker and no other. Only the broker itself takes its configs ("Unexpected broker id").
func (d *Door) toBroker(ctx context.Context, broker int32, c *call) error {
	return d.try(ctx, c, func(ctx context.Context) ([]string, error) {
		live, err := d.brokers(ctx)
		if err != nil {
			return nil, err
		}
		addr, ok := live[broker]
		if !ok {
			return nil, &DeadError{broker}
		}
		return []string{addr}, nil
	})
}

// DeadError says that a broker is not among the live ones, so nothing was sent to it.
type DeadError struct{ Broker int32 }

func (e *DeadError) Error() string { return fmt.Sprintf("broker %d is not alive", e.Broker) }

// retryPause is how long the door waits before it tries the same brokers once more.
const retryPause = 250 * time.Millisecond

func (d *Door) try(ctx context.Context, c *call, candidates func(context.Context) ([]string, error)) error {
	if err := d.allow(c.req); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.Timeout)
	defer cancel()
	failed := &FailedError{API: apiName(c.req)}
	for {
		addrs, err := candidates(ctx)
		if err != nil {
			if len(failed.Tried) == 0 {
				return err
			}
			return failed
		}
		for _, addr := range addrs {
			unanswered, err := d.attempt(ctx, addr, c)
			if err == nil {
				d.lastAddr = addr
				return nil
			}
			if err := failed.add(addr, unanswered, err); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return failed
			}
			if unanswered && c.once {
				return failed
			}
			if unanswered && c.tookEffect != nil && c.tookEffect(ctx) {
				return errTookEffect
			}
		}
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return failed
		}
	}
}

// apiReassign is the request that reassigns partitions. kmsg has another name for it.
const apiReassign = "AlterPartitionReassignments"

// apiName is Kafka's name of a request.
func apiName(req protocol.Request) string { return message.Lookup(req.Key()).Name }

// retryable tells whether another try may succeed: the broker gave no answer, or one that says so.
func retryable(err error) bool {
	var node *protocol.Error
	if errors.As(err, &node) {
		switch node.Cause {
		case protocol.AuthenticationFailed, protocol.SASLRequired, protocol.SASLNotExpected, protocol.NotServed, protocol.Canceled:
			return false
		}
		return true
	}
	var no *RefusedError
	if errors.As(err, &no) {
		switch no.Code {
		case 7, 13, 41, 89, // REQUEST_TIMED_OUT, NETWORK_EXCEPTION, NOT_CONTROLLER, THROTTLING_QUOTA_EXCEEDED
			14, 15, 16: // COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR
			return true
		}
	}
	return false
}

// attempt sends a change to one node over a connection of its own; see exchange.
func (d *Door) attempt(ctx context.Context, addr string, c *call) (unanswered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	conn, err := protocol.Dial(ctx, addr, d.session.Dialing())
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := d.checkConn(ctx, conn); err != nil {
		return false, err
	}
	return d.exchange(ctx, conn, c)
}

// checkConn asks the node at the other end which cluster it belongs to.
func (d *Door) checkConn(ctx context.Context, conn *protocol.Conn) error {
	resp, err := ask(ctx, conn, kafka.BrokersRequest())
	if err != nil {
		return err
	}
	return d.checkID(conn.Addr(), resp.(*kmsg.MetadataResponse).ClusterID)
}

func ask(ctx context.Context, conn *protocol.Conn, req kmsg.Request) (kmsg.Response, error) {
	if err := pick(ctx, conn, req); err != nil {
		return nil, err
	}
	answer, err := conn.Exchange(ctx, req)
	if err != nil {
		return nil, err
	}
	return answer.Response, nil
}

// pick sets the newest version that the node and kmsg know.
func pick(ctx context.Context, conn *protocol.Conn, req kmsg.Request) error {
	versions, err := conn.Versions(ctx)
	if err != nil {
		return err
	}
	v, err := protocol.Pick(versions, req.Key(), req.MaxVersion())
	if err != nil {
		return err
	}
	req.SetVersion(v)
	return nil
}

// exchange writes the journal, sends, and writes what came of it. unanswered says that the change may have taken effect
// although err is not nil: the node may have got it, and it gave no answer, or one that leaves it open. Where the answer came
// and only the journal of it could not be written, err is an [*UnrecordedError].
func (d *Door) exchange(ctx context.Context, conn *protocol.Conn, c *call) (unanswered bool, err error) {
	if err := pick(ctx, conn, c.req); err != nil {
		return false, err
	}
	if err := d.allow(c.req); err != nil {
		return false, err
	}
	before, err := printable.Marshal(c.before)
	if err != nil {
		return false, err
	}
	request, err := requestJSON(c.req)
	if err != nil {
		return false, err
	}
	j, now := d.o.Journal, time.Now()
	e := &Entry{
		ID: j.nextID(now), Time: now, ClusterID: d.o.ClusterID, Context: d.session.Cluster().Name,
		API: apiName(c.req), Version: c.req.GetVersion(), To: conn.Addr(), Request: request,
		Before: before, Undo: c.undo,
	}
	if err := j.write(e); err != nil {
		return false, err
	}
	outcome := &Outcome{}
	answer, err := conn.Exchange(ctx, c.req)
	unanswered = err != nil
	outcome.Unanswered = unanswered
	if err == nil {
		outcome.Refused, err = c.result(answer.Response)
		unanswered = retryable(err)
	}
	if err != nil {
		outcome.Error = err.Error()
	}
	if werr := j.write(&Entry{ID: e.ID, Time: time.Now(), Result: outcome, resultOf: e.API}); werr != nil && err == nil {
		err = &UnrecordedError{werr}
	}
	return unanswered, err
}

package change

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/protocol/printable"
)

// Raw is a request that an operator put together field by field.
type Raw struct {
	Addr    string // the only node that gets it
	Request *message.Message
}

// maxAnswer is the longest answer, in bytes of JSON, that the journal keeps whole.
const maxAnswer = 1 << 20

// SendRaw sends a request once, unchanged, to one node, and returns its answer. An error code inside the answer is not an
// error of SendRaw; the journal has it as a refusal, with the whole answer. The state before is not read, so the journal has
// neither that nor an undo command.
func (d *Door) SendRaw(ctx context.Context, raw Raw) (*protocol.Answer, error) {
	if err := d.allow(raw.Request); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	conn, err := protocol.Dial(ctx, raw.Addr, d.session.Dialing())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := d.checkNode(ctx, conn); err != nil {
		return nil, err
	}
	j, now := d.o.Journal, time.Now()
	e := &Entry{
		ID: j.nextID(now), Time: now, ClusterID: d.o.ClusterID, Context: d.session.Cluster().Name,
		API: raw.Request.API.Name, Version: raw.Request.Version, To: raw.Addr, Request: raw.Request.AppendJSON(nil),
	}
	if err := j.write(e); err != nil {
		return nil, err
	}
	outcome := &Outcome{}
	answer, err := conn.Exchange(ctx, raw.Request)
	if err != nil {
		outcome.Error, outcome.Unanswered = err.Error(), true
	} else if answer.ResponseBytes != nil {
		outcome.read(answer, d.session.Cluster().Mask().Said)
	}
	if werr := j.write(&Entry{ID: e.ID, Time: time.Now(), Result: outcome, resultOf: e.API}); werr != nil && err == nil {
		err = &UnrecordedError{werr}
	}
	return answer, err
}

// read takes in what the node answered; said hides secrets in why it failed.
func (o *Outcome) read(answer *protocol.Answer, said func(string) string) {
	m, _, err := answer.Decode(nil)
	if err != nil {
		o.Error = "the answer can't be read: " + err.Error()
		return
	}
	m.ReplaceSaid(said)
	o.Refused = m.Errors()
	if o.Answer = m.AppendJSON(nil); len(o.Answer) > maxAnswer {
		o.Answer, _ = printable.Marshal(fmt.Sprintf("%d bytes, left out", len(o.Answer)))
	}
}

// checkNode asks a node for its cluster's id. A controller's own listener serves no Metadata, so it is asked by
// DescribeCluster.
func (d *Door) checkNode(ctx context.Context, conn *protocol.Conn) error {
	versions, err := conn.Versions(ctx)
	if err != nil {
		return err
	}
	if _, _, served := protocol.VersionRange(versions, kmsg.Metadata.Int16()); served {
		return d.checkConn(ctx, conn)
	}
	who := kmsg.NewPtrDescribeClusterRequest()
	who.EndpointType = 2 // controllers (KIP-919)
	resp, err := ask(ctx, conn, who)
	if err != nil {
		return err
	}
	return d.checkID(conn.Addr(), &resp.(*kmsg.DescribeClusterResponse).ClusterID)
}

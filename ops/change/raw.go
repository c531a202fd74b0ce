package change

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Raw is a request that kdeck has no words of its own for, as an operator put it together.
type Raw struct {
	Addr    string // the node that gets it, and no other
	Request *message.Message
}

// SendRaw sends a request once, as it is, to one node, and returns what that said: an error code inside the answer is
// the answer. What it changes isn't read before, and nothing undoes it but what the journal tells.
func (d *Door) SendRaw(ctx context.Context, raw Raw) (*protocol.Answer, error) {
	if err := d.allow(raw.Request); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.o.Attempt)
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
		outcome.Error = err.Error()
	}
	if werr := j.write(&Entry{ID: e.ID, Time: time.Now(), Result: outcome}); werr != nil && err == nil {
		err = werr
	}
	return answer, err
}

// checkNode asks a broker, or a controller on its own listener, which serves no Metadata, for its cluster's id.
func (d *Door) checkNode(ctx context.Context, conn *protocol.Conn) error {
	versions, err := conn.Versions(ctx)
	if err != nil {
		return err
	}
	if _, _, served := protocol.VersionRange(versions, noTopics().Key()); served {
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

package ask

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// OwnCluster is the id of the cluster that a node says it belongs to, where the node is asked for by its address; else "": what a
// broker's id or a role stands for was looked up in the session's cluster. Where the node doesn't tell, it is "" as well.
func (f *Fanout) OwnCluster(ctx context.Context, r *Reply) string {
	if r.Err != nil || r.broker {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, f.options.Timeout)
	defer cancel()
	versions, err := r.conn.Versions(ctx)
	if err != nil {
		return ""
	}
	controller := kmsg.NewPtrDescribeClusterRequest()
	controller.EndpointType = 2 // its own listener serves no Metadata (KIP-919)
	for _, req := range []kmsg.Request{kafka.BrokersRequest(), controller} {
		version, err := protocol.Pick(versions, req.Key(), req.MaxVersion())
		if err != nil {
			continue
		}
		req.SetVersion(version)
		answer, err := r.conn.Exchange(ctx, req)
		f.charge(r)
		if err != nil {
			return ""
		}
		switch told := answer.Response.(type) {
		case *kmsg.MetadataResponse:
			if told.ClusterID != nil {
				return *told.ClusterID
			}
		case *kmsg.DescribeClusterResponse:
			return told.ClusterID
		}
		return ""
	}
	return ""
}

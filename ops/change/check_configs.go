package change

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// CheckConfigs asks a broker whether it would take a change of configs, and changes nothing (validateOnly, KIP-339): so neither the
// phrase nor the journal is needed. One broker's own configs are checked by that broker. The error is a [*RefusedError] where it
// would refuse. Options need the cluster's id, and the cap on the class, which holds for this request too.
func CheckConfigs(ctx context.Context, session *kafka.Session, o Options, change ConfigChange) error {
	if err := checkChangeable(change); err != nil {
		return err
	}
	d := &Door{session: session, o: o}
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.ValidateOnly = true
	req.Resources = append(req.Resources, change.request())
	if err := d.allow(req); err != nil {
		return err
	}
	live, err := d.brokers(ctx)
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(live))
	if kind, name := change.Resource.Kafka(); kind == kmsg.ConfigResourceTypeBroker && name != "" {
		if live[change.Resource.Broker] == "" {
			return &DeadError{change.Resource.Broker}
		}
		ids = []int32{change.Resource.Broker}
	}
	failed := &FailedError{API: apiName(req)}
	for _, id := range ids {
		err := d.check(ctx, live[id], req)
		if node, ok := errors.AsType[*protocol.Error](err); !ok || node.Cause == protocol.Canceled {
			return err
		}
		failed.Tried = append(failed.Tried, Attempt{live[id], err})
	}
	return failed
}

// check sends a request that only validates to one node.
func (d *Door) check(ctx context.Context, addr string, req *kmsg.IncrementalAlterConfigsRequest) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	conn, err := protocol.Dial(ctx, addr, d.session.Dialing())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := d.checkConn(ctx, conn); err != nil {
		return err
	}
	resp, err := ask(ctx, conn, req)
	if err != nil {
		return err
	}
	for _, r := range resp.(*kmsg.IncrementalAlterConfigsResponse).Resources {
		return refused(r.ErrorCode, r.ErrorMessage)
	}
	return errLeftOut
}

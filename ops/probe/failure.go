package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// failure is why an attempt, or one try of it, came to nothing.
type failure struct {
	stage   Stage
	outcome Outcome
	err     error
	again   bool // a client would try it again
}

// failed is a failure of the network, or of an answer that can't be read.
func failed(stage Stage, err error) *failure {
	f := &failure{stage: stage, outcome: Failed, err: err}
	switch protocol.CauseOf(err) {
	case protocol.Timeout, protocol.Canceled, protocol.AuthenticationFailed, protocol.NotServed, protocol.ExpiredCertificate, protocol.UntrustedCertificate,
		protocol.HostnameMismatch, protocol.ClientCertificate:
	default:
		f.again = true
	}
	if _, elsewhere := errors.AsType[*kafka.IdentityError](err); elsewhere {
		f.again = false
	}
	return f
}

// refused is an error code in a broker's answer; nil for none.
func refused(stage Stage, what string, broker int32, code int16) *failure {
	if code == 0 {
		return nil
	}
	err := kerr.ErrorForCode(code)
	f := &failure{stage: stage, outcome: Failed, again: kerr.IsRetriable(err), err: fmt.Errorf("broker %d answers %s with %w", broker, what, err)}
	switch code {
	case kerr.TopicAuthorizationFailed.Code, kerr.ClusterAuthorizationFailed.Code:
		f.outcome = Refused
	}
	return f
}

// unreached is the stage at which a connection wasn't made. resolving tells whether the host was being looked up.
func unreached(err error, resolving bool) Stage {
	e, ok := errors.AsType[*protocol.Error](err)
	switch {
	case !ok:
		return TCP
	case resolving, e.Cause == protocol.Unresolved:
		return DNS
	case e.Tried == "connect":
		return TCP
	case e.Tried == "TLS handshake":
		return TLS
	}
	return SASL
}

// aborted tells whether the context of the whole run has ended, so that the attempt says nothing.
func aborted(ctx context.Context) bool { return ctx.Err() != nil }

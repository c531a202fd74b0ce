package watch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// What may be missing where Kafka refuses to answer (Authorizer operations and resources, as kafka-acls spells them).
const (
	describeCluster = "DESCRIBE on CLUSTER"
	describeTopic   = "DESCRIBE on TOPIC"
	describeConfigs = "DESCRIBE_CONFIGS on TOPIC"
)

// errorName is Kafka's name of an error code; kerr still has the one of before Kafka 2.6 for 6.
func errorName(code int16) string {
	if code == kerr.NotLeaderForPartition.Code {
		return "NOT_LEADER_OR_FOLLOWER"
	}
	var e *kerr.Error
	if errors.As(kerr.ErrorForCode(code), &e) && e.Code == code {
		return e.Message
	}
	return fmt.Sprintf("error %d", code)
}

// refusal says what an error code inside an answer means, and which ACL is missing if it is that.
func refusal(code int16, acl string) string {
	switch code {
	case kerr.TopicAuthorizationFailed.Code, kerr.GroupAuthorizationFailed.Code, kerr.ClusterAuthorizationFailed.Code:
		return fmt.Sprintf("%s: the ACL %s is needed", errorName(code), acl)
	}
	return errorName(code)
}

// reason says why a node gave no answer, without its address, so that equal reasons read equal.
func reason(err error) string {
	if e, ok := errors.AsType[*kafka.IdentityError](err); ok {
		return e.Reason()
	}
	var e *protocol.Error
	if !errors.As(err, &e) {
		return strings.TrimSpace(err.Error())
	}
	if e.Detail != "" {
		return e.Detail
	}
	return e.Cause.String()
}

// notServed tells whether a node said that it doesn't serve a request at all.
func notServed(err error) bool { return protocol.CauseOf(err) == protocol.NotServed }

// nonsense is an answer that can't be true.
type nonsense string

func (n nonsense) Error() string { return "answered nonsense: " + string(n) }

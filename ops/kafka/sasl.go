package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kdeck/ops/config"
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// mechanism makes the SASL mechanism that a cluster's settings name. Only OAUTHBEARER's token endpoint needs a
// dialer and a clock.
func mechanism(s config.SASL, mask *config.Mask, dial dialFunc, now func() time.Time) (sasl.Mechanism, error) {
	user := scram.Auth{User: s.User, Pass: s.Password.Reveal(), IsToken: s.DelegationToken}
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: s.User, Pass: s.Password.Reveal()}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return user.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return user.AsSha512Mechanism(), nil
	case "GSSAPI":
		return &kerberosLogin{from: *s.Kerberos, now: now}, nil
	case "AWS_MSK_IAM":
		return aws.ManagedStreamingIAM((&awsLogin{from: *s.AWS}).iam), nil
	case "OAUTHBEARER":
		if s.AWS != nil {
			return oauth.Oauth((&awsLogin{from: *s.AWS}).bearer), nil
		}
		tokens, err := newTokens(s.OAuth, mask, dial, now)
		if err != nil {
			return nil, err
		}
		return oauth.Oauth(tokens.auth), nil
	}
	return nil, fmt.Errorf("SASL mechanism %q is not known", s.Mechanism)
}

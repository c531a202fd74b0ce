package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-msk-iam-sasl-signer-go/signer"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"

	"kdeck/ops/config"
)

// awsLogin signs logins to Amazon MSK with the credentials that the AWS SDK finds: environment, profiles, the machine's role.
type awsLogin struct {
	from config.AWS

	mu     sync.Mutex
	loaded *awssdk.Config // whose credentials are kept until they end
}

func (l *awsLogin) load(ctx context.Context) (*awssdk.Config, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loaded != nil {
		return l.loaded, nil
	}
	var options []func(*awsconfig.LoadOptions) error
	if l.from.Profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(l.from.Profile))
	}
	if l.from.Region != "" {
		options = append(options, awsconfig.WithRegion(l.from.Region))
	}
	c, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("AWS settings: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("AWS settings: the bootstrap address names no region: set AWS_REGION")
	}
	if l.from.RoleARN != "" {
		service := sts.NewFromConfig(c, func(o *sts.Options) {
			if l.from.STSRegion != "" {
				o.Region = l.from.STSRegion
			}
		})
		c.Credentials = awssdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(service, l.from.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = l.from.RoleSession
		}))
	}
	l.loaded = &c
	return l.loaded, nil
}

func (l *awsLogin) credentials(ctx context.Context) (*awssdk.Config, awssdk.Credentials, error) {
	c, err := l.load(ctx)
	if err != nil {
		return nil, awssdk.Credentials{}, err
	}
	found, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		err = fmt.Errorf("AWS credentials: %w (give awsProfileName in sasl.jaas.config, or set AWS_PROFILE or AWS_ACCESS_KEY_ID)", err)
	}
	return c, found, err
}

// iam is the login of the mechanism AWS_MSK_IAM.
func (l *awsLogin) iam(ctx context.Context) (aws.Auth, error) {
	_, found, err := l.credentials(ctx)
	return aws.Auth{AccessKey: found.AccessKeyID, SecretKey: found.SecretAccessKey, SessionToken: found.SessionToken, UserAgent: "kdeck"}, err
}

// bearer is the login of OAUTHBEARER by AWS's handler: the token is a signed request.
func (l *awsLogin) bearer(ctx context.Context) (oauth.Auth, error) {
	c, _, err := l.credentials(ctx)
	if err != nil {
		return oauth.Auth{}, err
	}
	token, _, err := signer.GenerateAuthTokenFromCredentialsProvider(ctx, c.Region, c.Credentials)
	return oauth.Auth{Token: token}, err
}

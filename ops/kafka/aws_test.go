package kafka_test

import (
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

const awsProfiles = `[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = s3cret-default
[prod]
aws_access_key_id = AKIDPROD
aws_secret_access_key = s3cret-prod
`

func TestALoginToMSKIsSignedWithTheCredentialsOfTheProfile(t *testing.T) {
	credentials := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(credentials, []byte(awsProfiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": credentials + ".none",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""} {
		t.Setenv(name, value)
	}
	for _, test := range []struct {
		name      string
		mechanism string
		aws       config.AWS
		key, says string // the access key and the region that sign; or what the refusal says
	}{
		{"OAUTHBEARER by a profile", "OAUTHBEARER", config.AWS{Profile: "prod", Region: "us-east-2"}, "AKIDPROD", "us-east-2"},
		{"OAUTHBEARER without a profile, the region of the environment", "OAUTHBEARER", config.AWS{}, "AKIDDEFAULT", "eu-west-1"},
		{"OAUTHBEARER by a profile that isn't there", "OAUTHBEARER", config.AWS{Profile: "nope"}, "", "nope"},
		{"AWS_MSK_IAM by a profile that isn't there", "AWS_MSK_IAM", config.AWS{Profile: "nope"}, "", "nope"},
		{"AWS_MSK_IAM by a profile", "AWS_MSK_IAM", config.AWS{Profile: "prod"}, "AKIDPROD", "eu-west-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var answer []byte // of AWS_MSK_IAM there must be one, of OAUTHBEARER there is one only where it refuses
			if test.mechanism == "AWS_MSK_IAM" {
				answer = []byte(`{"version":"2020_10_22"}`)
			}
			addr, last := logins(t, 0, answer)
			s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SASLPlaintext,
				SASL: config.SASL{Mechanism: test.mechanism, AWS: &test.aws}})
			_, err := s.Ask(t.Context(), addr, metadata())
			if test.key == "" {
				if protocol.CauseOf(err) != protocol.AuthenticationFailed || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%v; want %q", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sent := string(*last)
			if _, token, bearer := strings.Cut(strings.TrimRight(sent, "\x01"), "auth=Bearer "); bearer {
				request, err := base64.RawURLEncoding.DecodeString(token)
				if err != nil {
					t.Fatal(err)
				}
				if sent, err = url.QueryUnescape(string(request)); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range []string{"kafka-cluster:Connect", test.key + "/", "/" + test.says + "/kafka-cluster/aws4_request"} {
				if !strings.Contains(sent, want) {
					t.Errorf("%q doesn't hold %q", sent, want)
				}
			}
			if strings.Contains(sent, "s3cret") {
				t.Errorf("the secret key was sent: %q", sent)
			}
		})
	}
}

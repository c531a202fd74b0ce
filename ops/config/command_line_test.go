package config

import "testing"

func TestACommandLineHoldsNoSecret(t *testing.T) {
	for _, tt := range []struct {
		name  string
		words []string
		want  CommandLine
	}{
		{"nothing to hide", []string{"kdeck", "drain", "7", "-b", "b1:9092", "-X", "client.id=a b"}, "kdeck drain 7 -b b1:9092 -X 'client.id=a b'"},
		{"a password", []string{"kdeck", "-X", "sasl.password=hunter2"}, "kdeck -X 'sasl.password=${env:SASL_PASSWORD}'"},
		{"by the long flag", []string{"kdeck", "--config-key", "sasl.password=hunter2"}, "kdeck --config-key 'sasl.password=${env:SASL_PASSWORD}'"},
		{"in one word", []string{"kdeck", "--config-key=sasl.password=hunter2"}, "kdeck '--config-key=sasl.password=${env:SASL_PASSWORD}'"},
		{"in one short word", []string{"kdeck", "-Xsasl.password=hunter2"}, "kdeck '-Xsasl.password=${env:SASL_PASSWORD}'"},
		{"in one short word with =", []string{"kdeck", "-X=sasl.password=hunter2"}, "kdeck '-X=sasl.password=${env:SASL_PASSWORD}'"},
		{"a JAAS line", []string{"kdeck", "-X", `sasl.jaas.config=PlainLoginModule required password="hunter2";`}, "kdeck -X 'sasl.jaas.config=${env:SASL_JAAS_CONFIG}'"},
		{"a key of others", []string{"kdeck", "-X", "basic.auth.user.info=hunter2"}, "kdeck -X 'basic.auth.user.info=${env:BASIC_AUTH_USER_INFO}'"},
		{"a reference stays", []string{"kdeck", "-X", "sasl.password=${file:/etc/pw}"}, "kdeck -X 'sasl.password=${file:/etc/pw}'"},
		{"an address with credentials", []string{"kdeck", "-X", "sasl.oauthbearer.token.endpoint.url=https://me:hunter2@idp/token"},
			"kdeck -X sasl.oauthbearer.token.endpoint.url=https://idp/token"},
		{"a word without =", []string{"kdeck", "-X", "hunter2"}, "kdeck -X '(hidden)'"},
	} {
		if got := NewCommandLine(tt.words...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestALineWithASecretIsNotKept(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  bool
	}{
		{[]string{"quota", "set", "--user", "a", "request_percentage=5", "-X", "sasl.password=hunter2"}, true},
		{[]string{"status", "-Xssl.key.password=hunter2"}, true},
		{[]string{"status", "-X", "sasl.password=${env:PW}"}, false},
		{[]string{"status", "-X", "client.id=a"}, false},
		{[]string{"request", "SaslAuthenticate", "authBytes=utf8:hunter2"}, true},
		{[]string{"request", "AlterUserScramCredentials", "upsertions[0].saltedPassword=hex:00"}, true},
		{[]string{"request", "RenewDelegationToken", "hmac=hex:00"}, true},
		{[]string{"request", "Metadata", "topics=orders"}, false},
		{[]string{"quota", "set", "--user", "a", "producer_byte_rate=5MB"}, false},
	} {
		if got := HoldsSecret(tt.words); got != tt.want {
			t.Errorf("%q: %v", tt.words, got)
		}
	}
}

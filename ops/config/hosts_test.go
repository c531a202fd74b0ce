package config

import "testing"

func TestOnlyNamesAndAddressesOfHostsAreHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"b1": true, "b1.kafka.internal": true, "B_1": true, "kafka-0.kafka-headless.ns.svc.cluster.local": true, "127.0.0.1": true, "2001:db8::1": true, "b1.": true,
		"": false, "127.0.0.1/path?x=": false, "evil@host": false, "a b": false, "a:1": false, "b1/": false, "b1#": false, "b1?": false, "[::1]": false,
		"a\nb": false, "-x": false, "b..c": false, "ö": false, "%31": false, "fe80::1%eth0": false, `a\b`: false,
	} {
		if got := ValidHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestCredentialsGoToHostsOfTheClustersDomainOrNamedOnes(t *testing.T) {
	for _, tt := range []struct {
		bootstrap, host string
		named           []string
		want            bool
	}{
		{"b1.kafka.internal:9092", "b7.kafka.internal", nil, true},
		{"b1.kafka.internal:9092", "B7.Kafka.Internal.", nil, true},
		{"b1.kafka.internal:9092", "b7.kafka.internal.evil.com", nil, false},
		{"b1.kafka.internal:9092", "evilkafka.internal", nil, false},
		{"b1.kafka.internal:9092", "x.b7.kafka.internal", nil, false},
		{"b1.kafka.internal:9092", "10.0.0.1", nil, false},
		{"b1:9092", "b2", nil, true},
		{"b1:9092", "b2.evil.com", nil, false},
		{"kafka.com:9092", "evil.com", nil, false},
		{"kafka.com:9092", "kafka.com", nil, true},
		{"kafka.co.uk:9092", "evil.co.uk", nil, false},
		{"b1.prod.example.com:9092", "b2.prod.example.com", nil, true},
		{"10.0.0.1:9092", "10.0.0.2", nil, false},
		{"10.0.0.1:9092", "10.0.0.1", nil, true},
		{"10.0.0.1:9092", "10.0.0.2", []string{"10.0.0.2"}, true},
		{"lb.example.com:9092", "b1.other.net", []string{".other.net"}, true},
		{"lb.example.com:9092", "b1.another.net", []string{".other.net"}, false},
		{"lb.example.com:9092", "evilother.net", []string{".other.net"}, false},
		{"lb.example.com:9092", "b1.other.net", []string{"other.net"}, false},
	} {
		c := &Cluster{Bootstrap: []string{tt.bootstrap}, Metrics: Metrics{Hosts: tt.named}}
		if got := c.TrustsHost(tt.host); got != tt.want {
			t.Errorf("%s from %s, named %q: %v", tt.host, tt.bootstrap, tt.named, got)
		}
	}
}

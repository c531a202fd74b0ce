package tenant

import (
	"fmt"
	"testing"

	"kdeck/protocol/alloctest"
)

// logLine is a line as Kafka 4.3 writes it, shortened.
func logLine(connection, client, software, api string, key int, local float64) []byte {
	return fmt.Appendf(nil, `[2026-11-22 14:00:00,000] DEBUG Completed request:{"requestHeader":{"clientId":%q,"requestApiKeyName":%q,"requestApiKey":%d,"requestApiVersion":4},"request":{},"response":{},"connection":%q,"requestQueueTimeMs":0.1,"localTimeMs":%f,"sendTimeMs":0.05,"principal":"User:a","clientInformation":{"softwareName":%q,"softwareVersion":%[6]q}} (kafka.request.logger)`,
		client, api, key, connection, local, software)
}

func TestTheRequestThatAConnectionBeginsWithCountsForItsClient(t *testing.T) {
	hello := func(connection, client string) []byte {
		return logLine(connection, client, "unknown", "API_VERSIONS", apiVersions, 2)
	}
	fetch := func(connection, client, software string) []byte {
		return logLine(connection, client, software, "FETCH", 1, 1)
	}
	for _, tt := range []struct {
		name  string
		lines [][]byte
		want  []string // client, software, requests, thread time
	}{
		{"one connection", [][]byte{hello("c1", "app"), fetch("c1", "app", "kgo"), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 3 4.15"}},
		{"a first version that is too new for the broker", [][]byte{hello("c1", "app"), hello("c1", "app"), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 3 5.15"}},
		{"two connections of one client", [][]byte{hello("c1", "app"), hello("c2", "app"), fetch("c2", "app", "kgo"), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 4 6.20"}},
		{"two clients", [][]byte{hello("c1", "app"), hello("c2", "batch"), fetch("c2", "batch", "java"), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 2 3.10", "batch java java 2 3.10"}},
		{"another name at first", [][]byte{hello("c1", ""), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 2 3.10"}},
		{"nothing follows", [][]byte{hello("c1", "app"), hello("c2", "app")}, []string{"app unknown unknown 2 4.10"}},
		{"nothing follows beside one that never says its software", [][]byte{fetch("c1", "app", "unknown"), hello("c2", "app")}, []string{"app unknown unknown 2 3.10"}},
		{"a connection that says hello again", [][]byte{hello("c1", "app"), logLine("c1", "app", "kgo", "API_VERSIONS", apiVersions, 2), fetch("c1", "app", "kgo")}, []string{"app kgo kgo 3 5.15"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := NewRequestLog()
			for _, line := range tt.lines {
				if !log.Add(line) {
					t.Fatalf("not taken for a request: %s", line)
				}
			}
			var got []string
			total := 0.0
			for _, c := range log.Ranking() {
				got = append(got, fmt.Sprintf("%s %s %d %.2f", c.ClientID, c.Software, c.Requests, c.ThreadMS()))
				total += c.ThreadMS()
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if d := total - log.TotalMS(); d > 1e-9 || d < -1e-9 {
				t.Errorf("the rows add up to %v, the total is %v", total, log.TotalMS())
			}
		})
	}
}

func FuzzRequestLog(f *testing.F) {
	f.Add(logLine("c1", "app", "unknown", "API_VERSIONS", apiVersions, 2), logLine("c1", "app", "kgo", "FETCH", 1, 1))
	f.Add([]byte(`{"principal":"User:a","request":{"recordsSizeInBytes": 99999999999999999999}}`), []byte(`{"principal":1}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		defer alloctest.Bound(t, len(a)+len(b))()
		log := NewRequestLog()
		took := 0
		for _, line := range [][]byte{a, b} {
			if log.Add(line) {
				took++
			}
		}
		requests := 0
		for _, c := range log.Ranking() {
			requests += c.Requests
			log.Strange(c)
			c.Top(2)
		}
		if requests != took || log.Lines != 2 || log.Other != 2-took {
			t.Errorf("%d requests of %d lines, %d of them not requests; %d are ranked", took, log.Lines, log.Other, requests)
		}
	})
}

package tenant

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// request is what Kafka writes of one request, shortened. Quotes and backslashes stand in its client id.
const request = `Completed request:{"isForwarded":false,"requestHeader":{"requestApiKey":3,"requestApiVersion":12,"clientId":"a \"b\" \\ {c}","requestApiKeyName":"METADATA"},"request":{"topics":[]},"response":{},"localTimeMs":0.5,"sendTimeMs":0.3,"principal":"User:u","clientInformation":{"softwareName":"x","softwareVersion":"1"}}`

const requestClient = `a "b" \ {c}`

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestACompletedRequestIsFoundWhereverItStandsInALine(t *testing.T) {
	bare := strings.TrimPrefix(request, "Completed request:")
	twice := quoted(t, `{"message":`+quoted(t, "DEBUG "+request)+`}`)
	for name, line := range map[string]string{
		"Kafka's own layout":                          "[2026-11-29 10:00:00,000] DEBUG " + request + " (kafka.request.logger)",
		"the object alone":                            bare,
		"a context in braces before it":               "[2026-11-29] DEBUG {node=1} " + request,
		"an object of JSON before it":                 `{"node":1} DEBUG ` + request,
		"its words twice":                             "{last=Completed request:} " + request,
		"its words and an object that is none":        `Completed request:{"a":1} ` + request,
		"a space after the words":                     strings.Replace(request, ":{", ": {", 1),
		"docker's json-file":                          `{"log":` + quoted(t, "[2026] DEBUG "+request+"\n") + `,"stream":"stdout","time":"2026-11-29T10:00:00Z"}`,
		"the CRI's format":                            "2026-11-29T10:00:00.000000000Z stdout F [2026] DEBUG " + request,
		"log4j2's JsonLayout":                         `{"instant":{"epochSecond":1},"thread":"data-plane","level":"DEBUG","loggerName":"kafka.request.logger","message":` + quoted(t, request) + `,"endOfBatch":false}`,
		"log4j2's XmlLayout":                          `<Event level="DEBUG"><Message><![CDATA[` + request + `]]></Message></Event>`,
		"a JSON layout in docker's json-file":         `{"log":` + quoted(t, `{"message":`+quoted(t, request)+"}\n") + `,"stream":"stdout"}`,
		"that, shipped as a string":                   `{"event":` + quoted(t, `{"log":`+twice+`}`) + `}`,
		"quotes written by their number":              `{"message":"` + strings.ReplaceAll(strings.ReplaceAll(request, `\`, `\\`), `"`, `\u0022`) + `"}`,
		"a field of CSV":                              `"2026-11-29","` + strings.ReplaceAll(request, `"`, `""`) + `","b1"`,
		"colours":                                     "\x1b[36mDEBUG " + request + "\x1b[m",
		"syslog":                                      `<134>1 2026-11-29T10:00:00Z b1 kafka - - [meta x="{"] ` + request,
		"carriage return":                             request + "\r",
		"a string that is cut short after the object": `{"message":` + strings.TrimSuffix(quoted(t, request), `"`),
	} {
		t.Run(name, func(t *testing.T) {
			log := NewRequestLog()
			if !log.Add([]byte(line)) {
				t.Fatalf("not found in %s", line)
			}
			if c := log.Ranking()[0]; c.Principal != "User:u" || c.ClientID != requestClient || c.ThreadMS() != 0.8 || c.Kinds["METADATA"].Version != 12 {
				t.Errorf("read as %+v", c)
			}
		})
	}
}

func TestLinesThatHoldNoWholeRequestAreCounted(t *testing.T) {
	lines := []string{"", "hello", "{}", "Completed request:", "Completed request:{", `Completed request:{"principal":1}`, request[:len(request)-20],
		`{"message":"Completed request:{\"a\":1`, `{"message":"Completed request:{\`, `Completed request:{"requestHeader":{}}`,
		"Completed request:RequestHeader(apiKey=FETCH, apiVersion=11) -- {replica_id=-1} from connection 1;totalTime:0.6,principal:User:u"}
	log := NewRequestLog()
	for _, line := range lines {
		if log.Add([]byte(line)) {
			t.Errorf("taken for a request: %s", line)
		}
	}
	if log.Lines != len(lines) || log.Other != len(lines) {
		t.Errorf("%d lines, %d others", log.Lines, log.Other)
	}
}

func TestLinesThatARuntimeHasSplitArePutTogether(t *testing.T) {
	long := strings.Replace(request, `"topics":[]`, `"topics":["`+strings.Repeat("x", 2*dockerPiece)+`"]`, 1)
	docker := func(stream, text string) string {
		return `{"log":` + quoted(t, text) + `,"stream":"` + stream + `","time":"2026-11-29T10:00:00Z"}`
	}
	cri := func(stream, tag, text string) string {
		return fmt.Sprintf("2026-11-29T10:00:00Z %s %s %s", stream, tag, text)
	}
	a, b, c := long[:dockerPiece], long[dockerPiece:2*dockerPiece], long[2*dockerPiece:]
	for _, tt := range []struct {
		name            string
		lines           []string
		requests, other int
	}{
		{"docker", []string{docker("stdout", a), docker("stdout", b), docker("stdout", c+"\n"), docker("stdout", request+"\n")}, 2, 0},
		{"docker, two streams", []string{docker("stdout", a), docker("stderr", "warning\n"), docker("stdout", b), docker("stdout", c+"\n")}, 1, 1},
		{"a shipper that drops line feeds", []string{docker("stdout", request), docker("stdout", request)}, 2, 0},
		{"the CRI", []string{cri("stdout", "P", a), cri("stdout", "P", b), cri("stdout", "F", c), cri("stdout", "F", request)}, 2, 0},
		{"the CRI, two streams", []string{cri("stdout", "P", a), cri("stderr", "F", "warning"), cri("stdout", "P", b), cri("stdout", "F", c)}, 1, 1},
		{"a file that begins in the middle", []string{cri("stdout", "F", c), cri("stdout", "F", request)}, 1, 1},
		{"not split", []string{request, "stdout P", "x stdout Q y", `{"log":1}`}, 1, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, pieces := NewRequestLog(), &Pieces{}
			for line := range slices.Values(tt.lines) {
				if whole, ok := pieces.Join([]byte(line)); ok {
					log.Add(whole)
				}
			}
			if log.Lines-log.Other != tt.requests || log.Other != tt.other {
				t.Errorf("%d requests and %d other lines, want %d and %d", log.Lines-log.Other, log.Other, tt.requests, tt.other)
			}
		})
	}
}

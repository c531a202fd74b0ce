package ask_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/ask"
	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// An answer that equals another node's is dropped, and decoded anew from its frame where the node's own is written.
func TestWhatNodesSayOfAFailureIsWrittenWithoutSecretsWhereTheyAllSayTheSame(t *testing.T) {
	for _, tt := range []struct {
		name, secret string
		short        bool // so that it is hidden in what is said of failures alone, and there by itself: a longer one is where a document is written
	}{{"a short secret", "qZ7xWv", true}, {"a longer one", "qJ7sWx93PvTz", false}} {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			nodes := nodesThat(func(string) kmsg.Response {
				answer := kmsg.NewPtrDescribeClusterResponse()
				answer.ThrottleMillis, answer.ErrorCode, answer.ErrorMessage = asked.Add(1), 31, kmsg.StringPtr("you said "+tt.secret)
				if !tt.short {
					answer.ClusterID = tt.secret
				}
				return answer
			})
			s, err := kafka.Open(&config.Cluster{Bootstrap: []string{"b1:9092"}, Security: config.Plaintext,
				SASL: config.SASL{Password: config.NewSecret(tt.secret)}}, kafka.Options{Dial: nodes})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			o := unhurried
			o.Ignore, o.Frames = []string{"throttleTimeMs"}, true
			f, err := ask.Open(t.Context(), s, request(t, "DescribeCluster"), targets(t, "b1:9092,b2:9092,b3:9092"), o)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m, _, err := f.Prepare(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.Ask(t.Context(), m)
			answers := f.Answers(m, "all", time.Unix(1e9, 0))
			kreq, err := answers.Save()
			if err != nil {
				t.Fatal(err)
			}
			saved, err := protocol.ReadSaved(kreq)
			if err != nil {
				t.Fatal(err)
			}
			for i := range saved.Answers { // bytes with a secret are left out whole, or else they couldn't be read again
				if got, err := saved.Got(&saved.Answers[i]); err != nil || (got != nil) != tt.short {
					t.Errorf("the answer of node %s is read again: %v, %v", saved.Answers[i].Node, got != nil, err)
				}
			}
			written := map[string]string{"the .kreq file": string(kreq)}
			throttles := map[any]bool{}
			for _, r := range f.Replies {
				if r.Err != nil || r.Got != f.Replies[0].Got {
					t.Fatalf("node %s: %v, and its message is kept", r.Name, r.Err)
				}
				throttle, _ := r.Message().Root.Get("throttleTimeMs")
				throttles[throttle] = true
				written["the bytes of node "+r.Name] = fmt.Sprint(ask.Spans(r.Answer.ResponseBytes, answers.ResponseSpans(r)))
				if tt.short {
					written["the errors of node "+r.Name] = fmt.Sprint(r.Message().Errors())
				}
			}
			if len(throttles) != 3 {
				t.Errorf("%d of the messages are their nodes' own, want 3", len(throttles))
			}
			if tt.short {
				doc, err := json.Marshal(answers.Document(true))
				if err != nil {
					t.Fatal(err)
				}
				written["the document"] = string(doc)
			}
			for what, text := range written {
				if !strings.Contains(text, "you said (hidden)") || strings.Contains(text, tt.secret) || strings.Contains(text, hex.EncodeToString([]byte(tt.secret))) {
					t.Errorf("%s: %s", what, text)
				}
			}
		})
	}
}

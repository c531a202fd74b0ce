package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"kdeck/protocol"
	defs "kdeck/protocol/message"
	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

func TestASavedAnswerWithAnyTextIsPrintableAndReadBack(t *testing.T) {
	api, _ := protocol.APIByKey(3)
	rapid.Check(t, func(t *rapid.T) {
		text := hostile.Text()
		draw := func(label string) *string { return kmsg.StringPtr(text.Draw(t, label)) }
		request, response := kmsg.NewMetadataRequest(), kmsg.NewMetadataResponse()
		request.Version, response.Version = 12, 12
		request.Topics = []kmsg.MetadataRequestTopic{{Topic: draw("asked")}}
		response.ClusterID = draw("cluster")
		response.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: *draw("host"), Rack: draw("rack")}}
		response.Topics = []kmsg.MetadataResponseTopic{{Topic: draw("topic")}}
		asked, err := defs.Decode(api.API, false, 12, request.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		got, err := defs.Decode(api.API, true, 12, response.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		saved, err := protocol.Save(asked, *draw("to"), time.Unix(1e9, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(saved.Add("1", *draw("address"), got, nil, nil), saved.Add("2", "", nil, nil, errors.New(*draw("error")))); err != nil {
			t.Fatal(err)
		}
		file, err := saved.Bytes()
		if err != nil || !printable.Text(strings.ReplaceAll(string(file), "\n", "")) {
			t.Fatalf("%v\n%q", err, file)
		}
		back, err := protocol.ReadSaved(file)
		if err != nil {
			t.Fatalf("%v in\n%s", err, file)
		}
		again, err := back.Message()
		if err != nil || !bytes.Equal(again.AppendTo(nil), asked.AppendTo(nil)) {
			t.Fatalf("%v: the request is another one", err)
		}
		answer, err := back.Got(&back.Answers[0])
		if err != nil || !bytes.Equal(answer.AppendTo(nil), got.AppendTo(nil)) {
			t.Fatalf("%v: the answer is another one", err)
		}
		if back.To != saved.To || back.Answers[1].Error != saved.Answers[1].Error {
			t.Fatalf("%q became %q, %q became %q", saved.To, back.To, saved.Answers[1].Error, back.Answers[1].Error)
		}
	})
}

func TestTheBytesOfAnAnswerWithASecretAreNotSaved(t *testing.T) {
	api, _, err := protocol.FindAPI("DescribeDelegationToken")
	if err != nil {
		t.Fatal(err)
	}
	response := kmsg.NewDescribeDelegationTokenResponse()
	response.TokenDetails = []kmsg.DescribeDelegationTokenResponseTokenDetail{{TokenID: "t", HMAC: []byte("hunter2")}}
	got, err := defs.Decode(api.API, true, 0, response.AppendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	saved, err := protocol.Save(defs.New(api.API, 0), "1", time.Unix(1e9, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := saved.Add("1", "b1:9092", got, nil, nil); err != nil {
		t.Fatal(err)
	}
	file, err := saved.Bytes()
	if err != nil || !strings.Contains(string(file), defs.Hidden) {
		t.Fatalf("%v\n%s", err, file)
	}
	for _, form := range []string{"hunter2", "68756e74657232", "aHVudGVyMg"} {
		if strings.Contains(string(file), form) {
			t.Errorf("%s is in\n%s", form, file)
		}
	}
}

package protocol

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"
)

func metadataRequest(t testing.TB, version int16, topics string) *defs.Message {
	t.Helper()
	api, _ := APIByKey(3)
	m := defs.New(api.API, version)
	if err := m.Set("topics", topics); err != nil {
		t.Fatal(err)
	}
	return m
}

func frameOf(t testing.TB, m *defs.Message) []byte {
	t.Helper()
	return appendRequest(nil, m, 7, "app")
}

func TestHexIsReadInTheFormsThatPeopleHaveItIn(t *testing.T) {
	want := []byte{0, 0, 0, 0x53, 0xff}
	for _, text := range []string{
		"00000053ff", "00 00 00 53 ff", "00:00:00:53:FF", "0x00 0x00 0x00 0x53 0xff", "0000\n0053ff\n",
		"00000000  00 00 00 53 ff                                    |...S.|\n",
		"00000000: 0000 0053 ff                             ...S.\n", "0x0000:  0000 0053 ff  ...S.",
		"\x00\x00\x00\x53\xff",
	} {
		if got, err := ParseHex([]byte(text)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: got %x, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "xyz", "0", "00 0"} {
		if got, err := ParseHex([]byte(text)); err == nil {
			t.Errorf("%q: got %x", text, got)
		}
	}
}

func TestForeignBytesAreReadWithAndWithoutLengthAndHeader(t *testing.T) {
	m := metadataRequest(t, 12, "orders")
	frame := frameOf(t, m)
	for name, b := range map[string][]byte{"a frame": frame, "without its length": frame[4:]} {
		f, err := DecodeCapture(b, nil, -1)
		if err != nil || f.Header.CorrelationID != 7 || *f.Header.ClientID != "app" || string(f.Message.AppendJSON(nil)) != string(m.AppendJSON(nil)) {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
		if last := f.Spans[len(f.Spans)-1]; last.To != len(b) {
			t.Errorf("%s: the spans end at %d of %d", name, last.To, len(b))
		}
	}
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version = 12
	resp.ControllerID = 3
	body := resp.AppendTo(nil)
	answer := append([]byte{0, 0, 0, 9, 0}, body...)
	api, _ := APIByKey(3)
	for name, b := range map[string][]byte{
		"an answer": answer, "with its length": append([]byte{0, 0, 0, byte(len(answer))}, answer...), "a body": body,
	} {
		f, err := DecodeCapture(b, api, 12)
		if err != nil || !f.Message.Response || !strings.Contains(string(f.Message.AppendJSON(nil)), `"controllerId":3`) {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
	}
	if f, err := DecodeCapture(m.AppendTo(nil), api, 12); err != nil || f.Message.Response {
		t.Errorf("a request's body: got %+v, %v", f, err)
	}
	for _, b := range [][]byte{nil, {1}, {0, 99, 0, 0, 0, 0, 0, 1}, frame[4:14]} {
		if f, err := DecodeCapture(b, nil, -1); err == nil {
			t.Errorf("%x: got %+v", b, f)
		}
	}
}

func TestASavedRequestIsReadBackAsItWas(t *testing.T) {
	m := metadataRequest(t, 12, "orders,\x7f\u0085\u001b\ufeff🙂,true,12,\"")
	s, err := Save(m, "2", time.Unix(1000, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version = 12
	got, err := defs.Decode(m.API, true, 12, resp.AppendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add("2", "b2:9092", got, map[string]float64{"wait": 1.5}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Add("3", "b3:9092", nil, nil, fmt.Errorf("gone")); err != nil {
		t.Fatal(err)
	}
	text, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadSaved(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Message()
	if err != nil || string(again.AppendTo(nil)) != string(m.AppendTo(nil)) || again.Version != 12 {
		t.Errorf("%v, %v", again, err)
	}
	var spelled struct{ Topics []struct{ Name string } }
	if err := back.Request.Decode(&spelled); err != nil || spelled.Topics[1].Name != "\x7f\u0085\u001b\ufeff🙂" || spelled.Topics[2].Name != "true" || spelled.Topics[4].Name != `"` {
		t.Errorf("%q, %v", spelled, err)
	}
	answer, err := back.Got(&back.Answers[0])
	if err != nil || string(answer.AppendJSON(nil)) != string(got.AppendJSON(nil)) || back.Answers[1].Error != "gone" {
		t.Errorf("%v, %v in\n%s", answer, err, text)
	}
	for _, bad := range []string{"", "kreq: 2", "kreq: 1\napi_key: 999", "[", "kreq: 1\napi_key: 3\nversion: x"} {
		if s, err := ReadSaved([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v", bad, s)
		}
	}
}

func TestASavedRequestHoldsNoSecretAndSaysSo(t *testing.T) {
	api, _ := APIByKey(36)
	m := defs.New(api.API, 2)
	if err := m.Set("authBytes", "utf8:hunter2"); err != nil {
		t.Fatal(err)
	}
	s, err := Save(m, "2", time.Unix(1000, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") || strings.Contains(string(text), hex.EncodeToString([]byte("hunter2"))) || strings.Contains(string(text), "aHVudGVyMg") {
		t.Errorf("the secret is in\n%s", text)
	}
	back, err := ReadSaved(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := back.Message(); err == nil || !strings.Contains(err.Error(), "authBytes") {
		t.Errorf("got %v", err)
	}
}

func TestAnEffectSaysWhatWouldBeChangedAndOnWhom(t *testing.T) {
	for _, c := range []struct {
		api     int16
		version int16
		words   []string
		class   Class
		want    string
	}{
		{3, 12, []string{"topics=orders"}, ClassRO, "class RO"},
		{3, 12, []string{"topics=orders", "allowAutoTopicCreation=true"}, ClassADM, "creates the topics it names [topic orders]"},
		{3, 3, []string{"topics=orders"}, ClassADM, "can't forbid"},
		{20, 6, []string{"topics[0].name=orders", "topics[1].name=payments"}, ClassADMX, "for good [topic orders topic payments]"},
		{43, 2, []string{"electionType=unclean"}, ClassADMX, "loses what only the old leader had"},
		{64, 0, []string{"brokerId=7"}, ClassADMX, "[broker 7]"},
		{19, 7, []string{"topics[0].name=x", "validateOnly=true"}, ClassADM, "changes nothing (validateOnly)"},
		{5, 1, []string{"deletePartitions=true"}, ClassIBX, "deletes the replicas with their records"},
		{1, 11, []string{"replicaId=3"}, ClassIB, "poses as that follower"},
	} {
		api, _ := APIByKey(c.api)
		m := defs.New(api.API, c.version)
		for _, w := range c.words {
			path, value, _ := strings.Cut(w, "=")
			if err := m.Set(path, value); err != nil {
				t.Fatal(err)
			}
		}
		e := EffectOf(m)
		if text := fmt.Sprint(e, " ", e.Targets); e.Class != c.class || !strings.Contains(text, c.want) {
			t.Errorf("%s %q: %s", api.Name, c.words, text)
		}
	}
}

func TestEveryAPIThatIsntReadOnlySaysWhatItDoes(t *testing.T) {
	for _, a := range APIs() {
		if a.Class != ClassRO && a.Class != ClassROX && a.Class != ClassIBR && a.Does == "" {
			t.Errorf("%s is of class %v and says nothing", a.Name, a.Class)
		}
	}
}

func TestEqualAnswersAreGrouped(t *testing.T) {
	answer := func(throttle int32) *defs.Message {
		resp := kmsg.NewPtrMetadataResponse()
		resp.Version, resp.ThrottleMillis, resp.ControllerID = 12, throttle, throttle
		api, _ := APIByKey(3)
		m, err := defs.Decode(api.API, true, 12, resp.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := []*defs.Message{answer(9), nil, answer(1), answer(1)}
	if got := fmt.Sprint(GroupAnswers(all, nil)); got != "[[2 3] [0]]" {
		t.Error(got)
	}
	if got := fmt.Sprint(GroupAnswers(all, DefaultIgnore(3))); got != "[[0 2 3]]" {
		t.Error(got)
	}
}

package message

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func api(t testing.TB, name string) *API {
	t.Helper()
	for i := range APIs() {
		if APIs()[i].Name == name {
			return &APIs()[i]
		}
	}
	t.Fatalf("no API %s", name)
	return nil
}

// built makes a request from path=value words.
func built(t testing.TB, name string, version int16, words ...string) (*Message, error) {
	t.Helper()
	m := New(api(t, name), version)
	for _, w := range words {
		path, value, _ := strings.Cut(w, "=")
		if err := m.Set(path, value); err != nil {
			return m, err
		}
	}
	return m, nil
}

func TestAPathSetsWhatItNamesAndLeavesTheRestAtItsDefault(t *testing.T) {
	for _, c := range []struct {
		api     string
		version int16
		words   []string
		want    string
	}{
		{"Metadata", 12, nil,
			`{"topics":null,"allowAutoTopicCreation":false,"includeTopicAuthorizedOperations":false}`},
		{"Metadata", 12, []string{"topics=orders,payments"},
			`{"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAAAA","name":"orders"},{"topicId":"AAAAAAAAAAAAAAAAAAAAAA","name":"payments"}],"allowAutoTopicCreation":false,"includeTopicAuthorizedOperations":false}`},
		{"Metadata", 1, []string{"TOPICS=[]"}, `{"topics":[]}`},
		{"Metadata", 12, []string{"topics[0].TopicId=AAAAAAAAAAAAAAAAAAAAAQ"},
			`{"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","name":null}],"allowAutoTopicCreation":false,"includeTopicAuthorizedOperations":false}`},
		{"ListOffsets", 7, []string{"topics[0].name=orders", "topics[0].partitions[0].partitionIndex=3", "topics[0].partitions[0].timestamp=earliest"},
			`{"replicaId":-1,"isolationLevel":0,"topics":[{"name":"orders","partitions":[{"partitionIndex":3,"currentLeaderEpoch":-1,"timestamp":-2}]}]}`},
		{"ListOffsets", 4, []string{"topics=a", "topics[0].partitions=0,1", "topics[0].partitions[1].timestamp=1970-01-01T00:01Z", "isolationLevel=read-committed", "replicaid=-2"},
			`{"replicaId":-2,"isolationLevel":1,"topics":[{"name":"a","partitions":[{"partitionIndex":0,"currentLeaderEpoch":-1,"timestamp":-1},{"partitionIndex":1,"currentLeaderEpoch":-1,"timestamp":60000}]}]}`},
		{"DescribeConfigs", 4, []string{"resources[0].resourceType=broker", "resources[0].resourceName=2"},
			`{"resources":[{"resourceType":4,"resourceName":"2","configurationKeys":null}],"includeSynonyms":false,"includeDocumentation":false}`},
		{"Metadata", 9, []string{`topics=[{name: "null"}]`},
			`{"topics":[{"name":"null"}],"allowAutoTopicCreation":false,"includeClusterAuthorizedOperations":false,"includeTopicAuthorizedOperations":false}`},
		{"SyncGroup", 0, []string{"groupId=g", "assignments[0].memberId=m", "assignments[0].assignment=hex:0102"},
			`{"groupId":"g","generationId":0,"memberId":"","assignments":[{"memberId":"m","assignment":"AQI="}]}`},
		{"AlterPartitionReassignments", 0, []string{"topics=a", "topics[0].partitions=3"},
			`{"timeoutMs":60000,"topics":[{"name":"a","partitions":[{"partitionIndex":3,"replicas":null}]}]}`},
		{"DescribeTopicPartitions", 0, []string{"cursor.topicName=a"},
			`{"topics":[],"responsePartitionLimit":2000,"cursor":{"topicName":"a","partitionIndex":0}}`},
		{"ListOffsets", 7, []string{"Topics[0].Topic=by the library's names", "Topics[0].Partitions[0].Partition=1"},
			`{"replicaId":-1,"isolationLevel":0,"topics":[{"name":"by the library's names","partitions":[{"partitionIndex":1,"currentLeaderEpoch":-1,"timestamp":-1}]}]}`},
	} {
		m, err := built(t, c.api, c.version, c.words...)
		if err != nil {
			t.Errorf("%s v%d %q: %v", c.api, c.version, c.words, err)
			continue
		}
		if got := string(m.AppendJSON(nil)); got != c.want {
			t.Errorf("%s v%d %q:\n got %s\nwant %s", c.api, c.version, c.words, got, c.want)
		}
	}
}

func TestBadWordsAreRefusedAndNameThePlace(t *testing.T) {
	for _, c := range []struct {
		api     string
		version int16
		word    string
		want    string
	}{
		{"Metadata", 12, "topic=x", "Metadata v12: topic: no such field; there are topics, allowAutoTopicCreation, includeTopicAuthorizedOperations"},
		{"Metadata", 12, "topics[0].nmae=x", "topics[0].nmae: no such field; there are topicId, name"},
		{"Metadata", 3, "allowAutoTopicCreation=false", "allowAutoTopicCreation: v3 can't carry it, v4+ can"},
		{"Metadata", 0, "topics=null", "topics: it can't be null in v0, in v1+ it can"},
		{"Metadata", 12, "topics[1].name=x", "topics[1]: element 0 comes first"},
		{"Metadata", 12, "topics[99999999999999999999].name=x", "is no index"},
		{"Metadata", 12, "topics[-1].name=x", "is no index"},
		{"Metadata", 12, "topics[0=x", "is no index"},
		{"Metadata", 12, "topics.name=x", "topics: it is a list: write topics[0]"},
		{"Metadata", 12, "allowAutoTopicCreation=perhaps", `allowAutoTopicCreation: "perhaps" is neither true nor false`},
		{"Metadata", 12, "allowAutoTopicCreation[0]=true", "it is of type bool and no list"},
		{"Metadata", 12, "allowAutoTopicCreation.x=true", "it is of type bool and has no fields"},
		{"Metadata", 12, "topics[0].topicId=short", "is no UUID"},
		{"ListOffsets", 7, "isolationLevel=200", "isolationLevel: 200 is out of range: int8 goes from -128 to 127"},
		{"ListOffsets", 7, "isolationLevel=commited", `"commited" is no int8; there are read_uncommitted, read_committed`},
		{"ListOffsets", 7, "replicaId=99999999999999999999", "is out of range: int32 goes from"},
		{"DescribeConfigs", 4, "resources=orders", "doesn't say which field is meant"},
		{"SaslAuthenticate", 2, "authBytes=octal:7", "bytes are written hex:"},
		{"SaslAuthenticate", 2, "authBytes=[hidden]", "authBytes: the value is hidden"},
		{"Produce", 9, "topicData[0].partitionData[0].recordsSizeInBytes=70", "holds the size of records and not the records: give records"},
		{"Metadata", 12, "=x", "no such field"},
	} {
		_, err := built(t, c.api, c.version, c.word)
		var field *FieldError
		if !errors.As(err, &field) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s v%d %s: got %v, want …%s…", c.api, c.version, c.word, err, c.want)
		}
	}
}

func TestADocumentIsReadStrictly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"topics":["orders",{"name":"payments"}]}`, ""},
		{"topics: [orders]\nallowAutoTopicCreation: true\n", ""},
		{"", ""},
		{"topics: &a [orders]\nx: *a\n", "aliases aren't taken"},
		{"topics: [orders]\nTopics: []\n", "stands twice"},
		{`{"topics":[],"topics":[]}`, "stands twice"},
		{`{"topics":{}}`, "topics: a list was expected"},
		{`{"topics":[null]}`, "topics[0]: it can't be null"},
		{`{"topics":[["a"]]}`, "topics[0]: an object of fields was expected"},
		{`{"topics":[{"name":["a"]}]}`, "topics[0].name: one value was expected, of type string"},
		{`[]`, "an object of fields was expected"},
		{"\t", ""},
		{"{", "neither JSON nor YAML"},
		{strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deep"},
		{`{"_unknownTaggedFields":{"77":"aGVsbG8="}}`, ""},
		{`{"_unknownTaggedFields":{"x":""}}`, "is no number of a tagged field"},
	} {
		m := New(api(t, "Metadata"), 12)
		d, err := ParseDocument([]byte(c.text))
		if err == nil {
			err = m.Merge(d)
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want …%s…", c.text, err, c.want)
		}
	}
}

const logged = `[2026-11-21 10:00:00,123] DEBUG Completed request:{"isForwarded":false,"requestHeader":{"requestApiKey":2,"requestApiVersion":7,"correlationId":5,"clientId":"app","requestApiKeyName":"LIST_OFFSETS"},"request":{"replicaId":-1,"isolationLevel":1,"topics":[{"name":"orders","partitions":[{"partitionIndex":0,"currentLeaderEpoch":4,"timestamp":-1}]}]},"response":{"throttleTimeMs":0,"topics":[]},"connection":"x","totalTimeMs":1.5} (kafka.request.logger)`

func TestALineOfTheRequestLogIsARequestAgain(t *testing.T) {
	line, err := ParseLogLine([]byte(logged))
	if err != nil || line == nil {
		t.Fatal(line, err)
	}
	m, err := line.Message()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(m.AppendJSON(nil)); got != string(line.RequestJSON) || m.Version != 7 || line.ClientID != "app" {
		t.Errorf("v%d from %s:\n got %s\nwant %s", m.Version, line.ClientID, got, line.RequestJSON)
	}
	for _, c := range []struct{ text, want string }{
		{logged + "\n" + logged, "more than one line"},
		{strings.Replace(logged, `"requestApiKey":2`, `"requestApiKey":9999`, 1), "isn't known here"},
	} {
		if _, err := ParseLogLine([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want …%s…", err, c.want)
		}
	}
	for _, text := range []string{"", "{}", "topics: [a]", `{"requestHeader":{}}`} {
		if line, err := ParseLogLine([]byte(text)); line != nil || err != nil {
			t.Errorf("%s: taken for a line of the log: %v, %v", text, line, err)
		}
	}
}

func TestSecretsAreHiddenInWhateverIsShown(t *testing.T) {
	for _, c := range []struct {
		api     string
		version int16
		words   []string
	}{
		{"SaslAuthenticate", 2, []string{"authBytes=utf8:hunter2"}},
		{"AlterUserScramCredentials", 0, []string{"upsertions[0].name=joe", "upsertions[0].saltedPassword=utf8:hunter2"}},
		{"RenewDelegationToken", 2, []string{"hmac=utf8:hunter2"}},
		{"IncrementalAlterConfigs", 1, []string{"resources[0].configs[0].name=ssl.key.password", "resources[0].configs[0].value=hunter2"}},
		{"AlterConfigs", 2, []string{"resources[0].configs[0].name=not.known.to.kafka", "resources[0].configs[0].value=hunter2"}},
		{"Envelope", 0, []string{"requestData=utf8:hunter2"}},
	} {
		m, err := built(t, c.api, c.version, c.words...)
		if err != nil {
			t.Fatal(err)
		}
		text := string(m.AppendJSON(nil))
		if !strings.Contains(text, Hidden) {
			t.Errorf("%s: nothing hidden in %s", c.api, text)
		}
		for _, d := range Differences(New(m.API, m.Version), m, nil) {
			text += d.A + d.B
		}
		wire := m.AppendTo(nil)
		for cut := range len(wire) { // whole, and ending too early
			for _, s := range Annotate(m.API, false, m.Version, wire[:len(wire)-cut], 0) {
				if !s.Secret {
					text += s.Path + "=" + s.Value + string(wire[s.From:s.To])
				}
			}
		}
		if strings.Contains(text, "hun") || strings.Contains(text, "aHVudGVyMg") {
			t.Errorf("%s: the secret is in %s", c.api, text)
		}
	}
}

func TestTheValueOfAPlainConfigurationIsShown(t *testing.T) {
	m, err := built(t, "IncrementalAlterConfigs", 1, "resources[0].configs[0].name=retention.ms", "resources[0].configs[0].value=1000")
	if err != nil {
		t.Fatal(err)
	}
	if text := string(m.AppendJSON(nil)); !strings.Contains(text, `"value":"1000"`) {
		t.Error(text)
	}
}

func TestSpansOfAnAnnotationLieEndToEnd(t *testing.T) {
	m, err := built(t, "Metadata", 12, "topics=orders")
	if err != nil {
		t.Fatal(err)
	}
	body := m.AppendTo(nil)
	m.Root.Unknown = []Tag{{77, []byte("hello")}}
	tagged := m.AppendTo(nil)
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"whole":       {body, `topics[0].name="orders"`},
		"trailing":    {append(body[:len(body):len(body)], 1, 2), "(trailing bytes: no field of this version)="},
		"cut":         {body[:len(body)-2], "bytes are needed"},
		"unknown tag": {tagged, "(unknown tag 77)=5 bytes"},
	} {
		at, text := 10, ""
		for _, s := range Annotate(m.API, false, 12, c.bytes, 10) {
			if s.From != at {
				t.Errorf("%s: %s begins at %d, the one before it ends at %d", name, s.Path, s.From, at)
			}
			at = s.To
			text += s.Path + "=" + s.Value + "\n"
		}
		if at != 10+len(c.bytes) || !strings.Contains(text, c.want) {
			t.Errorf("%s: ends at %d of %d:\n%s", name, at, 10+len(c.bytes), text)
		}
	}
}

func TestDifferencesNameTheElementsAndNotTheirPlaces(t *testing.T) {
	read := func(text string) *Message {
		d, err := ParseDocument([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		m := &Message{API: api(t, "Metadata"), Response: true, Version: 12}
		m.Root = newStruct(m.Definition().Fields, 12)
		if err := m.Merge(d); err != nil {
			t.Fatal(err)
		}
		return m
	}
	a := read(`{"throttleTimeMs":0,"controllerId":1,"topics":[
		{"name":"a","partitions":[{"partitionIndex":0,"leaderId":1,"isrNodes":[1,2]},{"partitionIndex":1,"leaderId":2}]},{"name":"b"}]}`)
	b := read(`{"throttleTimeMs":9,"controllerId":2,"topics":[{"name":"b"},
		{"name":"a","partitions":[{"partitionIndex":1,"leaderId":2},{"partitionIndex":0,"leaderId":3,"isrNodes":[2,1]}]}]}`)
	got := Differences(a, b, []string{"throttleTimeMs", "controllerid"})
	if len(got) != 1 || got[0] != (Difference{"topics[a].partitions[0].leaderId", "1", "3"}) {
		t.Error(got)
	}
	ignore := []string{"throttleTimeMs", "controllerId", "topics.partitions.leaderId"}
	if a.Fingerprint(ignore) != b.Fingerprint(ignore) || a.Fingerprint(ignore) == a.Fingerprint(nil) {
		t.Error("messages without differences aren't equal")
	}
	if got := Differences(a, read(`{"topics":[{"name":"b"}]}`), []string{"topics"}); len(got) != 1 || got[0].Path != "controllerId" {
		t.Error(got)
	}
}

func TestEveryNoteIsAboutAFieldThatIs(t *testing.T) {
	left := maps.Clone(notes)
	for i := range APIs() {
		api := &APIs()[i]
		n := left[api.Name]
		delete(left, api.Name)
		names, paths := map[string]bool{}, map[string]bool{}
		eachField(api.Request.Fields, "", func(path string, f *Field) { names[f.Name], paths[path] = true, true })
		eachField(api.Response.Fields, "", func(_ string, f *Field) { names[f.Name] = true })
		for _, name := range append(slices.Collect(maps.Keys(n.words)), n.secrets...) {
			if !names[name] {
				t.Errorf("%s has no field %s", api.Name, name)
			}
		}
		if n.configs && !names["value"] {
			t.Errorf("%s has no field value", api.Name)
		}
		for path := range n.defaults {
			if !paths[path] {
				t.Errorf("a %s request has no field %s", api.Name, path)
			}
		}
	}
	for name := range left {
		t.Errorf("there is no API %s", name)
	}
}

func eachField(fields []Field, path string, do func(path string, f *Field)) {
	for i := range fields {
		at := join(path, fields[i].Name)
		do(at, &fields[i])
		eachField(fields[i].Fields, at, do)
	}
}

func TestNumbersAreWrittenAsJavaWritesThem(t *testing.T) {
	for v, want := range map[float64]string{0: "0.0", 1: "1.0", 1024: "1024.0", 0.5: "0.5", 1e7: "1.0E7", 1.5e-4: "1.5E-4", 123456789: "1.23456789E8", 0.001: "0.001"} {
		if got := string(appendFloat(nil, v)); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

func TestAMessageOfMoreElementsThanMemoryAllowsIsGivenUp(t *testing.T) {
	m, err := built(t, "Metadata", 12, "topics=a,b,c,d")
	if err != nil {
		t.Fatal(err)
	}
	body := m.AppendTo(nil)
	memory := NewMemory(1000)
	got, err := DecodeWithin(memory, m.API, false, 12, body)
	if err != nil || got.Size() != memory.Used() {
		t.Errorf("%v; it took %d bytes, and %d are taken", err, got.Size(), memory.Used())
	}
	_, err = DecodeWithin(memory, m.API, false, 12, body)
	if err == nil || !strings.Contains(err.Error(), "more than the 0 MiB of memory") || got.Size() != memory.Used() {
		t.Errorf("got %v; %d bytes are taken", err, memory.Used())
	}
	if _, err = DecodeWithin(NewMemory(200), m.API, false, 12, body); err == nil || !strings.Contains(err.Error(), "topics: ") {
		t.Errorf("got %v", err)
	}
}

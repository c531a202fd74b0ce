package protocol_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kdeck/ops/kafkatest"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// arguments fill requests so that there is something to answer; what a version can't carry is left out.
var arguments = map[int16][]string{
	1:  {"topics[0].topic=orders", "topics[0].topicId=%ID", "topics[0].partitions=0,1"},
	2:  {"topics=orders", "topics[0].partitions=0,1"},
	3:  {"topics=orders,nosuch"},
	9:  {"groupId=readers", "topics=orders", "topics[0].partitionIndexes=0,1", "groups=readers,nobody", "requireStable=false"},
	10: {"key=readers", "coordinatorKeys=readers"},
	15: {"groups=readers,nobody"},
	23: {"topics=orders", "topics[0].partitions=0,1"},
	32: {"resources[0].resourceType=topic", "resources[0].resourceName=orders", "includeSynonyms=true", "includeDocumentation=true"},
	48: {"components[0].entityType=user", "components[0].matchType=any"},
	55: {"topics=__cluster_metadata", "topics[0].partitions=0"},
	61: {"topics=orders", "topics[0].partitionIndexes=0,1"},
	65: {"transactionalIds=nobody"},
	69: {"groupIds=readers"},
	75: {"topics=orders"},
	77: {"groupIds=readers"},
	89: {"groupIds=readers"},
	90: {"groups=readers"},
}

// readOnly are the APIs of a node that can be asked without changing anything, each in its lowest, a middle and its
// highest version.
func readOnly(t *testing.T, versions *kmsg.ApiVersionsResponse, topicID string) []*message.Message {
	t.Helper()
	var all []*message.Message
	for _, k := range versions.ApiKeys {
		api, known := protocol.APIByKey(k.ApiKey)
		if !known {
			t.Errorf("API %d isn't known", k.ApiKey)
			continue
		}
		if !api.Class.Reads() {
			continue
		}
		for _, v := range slices.Compact([]int16{k.MinVersion, (k.MinVersion + k.MaxVersion) / 2, min(k.MaxVersion, api.Versions.To)}) {
			m := message.New(api.API, v)
			for _, word := range arguments[k.ApiKey] {
				path, value, _ := strings.Cut(strings.ReplaceAll(word, "%ID", topicID), "=")
				if err := m.Set(path, value); err != nil && !strings.Contains(err.Error(), "can't carry it") {
					t.Errorf("%s v%d: %v", api.Name, v, err)
				}
			}
			if class, _ := protocol.Classify(m); class.Reads() {
				all = append(all, m)
			}
		}
	}
	return all
}

// patience only ends what hangs.
const patience = 5 * time.Minute

// reasons are the places where a broker's log and kdeck differ, and why.
var reasons = map[string]string{
	"ListConfigResources v0 on 3.9.2": "its list was called clientMetricsResources before 4.1",
}

// unanswered are requests that a node lists in ApiVersions and gives no answer to.
var unanswered = map[string]string{
	"DescribeUserScramCredentials v0 on a controller": "seen on 3.9.2 and 4.3.1",
}

func TestEveryReadOnlyAPIOfRealKafkaIsAnsweredAndReadAsTheNodeWroteItDown(t *testing.T) {
	t.Parallel()
	for _, release := range kafkatest.Versions() {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			c := kafkatest.Start(t, kafkatest.Options{Version: release, Brokers: 1, Controllers: 1, RequestLog: true})
			topicID := prepare(t, c)
			checkPlainConfigs(t, c)
			for _, n := range c.Nodes {
				addr := n.Addr()
				if !n.Broker {
					addr = n.ControllerAddr()
				}
				judge(t, n, release, addr, topicID)
			}
		})
	}
}

func TestARequestReachesANodeOfRealKafkaThatIsNotInTheMetadataAndOneBehindSASL(t *testing.T) {
	t.Parallel()
	c := kafkatest.Start(t, kafkatest.Options{Brokers: 1, Controllers: 1, SASL: true, RequestLog: true})
	ca, err := os.ReadFile(c.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	secure := protocol.Options{ClientID: "behind-sasl", TLS: &tls.Config{RootCAs: pool},
		SASL: scram.Auth{User: kafkatest.Admin, Pass: kafkatest.Password(kafkatest.Admin)}.AsSha512Mechanism()}
	for _, at := range []struct {
		addr, api string
		o         protocol.Options
	}{
		{c.Brokers()[0].AddrSASL(), "Metadata", secure},
		{c.Nodes[1].ControllerAddr(), "DescribeQuorum", protocol.Options{}}, // brokers' metadata doesn't list it
	} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, err := protocol.Dial(ctx, at.addr, at.o)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		api, _, err := protocol.FindAPI(at.api)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := conn.Exchange(ctx, message.New(api.API, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, id, err := answer.Decode(nil); err != nil || !id.Whole() {
			t.Errorf("%s of %s: %v, %v", at.api, at.addr, id, err)
		}
	}
	if line := openLog(t, c.Brokers()[0].RequestLogFile()).find("behind-sasl"); line.API.Name != "Metadata" || line.Version != 0 {
		t.Errorf("the broker wrote %s v%d", line.API.Name, line.Version)
	}
}

func judge(t *testing.T, n *kafkatest.Node, release, addr, topicID string) {
	log := openLog(t, n.RequestLogFile())
	conn := dial(t, addr, "kdeck-judge")
	versions, err := conn.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	requests := readOnly(t, versions, topicID)
	apis, asked, same := map[int16]bool{}, 0, 0
	for i, m := range requests {
		name := fmt.Sprintf("%s v%d", m.API.Name, m.Version)
		_, explained := reasons[name+" on "+release]
		client := fmt.Sprintf("judge-%d", i)
		if _, known := unanswered[name+" on a controller"]; known && !n.Broker {
			continue
		}
		asked++
		answer, err := ask(t, addr, client, m)
		if err != nil {
			t.Errorf("%v %s: %v", n, name, err)
			continue
		}
		apis[m.API.Key] = true
		h, body, err := protocol.ReadRequestHeader(answer.RequestBytes[4:])
		if err != nil || h.Version != m.Version {
			t.Errorf("%v %s: on the wire as %+v, %v", n, name, h, err)
		}
		sent, err := message.Decode(m.API, false, m.Version, body)
		if err != nil {
			t.Fatal(err)
		}
		got, id, err := answer.Decode(nil)
		if err != nil || !id.Whole() {
			t.Fatalf("%v %s: %v, %v", n, name, id, err)
		}
		library := kmsg.ResponseForKey(m.API.Key)
		library.SetVersion(got.Version)
		if wire := got.AppendTo(nil); library.ReadFrom(wire) != nil || !bytes.Equal(library.AppendTo(nil), wire) {
			t.Errorf("%v %s: the client library encodes it differently", n, name)
		}
		line := log.find(client)
		if again, err := line.Message(); err != nil || !bytes.Equal(again.AppendTo(nil), sent.AppendTo(nil)) {
			t.Errorf("%v %s: the line of its log isn't the same request again: %v", n, name, err)
		}
		whole := true
		for _, pair := range []struct {
			what  string
			ours  *message.Message
			wrote json.RawMessage
		}{{"request", sent, line.RequestJSON}, {"response", got, line.ResponseJSON}} {
			if ours := pair.ours.AppendJSON(nil); !bytes.Equal(ours, pair.wrote) {
				whole = false
				if !explained {
					t.Errorf("%v %s %s:\nkdeck %s\nnode  %s", n, name, pair.what, ours, pair.wrote)
				}
			}
		}
		if whole {
			same++
		}
	}
	t.Logf("%v: %d read-only APIs, %d requests, %d letter for letter as in its log", n, len(apis), asked, same)
}

func ask(t *testing.T, addr, client string, m *message.Message) (*protocol.Answer, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return dial(t, addr, client).Exchange(ctx, m)
}

func dial(t *testing.T, addr, client string) *protocol.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := protocol.Dial(ctx, addr, protocol.Options{ClientID: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// prepare makes a topic with two partitions and a group with offsets, and returns the topic's id.
func prepare(t *testing.T, c *kafkatest.Cluster) string {
	t.Helper()
	addr := c.Brokers()[0].Addr()
	do := func(name string, version int16, words ...string) *message.Message {
		api, _, err := protocol.FindAPI(name)
		if err != nil {
			t.Fatal(err)
		}
		m := message.New(api.API, version)
		for _, w := range words {
			path, value, _ := strings.Cut(w, "=")
			if err := m.Set(path, value); err != nil {
				t.Fatal(err)
			}
		}
		deadline := time.Now().Add(patience)
		for {
			answer, err := ask(t, addr, "prepare", m)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := answer.Decode(nil)
			if err != nil {
				t.Fatal(err)
			}
			failed := ""
			for path, text := range got.Values() {
				if strings.HasSuffix(path, "rrorCode") && text != "0" {
					failed = path + "=" + text
				}
			}
			if failed == "" {
				return got
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s", name, failed)
			}
		}
	}
	do("CreateTopics", 5, "topics=orders", "topics[0].numPartitions=2", "topics[0].replicationFactor=1")
	do("FindCoordinator", 2, "key=readers")
	do("OffsetCommit", 7, "groupId=readers", "generationIdOrMemberEpoch=-1", "topics=orders", "topics[0].partitions=0,1",
		"topics[0].partitions[0].committedOffset=3")
	do("Produce", 9, "acks=-1", "topicData=orders", "topicData[0].partitionData=0", fmt.Sprintf("topicData[0].partitionData[0].records=hex:%x", oneRecord("hello")))
	return strings.Trim(do("Metadata", 12, "topics=orders").Values()["topics[0].topicId"], `"`)
}

// oneRecord is a batch of one record.
func oneRecord(value string) []byte {
	record := kmsg.Record{Value: []byte(value)}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	batch := kmsg.RecordBatch{Magic: 2, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: 1, PartitionLeaderEpoch: -1,
		FirstTimestamp: 1, MaxTimestamp: 1, Records: record.AppendTo(nil)}
	b := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// requestLog is read as the node writes it.
type requestLog struct {
	t     *testing.T
	file  *os.File
	in    *bufio.Reader
	part  []byte // a line that isn't whole yet
	lines map[string]*message.LogLine
}

func openLog(t *testing.T, path string) *requestLog {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &requestLog{t: t, file: f, in: bufio.NewReaderSize(f, 1<<20), lines: map[string]*message.LogLine{}}
}

// find returns the line about the request of a client, and waits until it is there.
func (l *requestLog) find(client string) *message.LogLine {
	l.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		if line := l.lines[client]; line != nil {
			return line
		}
		text, err := l.in.ReadBytes('\n')
		l.part = append(l.part, text...)
		if err != nil {
			if time.Now().After(deadline) {
				l.t.Fatalf("no line about %s in %s", client, l.file.Name())
			}
			continue
		}
		line, err := message.ParseLogLine(l.part)
		l.part = nil
		if err != nil {
			l.t.Fatal(err)
		}
		if line != nil {
			l.lines[line.ClientID] = line
		}
	}
}

var update = flag.Bool("update", false, "write the names of configurations that brokers don't take for secrets")

// checkPlainConfigs holds the list of configurations whose values may be shown against what a broker says of them.
func checkPlainConfigs(t *testing.T, c *kafkatest.Cluster) {
	api, _ := protocol.APIByKey(32)
	m := message.New(api.API, 4)
	for i, resource := range []string{"topic orders", "broker 1", "client_metrics any", "group readers"} {
		kind, name, _ := strings.Cut(resource, " ")
		if kind == "group" && c.Version == kafkatest.V39 {
			continue
		}
		for path, value := range map[string]string{"resourceType": kind, "resourceName": name} {
			if err := m.Set(fmt.Sprintf("resources[%d].%s", i, path), value); err != nil {
				t.Fatal(err)
			}
		}
	}
	answer, err := ask(t, c.Brokers()[0].Addr(), "configs", m)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := answer.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	described := kmsg.NewPtrDescribeConfigsResponse()
	described.Version = got.Version
	if err := described.ReadFrom(got.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, r := range described.Resources {
		if r.ErrorCode != 0 {
			t.Errorf("%v %s: error %d", r.ResourceType, r.ResourceName, r.ErrorCode)
		}
		for _, config := range r.Configs {
			switch {
			case config.ConfigType == kmsg.ConfigTypePassword && message.PlainConfig(config.Name):
				t.Errorf("%s is a secret and would be shown", config.Name)
			case !config.IsSensitive && !message.PlainConfig(config.Name):
				missing = append(missing, config.Name)
			}
		}
	}
	if len(missing) > 0 && !*update {
		t.Errorf("these are no secrets, and would be hidden (run with -update): %q", missing)
	}
	if *update {
		const file = "message/plainconfigs.txt"
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := append(strings.Fields(string(was)), missing...)
		slices.Sort(all)
		if err := os.WriteFile(file, []byte(strings.Join(slices.Compact(all), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

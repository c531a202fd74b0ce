package subcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

// answers is what request -o json writes, as far as tests look at it.
type answers struct {
	ClusterID *string `json:"cluster_id"`
	Answers   []struct {
		Node     string
		Address  string
		API      string
		Version  int16
		Request  map[string]any
		Response map[string]any
		Error    *string
		Decoded  *struct {
			Bytes, Of int
			Identical bool
		}
		TimingMS map[string]float64 `json:"timing_ms"`
	}
	Classes     [][]string
	Differences []struct {
		Nodes []string
		Path  string
		A, B  *string
	}
}

func (d *deck) ask(code int, args ...string) answers {
	d.t.Helper()
	out := d.ok(code, append(append([]string{"request"}, args...), "-o", "json")...)
	var a answers
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		d.t.Fatalf("%v in %s", err, out)
	}
	return a
}

func TestARequestToOneNodeIsAnsweredByThatNodeInThatVersion(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	a := d.ask(0, "metadata@7", "--to", "2", "topics=[]")
	got := a.Answers[0]
	if got.Node != "2" || got.Address != c.Bootstrap()[1] || got.API != "Metadata" || got.Version != 7 || !got.Decoded.Identical || got.Error != nil {
		t.Errorf("%+v", got)
	}
	if brokers := got.Response["brokers"].([]any); len(brokers) != 3 || a.ClusterID == nil {
		t.Errorf("%v of cluster %v", brokers, a.ClusterID)
	}
	if b := d.ask(0, "TopicMetadataV5", "--to", c.Bootstrap()[2]).Answers[0]; b.Node != c.Bootstrap()[2] || b.Version != 5 {
		t.Errorf("%+v", b)
	}
}

func TestTargetsAreFoundByWhatTheyAre(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 4, Racks: 2, Topics: 4})
	topic := d.ask(0, "metadata", "--to", "1").Answers[0].Response["topics"].([]any)[0].(map[string]any)
	first := topic["partitions"].([]any)[0].(map[string]any)
	leader := fmt.Sprint(first["leaderId"])
	at := fmt.Sprintf("leader-of:%s/%v", topic["name"], first["partitionIndex"])
	if got := d.ask(0, "ApiVersions", "--to", at).Answers; len(got) != 1 || got[0].Node != leader {
		t.Errorf("%s is %+v, the leader is %s", at, got, leader)
	}
	if got := d.ask(0, "ApiVersions", "--to", "1,3,1").Answers; len(got) != 2 || got[1].Node != "3" {
		t.Errorf("%+v", got)
	}
	if got := d.ask(0, "ApiVersions", "--to", "all").Answers; len(got) != 4 {
		t.Errorf("%+v", got)
	}
	if got := d.ask(0, "ApiVersions", "--to", "controllers").Answers; len(got) != len(c.BootstrapControllers()) {
		t.Errorf("%d answers of %d controllers", len(got), len(c.BootstrapControllers()))
	}
	if got := d.ask(0, "DescribeCluster", "endpointType=controllers", "--to", "controller").Answers; len(got) != 1 || got[0].Response["errorCode"] != 0.0 {
		t.Errorf("%+v", got)
	}
}

func TestTheBrokerThatDisagreesIsShownWithItsPartitions(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "stale-broker"})
	a := d.ask(0, "metadata", "--to", "all")
	if len(a.Classes) != 2 || len(a.Classes[0]) != 11 || strings.Join(a.Classes[1], ",") != "7" {
		t.Fatalf("classes %v", a.Classes)
	}
	for _, diff := range a.Differences {
		if !strings.HasPrefix(diff.Path, "topics[") || diff.Nodes[0] != "7" {
			t.Errorf("%+v", diff)
		}
	}
	out := d.ok(0, "request", "metadata", "--to", "all")
	if !strings.Contains(out, "11 nodes") || !strings.Contains(out, "node 7") || !strings.Contains(out, ".leaderId ") || !strings.Contains(out, " -> ") {
		t.Error(out)
	}
	if all := d.ask(0, "metadata", "--to", "all", "--ignore", "topics", "--ignore", "controllerId"); len(all.Classes) != 1 {
		t.Errorf("classes %v without topics", all.Classes)
	}
}

func TestANodeThatDoesNotAnswerLosesItsOwnRowOnly(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	gone := silent.Addr().String()
	must(t, silent.Close())
	r := d.run("request", "metadata", "--to", c.Bootstrap()[0]+","+gone, "-o", "json")
	var a answers
	must(t, json.Unmarshal([]byte(r.out), &a))
	if r.code != 1 || a.Answers[0].Error != nil || a.Answers[1].Error == nil || !strings.Contains(*a.Answers[1].Error, gone) {
		t.Errorf("exit %d: %s", r.code, r.out)
	}
	if r := d.run("request", "metadata", "--to", gone); r.code != 2 || !strings.Contains(r.err, gone) {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func TestBadRequestsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	line := file(t, "line.log", `x {"requestHeader":{"requestApiKey":0,"requestApiVersion":9,"clientId":"a"},"request":{"topicData":[{"name":"a","partitionData":[{"index":0,"recordsSizeInBytes":70}]}]}}`, 0o600)
	for args, says := range map[string][]string{
		"metdata --to 1":                                         {"metdata", `"Metadata"`},
		"metadata":                                               {"--to", "leader-of"},
		"metadata --to nobody":                                   {"nobody", "host:port"},
		"metadata --to 99":                                       {"99", "1, 2, 3"},
		"metadata --to controller:x":                             {"controller:x"},
		"metadata --to leader-of:a":                              {"leader-of:topic/0"},
		"metadata --to leader-of:nosuch/0":                       {"nosuch/0", "no such partition"},
		"metadata@99 --to 1":                                     {"@99", "0-13", "--force"},
		"metadata --to 1 topic=a":                                {"topic", `"topics"`},
		"metadata@3 --to 1 allowAutoTopicCreation=false":         {"v3 can't carry it", "4+"},
		"metadata@0 --to 1 topics=null":                          {"can't be null in v0"},
		"fetch --to 1 isolationLevel=dirty":                      {"dirty", "read_committed"},
		"fetch --to 1 maxWaitMs=99999999999":                     {"out of range"},
		"vote --to 1":                                            {"IB!", "--allow inter-broker"},
		"vote --to controller --allow inter-broker":              {"the node itself"},
		"fetch replicaId=2 --to 1":                               {"poses as that follower"},
		"deletetopics --to all topics[0].name=a":                 {"ADM!", "one node at a time"},
		"metadata allowAutoTopicCreation=true topics=a --to all": {"creates the topics"},
		"metadata -f " + line + " --to 1":                        {"Produce", "Metadata"},
		"-f " + line + " --to 1":                                 {"recordsSizeInBytes", "give records"},
		"metadata --to 1 --watch 1ms":                            {"--watch", "100ms"},
		"metadata --to 1 --diff":                                 {"--diff", "--replay"},
		"metadata --to 1 --snapshot x":                           {"--snapshot"},
		"--replay nosuch.kreq":                                   {"nosuch.kreq"},
		"--decode nosuch.hex":                                    {"nosuch.hex"},
		"listgroups a --to 1":                                    {`"a"`, "path=value"},
	} {
		r := d.run(append([]string{"request"}, strings.Fields(args)...)...)
		for _, word := range says {
			if !strings.Contains(r.err, word) {
				t.Errorf("request %s: %q isn't in %s", args, word, r.err)
			}
		}
		if r.code != 2 || r.out != "" || strings.Count(strings.TrimSpace(r.err), "\n") > 0 {
			t.Errorf("request %s: exit %d, %s%s", args, r.code, r.out, r.err)
		}
	}
}

func TestWhatWouldChangeSomethingIsShownAndNotSent(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	before := len(d.ask(0, "metadata", "--to", "1").Answers[0].Response["topics"].([]any))
	r := d.run("request", "metadata@1", "topics=misspelt", "--to", "1")
	if r.code != 0 || !strings.Contains(r.err, "can't forbid") || !strings.Contains(r.err, "topic misspelt") || !strings.Contains(r.err, "nothing was sent") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	var doc struct {
		Answers []any
		Would   struct{ Node, Class string }
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "request", "deletetopics", "topics[0].name=a", "--to", "2", "-o", "json")), &doc))
	if doc.Would.Node != "2" || doc.Would.Class != "ADM!" || len(doc.Answers) != 0 {
		t.Errorf("%+v", doc)
	}
	d.run("request", "metadata", "topics=misspelt", "--to", "1")
	if after := len(d.ask(0, "metadata", "--to", "1").Answers[0].Response["topics"].([]any)); after != before {
		t.Errorf("%d topics became %d", before, after)
	}
}

func TestARequestIsSavedAndReplayed(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	kept := filepath.Join(t.TempDir(), "a.kreq")
	d.ok(0, "request", "metadata@9", "--to", "1", "--save", kept)
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if again := d.ask(0, "--replay", kept).Answers[0]; again.Node != "1" || again.Version != 9 {
		t.Errorf("%+v", again)
	}
	if out := d.ok(0, "request", "--replay", kept, "--to", "2", "--diff"); !strings.Contains(out, "node 2: as it was saved") {
		t.Error(out)
	}
}

func TestAReplayIsComparedWithWhatWasSaved(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "stale-broker"})
	kept := filepath.Join(t.TempDir(), "a.kreq")
	d.ok(0, "request", "metadata@9", "--to", "1", "--save", kept)
	if out := d.ok(1, "request", "--replay", kept, "--to", "7", "--diff"); !strings.Contains(out, "node 7: since") || !strings.Contains(out, ".leaderId ") {
		t.Error(out)
	}
}

func TestCapturedBytesAreDecoded(t *testing.T) {
	d := newDeck(t)
	hex := file(t, "a.hex", "0000 0017 0003 000c 0000 0007 0003 6170 7000 0000 0000 00", 0o600)
	if out := d.ok(2, "request", "--decode", hex); out != "" {
		t.Error(out)
	}
	hex = file(t, "b.hex", "00 03 00 09 00 00 00 07 00 03 61 70 70 00 02 07 6f 72 64 65 72 73 00 00 00 00 00", 0o600)
	r := d.run("request", "--decode", hex, "--hex")
	for _, word := range []string{"Metadata v9 request", "correlation id 7", "client id app", "re-encodes identically"} {
		if !strings.Contains(r.err, word) {
			t.Errorf("%q isn't in %s", word, r.err)
		}
	}
	if r.code != 0 || !strings.Contains(r.out, `topics[0].name = "orders"`) {
		t.Errorf("exit %d: %s", r.code, r.out)
	}
}

func TestThePromptGoesOnAfterATypo(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	var out, errs bytes.Buffer
	in := strings.NewReader("help\nhelp Metadata\nrequests\nmetdata\nmetadata topic=x\nlistoffsets \"\n\nerrors\nDescribeClusterV0\ndeletetopics topics[0].name=a\nmetadata@1 topics=a\nq\nmetadata\n")
	if code := subcmd.Execute(t.Context(), d.env(in, &out, &errs), []string{"request", "--to", "2", "-b", c.Bootstrap()[0]}); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
	}
	for _, word := range []string{"path=value", "allowAutoTopicCreation", `did you mean "Metadata"`, `did you mean "topics"`, "a quote has no end",
		"UNKNOWN_TOPIC_OR_PARTITION", "clusterId: ", "isn't sent from the prompt"} {
		if !strings.Contains(out.String(), word) {
			t.Errorf("%q isn't in\n%s", word, out.String())
		}
	}
	if strings.Contains(out.String(), "topics:\n") {
		t.Error("something was read after q, or sent that changes something")
	}
}

func TestTheListOfRequestsTellsWhatANodeServes(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	if out := d.ok(0, "api"); strings.Count(out, "\n") != 96 || !strings.Contains(out, "DescribeQuorum") {
		t.Error(out)
	}
	if out := d.ok(0, "api", "--to", "2"); !strings.Contains(out, "NODE 2") {
		t.Error(out)
	}
	if out := d.ok(0, "api", "fetch@12"); !strings.Contains(out, "replicaId") || strings.Contains(out, "replicaState") {
		t.Error(out)
	}
	if out := d.ok(0, "api", "--class", "IB!"); !strings.Contains(out, "Vote") || strings.Contains(out, "Metadata ") {
		t.Error(out)
	}
}

func TestATemplateOfEveryRequestIsABodyThatIsTaken(t *testing.T) {
	d := newDeck(t)
	var doc struct {
		APIs []struct {
			Name            string
			Lowest, Highest int
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "api", "-o", "json")), &doc))
	for _, a := range doc.APIs {
		for _, v := range []int{a.Lowest, a.Highest} {
			name := fmt.Sprintf("%s@%d", a.Name, v)
			body := file(t, "body.yaml", d.ok(0, "api", name, "--template"), 0o600)
			// Nothing listens there: what is refused is refused before that is found out.
			r := d.run("request", name, "-f", body, "--to", "127.0.0.1:1", "--force", "-b", "127.0.0.1:1", "--allow", "inter-broker")
			if !strings.Contains(r.err, "refused") || strings.Contains(r.err, " v"+fmt.Sprint(v)+": ") {
				t.Errorf("%s: exit %d, %s", name, r.code, r.err)
			}
		}
	}
}

func TestWhatIsWatchedShowsWhatChanged(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	out, errs := &shared{}, &shared{}
	ended := make(chan int)
	go func() {
		ended <- d.runTo(out, errs, "request", "metadata", "--to", c.Bootstrap()[0]+","+c.Bootstrap()[2], "--watch", "100ms")
	}()
	out.await(t, "brokers:")
	must(t, c.Kill(3))
	out.await(t, "node "+c.Bootstrap()[2]+": ")
	d.interrupts <- os.Interrupt
	if code := <-ended; code != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// shared is written by a command that runs, and read meanwhile.
type shared struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *shared) await(t *testing.T, what string) {
	t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(s.String(), what) {
		select {
		case <-deadline:
			t.Fatalf("%q didn't come: %s", what, s)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

package subcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// patience only ends what hangs: a busy machine is slow.
const patience = 10 * time.Minute

// eventually polls until the condition holds; what it says last is why it doesn't.
func eventually(t *testing.T, what string, condition func() (ok bool, last string)) {
	t.Helper()
	var last string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		var ok bool
		if ok, last = condition(); ok {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("%s: not within %v: %s", what, patience, last)
}

var described = regexp.MustCompile(`Topic: (\S+)\s+Partition: (\d+)`)

// kafkasOwn is what one of TopicCommand's filters lists, as topic-partition, sorted.
func kafkasOwn(t *testing.T, c *kafkatest.Cluster, filter string) []string {
	t.Helper()
	r, err := c.Tool(t.Context(), kafkatest.TopicCommand, "--bootstrap-server", c.Bootstrap(), "--describe", filter)
	must(t, err)
	if r.Exit != 0 {
		t.Fatalf("TopicCommand %s: exit %d: %s", filter, r.Exit, r.Stderr)
	}
	list := []string{}
	for _, m := range described.FindAllStringSubmatch(r.Stdout, -1) {
		list = append(list, m[1]+"-"+m[2])
	}
	slices.Sort(list)
	return list
}

func (d *deck) partitions(filter string) []string {
	d.t.Helper()
	var doc struct {
		Partitions []struct {
			Topic     string
			Partition int
		}
	}
	must(d.t, json.Unmarshal([]byte(d.ok(0, "partitions", filter, "-o", "json")), &doc))
	list := []string{}
	for _, p := range doc.Partitions {
		list = append(list, fmt.Sprintf("%s-%d", p.Topic, p.Partition))
	}
	slices.Sort(list)
	return list
}

// agreesWithKafka compares kdeck's filters with those of Kafka's own tool until they agree: the cluster changes between the
// two looks.
func (d *deck) agreesWithKafka(c *kafkatest.Cluster) {
	d.t.Helper()
	for kdeck, kafka := range map[string]string{
		"--under-replicated": "--under-replicated-partitions",
		"--under-min-isr":    "--under-min-isr-partitions",
		"--at-min-isr":       "--at-min-isr-partitions",
		"--leaderless":       "--unavailable-partitions",
	} {
		eventually(d.t, "kdeck and TopicCommand agree on "+kafka, func() (bool, string) {
			ours, theirs := d.partitions(kdeck), kafkasOwn(d.t, c, kafka)
			return slices.Equal(ours, theirs), fmt.Sprintf("kdeck lists %v, TopicCommand %v", ours, theirs)
		})
	}
}

// configured is what ConfigCommand says is set on brokers and topics, one line each.
func configured(t *testing.T, c *kafkatest.Cluster, brokers ...int32) string {
	t.Helper()
	var b strings.Builder
	describe := func(args ...string) {
		r, err := c.Tool(t.Context(), kafkatest.ConfigCommand, append([]string{"--bootstrap-server", c.Bootstrap(), "--describe"}, args...)...)
		must(t, err)
		if r.Exit != 0 {
			t.Fatalf("ConfigCommand: exit %d: %s", r.Exit, r.Stderr)
		}
		for line := range strings.Lines(r.Stdout) {
			if strings.Contains(line, "throttled") || strings.Contains(line, "cordoned") {
				before, _, _ := strings.Cut(strings.TrimSpace(line), " sensitive=")
				fmt.Fprintf(&b, "%v %s\n", args, before)
			}
		}
	}
	describe("--entity-type", "topics")
	for _, id := range brokers {
		describe("--entity-type", "brokers", "--entity-name", fmt.Sprint(id))
	}
	return b.String()
}

func configure(t *testing.T, c *kafkatest.Cluster, args ...string) {
	t.Helper()
	r, err := c.Tool(t.Context(), kafkatest.ConfigCommand, append([]string{"--bootstrap-server", c.Bootstrap(), "--alter"}, args...)...)
	must(t, err)
	if r.Exit != 0 {
		t.Fatalf("ConfigCommand %v: exit %d: %s%s", args, r.Exit, r.Stdout, r.Stderr)
	}
}

// The main job: a broker dies under load, kdeck says so, drains it without losing a record, and leaves nothing behind; then
// a live one is drained, interrupted half-way, and finished by the same command.
func TestTheMainJobOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 5, Racks: []string{"a", "b", "c"}, SASL: true})
			job := &mainJob{deck: newDeck(t, "-b", c.Bootstrap()), c: c}
			job.prepare()
			t.Run("a healthy cluster is healthy", job.in(job.healthy))
			t.Run("the same over SASL_SSL with a Java client.properties", job.in(job.overSASL))
			t.Run("a broker killed with -9 is named", job.in(job.killed))
			t.Run("it is drained, and what can't be moved is left alone", job.in(job.drainDead))
			t.Run("a live broker's drain is interrupted", job.in(job.interrupted))
			t.Run("and finished by the same command, over SASL_SSL", job.in(job.finished))
			t.Run("no acknowledged record is lost", job.in(job.nothingLost))
		})
	}
}

type mainJob struct {
	*deck
	c      *kafkatest.Cluster
	load   *kafkatest.Load
	before string // throttle configs that were there
}

// in runs a step as a subtest; when one has failed the next ones would only say so again.
func (j *mainJob) in(step func()) func(*testing.T) {
	parent := j.t
	return func(t *testing.T) {
		if parent.Failed() {
			t.SkipNow()
		}
		j.deck.t = t
		defer func() { j.deck.t = parent }()
		step()
	}
}

func (j *mainJob) prepare() {
	t, c := j.t, j.c
	min2 := map[string]string{"min.insync.replicas": "2"}
	must(t, c.CreateTopics(t.Context(),
		kafkatest.Topic{Name: "orders", Partitions: 12, Replicas: 3, Configs: min2},
		kafkatest.Topic{Name: "payments", Assignment: [][]int32{{5, 1, 3}, {4, 5, 3}, {1, 2, 3}, {2, 3, 4}}, Configs: min2},
		kafkatest.Topic{Name: "lonely", Assignment: [][]int32{{5}, {1}}},
	))
	// Throttles of somebody else, who must find them again: a rate, and an entry in a list.
	configure(t, c, "--entity-type", "brokers", "--entity-name", "1", "--add-config", "leader.replication.throttled.rate=90000000")
	configure(t, c, "--entity-type", "topics", "--entity-name", "payments", "--add-config", "follower.replication.throttled.replicas=[2:3]")
	j.before = configured(t, c, 1, 2, 3, 4)
	if !strings.Contains(j.before, "90000000") || !strings.Contains(j.before, "2:3") {
		t.Fatalf("the throttles of others aren't set: %s", j.before)
	}
	j.load = kafkatest.StartLoad(t, kafkatest.LoadOptions{
		Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders", "payments"}, Rate: 300, Bytes: 4000,
	})
}

func (j *mainJob) healthy() {
	eventually(j.t, "healthy", func() (bool, string) {
		r := j.run("status")
		return r.code == 0 && strings.HasPrefix(r.out, "HEALTHY"), r.out + r.err
	})
	if got := j.partitions("--under-replicated"); len(got) > 0 {
		j.t.Errorf("under-replicated: %v", got)
	}
}

func (j *mainJob) overSASL() {
	for _, mechanism := range []string{kafkatest.ScramSHA512, kafkatest.ScramSHA256, kafkatest.Plain} {
		file, err := j.c.ClientProperties(mechanism, kafkatest.Admin, kafkatest.Password(kafkatest.Admin))
		must(j.t, err)
		secure := j.with("--bootstrap-server", j.c.BootstrapSASL(), "--command-config", file)
		eventually(j.t, mechanism, func() (bool, string) { // a follower may lag for a moment
			r := secure.run("status")
			return r.code == 0 && strings.HasPrefix(r.out, "HEALTHY"), r.out + r.err
		})
		if out := secure.ok(0, "plan", "drain", "2"); !strings.Contains(out, "no plan can do with fewer") {
			j.t.Errorf("%s: %s", mechanism, out)
		}
		alone := j.with("--command-config", file) // one node by its address, no cluster named
		for _, out := range []string{secure.ok(0, "request", "metadata", "topics=orders", "--to", "2"),
			alone.ok(0, "request", "metadata", "topics=orders", "--to", j.c.Node(2).AddrSASL())} {
			if !strings.Contains(out, "orders") {
				j.t.Errorf("%s: %s", mechanism, out)
			}
		}
	}
	file, err := j.c.ClientProperties(kafkatest.ScramSHA512, kafkatest.Admin, "wrong")
	must(j.t, err)
	r := j.with("--bootstrap-server", j.c.BootstrapSASL(), "--command-config", file).run("status")
	if r.code != 2 || !strings.Contains(strings.ToLower(r.err), "authentication") || strings.Contains(r.err, "wrong\"") {
		j.t.Errorf("a wrong password: exit %d: %s", r.code, r.err)
	}
}

func (j *mainJob) killed() {
	must(j.t, j.c.Node(5).Kill())
	start := time.Now()
	eventually(j.t, "status names broker 5", func() (bool, string) {
		r := j.run("status")
		return r.code == 1 && strings.Contains(r.out, "Broker 5"), r.out + r.err
	})
	j.t.Logf("named %v after kill -9 (session timeout 6 s)", time.Since(start).Round(100*time.Millisecond))
	eventually(j.t, "the partition that lived on broker 5 alone has no leader", func() (bool, string) {
		got := j.partitions("--leaderless")
		return slices.Equal(got, []string{"lonely-0"}), fmt.Sprint(got)
	})
	j.agreesWithKafka(j.c)
}

// phrase is what the dry run says has to be typed.
func (d *deck) phrase(args ...string) string {
	d.t.Helper()
	r := d.run(append(args, "-o", "json")...)
	var doc struct{ Kdeck struct{ Confirm *string } }
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc.Kdeck.Confirm == nil {
		d.t.Fatalf("kdeck %v: exit %d: no phrase in %s%s", args, r.code, r.out, r.err)
	}
	return *doc.Kdeck.Confirm
}

func (j *mainJob) drainDead() {
	t := j.t
	file := filepath.Join(t.TempDir(), "plan.json")
	must(t, os.WriteFile(file, []byte(j.ok(1, "plan", "drain", "5", "-o", "json")), 0o600)) // 1: lonely-0 can't be moved

	phrase := j.phrase("drain", "5")
	if r := j.run("drain", "5", "--execute", "--throttle", "20MB", "--confirm", "drain 5 elsewhere"); r.code != 2 || configured(t, j.c, 1, 2, 3, 4) != j.before {
		t.Fatalf("a wrong phrase: exit %d: %s", r.code, r.err)
	}
	r := j.run("drain", "5", "--execute", "--throttle", "20MB", "-m", "4", "--confirm", phrase)
	if r.code != 1 || !strings.Contains(r.out+r.err, "lonely") {
		t.Fatalf("drain 5: exit %d, want 1 and lonely-0 named\n%s%s", r.code, r.out, r.err)
	}
	t.Log(r.out)
	if got := configured(t, j.c, 1, 2, 3, 4); got != j.before {
		t.Errorf("throttles are\n%s, were\n%s", got, j.before)
	}
	// Without ELR (before 4.1) the ISR of a leaderless partition keeps its last member, and Kafka doesn't count it.
	eventually(t, "nothing but lonely-0 is under-replicated", func() (bool, string) {
		got := slices.DeleteFunc(j.partitions("--under-replicated"), func(p string) bool { return p == "lonely-0" })
		return len(got) == 0, fmt.Sprint(got)
	})
	j.agreesWithKafka(j.c)
	v, err := j.c.Tool(t.Context(), kafkatest.ReassignPartitionsCommand, "--bootstrap-server", j.c.Bootstrap(),
		"--verify", "--preserve-throttles", "--reassignment-json-file", file)
	must(t, err)
	if v.Exit != 0 || strings.Contains(v.Stdout, "in progress") || strings.Contains(v.Stdout, "failed") || !strings.Contains(v.Stdout, "is completed") {
		t.Errorf("ReassignPartitionsCommand --verify: exit %d\n%s%s", v.Exit, v.Stdout, v.Stderr)
	}
	must(t, j.c.Node(5).Restart(t.Context()))
	must(t, j.c.AwaitInSync(t.Context()))
}

// interrupting sends one interrupt as soon as the output says that something was submitted.
type interrupting struct {
	mu   sync.Mutex
	all  bytes.Buffer
	once sync.Once
	send func()
}

func (w *interrupting) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(b)
	if bytes.Contains(w.all.Bytes(), []byte(`"event":"submitted"`)) {
		w.once.Do(w.send)
	}
	return len(b), nil
}

func (j *mainJob) interrupted() {
	t := j.t
	phrase := j.phrase("drain", "4")
	out := &interrupting{send: func() { j.interrupts <- syscall.SIGINT }}
	var errs bytes.Buffer
	code := j.runTo(out, &errs, "drain", "4", "--execute", "--throttle", "5MB", "-m", "1", "--confirm", phrase, "-o", "json")
	if code != 1 {
		t.Fatalf("interrupted drain: exit %d, want 1\n%s%s", code, &out.all, &errs)
	}
	lines := strings.Split(strings.TrimSpace(out.all.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"event":"end"`) || !strings.Contains(last, `"result":"partial"`) {
		t.Errorf("the last line is %s", last)
	}
	knows := j.c.Options.Version == kafkatest.V43
	if n := strings.Count(out.all.String(), `"event":"cordoned"`); n != map[bool]int{true: 1}[knows] || strings.Contains(out.all.String(), `"failed":"`) {
		t.Errorf("%d brokers were cordoned:\n%s", n, &out.all)
	}
	if n := strings.Count(out.all.String(), `"event":"submitted"`); n > 2 {
		t.Errorf("%d moves were submitted after the interrupt", n)
	}
	if got := configured(t, j.c, 1, 2, 3, 4, 5); got != j.before {
		t.Errorf("throttles are\n%s, were\n%s", got, j.before)
	}
}

func (j *mainJob) finished() {
	t := j.t
	file, err := j.c.ClientProperties(kafkatest.ScramSHA512, kafkatest.Admin, kafkatest.Password(kafkatest.Admin))
	must(t, err)
	secure := j.with("--bootstrap-server", j.c.BootstrapSASL(), "--command-config", file)
	r := secure.run("drain", "4", "--execute", "--throttle", "50MB", "--confirm", secure.phrase("drain", "4"))
	if r.code != 0 {
		t.Fatalf("drain 4: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if got := configured(t, j.c, 1, 2, 3, 4, 5); got != j.before {
		t.Errorf("throttles are\n%s, were\n%s", got, j.before)
	}
	eventually(t, "Kafka's own tool finds broker 4 empty", func() (bool, string) {
		v, err := j.c.Tool(t.Context(), kafkatest.LogDirsCommand, "--bootstrap-server", j.c.Bootstrap(), "--describe", "--broker-list", "4")
		must(t, err)
		return v.Exit == 0 && !strings.Contains(v.Stdout, `"partition":`), v.Stdout
	})
	if out := j.ok(0, "plan", "drain", "4"); !strings.Contains(out, "nothing to move") {
		t.Errorf("planned again: %s", out)
	}
	j.agreesWithKafka(j.c)
}

func (j *mainJob) nothingLost() {
	t := j.t
	must(t, j.load.Stop())
	lost, err := j.load.Lost(t.Context())
	must(t, err)
	acked := len(j.load.Acked())
	if len(lost) > 0 || acked < 1000 {
		t.Errorf("%d of %d acknowledged records can't be read back", len(lost), acked)
	}
	t.Logf("%d acknowledged records, none lost", acked)
}

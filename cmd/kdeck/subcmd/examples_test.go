package subcmd

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/reassign"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// openTransaction opens a transaction in a partition of the embedded cluster, which stays open.
func openTransaction(t *testing.T, c *sim.Cluster, topic string, partition int32) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...), kgo.Dialer(c.DialContext), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, partition)), kgo.TransactionTimeout(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte("value")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// Each example of a command's help is carried out on an embedded cluster, in the order of the help, up to the phrase where it
// changes something. Those of config and demo have files and consoles of their own.
func TestTheExamplesOfTheHelpRun(t *testing.T) {
	p, _, c := onPalette(t, sim.Options{Brokers: 9, Racks: 3, Topics: 6})
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"line.log":          `[2026-11-30 03:00:00,000] DEBUG Completed request:{"isForwarded":false,"requestHeader":{"requestApiKey":3,"requestApiVersion":12,"correlationId":1,"clientId":"a","requestApiKeyName":"METADATA"},"request":{"topics":[],"allowAutoTopicCreation":false,"includeTopicAuthorizedOperations":false},"response":{},"connection":"127.0.0.1:9092-127.0.0.1:1-0-0","totalTimeMs":1.0,"requestQueueTimeMs":0.1,"localTimeMs":0.5,"remoteTimeMs":0.0,"throttleTimeMs":0,"responseQueueTimeMs":0.1,"sendTimeMs":0.1,"securityProtocol":"PLAINTEXT","principal":"User:ANONYMOUS","listener":"PLAINTEXT","clientInformation":{"softwareName":"a","softwareVersion":"1"}} (kafka.request.logger)`,
		"kafka-request.log": "",
		"offsets.csv":       "orders,0,0\n",
		"reassign.json":     `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3]}]}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, _ := os.ReadFile("line.log")
	if err := os.WriteFile("kafka-request.log", log, 0o600); err != nil {
		t.Fatal(err)
	}
	set := p.Prepare(t.Context(), strings.Fields("quota set --user alice producer_byte_rate=20MB --execute")) // so that it can be removed
	if output, exit := set.Run(t.Context(), set.Phrase); exit != 0 {
		t.Fatal(output)
	}
	for _, group := range []string{"billing", "old-billing"} {
		made := p.Prepare(t.Context(), []string{"groups", "reset", group, "--topic", "orders", "--to", "earliest", "--execute"})
		if output, exit := made.Run(t.Context(), made.Phrase); exit != 0 {
			t.Fatal(output)
		}
	}
	openTransaction(t, c, "orders", 0) // so that it can be aborted
	stateDir, err := p.env.stateDir()
	if err != nil {
		t.Fatal(err)
	}
	on, err := reassign.Serve(stateDir, c.ClusterID(), &heard{run: state.Run{ID: "20261130T083312-drain-7", State: state.RunRunning}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	before := len(c.Mutations())
	run := func(line, input string) (output string) {
		t.Helper()
		words, err := shellquote.Split(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		line, file, redirected := strings.Cut(line, " > ")
		if redirected {
			words = words[:len(words)-2]
		}
		out, errs := new(bytes.Buffer), new(bytes.Buffer)
		env := *p.env
		env.In, env.Out, env.Err = strings.NewReader(input), out, errs
		env.console = &console{target: p.g, session: p.session}
		exit := Execute(t.Context(), &env, words[1:])
		for command, says := range map[string]string{
			"kdeck moves undo": "there is nothing to undo", "kdeck moves resume": "nothing is resumed beside it", // one is on, and is the first
		} {
			if strings.HasPrefix(line, command) {
				if !strings.Contains(errs.String(), says) {
					t.Errorf("%s: exit %d %s", line, exit, errs)
				}
				return ""
			}
		}
		switch executes := slices.Contains(words, "--execute"); {
		case executes && env.console.proposed == nil && !strings.Contains(line, "--request-log"): // the embedded cluster has no loggers
			t.Errorf("%s asks for no phrase: exit %d %s", line, exit, errs)
		case !executes && exit == exitRefused:
			t.Errorf("%s is refused: %s", line, errs)
		}
		if redirected {
			if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return out.String()
	}
	run("kdeck status", "") // a look that others are compared with
	run("kdeck snapshot save before.json", "")
	lines := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			line = strings.TrimSpace(strings.ReplaceAll(line, " --bootstrap-controller c1:9093", "")) // the palette has its cluster
			if !strings.HasPrefix(line, "kdeck ") {
				t.Errorf("%s: an example that is no command: %s", cmd.CommandPath(), line)
				continue
			}
			lines++
			output := ""
			for part := range strings.SplitSeq(line, " | ") {
				output = run(part, output)
			}
		}
		for _, sub := range cmd.Commands() {
			if name := sub.Name(); name != "config" && name != "demo" && name != "host" && name != "serve" {
				visit(sub)
			}
		}
	}
	visit(Root("test"))
	if lines < 35 {
		t.Errorf("only %d examples found", lines)
	}
	if n := len(c.Mutations()) - before; n > 0 {
		t.Errorf("%d requests for a change were sent", n)
	}
}

package subcmd

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kballard/go-shellquote"
	"go.yaml.in/yaml/v3"

	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
	text "kdeck/protocol/printable/hostile"
	"kdeck/protocol/race"
	"kdeck/ui/cell"
)

// hostileGround is kdeck with a home of its own on a cluster that lies about every text.
type hostileGround struct {
	*liar
	t   *testing.T
	dir string
	env Env
}

func newHostileGround(t *testing.T) *hostileGround {
	g := &hostileGround{liar: newLiar(t, sim.Options{Brokers: 3, Racks: 3, Topics: 8, Metrics: true, Scenario: "abusive-tenant"}), t: t, dir: shortDir(t)}
	variables := map[string]string{"HOME": g.dir, "XDG_CONFIG_HOME": filepath.Join(g.dir, "config"), "XDG_STATE_HOME": filepath.Join(g.dir, "state"), "LANG": "C.UTF-8"}
	g.env = Env{Now: time.Now, Version: "test", Dial: g.dial, Notify: func(...os.Signal) (<-chan os.Signal, func()) { return nil, func() {} },
		LookupEnv: func(name string) (string, bool) { v, ok := variables[name]; return v, ok }}
	exporters := make([]string, 3)
	for i := range exporters {
		exporters[i] = fmt.Sprintf("%d: \"http://%s/metrics\"", i+1, exporterAt(int32(i+1)))
	}
	g.write("config/kdeck/config.yaml", fmt.Sprintf("current: one\ncontexts:\n  one:\n    bootstrap: [%q]\n    metrics: {prometheus: {%s}}\n    tenants: {all: {topic: '.*e.*'}, some: {user: '.*a.*'}}\n",
		g.cluster.Bootstrap()[0], strings.Join(exporters, ", ")))
	g.write("plan.json", `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3]}]}`)
	g.write("alter.yaml", "resources:\n- {resourceType: 2, resourceName: orders, configs: [{name: retention.ms, configOperation: 0, value: '1'}]}\n")
	return g
}

func (g *hostileGround) write(name, content string) {
	path := filepath.Join(g.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *hostileGround) run(words ...string) (out, errs string) {
	var stdout, stderr bytes.Buffer
	env := g.env
	env.OutTerminal = slices.Contains(words, outWide)
	env.In, env.Out, env.Err = strings.NewReader(""), &stdout, &stderr
	ctx, cancel := context.WithTimeout(g.t.Context(), 30*time.Second)
	defer cancel()
	Execute(ctx, &env, words)
	return stdout.String(), stderr.String()
}

// widestLine is how many columns a line for people may have: of two texts of any length, or of the widest cells.
const widestLine = 2*cell.WidestText + 100

// painted are what colours a table on a terminal.
var painted = strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "")

// outputFaults are what is wrong with the text that a command has written in a format.
func outputFaults(written, output string) (faults []string) {
	widest := 0
	for line := range strings.Lines(written) {
		line = strings.TrimSuffix(line, "\n")
		if !printable.Text(line) {
			faults = append(faults, fmt.Sprintf("what isn't printable: %.300q", firstUnprintable(line)))
			break
		}
		widest = max(widest, cell.Width(line, false))
	}
	if widest > widestLine && (output == outTable || output == outWide) {
		faults = append(faults, fmt.Sprintf("a line of %d columns", widest))
	}
	return faults
}

func firstUnprintable(line string) string {
	for i := range line {
		if !printable.Text(line[i:min(len(line), i+4)]) {
			return line[max(0, i-100):min(len(line), i+40)]
		}
	}
	return line
}

// hostileLines are tried beside the [commandLines] of each command.
var hostileLines = []string{
	"request DescribeConfigs --to 1 resources[0].resourceType=4 resources[0].resourceName=1", "request DescribeClientQuotas --to 1", "request DescribeLogDirs --to 1 topics=null",
	"request Metadata --to 1 topics=null", "request Metadata --to all topics=null --hex", "request DescribeCluster --to 1", "tenants --broker 1", "request ListOffsets --to 1 topics[0].name=nowhere", "request --replay {dir}/topics.kreq --diff",
	"request Metadata --to 1 topics=null --save {dir}/topics.kreq", "plan balance count", "plan set-replication-factor 2 --topics .*", "plan leaders", "plan racks",
	"!quota set --user {hostile} --client {hostile} producer_byte_rate=1MB --execute", "!quota remove --user {hostile} --client {hostile} --execute",
	"audit", "audit last", "quota explain --user {hostile} --client {hostile}", "tenants --user {hostile}", "partitions --topic {hostile}", "plan leaders --topics {hostile}",
	"request Metadata --to {hostile}", "{hostile}", "--context {hostile} status", "config show {hostile}", "snapshot save {dir}/{hostile}", "request Metadata --to 1 --save {dir}/{hostile}",
	"request --replay {dir}/{hostile}", "request --decode {hostile} Metadata@12", "apply {hostile}", "config import {hostile}", "api {hostile}", "plan {hostile}", "drain {hostile}", "help {hostile}",
	"moves cancel {hostile}", "keys {hostile}", "--command-config {hostile} status", "-X {hostile}=x status", "-b {hostile} status", "--filter {hostile} partitions", "-o {hostile} status",
	"config use {hostile}", "config trust {hostile}", "request {hostile} --to 1", "request Metadata {hostile}=1 --to 1", "quota set --user {hostile} {hostile}=1", "completion {hostile}",
	"topics {hostile} --once", "configs topic {hostile}", "configs group {hostile}", "configs broker {hostile}", "configs topic {hostile} set {hostile}={hostile}", "configs group {hostile} set {hostile}={hostile}", "configs broker 1 set {hostile}=1",
	"groups {hostile}", "groups --topic {hostile} --state {hostile}", "groups reset {hostile} --topic {hostile} --to {hostile}", "groups delete {hostile}", "groups reset g --from-file {hostile}",
	"status --exonerate {hostile}", "status --tenant {hostile}", "changed --since {hostile}", "status --exonerate orders",
	"compare {hostile}", "compare --brokers {hostile}", "compare partition {hostile}/0", "safe-to-stop {hostile}", "safe-to-stop --rack {hostile}",
	"probe --read-only --once --topic {hostile}", "probe create --topic {hostile}", "probe remove --topic {hostile}", "probe --once",
	"host --serve {hostile}", "host --pid {hostile}", "host --ask {hostile}", "host --ask 1", "serve {hostile}", "serve --share {hostile}", "serve --listen {hostile} --from {hostile}",
	"records {hostile}/0", "records orders/0 --from {hostile}", "transactions --topic {hostile}", "transactions abort --topic {hostile} --partition 0 --start-offset 1",
	"__complete configs topic ''", "__complete partitions --topic ''", "__complete quota explain --client ''", "__complete quota set --user ''", "__complete request Metadata --to 1 topics[0].name=",
}

// linesOfAll are the command lines of every command of the tree.
func (g *hostileGround) linesOfAll() (lines []string) {
	root := newRoot(&g.env)
	root.InitDefaultCompletionCmd()
	each(root, func(path string) {
		if len(commandLines[path]) == 0 {
			g.t.Errorf("no line of %q is tried: give it one in commandLines", path)
		}
		if path != "kdeck" && path != "demo" { // which don't end
			lines = append(lines, commandLines[path]...)
		}
	})
	return append(lines, hostileLines...)
}

// try runs the command line with the number i in every format, and looks at what it writes.
func (g *hostileGround) try(i int, line string, flags ...string) {
	g.t.Helper()
	executes := strings.HasPrefix(line, "!")
	words, err := shellquote.Split(filled(strings.TrimPrefix(line, "!"), g.dir))
	if err != nil {
		g.t.Fatal(err)
	}
	for w := range words { // no argument of a process has a zero byte
		words[w] = strings.ReplaceAll(words[w], "{hostile}", strings.ReplaceAll(text.Name, "\x00", ""))
	}
	completes := words[0] == "__complete"
	formats := outputs
	if executes {
		dry := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "--execute" })
		out, _ := g.run(append(dry, "-o", outJSON)...)
		words = append(words, "--confirm", phraseIn(out))
		formats = []string{outJSON, outTable}
	}
	for j, output := range formats {
		if !race.Part(i, j, len(formats)) {
			continue
		}
		tried := slices.Concat(words, flags, []string{"-o", output})
		if completes { // the last word is the one to be completed
			tried = slices.Concat(words[:1], flags, []string{"-o", output}, words[1:])
		}
		out, errs := g.run(tried...)
		if output == outWide {
			out = painted.Replace(out)
		}
		as := output
		if words[0] == "snapshot" { // in a format of its own
			as = outJSON
		}
		for _, f := range outputFaults(out, as) {
			g.t.Errorf("%q: standard output has %s", tried, f)
		}
		for _, f := range outputFaults(errs, outTable) {
			g.t.Errorf("%q: standard error has %s", tried, f)
		}
		if completes || words[0] == "completion" {
			continue
		}
		if why := unreadable(out, as); why != "" {
			g.t.Errorf("%q: %s in %.300q", tried, why, out)
		}
	}
}

func TestGridNothingThatALiveBrokerSendsIsWrittenAsItIs(t *testing.T) {
	g := newHostileGround(t)
	for i, line := range g.linesOfAll() {
		g.try(i, line)
	}
	g.look()
}

func TestGridNothingOfASavedClusterIsWrittenAsItIs(t *testing.T) {
	g := newHostileGround(t)
	file := hostileCluster(t)
	for i, line := range g.linesOfAll() {
		if !strings.HasPrefix(line, "!") && !strings.Contains(line, "--snapshot") {
			g.try(i, line, "--snapshot", file)
		}
	}
	g.look()
}

// hostileCluster saves a cluster of which everything has a hostile name, more than a live one can have.
func hostileCluster(t *testing.T) (file string) {
	at := time.Unix(1e9, 0).UTC()
	b := state.NewBuilder(text.Name, at, 0, 0)
	s := b.Snapshot()
	s.Controller = state.Read[int32](1, at, text.Name)
	s.Moves = state.Read(1, at, text.Name)
	s.From = text.Name
	s.Unknown = []state.Unknown{{Node: 2, What: text.Name, Why: text.Name}}
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Host: text.Name, Port: 9092, Rack: text.Name, Alive: id > 0,
			LogDirs: state.Read([]state.LogDir{{Path: text.Name, Error: text.Name, Total: -1, Usable: -1}}, at, text.Name)})
	}
	for _, name := range []string{text.Name, text.Name + "\xff", strings.Repeat("long\u202e", 1<<16)} {
		fail(t, b.Topic(name, [16]byte{}, false))
		fail(t, b.Partition(0, 1, 1, []int32{1, 2, 3}, []int32{2}, []int32{1}))
		b.Config(name, 2, map[string]string{text.Name: text.Name})
	}
	file = filepath.Join(t.TempDir(), "snapshot.json")
	f, err := os.Create(file)
	fail(t, err)
	fail(t, b.Done().Save(f))
	fail(t, f.Close())
	return file
}

func fail(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unreadable is why an answer can't be read back; "" where it can, or is for people.
func unreadable(out, output string) string {
	switch output {
	case outJSON:
		dec := json.NewDecoder(strings.NewReader(out))
		for dec.More() {
			var doc any
			if err := dec.Decode(&doc); err != nil {
				return "no JSON: " + err.Error()
			}
		}
	case outYAML:
		dec := yaml.NewDecoder(strings.NewReader(out))
		for {
			var doc any
			if err := dec.Decode(&doc); err != nil {
				if err.Error() == "EOF" {
					break
				}
				return "no YAML: " + err.Error()
			}
		}
	}
	return ""
}

func phraseIn(out string) string {
	var doc struct {
		Confirm string
		Would   struct{ Confirm string }
		Kdeck   struct{ Confirm string }
	}
	_ = json.NewDecoder(strings.NewReader(out)).Decode(&doc)
	return doc.Confirm + doc.Would.Confirm + doc.Kdeck.Confirm
}

// look looks at all files that kdeck has written.
func (g *hostileGround) look() {
	g.t.Helper()
	err := filepath.WalkDir(g.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if packed, gzErr := gzip.NewReader(bytes.NewReader(content)); gzErr == nil { // a look that is kept
			content, err = io.ReadAll(packed)
		}
		for _, f := range outputFaults(strings.ReplaceAll(string(content), "\r\n", "\n"), outJSON) {
			g.t.Errorf("the file %s has %s", path, f)
		}
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

package subcmd

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/sim"
	"kdeck/protocol/race"
)

// markers are the secrets of the test, one for each kind. None of them may be found in anything that kdeck writes.
var markers = func() map[string]string {
	all := map[string]string{}
	for _, what := range []string{
		"a SASL password", "a password in a JAAS line", "a key password", "a key store password", "a trust store password", "a PEM key",
		"an OAuth token", "a client secret", "a token that the endpoint issued", "a password in a token endpoint's address", "a key in a token endpoint's query",
		"a password in an exporter's address", "a key in an exporter's query", "an exporter's password", "an exporter's token", "a password in Jolokia's address",
		"a password in a Prometheus server's address", "an SCRAM salted password", "SASL bytes", "an HMAC of a delegation token", "a sensitive config",
		"a sensitive config in an envelope", "a bare word behind -X", "a value from the environment", "a value from a file", "a value of config.yaml",
		"a value of a properties file", "a password of another tool", "a value that the broker calls sensitive", "a password in a proxy's address",
	} {
		sum := sha256.Sum256([]byte(what))
		all[what] = base32.StdEncoding.EncodeToString(sum[:])[:24]
	}
	whole := all["a SASL password"] // with all that has to be quoted somewhere
	all["a SASL password"] = whole[:12] + `%2 /+"'&` + whole[12:]
	return all
}()

// short is a secret that is hidden only in what peers say of a failure: as a part of a name it may be a word.
const short = "qZ7xWv"

// gram is the length of a part of a marker that counts as the marker: it may be cut, or broken by the end of a line.
const gram = 10

// grams lead from each part of each form of a marker to what it is.
var grams = func() map[string]string {
	all := map[string]string{}
	for what, marker := range markers {
		for part := range strings.FieldsFuncSeq(marker, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(part) < gram {
				continue
			}
			forms := []string{part, strings.ToLower(hex.EncodeToString([]byte(part))), strings.ToUpper(hex.EncodeToString([]byte(part)))}
			for before := range 3 {
				text := base64.StdEncoding.EncodeToString(append(make([]byte, before), part...))
				forms = append(forms, text[4:len(text)-4])
			}
			for _, form := range forms {
				for i := range len(form) - gram + 1 {
					all[form[i:i+gram]] = what
				}
			}
		}
	}
	return all
}()

// leaks are the markers that stand in a text, as they are or broken by blanks and ends of lines.
func leaks(text string) []string {
	found := map[string]bool{}
	joined := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '│' || r == '|' {
			return -1
		}
		return r
	}, text)
	if i := strings.Index(text, short); i >= 0 {
		found["a short secret ("+text[max(i-60, 0):min(i+40, len(text))]+")"] = true
	}
	for _, in := range []string{text, joined} {
		for i := range max(len(in)-gram+1, 0) {
			if what := grams[in[i:i+gram]]; what != "" {
				found[what+" ("+in[max(i-60, 0):min(i+40, len(in))]+")"] = true
				break
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// leakTest is kdeck with a home of its own on a hostile cluster.
type leakTest struct {
	t      *testing.T
	peer   *hostile
	dir    string // the home, in which whatever is written is looked at
	env    Env
	source map[string]bool // files that hold the secrets by right
}

func newLeakTest(t *testing.T) *leakTest {
	c, err := sim.New(sim.Options{Virtual: true, Brokers: 3, Racks: 3, Topics: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	dir := shortDir(t)
	l := &leakTest{t: t, peer: &hostile{cluster: c}, dir: dir, source: map[string]bool{}}
	variables := map[string]string{"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_STATE_HOME": filepath.Join(dir, "state"),
		"LANG": "C.UTF-8", "KDECK_PW": markers["a value from the environment"], "HTTPS_PROXY": "http://me:" + markers["a password in a proxy's address"] + "@%zz:1"}
	l.env = Env{Now: time.Now, Version: "test", Dial: l.peer.dial, Notify: func(...os.Signal) (<-chan os.Signal, func()) { return nil, func() {} },
		LookupEnv: func(name string) (string, bool) { v, ok := variables[name]; return v, ok }}
	return l
}

// write makes a file that holds secrets by right.
func (l *leakTest) write(name, text string) string {
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.source[path] = true
	return path
}

// run runs one command line and looks at all that it writes.
func (l *leakTest) run(words ...string) (out string, code int) {
	l.t.Helper()
	return l.runFor(20*time.Second, "", words...)
}

// runFor does so with something on standard input, and interrupts it when a time is over.
func (l *leakTest) runFor(d time.Duration, input string, words ...string) (out string, code int) {
	l.t.Helper()
	l.peer.hear("") // what an earlier run has sent is no secret that this one knows
	var stdout, stderr bytes.Buffer
	env := l.env
	env.In, env.Out, env.Err = strings.NewReader(input), &stdout, &stderr
	ctx, cancel := context.WithTimeout(l.t.Context(), d)
	defer cancel()
	code = Execute(ctx, &env, words)
	for _, what := range leaks(stdout.String()) {
		l.t.Errorf("kdeck %s (stage %q): standard output has %s", strings.Join(words, " "), l.peer.fault, what)
	}
	for _, what := range leaks(stderr.String()) {
		l.t.Errorf("kdeck %s (stage %q): standard error has %s", strings.Join(words, " "), l.peer.fault, what)
	}
	return stdout.String() + stderr.String(), code
}

// look looks at all files of the home, and at their names.
func (l *leakTest) look() {
	l.t.Helper()
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || l.source[path] {
			return err
		}
		for _, what := range leaks(filepath.Base(path)) {
			l.t.Errorf("the name of the file %s has %s", path, what)
		}
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, what := range leaks(string(text)) {
			l.t.Errorf("the file %s has %s", path, what)
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// commandLines are the command lines that the test runs of each command. A command without any fails the test. One that begins with
// ! is carried out with the phrase that its dry run tells.
var commandLines = map[string][]string{
	"kdeck":   {"", "--pane brokers", "--pane partitions", "--pane tenants", "--pane nowhere"},
	"api":     {"api", "api AlterUserScramCredentials --template", "api DescribeConfigs"},
	"apply":   {"apply {dir}/plan.json", "!apply {dir}/plan.json --execute --throttle none", "apply nowhere.json"},
	"audit":   {"audit --all-clusters", "audit --since 1h"},
	"brokers": {"brokers"},
	"configs broker": {"configs broker --diff", "configs broker 1", "configs broker 1 --filter ssl -o json", "configs broker 1 set num.io.threads=9", "!configs broker 1 set num.io.threads=9 --execute",
		"configs broker 1 set ssl.key.password={a sensitive config}", "configs broker 1 set ssl.key.pasword={a sensitive config}", "configs broker default"},
	"configs group":         {"configs group g", "!configs group g set consumer.session.timeout.ms=50s --execute", "audit last"},
	"configs topic":         {"configs topic orders", "configs topic orders --diff", "!configs topic orders set retention.ms=3d --execute", "audit", "audit last"},
	"completion bash":       {"completion bash", "__complete brokers ''", "__complete quota set --user ''", "__complete request Metadata topics="},
	"completion fish":       {"completion fish"},
	"completion powershell": {"completion powershell"},
	"completion zsh":        {"completion zsh"},
	"config add":            {"config add one -b b1:9092"},
	"config import":         {"config import {dir}/kaf.yaml", "config import {dir}/kaf.yaml --execute", "config import nowhere", "config import {dir}/client.properties"},
	"config list":           {"config list"},
	"config show":           {"config show", "config show whole", "config show metered", "config show nowhere"},
	"config trust":          {"config trust whole", "config trust nowhere"},
	"config use":            {"config use whole", "config use nowhere"},
	"demo":                  {"demo --scenario nowhere"},
	"compare":               {"compare", "compare o.* --brokers 1,2"},
	"changed":               {"changed", "changed --since 1h", "snapshot save {dir}/before.json", "changed --since {dir}/before.json -o json"},
	"impact":                {"impact", "impact -o json"},
	"compare partition":     {"compare partition orders/0", "compare partition nowhere/0"},
	"doctor":                {"doctor"},
	"drain":                 {"drain 2", "drain 99", "!drain 2 --execute --throttle none --to 1,3"},
	"help":                  {"help drain", "help quota set"},
	"keys":                  {"keys"},
	"moves":                 {"moves"},
	"moves undo":            {"moves undo", "moves undo nowhere"},
	"throttles":             {"throttles"},
	"throttles clear":       {"throttles clear", "!throttles clear --execute"},
	"detached":              {"detached", "detached drain"},
	"moves abandon":         {"moves abandon"},
	"moves cancel":          {"moves cancel", "!moves cancel --execute"},
	"moves continue":        {"moves continue"},
	"moves limit":           {"moves limit 3"},
	"moves pause":           {"moves pause"},
	"moves resume":          {"moves resume", "moves resume 20261130T083312-drain-7"},
	"moves stop":            {"moves stop"},
	"moves throttle":        {"moves throttle 80MB"},
	"partitions":            {"partitions", "partitions --filter nope"},
	"plan":                  {"plan drain 2", "plan drain 2 + leaders", "plan --check {dir}/plan.json"},
	"quorum":                {"quorum"},
	"probe":                 {"probe --read-only --once", "probe --read-only --once --topic orders", "probe --once"},
	"probe create":          {"probe create", "!probe create --execute", "probe --once", "audit last"},
	"host":                  {"host", "host --pid 1", "host --serve nowhere", "host --ask 1"},
	"serve":                 {"serve --rules", "serve nowhere", "serve --snapshot {dir}/state.json"},
	"probe remove":          {"probe remove", "!probe remove --execute"},
	"quota explain":         {"quota explain --user u"},
	"quota list":            {"quota list"},
	"quota observe":         {"quota observe --by client", "!quota observe --by client --execute"},
	"quota remove": {"quota remove --user u", "!quota set --user v producer_byte_rate=1MB --execute", "!quota remove --user v --execute",
		"!quota set --user {word:a SASL password} producer_byte_rate=1MB --execute", "quota list",
		"!quota set --client {word:a SASL password} producer_byte_rate=1MB --execute", "__complete quota explain --client ''", "!quota remove --user {word:a SASL password} --execute"},
	"quota set":     {"quota set --user u producer_byte_rate=20MB", "!quota set --user u producer_byte_rate=20MB --execute", "audit", "audit last"},
	"quota what-if": {"quota what-if --user u producer_byte_rate=20MB"},
	"records":       {"records orders/0", "records orders/0 --batches", "records orders/0 --values", "records nowhere/0"},
	"request": {
		"request Metadata --to 1 --hex", "request Metadata --to all", "request Metadata --to 1 --save {dir}/metadata.kreq", "request --replay {dir}/metadata.kreq --diff",
		"request DescribeConfigs --to 1 resources[0].resourceType=4 resources[0].resourceName=1 --hex --save {dir}/configs.kreq",
		"request DescribeLogDirs --to 1 topics=null --hex --save {dir}/dirs.kreq", "request --replay {dir}/dirs.kreq", "request DescribeConfigs --to 1 --hex",
		"request AlterUserScramCredentials --to 1 deletions=[] upsertions[0].name=u upsertions[0].mechanism=1 upsertions[0].iterations=4096 upsertions[0].saltedPassword=hex:{hex:an SCRAM salted password}",
		"!request AlterUserScramCredentials --to 1 deletions=[] upsertions[0].name=u upsertions[0].mechanism=1 upsertions[0].iterations=4096 upsertions[0].saltedPassword=hex:{hex:an SCRAM salted password} --execute",
		"request SaslAuthenticate --to 1 authBytes={SASL bytes} --hex", "request SaslAuthenticate --to 1 authBytes={SASL bytes",
		"request RenewDelegationToken --to 1 hmac={an HMAC of a delegation token} renewPeriodMs=1", "request RenewDelegationToken --to 1 hmac={an HMAC of a delegation token} renewPeriod=x",
		"request IncrementalAlterConfigs --to 1 resources[0].resourceType=2 resources[0].resourceName=orders resources[0].configs[0].name=ssl.key.password resources[0].configs[0].value={a sensitive config} --hex",
		"request IncrementalAlterConfigs -f {dir}/alter.yaml --to 1 --hex", "!request IncrementalAlterConfigs -f {dir}/alter.yaml --to 1 --execute", "request IncrementalAlterConfigs -f {dir}/alter.yaml --to 1 --hex --save {dir}/alter.kreq", "request AlterConfigs -f {dir}/bad.yaml --to 1",
		"request Envelope --to 1 requestData=hex:{hex:a sensitive config in an envelope} --allow inter-broker --hex",
		"request --decode {dir}/scram.hex", "request --decode {dir}/scram.hex --hex", "request --decode {dir}/scram.hex AlterUserScramCredentials@0", "request Nowhere --to 1",
	},
	"safe-to-stop":       {"safe-to-stop 2", "safe-to-stop 99", "safe-to-stop --rack a"},
	"snapshot save":      {"snapshot save {dir}/state.json", "snapshot save -"},
	"status":             {"status", "status --exonerate orders", "status --exonerate {word:a SASL password}", "--snapshot {dir}/state.json status"},
	"tenants":            {"tenants"},
	"topics":             {"topics --once", "topics --once -o json"},
	"transactions":       {"transactions", "transactions --hanging"},
	"groups":             {"groups", "groups -o json", "groups billing --exact", "groups --lagging --topic 'o.*'"},
	"groups reset":       {"!groups reset shipping --topic orders --to earliest --execute", "groups reset {word:a SASL password} --topic orders --to 1h", "audit last"},
	"groups delete":      {"!groups reset billing --topic orders --to earliest --execute", "!groups delete billing --execute", "groups delete {word:a SASL password}"},
	"transactions abort": {"transactions abort --topic orders --partition 0 --start-offset 7"},
	"version":            {"version"},
}

// each calls f with every command of the tree that does something by itself.
func each(cmd *cobra.Command, f func(path string)) {
	if cmd.Runnable() && (!cmd.HasSubCommands() || slices.Contains([]string{"compare", "groups", "moves", "probe", "throttles", "transactions"}, cmd.Name()) || !cmd.HasParent()) {
		path := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "kdeck"), " ")
		if path == "" {
			path = "kdeck"
		}
		f(path)
	}
	for _, c := range cmd.Commands() {
		each(c, f)
	}
}

// filled puts markers in the place of their names, and the home in that of {dir}.
func filled(line, dir string) string {
	line = strings.ReplaceAll(line, "{dir}", dir)
	for what, marker := range markers {
		line = strings.ReplaceAll(line, "{hex:"+what+"}", hex.EncodeToString([]byte(marker)))
		line = strings.ReplaceAll(line, "{word:"+what+"}", format.Shell(marker))
		line = strings.ReplaceAll(line, "{"+what+"}", marker)
	}
	return strings.ReplaceAll(line, "{SASL bytes", markers["SASL bytes"]) // not closed, for a value that can't be read
}

func (l *leakTest) files() {
	m := markers
	l.write("plan.json", `{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3]}]}`)
	l.write("kaf.yaml", "clusters:\n- name: old\n  brokers: [b1:9092]\n  security-protocol: SASL_SSL\n  SASL:\n    mechanism: PLAIN\n    username: me\n    password: "+m["a password of another tool"]+"\n")
	l.write("client.properties", "bootstrap.servers=b1:9092\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"+
		`sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="`+m["a password in a JAAS line"]+"\";\n"+
		"ssl.key.password="+m["a key password"]+"\nssl.keystore.password="+m["a key store password"]+"\nssl.truststore.password="+m["a trust store password"]+
		"\nssl.keystore.key=-----BEGIN PRIVATE KEY----- "+m["a PEM key"]+" -----END PRIVATE KEY-----\n")
	l.write("plain.properties", "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=me\nsasl.password="+m["a value of a properties file"]+"\n")
	l.write("secret.txt", m["a value from a file"]+"\n")
	l.write("alter.yaml", "resources:\n- {resourceType: 2, resourceName: orders, configs: [{name: ssl.key.password, configOperation: 0, value: "+m["a sensitive config"]+"}]}\n")
	l.write("bad.yaml", "resources: ["+m["a sensitive config"])
	l.write("garbage.keytab", "\x05\x02\x00\x00\x00\x40"+m["a value from a file"])
	scram := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
	upsertion := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
	upsertion.Name, upsertion.Mechanism, upsertion.Iterations, upsertion.SaltedPassword = "u", 1, 4096, []byte(m["an SCRAM salted password"])
	scram.Upsertions = append(scram.Upsertions, upsertion)
	l.write("scram.hex", hex.EncodeToString(kmsg.NewRequestFormatter().AppendRequest(nil, scram, 1)))
	l.write("config/kdeck/config.yaml", fmt.Sprintf(`current: whole
contexts:
  whole:
    bootstrap: [%s]
    settings: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: "%s"}
    metrics: {prometheus: "http://me:%s@{host}:9404/metrics?key=%s"}
  metered:
    bootstrap: [%s]
    settings: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: "${env:KDECK_PW}"}
    metrics: {jolokia: "http://{host}:9404/jolokia/", username: me, password: "%s"}
  tokened:
    bootstrap: [%s]
    settings: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: "${file:%s}"}
    metrics: {prometheus: "http://{host}:9404/metrics", token: "%s"}
  served:
    bootstrap: [%s]
    metrics: {prometheus-server: {url: "http://me:%s@prometheus:9404/"}}
  jolokia:
    bootstrap: [%s]
    metrics: {jolokia: "http://me:%s@{host}:9404/jolokia/"}
  brief:
    bootstrap: [%[1]s]
    settings: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: "${env:KDECK_PW}"}
    metrics: {prometheus: "http://{host}:9404/metrics", username: me, password: "`+short+`"}
  shared:
    bootstrap: [%[14]s]
    metrics: {prometheus: "http://me:%s@one:9404/metrics?key=%s"}
  torn:
    bootstrap: [%s]
    metrics: {prometheus: "http://me:%s%%zz@{host}:9404/me%%trics"}
`, l.bootstrap(), m["a value of config.yaml"], m["a password in an exporter's address"], m["a key in an exporter's query"],
		l.bootstrap(), m["an exporter's password"], l.bootstrap(), filepath.Join(l.dir, "secret.txt"), m["an exporter's token"],
		l.bootstrap(), m["a password in a Prometheus server's address"], l.bootstrap(), m["a password in Jolokia's address"],
		l.bootstrap(), m["a password in an exporter's address"], m["a key in an exporter's query"], l.bootstrap(), m["a password in an exporter's address"]))
}

func (l *leakTest) bootstrap() string { return l.peer.cluster.Bootstrap()[0] }

// typed are flags that lead to the cluster with the password among them.
func (l *leakTest) typed() []string {
	return []string{"-b", l.bootstrap(), "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username=me", "-X", "sasl.password=" + markers["a SASL password"]}
}

func TestGridNoCommandWritesASecret(t *testing.T) {
	l := newLeakTest(t)
	l.files()
	var paths []string
	env := l.env
	env.In, env.Out, env.Err = strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer)
	root := newRoot(&env)
	root.InitDefaultCompletionCmd()
	each(root, func(path string) { paths = append(paths, path) })
	tried := 0
	for _, path := range paths {
		lines, listed := commandLines[path]
		if !listed {
			t.Errorf("no line of %q is tried: give it one in commandLines", path)
		}
		for _, line := range lines {
			executes := strings.HasPrefix(line, "!")
			words, err := shellquote.Split(filled(strings.TrimPrefix(line, "!"), l.dir))
			if err != nil {
				t.Fatal(err)
			}
			flags := l.typed()
			if strings.HasPrefix(path, "config") || strings.Contains(line, "--snapshot") || strings.HasPrefix(line, "__complete") {
				flags = nil
			}
			if strings.HasPrefix(line, "__complete") {
				words = slices.Insert(words, 1, l.typed()...)
			}
			if executes {
				dry := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "--execute" })
				out, _ := l.run(slices.Concat(dry, []string{"-o", "json"}, flags)...)
				var doc struct {
					Confirm string
					Would   struct{ Confirm string }
					Kdeck   struct{ Confirm string }
				}
				_ = json.NewDecoder(strings.NewReader(out)).Decode(&doc)
				phrase := doc.Confirm + doc.Would.Confirm + doc.Kdeck.Confirm
				if phrase == "" {
					t.Errorf("%s: its dry run tells no phrase: %s", line, out)
				}
				words = append(words, "--confirm", phrase)
			}
			if executes || strings.HasPrefix(line, "__complete") {
				l.run(slices.Concat(words, flags)...)
				continue
			}
			for j, output := range outputs {
				if race.Part(tried, j, len(outputs)) {
					l.run(slices.Concat(words, []string{"-o", output}, flags)...)
				}
			}
			tried++
		}
	}
	for path := range commandLines {
		if !slices.Contains(paths, path) {
			t.Errorf("commandLines has %q, which is no command", path)
		}
	}
	l.look()
}

func TestThePromptAndTheWatchWriteNoSecret(t *testing.T) {
	l := newLeakTest(t)
	l.files()
	lines := []string{
		"DescribeConfigs resources[0].resourceType=4 resources[0].resourceName=1", "Metadata topics=orders", "Metadata@99 topics=x",
		"RenewDelegationToken hmac={an HMAC of a delegation token} renewPeriodMs=1", "RenewDelegationToken hmac={an HMAC of a delegation token} renewPeriod=x",
		"SaslAuthenticate authBytes={SASL bytes}", "SaslAuthenticate authBytes={SASL bytes", "AlterUserScramCredentials upsertions[0].saltedPassword=hex:{hex:an SCRAM salted password}",
		"IncrementalAlterConfigs resources[0].configs[0].name=ssl.key.password resources[0].configs[0].value={a sensitive config} resources[0].configs[0].x=1",
		"IncrementalAlterConfigs resources[0].configs[0].value='{a sensitive config}",
	}
	for _, stage := range stages {
		l.peer.at(stage)
		l.peer.told = l.known(l.typed())
		for _, output := range []string{"table", "json"} {
			l.runFor(10*time.Second, filled(strings.Join(lines, "\n")+"\n", l.dir), append([]string{"request", "--to", "1", "-o", output, "--timeout", "1s"}, l.typed()...)...)
			for _, line := range lines[:2] {
				watch := append(append([]string{"request"}, strings.Fields(line)...), "--to", "1,2", "--watch", "50ms", "--hex", "-o", output, "--timeout", "1s")
				l.runFor(300*time.Millisecond, "", append(watch, l.typed()...)...)
			}
		}
	}
	l.look()
}

// The stages at which something goes wrong, and peers repeat what they know.
var stages = []string{"", "dial", "handshake", "login", "broker", "redirect", "body", "jolokia", "issuer"}

// logins are flags that lead to the cluster, by the secret that they hold.
func (l *leakTest) logins() map[string][]string {
	m, to := markers, []string{"-b", l.bootstrap(), "-X", "security.protocol=SASL_PLAINTEXT"}
	oauth := slices.Concat(to, []string{"-X", "sasl.mechanism=OAUTHBEARER"})
	return map[string][]string{
		"typed": l.typed(), "JAAS": {"-b", l.bootstrap(), "--command-config", filepath.Join(l.dir, "client.properties")},
		"properties": {"-b", l.bootstrap(), "--command-config", filepath.Join(l.dir, "plain.properties")},
		"whole":      {"--context", "whole"}, "metered": {"--context", "metered"}, "tokened": {"--context", "tokened"}, "served": {"--context", "served"},
		"jolokia": {"--context", "jolokia"}, "shared": {"--context", "shared"}, "torn": {"--context", "torn"},
		"a token": append(slices.Clone(oauth), "-X", "sasl.oauthbearer.token="+m["an OAuth token"]),
		"an issuer": append(slices.Clone(oauth), "-X", "sasl.oauthbearer.token.endpoint.url=http://me:"+m["a password in a token endpoint's address"]+"@issuer:9405/?key="+m["a key in a token endpoint's query"],
			"-X", "sasl.oauthbearer.client.credentials.client.id=me", "-X", "sasl.oauthbearer.client.credentials.client.secret="+m["a client secret"]),
		"SCRAM":            append(slices.Clone(to), "-X", "sasl.mechanism=SCRAM-SHA-512", "-X", "sasl.username=me", "-X", "sasl.password="+m["a SASL password"]),
		"a short password": append(slices.Clone(to), "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username=me", "-X", "sasl.password="+short),
		"a short client secret": append(slices.Clone(oauth), "-X", "sasl.oauthbearer.token.endpoint.url=http://issuer:9405/",
			"-X", "sasl.oauthbearer.client.credentials.client.id=me", "-X", "sasl.oauthbearer.client.credentials.client.secret="+short),
		"a short password of an exporter": {"--context", "brief"},
	}
}

func TestGridNoErrorWritesASecretAtAnyStage(t *testing.T) {
	for i, what := range slices.Sorted(maps.Keys(newLeakTest(t).logins())) {
		t.Run(what, func(t *testing.T) {
			l := newLeakTest(t)
			l.files()
			flags := l.logins()[what]
			l.peer.inErrors = strings.HasPrefix(what, "a short")
			told := l.known(flags)
			if told == "" {
				t.Error("a peer knows no secret to repeat")
			}
			for j, stage := range stages {
				if stage == "dial" && l.peer.inErrors { // no peer speaks there
					continue
				}
				l.peer.at(stage)
				l.peer.told = told
				lines := []string{"status", "brokers -o json", "doctor -o yaml", "tenants", "request Metadata --to 1 --hex --save " + filepath.Join(l.dir, "a.kreq"),
					"request DescribeConfigs --to 1,2 resources[0].resourceType=4 resources[0].resourceName=1 --hex --save " + filepath.Join(l.dir, "b.kreq"), "request DescribeConfigs --to 1 resources[0].resourceType=4 resources[0].resourceName=1 -o json"}
				for k, line := range lines {
					if !race.Part(i+j, k, len(lines)) {
						continue
					}
					if stage != "" && line == "doctor -o yaml" && what != "typed" { // slow where nothing answers
						continue
					}
					l.run(slices.Concat(strings.Fields(line), flags, []string{"--timeout", "2s"})...)
				}
			}
			l.look()
		})
	}
}

// known are the secrets that a session with these flags holds, for peers to repeat.
func (l *leakTest) known(flags []string) string {
	env := l.env
	g := &globals{timeout: time.Second}
	cmd := &cobra.Command{}
	g.flags(cmd.Flags())
	if err := cmd.ParseFlags(flags); err != nil {
		l.t.Fatal(err)
	}
	cluster, err := env.cluster(g)
	if err != nil {
		return ""
	}
	mask, told := cluster.Mask(), []string{}
	for _, marker := range append(slices.Collect(maps.Values(markers)), short) {
		if mask.Said("a "+marker) != "a "+marker {
			told = append(told, marker, url.QueryEscape(marker), base64.StdEncoding.EncodeToString([]byte("me:"+marker)))
		}
	}
	slices.Sort(told)
	return strings.Join(told, " ")
}

func TestGridNothingThatCannotBeReadIsQuoted(t *testing.T) {
	l := newLeakTest(t)
	l.files()
	m := markers
	to := []string{"-b", l.bootstrap(), "-X", "security.protocol=SASL_SSL"}
	password := m["a value of a properties file"]
	properties := func(name, text string) []string {
		return []string{"-b", l.bootstrap(), "--command-config", l.write(name, text)}
	}
	for i, flags := range [][]string{
		append(slices.Clone(to), "-X", m["a bare word behind -X"]), append(slices.Clone(to), "-X"+m["a bare word behind -X"]),
		append(slices.Clone(to), "--config-key="+m["a bare word behind -X"]), append(slices.Clone(to), "-X", m["a bare word behind -X"]+"="),
		append(slices.Clone(to), "-X", "sasl.jaas.config="+password), append(slices.Clone(to), "-X", "sasl.jaas.config=PlainLoginModule required password="+password+"="),
		append(slices.Clone(to), "-X", `sasl.jaas.config=PlainLoginModule required username="me" password="`+password),
		append(slices.Clone(to), "-X", `sasl.jaas.config=PlainLoginModule required username="me" "`+password+`"`),
		append(slices.Clone(to), "-X", `sasl.jaas.config=PlainLoginModule `+password+`;`),
		append(slices.Clone(to), "-X", `sasl.jaas.config=PlainLoginModule required username="me" passwrd="`+password+`";`, "-X", "sasl.mechanism=PLAIN"),
		append(slices.Clone(to), "-X", "sasl.mechanism=OAUTHBEARER", "-X", "sasl.oauthbearer.token.endpoint.url=htp://me:"+password+"@idp/"),
		append(slices.Clone(to), "-X", "sasl.mechanism=OAUTHBEARER", "-X", "sasl.oauthbearer.token.endpoint.url=me:"+password+"@idp"),
		append(slices.Clone(to), "-X", "sasl.mechanism=OAUTHBEARER", "-X", "sasl.oauthbearer.token.endpoint.url=https://me:"+password+"%zz@idp/"),
		append(slices.Clone(to), "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username=me", "-X", "sasl.password="+password, "-X", "request.timeout.ms=${env:KDECK_PW}"),
		append(slices.Clone(to), "-X", "ssl.truststore.type="+"${env:KDECK_PW}"), append(slices.Clone(to), "-X", "sasl.mechanism=${env:KDECK_PW}"),
		append(slices.Clone(to), "-X", "security.protocol=${env:KDECK_PW}"), append(slices.Clone(to), "-X", "client.id=${env:KDECK_PW}", "-X", "sasl.mechanism=X"),
		{"-b", l.bootstrap(), "-X", "security.protocol=SSL", "-X", "ssl.keystore.key=-----BEGIN PRIVATE KEY-----\n" + m["a PEM key"] + "\n-----END PRIVATE KEY-----",
			"-X", "ssl.keystore.certificate.chain=x", "-X", "ssl.key.password=" + m["a key password"]},
		{"-b", l.bootstrap(), "-X", "security.protocol=SSL", "-X", "ssl.truststore.location=" + filepath.Join(l.dir, "secret.txt"), "-X", "ssl.truststore.password=" + m["a trust store password"]},
		{"-b", l.bootstrap(), "-X", "security.protocol=SSL", "-X", "ssl.keystore.location=" + filepath.Join(l.dir, "secret.txt"), "-X", "ssl.keystore.password=" + m["a key store password"]},
		append(slices.Clone(to), "-X", "sasl.mechanism=GSSAPI", "-X", `sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab="`+filepath.Join(l.dir, "garbage.keytab")+`" principal="me";`),
		append(slices.Clone(to), "-X", "sasl.mechanism=GSSAPI", "-X", "sasl.kerberos.keytab="+filepath.Join(l.dir, "secret.txt"), "-X", "sasl.kerberos.principal=me", "-X", "sasl.kerberos.service.name=${env:KDECK_PW}"),
		{"-b", "me:" + password + "@b1:9092"}, {"-b", "SASL_SSL://me:" + password + "@b1:9092"},
		properties("escape.properties", "sasl.password=\\u12"+password+"\n"), properties("bare.properties", password+"\n"),
		properties("jaas.properties", "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=PlainLoginModule required password="+password+"\n"),
		{"--context", password, "-X", "sasl.password=" + password}, // which is found before any cluster is known
		properties("key.properties", "sasl.pasword="+password+"\n"), {"-b", l.bootstrap(), "-X", "sasl.pasword=" + password},
	} {
		lines := []string{"status", "status -o json", "config show", "quota set --user u producer_byte_rate=1MB --execute --confirm x", "brokers"}
		for j, line := range lines {
			if race.Part(i, j, len(lines)) {
				l.run(slices.Concat(strings.Fields(line), flags, []string{"--timeout", "1s"})...)
			}
		}
	}
	for _, text := range map[string]string{
		"a value that is no YAML":        "contexts:\n  a:\n    settings: {sasl.password: \"" + password + "\n",
		"a wrong kind":                   "contexts:\n  a:\n    settings: {sasl.password: [" + password + "]}\n",
		"a key that isn't known":         "contexts:\n  a:\n    bootstrap: [b1:9092]\n    settings: {sasl.pasword: " + password + "}\n",
		"an address with a password":     "contexts:\n  a:\n    bootstrap: [\"me:" + password + "@b1:9092\"]\n",
		"an address map with a password": "contexts:\n  a:\n    bootstrap: [b1:9092]\n    address_map: {\"b1:9092\": \"me:" + password + "@b1\"}\n",
		"two passwords of an exporter":   "contexts:\n  a:\n    bootstrap: [b1:9092]\n    metrics: {prometheus: x, token: " + password + ", username: me, password: " + password + "}\n",
		"hosts with a password":          "contexts:\n  a:\n    bootstrap: [b1:9092]\n    metrics: {hosts: [\"me:" + password + "@h\"]}\n",
	} {
		l.write("config/kdeck/config.yaml", text)
		for _, line := range []string{"config list", "config show a", "status --context a --timeout 1s", "brokers -o json --context a --timeout 1s"} {
			l.run(strings.Fields(line)...)
		}
	}
	l.look()
}

func TestNoTLSFailureWritesASecret(t *testing.T) {
	l := newLeakTest(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{strings.ToLower(markers["a SASL password"][:12]) + ".example", markers["a SASL password"]}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, like, like, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l.env.Dial = tlsRefusing(t, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	flags := l.typed()
	flags[3] = "security.protocol=SASL_SSL"
	for _, verify := range []string{"true", "false"} {
		for _, line := range []string{"status", "brokers -o json", "request Metadata --to b1:9092 -o json"} {
			l.run(slices.Concat(strings.Fields(line), flags, []string{"-X", "enable.ssl.certificate.verification=" + verify, "--timeout", "1s"})...)
		}
	}
}

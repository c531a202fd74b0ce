package subcmd_test

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/sim"
)

// complete is what a shell is offered for the last of the words, and the shell's directive.
func (d *deck) complete(words ...string) (offers []string, directive string) {
	d.t.Helper()
	lines := strings.Split(strings.TrimSpace(d.ok(0, append([]string{"__complete"}, words...)...)), "\n")
	for _, l := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(l, "\t")
		offers = append(offers, word)
	}
	return offers, lines[len(lines)-1]
}

// What a shell does behind the words, as cobra numbers it.
const (
	files   = ":0"
	noFiles = ":4"
	noBlank = ":6" // and no files
)

func TestTheShellIsOfferedWhatAWordMayBe(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 6, Racks: 3, Topics: 4})
	d = d.with()
	boot := c.Bootstrap()[0]
	d.ok(0, "config", "add", "prod-eu-1", "-b", boot)
	d.ok(0, "config", "add", "dev", "-b", "127.0.0.1:1")
	runs := filepath.Join(d.stateDir(), "runs", "cluster-"+c.ClusterID())
	must(t, os.MkdirAll(runs, 0o700))
	for _, id := range []string{"20261129T083312-drain-1", "20261130T083312-drain-2"} {
		must(t, os.WriteFile(filepath.Join(runs, id+".json"), nil, 0o600))
		must(t, os.WriteFile(filepath.Join(runs, id+".plan.json"), nil, 0o600))
	}
	topics := namesOf(c)
	on := d.with("-b", boot)
	for _, who := range [][]string{{"--user", "alice"}, {"--user", "analytics"}, {"--user", "CN=billing,O=shop"}, {"--client", "app-1"}, {"--user-default"}} {
		on.set(append(append([]string{"set"}, who...), "producer_byte_rate=10MB")...)
	}
	on.set("observe", "--by", "user") // whose name is nobody's
	for _, tt := range []struct {
		line      string // the last word is completed
		offers    string // all of them, or some with … behind
		directive string
	}{
		{"dra", "drain", noFiles},
		{"help ", "drain under-replication status …", noFiles},
		{"config use ", "dev prod-eu-1", noFiles},
		{"config use dev ", "", noFiles},
		{"config import ", "kcl rpk kaf kafkactl kcat topicctl", files},
		{"config import rpk ", "", noFiles},
		{"status --context ", "dev prod-eu-1", noFiles},
		{"status -o ", "table wide json yaml", noFiles},
		{"status --output=", "table wide json yaml", noFiles},
		{"status ", "", noFiles},
		{"--theme ", "dark …", noFiles},
		{"--pane ", "overview brokers …", noFiles},
		{"demo --scenario ", "healthy broker-down …", noFiles},
		{"drain ", "1 2 3 4 5 6", noFiles},
		{"drain 2 ", "1 3 4 5 6", noFiles},
		{"drain 2,", "2,1 2,3 2,4 2,5 2,6", noFiles},
		{"drain 2 --to ", "1 2 3 4 5 6", noFiles},
		{"drain 2 --to 3,", "3,1 3,2 3,4 3,5 3,6", noFiles},
		{"drain 2 --to 3 ", "", noFiles},
		{"drain --rack ", "eu-1a eu-1b eu-1c", noFiles},
		{"moves undo ", "20261130T083312-drain-2 20261129T083312-drain-1", noFiles},
		{"moves resume ", "20261130T083312-drain-2 20261129T083312-drain-1", noFiles},
		{"moves resume 20261130T083312-drain-2 ", "", noFiles},
		{"drain 2 --throttle ", "none 50MB …", noFiles},
		{"drain 2 --exec", "--execute", noFiles},
		{"plan ", "balance clone demote drain elect leaders racks remove reorder replace set-replication-factor trim", noFiles},
		{"plan - ", "drain …", noFiles},
		{"plan drain ", "1 2 3 4 5 6", noFiles},
		{"plan drain 7 --to 3,", "3,1 3,2 3,4 3,5 3,6", noFiles},
		{"plan replace 7 --with ", "1 2 3 4 5 6", noFiles},
		{"plan drain 7 --t", "--to --topics --timeout …", noFiles},
		{"plan drain 2 + balance ", "count bytes topics", noFiles},
		{"plan balance count ", "bytes topics", noFiles},
		{"plan drain 2 --keep-leaders + lead", "leaders …", noFiles},
		{"plan leaders --topics ord", "orders …", noFiles},
		{"plan drain 2 -o ", "table wide json yaml", noFiles},
		{"plan --check ", "", files},
		{"apply ", "", files},
		{"snapshot save ", "", files},
		{"status --snapshot ", "", files},
		{"status --command-config ", "", files},
		{"request -f ", "", files},
		{"partitions --topic ord", "orders …", noFiles},
		{"partitions --broker ", "1 2 3 4 5 6", noFiles},
		{"request ", "Metadata ListOffsets …", noFiles},
		{"api ", "Metadata ListOffsets …", noFiles},
		{"request Metadata --to ", "1 2 3 4 5 6 all controller controllers leader-of: coordinator:", noBlank},
		{"request Metadata --to leader-of:ord", "leader-of:orders/ …", noBlank},
		{"request Metadata ", "topics= …", noBlank},
		{"request Metadata topics=ord", "topics=orders …", noFiles},
		{"api --class ", "RO RO* ADM …", noFiles},
		{"quota set --user ", "CN=billing,O=shop alice analytics", noFiles},
		{"quota set --user a", "alice analytics", noFiles},
		{"quota explain --user=al", "alice", noFiles},
		{"quota remove --client ", "app-1", noFiles},
		{"quota set --for ", "10m …", noFiles},
		{"plan drain 2 --simulate ", "50MB …", noFiles},
		{"quota observe --by ", "user client both", noFiles},
		{"quota set ", "producer_byte_rate= request_percentage= …", noBlank},
		{"quota remove ", "producer_byte_rate request_percentage …", noFiles},
		{"tenants --type ", "producer_byte_rate …", noFiles},
		{"moves cancel ord", "orders/ …", noBlank},
		{"records ord", "orders/ …", noBlank},
		{"records orders/0 --to ", "1 2 3 4 5 6", noFiles},
		{"topics ord", "orders …", noFiles},
		{"status --exonerate ord", "orders …", noFiles},
		{"compare ord", "orders …", noFiles},
		{"compare partition ord", "orders/ …", noBlank},
		{"compare --brokers 1,", "1,2 1,3 1,4 1,5 1,6", noFiles},
		{"safe-to-stop 2 ", "1 3 4 5 6", noFiles},
		{"safe-to-stop --rack ", "eu-1a …", noFiles},
		{"probe --topic ord", "orders …", noFiles},
		{"probe ", "create remove", noFiles},
		{"configs topic ord", "orders …", noFiles},
		{"configs topic orders ", "set unset …", noFiles},
		{"configs topic orders set retention.m", "retention.ms=", noBlank},
		{"configs topic orders unset retention.m", "retention.ms", noFiles},
		{"configs broker ", "1 2 3 4 5 6 default", noFiles},
		{"configs broker 1 ", "2 3 4 5 6 set unset", noFiles},
		{"configs group billing s", "set unset", noFiles},
	} {
		t.Run(tt.line, func(t *testing.T) {
			on := *d
			on.t = t
			words := append([]string{}, strings.Fields(tt.line)...)
			if strings.HasSuffix(tt.line, " ") {
				words = append(words, "")
			}
			if words[0] != "dra" && !strings.HasPrefix(words[0], "-") { // the cluster is that of a context
				words = slices.Insert(words, 1, "--context", "prod-eu-1")
			}
			offers, directive := on.complete(words...)
			want, some := strings.CutSuffix(tt.offers, "…")
			for _, w := range strings.Fields(want) {
				if !slices.Contains(offers, w) {
					t.Errorf("%q is not among %q", w, offers)
				}
			}
			if n := len(strings.Fields(want)); !some && len(offers) != n {
				t.Errorf("%d words, want %d: %q", len(offers), n, offers)
			}
			if directive != tt.directive {
				t.Errorf("directive %s, want %s", directive, tt.directive)
			}
		})
	}
	if len(topics) == 0 {
		t.Fatal("the cluster has no topics")
	}
}

func TestTheGroupsOfAClusterAreOffered(t *testing.T) {
	d, c := onSim(t, sim.Options{Groups: true})
	d = d.with()
	for _, tt := range []struct{ line, offers string }{
		{"groups wms", "wms-pickers wms-sync"},
		{"groups reset wms-s", "wms-sync"},
		{"groups delete wms-p", "wms-pickers"},
		{"configs group wms", "wms-pickers wms-sync"},
		{"groups reset wms-sync wms", ""},
	} {
		words := strings.Fields(tt.line)
		if offers, _ := d.complete(slices.Insert(words, 1, "-b", c.Bootstrap()[0])...); strings.Join(offers, " ") != tt.offers {
			t.Errorf("%s: offered %q, want %q", tt.line, offers, tt.offers)
		}
	}
}

func namesOf(c *sim.Cluster) (topics []string) {
	for _, p := range c.Partitions() {
		if !slices.Contains(topics, p.Topic) {
			topics = append(topics, p.Topic)
		}
	}
	return topics
}

func TestNamesAreRememberedForAMinute(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d = d.with()
	now := time.Now()
	d.now = func() time.Time { return now }
	ask := func() string {
		offers, _ := d.complete("drain", "-b", c.Bootstrap()[0], "-X", "sasl.password=hunter2", "")
		if strings.Join(offers, " ") != "1 2 3" {
			t.Fatalf("offered %q", offers)
		}
		return fmt.Sprint(c.Requests())
	}
	asked := ask()
	now = now.Add(time.Minute)
	if again := ask(); again != asked {
		t.Errorf("within a minute: %s, before %s", again, asked)
	}
	now = now.Add(time.Second)
	if again := ask(); again == asked {
		t.Error("after a minute nothing was asked")
	}
	remembered := 0
	must(t, filepath.WalkDir(d.variables["XDG_STATE_HOME"], func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		remembered++
		text, _ := os.ReadFile(path)
		info, _ := e.Info()
		if info.Mode().Perm() != 0o600 || strings.Contains(string(text), "hunter2") || strings.Contains(path, c.Bootstrap()[0]) {
			t.Errorf("%s, %v:\n%s", path, info.Mode(), text)
		}
		return nil
	}))
	if remembered != 1 {
		t.Errorf("%d files", remembered)
	}
}

func TestNothingIsAskedWhereNoClusterIsNamed(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d.ok(0, "brokers")
	asked := fmt.Sprint(c.Requests())
	d = d.with()
	for _, words := range [][]string{{"drain", ""}, {"plan", "leaders", "--topics", ""}, {"request", "Metadata", "--to", ""}} {
		d.complete(words...)
	}
	d.complete("drain", "-b", c.Bootstrap()[0], "--exec") // a flag needs no cluster
	if now := fmt.Sprint(c.Requests()); now != asked {
		t.Errorf("asked %s, before %s", now, asked)
	}
}

func TestASavedClusterIsOfferedWithoutAsking(t *testing.T) {
	d := newDeck(t)
	path := saved(t, "1a 2b", "orders-0 1,2", "payments-0 1,2")
	if offers, _ := d.complete("drain", "--snapshot", path, ""); strings.Join(offers, " ") != "1 2" {
		t.Errorf("brokers: %q", offers)
	}
	if offers, _ := d.complete("partitions", "--snapshot", path, "--topic", "pay"); strings.Join(offers, " ") != "payments" {
		t.Errorf("topics: %q", offers)
	}
}

// The time is a bubble's: nothing waits for real.
func TestASilentClusterCostsNoMoreThanTheDeadline(t *testing.T) {
	d := newDeck(t)
	for name, dial := range map[string]func(ctx context.Context, network, addr string) (net.Conn, error){
		"no connection is made": func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"nobody answers": func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				b := make([]byte, 1024)
				for {
					if _, err := there.Read(b); err != nil {
						return
					}
				}
			}()
			return here, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				on := *d
				on.t, on.dial = t, dial
				on.interrupts = nil
				start := time.Now()
				offers, _ := on.complete("drain", "-b", "b1:9092,b2:9092", "")
				if took := time.Since(start); took > 300*time.Millisecond || len(offers) > 0 {
					t.Errorf("%v, offered %q", took, offers)
				}
			})
		})
	}
}

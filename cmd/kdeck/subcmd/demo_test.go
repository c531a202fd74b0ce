package subcmd_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/config"
	"kdeck/ops/sim"
)

// onMeasured gives a deck on an embedded cluster whose brokers have metrics, by a context that says where.
func onMeasured(t *testing.T, o sim.Options) (*deck, *sim.Cluster) {
	o.Metrics = true
	d, c := onSim(t, o)
	file, err := config.Load(d.configPath())
	must(t, err)
	must(t, file.Add(&config.Context{
		Name: "demo", Bootstrap: c.Bootstrap(), Metrics: config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())},
	}))
	must(t, file.Save())
	d.flags = nil
	return d, c
}

// used is a row of `kdeck tenants -o json`; what is unknown is nil.
type used struct {
	User       *string
	ClientID   *string `json:"client_id"`
	Type       string
	Broker     int32
	Usage      *float64
	Limit      *float64
	ThrottleMS *float64 `json:"throttle_ms"`
}

func (d *deck) tenants(args ...string) []used {
	d.t.Helper()
	var doc struct{ Tenants []used }
	must(d.t, json.Unmarshal([]byte(d.ok(0, append(append([]string{"tenants"}, args...), "-o", "json")...)), &doc))
	if len(doc.Tenants) == 0 {
		d.t.Fatalf("kdeck tenants %v: nobody", args)
	}
	return doc.Tenants
}

func TestTheAbusiveTenantIsNamedFirstLimitedAndLetGo(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Scenario: "abusive-tenant"})
	first := d.tenants()[0]
	if *first.User != "reporting" || first.Type != "request_percentage" || *first.Limit != 1100 || *first.ThrottleMS == 0 {
		t.Errorf("first is %+v", first)
	}
	if out := d.ok(0, "tenants"); !strings.HasPrefix(strings.Split(out, "\n")[1], "reporting ") {
		t.Errorf("the table begins with another:\n%s", out)
	}
	// most is what it uses on the broker where it uses most.
	most := func() (usage float64) {
		for _, u := range d.tenants("--type", "request_percentage") {
			if *u.User == "reporting" {
				usage = max(usage, *u.Usage)
			}
		}
		return usage
	}
	undo := d.set("set", "--user", "reporting", "request_percentage=150")
	c.Advance(time.Minute)
	if usage := most(); usage < 145 || usage > 155 {
		t.Errorf("under a limit of 150 %% it uses %.0f %%", usage)
	}
	must(t, c.Kill(3)) // those that lead in its place hold it back as well
	c.Advance(time.Minute)
	if usage := most(); usage < 145 || usage > 155 {
		t.Errorf("after a broker died it uses %.0f %%", usage)
	}
	if !strings.Contains(undo, "request_percentage=1100") {
		t.Errorf("taken back by %q", undo)
	}
	d.set("set", "--user", "reporting", "request_percentage=1100")
	c.Advance(time.Minute)
	if usage := most(); usage < 700 {
		t.Errorf("let go, it uses %.0f %%", usage)
	}
}

func TestTheTenantOfSmallRequestsIsFirstByRequestTime(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Scenario: "small-requests"})
	if first := d.tenants()[0]; *first.User != "iot" || first.Type != "request_percentage" || first.Limit != nil || *first.Usage < 500 {
		t.Errorf("first is %+v", first)
	}
	d.set("set", "--user", "iot", "request_percentage=200")
	c.Advance(time.Minute)
	if first := d.tenants()[0]; *first.User != "iot" || *first.ThrottleMS == 0 || *first.Usage > 205 {
		t.Errorf("limited, first is %+v", first)
	}
}

func TestAHotNetworkThreadIsSeenAmongItsSiblings(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Scenario: "hot-processor"})
	var doc struct {
		Brokers []struct {
			ID          int32
			NetworkIdle *float64 `json:"network_idle"`
			Processors  []struct {
				Number string
				Idle   *float64
			}
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "brokers", "-o", "json")), &doc))
	for _, b := range doc.Brokers {
		if b.NetworkIdle == nil || *b.NetworkIdle < 0.6 || len(b.Processors) != 8 {
			t.Fatalf("broker %d: %+v", b.ID, b)
		}
		for _, p := range b.Processors {
			if hot := b.ID == 7 && p.Number == "5"; (*p.Idle < 0.05) != hot {
				t.Errorf("thread %s of broker %d is %.2f idle", p.Number, b.ID, *p.Idle)
			}
		}
	}
	if out := d.ok(1, "status"); !strings.Contains(out, "thread 5 of PLAINTEXT of broker 7") {
		t.Errorf("status doesn't name it:\n%s", out)
	}
	must(t, c.Kill(7))
	if out := d.run("status").out; strings.Contains(out, "thread 5 of PLAINTEXT of broker 7") {
		t.Errorf("a dead broker's thread is hot:\n%s", out)
	}
}

func TestADeadBrokersMetricsAreUnknownAndTheOthersAreNot(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Brokers: 4, Racks: 2, Topics: 6})
	d.ok(0, "doctor")
	must(t, c.Kill(2))
	r := d.run("tenants", "-o", "json")
	var doc struct {
		Tenants []used
		Unknown []struct {
			Node int32
			What string
		}
	}
	must(t, json.Unmarshal([]byte(r.out), &doc))
	unknown, brokers := false, map[int32]bool{}
	for _, u := range doc.Unknown {
		unknown = unknown || u.Node == 2 && u.What == "metrics"
	}
	for _, u := range doc.Tenants {
		brokers[u.Broker] = true
	}
	if !unknown || brokers[2] || len(brokers) != 3 {
		t.Errorf("unknown %+v, usage on brokers %v", doc.Unknown, brokers)
	}
}

func TestTheHeadlessDemoPrintsAContextThatLeadsToItsMetrics(t *testing.T) {
	d := newDeck(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errs shared
	env := d.env(strings.NewReader(""), &out, &errs)
	ended := make(chan int, 1)
	go func() {
		ended <- subcmd.Execute(ctx, env, []string{"demo", "--headless", "--scenario", "abusive-tenant"})
	}()
	eventually(t, "the context is printed", func() (bool, string) {
		return strings.Contains(out.String(), "current: demo\n"), out.String() + errs.String()
	})
	d.writeConfig(out.String())
	if first := d.tenants()[0]; *first.User != "reporting" {
		t.Errorf("first is %+v", first)
	}
	if said := errs.String(); !strings.Contains(said, "XDG_CONFIG_HOME=") {
		t.Errorf("it doesn't say where the context is:\n%s", said)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}

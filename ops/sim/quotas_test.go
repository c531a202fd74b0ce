package sim_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// entity is what a quota applies to: a name, or "" for the default, by "user" and "client-id".
type entity map[string]string

// setQuota sends AlterClientQuotas to broker 1. NaN removes the limit.
func setQuota(t *testing.T, c *sim.Cluster, e entity, key string, limit float64, validateOnly bool) {
	t.Helper()
	req := kmsg.NewPtrAlterClientQuotasRequest()
	req.Version, req.ValidateOnly = 1, validateOnly
	entry := kmsg.NewAlterClientQuotasRequestEntry()
	for kind, name := range e {
		part := kmsg.NewAlterClientQuotasRequestEntryEntity()
		if part.Type = kind; name != "" {
			part.Name = kmsg.StringPtr(name)
		}
		entry.Entity = append(entry.Entity, part)
	}
	op := kmsg.NewAlterClientQuotasRequestEntryOp()
	op.Key, op.Value, op.Remove = key, limit, math.IsNaN(limit)
	if op.Remove {
		op.Value = 0
	}
	entry.Ops = append(entry.Ops, op)
	req.Entries = append(req.Entries, entry)
	resp, err := onBroker[*kmsg.AlterClientQuotasResponse](c, c.Bootstrap()[0], req)
	if err != nil || resp.Entries[0].ErrorCode != 0 {
		t.Fatalf("quota of %v: %+v, %v", e, resp, err)
	}
}

// described returns a user's limit as DescribeClientQuotas shows it.
func described(t *testing.T, c *sim.Cluster, user, key string) (float64, bool) {
	t.Helper()
	req := kmsg.NewPtrDescribeClientQuotasRequest()
	req.Version = 1
	resp, err := onBroker[*kmsg.DescribeClientQuotasResponse](c, c.Bootstrap()[0], req)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range resp.Entries {
		for _, v := range e.Values {
			if len(e.Entity) == 1 && e.Entity[0].Type == "user" && e.Entity[0].Name != nil && *e.Entity[0].Name == user && v.Key == key {
				return v.Value, true
			}
		}
	}
	return 0, false
}

func TestAQuotaBindsItsTenantAndTheOthersRecover(t *testing.T) {
	c := measured(t, sim.Options{Scenario: "abusive-tenant"})
	const broker = 3
	before := observe(t, c, broker)
	setQuota(t, c, entity{"user": "reporting"}, "request_percentage", 100, true)
	c.Advance(time.Minute)
	if limit, _ := described(t, c, "reporting", "request_percentage"); limit != 1100 {
		t.Errorf("the limit is %v after it was only validated", limit)
	}
	within(t, "its use after that", observe(t, c, broker).usage(requestTime, "reporting"), 1080, 1110)
	setQuota(t, c, entity{"user": "reporting"}, "request_percentage", 100, false)
	c.Advance(5 * time.Minute)
	after := observe(t, c, broker)
	if limit, _ := described(t, c, "reporting", "request_percentage"); limit != 100 {
		t.Errorf("the limit is described as %v", limit)
	}
	within(t, "its use", after.usage(requestTime, "reporting"), 99, 101)
	within(t, "its throttle time", after.usage(requestThrottle, "reporting"), 900, 1000)
	within(t, "handler idle", after.idle(handlerIdle), 0.6, 0.95)
	if was, is := before.now(p99("TotalTimeMs", "Produce")), after.now(p99("TotalTimeMs", "Produce")); is > was/2 {
		t.Errorf("p99 of Produce: %.0f ms before, %.0f ms after", was, is)
	}
	within(t, "throttle time of Fetch, p99", after.now(p99("ThrottleTimeMs", "FetchConsumer")), 500, 10_000)

	setQuota(t, c, entity{"user": "reporting"}, "request_percentage", math.NaN(), false)
	c.Advance(2 * time.Minute)
	free := observe(t, c, broker)
	within(t, "its use without a limit", free.usage(requestTime, "reporting"), 1110, 2000)
	if ms := free.usage(requestThrottle, "reporting"); !math.IsNaN(ms) {
		t.Errorf("it is throttled by %v ms without a limit", ms)
	}
}

func TestByteRatesAreHeldOnEachBroker(t *testing.T) {
	c := measured(t, sim.Options{})
	setQuota(t, c, entity{"user": "web"}, "producer_byte_rate", 5e6, false)
	setQuota(t, c, entity{"user": "analytics"}, "consumer_byte_rate", 8e6, false)
	c.Advance(time.Minute)
	for id := int32(1); id <= 12; id++ {
		l := observe(t, c, id)
		within(t, "what web produces", l.usage("kafka_server_Produce_byte_rate", "web"), 4.95e6, 5.05e6)
		within(t, "its throttle time", l.usage("kafka_server_Produce_throttle_time", "web"), 500, 5000)
		within(t, "what analytics consumes", l.usage("kafka_server_Fetch_byte_rate", "analytics"), 7.9e6, 8.1e6)
	}
}

// The tags of the series depend on the levels at which there has ever been a limit of the type
// (ClientQuotaManager.quotaMetricTags).
func TestClientsAreCountedByWhatQuotasWereSetFor(t *testing.T) {
	const family = "kafka_server_Request_request_time"
	type set struct {
		who   entity
		limit float64
	}
	for _, tt := range []struct {
		name  string
		set   []set
		has   []string
		lacks string
	}{
		{"nobody while no limit was ever set", nil, nil, family},
		{"by client id where only client ids have limits", []set{{entity{"client-id": ""}, 1000}}, []string{`{client_id="checkout"}`}, family + `{client_id="checkout",user=`},
		{"by user where only users have", []set{{entity{"user": "x"}, 1000}}, []string{`{user="shop"}`, `{user="CN%3Dbilling%2CO%3Dshop"}`}, family + `{client_id`},
		{"by both where only pairs have", []set{{entity{"user": "x", "client-id": "y"}, 1000}}, []string{`{client_id="checkout",user="shop"}`}, family + `{user`},
		{"by the level that binds in a mix, and by client id where none does",
			[]set{{entity{"user": "shop"}, 1000}, {entity{"user": "web", "client-id": ""}, 1000}},
			[]string{`{user="shop"}`, `{client_id="clickstream-collector",user="web"}`, `{client_id="indexer"}`}, family + `{client_id="checkout"`},
		{"still, after the limit is taken away", []set{{entity{"user": "x"}, 1000}, {entity{"user": "x"}, math.NaN()}}, []string{`{user="shop"}`}, family + `{client_id`},
		{"nobody for limits of addresses", []set{{entity{"ip": "127.0.0.1"}, 1000}}, nil, family},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The cluster of this scenario has one limit of request time. It is removed here, and a restart makes the brokers forget it.
			c := measured(t, sim.Options{Scenario: "small-requests", Brokers: 4})
			setQuota(t, c, entity{"user": "nobody"}, "request_percentage", math.NaN(), false)
			if err := c.Kill(3); err != nil {
				t.Fatal(err)
			}
			c.Advance(20 * time.Second)
			if err := c.Start(3); err != nil {
				t.Fatal(err)
			}
			c.Advance(20 * time.Second)
			for _, s := range tt.set {
				key := "request_percentage"
				if _, ip := s.who["ip"]; ip {
					key = "connection_creation_rate"
				}
				setQuota(t, c, s.who, key, s.limit, false)
			}
			elect(t, c)
			c.Advance(20 * time.Second)
			page := pageOf(t, c, 3)
			for _, labels := range tt.has {
				if page.of(t, family+labels) <= 0 {
					t.Errorf("%s%s is not counted", family, labels)
				}
			}
			for name := range page {
				if strings.HasPrefix(name, tt.lacks) {
					t.Errorf("there is %s", name)
				}
			}
			if exempt := page.of(t, "kafka_server_Request_exempt_request_time"); (exempt > 0) != (len(tt.has) > 0) {
				t.Errorf("exempt request time is %v", exempt)
			}
		})
	}
}

// elect elects the preferred leaders.
func elect(t *testing.T, c *sim.Cluster) {
	t.Helper()
	req := kmsg.NewPtrElectLeadersRequest()
	req.Version = 2
	if _, err := onBroker[*kmsg.ElectLeadersResponse](c, c.Bootstrap()[0], req); err != nil {
		t.Fatal(err)
	}
}

package health

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

var (
	leaderless = partition{topic: "orders", leader: -1, replicas: []int32{1, 2}, isr: []int32{1}}
	underMin   = partition{topic: "payments", leader: 2, replicas: []int32{1, 2}, isr: []int32{2}}
	wellOrders = partition{topic: "orders", leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}}
)

// hurt is a State in which orders-1 has no leader and payments-0 is under min ISR, with the tenants' rules and groups.
func hurt(t *testing.T, groups ...*state.Group) *state.State {
	t.Helper()
	for _, g := range groups {
		g.Index()
	}
	s := cluster(t, wellOrders, leaderless, underMin)
	return &state.State{
		Snapshot: s, Now: noon, Groups: &state.Groups{Groups: groups, At: noon},
		TenantRules: tenant.Rules{{Tenant: "commerce", Topic: regexp.MustCompile("^orders$")}, {Tenant: "fraud", ClientID: regexp.MustCompile("^fraud-")}},
	}
}

func reader(id string, member string, parts ...state.PartitionName) *state.Group {
	g := &state.Group{ID: id}
	at := int32(-1)
	if member != "" {
		g.Members, at = state.Read([]state.Member{{Client: member, Host: "/10.0.0.7"}}, noon, ""), 0
	}
	var rows []state.GroupPartition
	for _, p := range parts {
		rows = append(rows, state.GroupPartition{Topic: p.Topic, Partition: p.Partition, Member: at, Committed: 5, End: 9})
	}
	g.Partitions = state.Read(rows, noon, "")
	return g
}

func TestWhomBrokenPartitionsHurt(t *testing.T) {
	orders := func(p int32) state.PartitionName { return state.PartitionName{Topic: "orders", Partition: p} }
	paid := state.PartitionName{Topic: "payments", Partition: 0}
	st := hurt(t, reader("billing", "billing-1", orders(0), orders(1)), reader("fraud", "fraud-1", orders(1)), reader("ledger", "", paid), reader("well", "w", orders(0)))
	m := ImpactOf(st, []state.Producer{{Topic: "payments", ID: 4001}, {Topic: "orders", ID: 9}, {Topic: "elsewhere", ID: 7}})
	if len(m.Topics) != 2 || m.Topics[0].Words() != "1 of 2 partitions can be neither written nor read" || m.Topics[1].Words() != "1 of 1 partition refuses writes with acks=all" || len(m.Topics[1].Writers) != 1 {
		t.Errorf("%+v", m.Topics)
	}
	var got []string
	for _, tenant := range m.Tenants {
		line := tenant.Tenant + ":"
		for _, g := range tenant.Groups {
			line += " " + g.Group + " " + strings.Join(g.Members, "") + map[bool]string{true: " waits", false: " reads"}[g.Waits]
		}
		got = append(got, line+" | "+strings.Join(tenant.Tell, " "))
	}
	want := []string{
		"commerce: billing billing-1 at /10.0.0.7 waits | Of topic orders 1 of 2 partitions can be neither written nor read. Group billing can't go on there.",
		"fraud: fraud fraud-1 at /10.0.0.7 waits | Group fraud can't go on there.",
		": ledger  reads | Of topic payments 1 of 1 partition refuses writes with acks=all. Group ledger goes on with what is written already.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNobodyIsHurtWhereAllIsWell(t *testing.T) {
	st := &state.State{Snapshot: cluster(t, well, well), Now: noon}
	if m := ImpactOf(st, nil); len(m.Topics)+len(m.Tenants)+len(m.Commits) != 0 {
		t.Errorf("%+v", m)
	}
}

func TestExonerationTellsWhatTouchesATopicFromWhatDoesNot(t *testing.T) {
	st := hurt(t, reader("ledger", "", state.PartitionName{Topic: "payments", Partition: 0}))
	st.Verdict, st.Findings = Judge(Input{State: st})
	for _, tc := range []struct {
		topic   string
		cleared bool
		against string // a code
	}{
		{"orders", false, Leaderless},
		{"payments", false, UnderMinISR},
	} {
		x := Exonerate(st, []string{tc.topic}, "topic "+tc.topic)
		if x.Cleared != tc.cleared || !slices.ContainsFunc(x.Against, func(f state.Finding) bool { return f.Code == tc.against }) {
			t.Errorf("%s: %+v", tc.topic, x)
		}
		if tc.topic == "payments" && slices.ContainsFunc(x.Against, func(f state.Finding) bool { return f.Code == Leaderless }) {
			t.Error("what has no leader is of another topic")
		}
	}
	other := &state.State{Snapshot: cluster(t, wellOrders, underMin), Now: noon}
	other.Verdict, other.Findings = Judge(Input{State: other})
	if x := Exonerate(other, []string{"orders"}, "topic orders"); !x.Cleared || len(x.Elsewhere) == 0 || !strings.HasPrefix(x.Sentence, "As far as the protocol tells, Kafka is not at fault for topic orders") {
		t.Errorf("orders, where payments is hurt: %+v", x)
	}
}

func TestABrokerThatHoldsNothingOfATopicDoesNotTouchIt(t *testing.T) {
	s := cluster(t, wellOrders)
	kill(s, 5)
	st := &state.State{Snapshot: s, Now: noon}
	st.Verdict, st.Findings = Judge(Input{State: st})
	if x := Exonerate(st, []string{"orders"}, "topic orders"); !x.Cleared || len(x.Elsewhere) == 0 {
		t.Errorf("%+v", x)
	}
	kill(s, 2)
	st.Verdict, st.Findings = Judge(Input{State: st})
	if x := Exonerate(st, []string{"orders"}, "topic orders"); x.Cleared {
		t.Errorf("with a replica on the dead broker: %+v", x)
	}
}

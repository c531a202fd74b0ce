package tenant

import (
	"fmt"
	"math"
	"testing"
)

func TestNamesThatAnExporterHasSquashedHaveTheLimitOfTheRecordTheyFit(t *testing.T) {
	usage := func(user, client string) Usage {
		return Usage{Broker: 1, Type: ProducerByteRate, User: user, ClientID: client, Rate: 5, Approximate: true}
	}
	for _, tt := range []struct {
		name    string
		records []Quota
		use     Usage
		want    string // level, entity and limit; "??" which of them is unknown, "-" none
	}{
		{"upper case", []Quota{record("users/Alice", 10)}, usage("alice", ""), "3 users/Alice 10"},
		{"separators", []Quota{record("users/User-Alice.B", 10)}, usage("user_alice_b", ""), "3 users/User-Alice.B 10"},
		{"a distinguished name, as Kafka escapes it", []Quota{record("users/CN=alice,O=x y~", 10)}, usage("cn_3dalice_2co_3dx_20y_7e", ""), "3 users/CN=alice,O=x y~ 10"},
		{"a client id", []Quota{record("clients/App.1", 10)}, usage("", "app_1"), "7 clients/App.1 10"},
		{"a pair", []Quota{record("users/Alice/clients/App.1", 10)}, usage("alice", "app_1"), "1 users/Alice/clients/App.1 10"},
		{"a pair of a user and the default", []Quota{record("users/Alice/clients/<default>", 10)}, usage("alice", "app_1"), "2 users/Alice/clients/<default> 10"},
		{"no record fits, and there is a default", []Quota{record("users/Bob", 10), record("users/<default>", 20)}, usage("alice", ""), "6 users/<default> 20"},
		{"no record fits", []Quota{record("users/Bob", 10)}, usage("alice", ""), "-"},
		{"two records with different limits", []Quota{record("users/Alice", 10), record("users/alice", 20)}, usage("alice", ""), "??"},
		{"two records, of which one has no limit of this type", []Quota{record("users/a.b", 10), record("users/a-b", 0, 20)}, usage("a_b", ""), "??"},
		{"two records that only differ in another type", []Quota{record("users/a.b", 0, 10), record("users/a-b", 0, 20), record("users/<default>", 5)}, usage("a_b", ""), "6 users/<default> 5"},
		{"two client ids", []Quota{record("clients/a.b", 10), record("clients/a-b", 20)}, usage("", "a_b"), "??"},
		{"a pair whose client id fits two", []Quota{record("users/Alice/clients/a.b", 10), record("clients/a-b", 20)}, usage("alice", "a_b"), "??"},
		{"names of other letters than the exporter keeps", []Quota{record("users/Ж", 10), record("users/Щ", 20)}, usage("_d0_96", ""), "3 users/Ж 10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Join(New(tt.records), []Usage{tt.use}, "", nil)[0]
			got := "-"
			switch {
			case r.Level == UnknownLevel:
				got = "??"
				if _, known := r.Percent(); known || !r.Limited || !math.IsNaN(r.Limit) || r.Standing() != Unmeasured {
					t.Errorf("%+v is measured against an unknown limit", r)
				}
			case r.Limited:
				got = fmt.Sprintf("%d %s %v", r.Level, r.Entity, r.Limit)
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestNamesThatAreExactFitOnlyTheirOwnRecord(t *testing.T) {
	r := Join(New([]Quota{record("users/Alice", 10)}), []Usage{{Type: ProducerByteRate, User: "alice", Rate: 5}}, "", nil)[0]
	if r.Limited {
		t.Errorf("%+v", r.Bound)
	}
}

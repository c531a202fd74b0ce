package protocol

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestAnUnknownKeyIsTakenForTheWorst(t *testing.T) {
	for _, key := range []int16{-1, kmsg.MaxKey + 1} {
		if got := ClassOfKey(key); got != ClassIBX {
			t.Errorf("key %d has class %s", key, got)
		}
	}
}

func TestFieldsRaiseTheClass(t *testing.T) {
	metadata := func(version int16, create bool, topics ...string) kmsg.Request {
		r := kmsg.NewPtrMetadataRequest()
		r.Version, r.AllowAutoTopicCreation = version, create
		for _, name := range topics {
			topic := kmsg.NewMetadataRequestTopic()
			topic.Topic = kmsg.StringPtr(name)
			r.Topics = append(r.Topics, topic)
		}
		return r
	}
	fetch := func(edit func(*kmsg.FetchRequest)) kmsg.Request {
		r := kmsg.NewPtrFetchRequest()
		r.Version = 13
		edit(r)
		return r
	}
	for _, test := range []struct {
		name string
		req  kmsg.Request
		want Class
	}{
		{"Metadata of everything reads", metadata(12, false), ClassRO},
		{"Metadata of everything creates nothing, whatever it allows", metadata(12, true), ClassRO},
		{"Metadata of a named topic reads where creation is off", metadata(12, false, "orders"), ClassRO},
		{"Metadata of a named topic creates it where creation is on", metadata(12, true, "orders"), ClassADM},
		{"Metadata v3 of a named topic can't switch creation off", metadata(3, false, "orders"), ClassADM},
		{"Metadata v4 of a named topic can", metadata(4, false, "orders"), ClassRO},
		{"Metadata v3 of everything reads", metadata(3, false), ClassRO},
		{"Fetch as a consumer reads", fetch(func(*kmsg.FetchRequest) {}), ClassRO},
		{"Fetch as a replica moves the leader's view", fetch(func(r *kmsg.FetchRequest) { r.ReplicaID = 2 }), ClassIB},
		{"Fetch as a replica, as v15 says it", fetch(func(r *kmsg.FetchRequest) { r.Version, r.ReplicaState.ID = 15, 2 }), ClassIB},
		{"Fetch with a session takes room in the broker's cache", fetch(func(r *kmsg.FetchRequest) { r.SessionEpoch = 0 }), ClassCONN},
		{"FindCoordinator may make the coordinator's topic", kmsg.NewPtrFindCoordinatorRequest(), ClassROX},
		{"an election of preferred leaders is a change", kmsg.NewPtrElectLeadersRequest(), ClassADM},
		{"an unclean election loses data", &kmsg.ElectLeadersRequest{Version: 2, ElectionType: 1}, ClassADMX},
		{"AddPartitionsToTxn v3 is a producer's", &kmsg.AddPartitionsToTxnRequest{Version: 3}, ClassTXN},
		{"AddPartitionsToTxn v4 is a broker's", &kmsg.AddPartitionsToTxnRequest{Version: 4}, ClassIB},
		{"a downgrade of a feature can't always be undone", &kmsg.UpdateFeaturesRequest{Version: 1,
			FeatureUpdates: []kmsg.UpdateFeaturesRequestFeatureUpdate{{UpgradeType: 3}}}, ClassADMX},
	} {
		got, why := Classify(test.req)
		if got != test.want {
			t.Errorf("%s: class %s, want %s", test.name, got, test.want)
		}
		if raised := test.want > ClassOfKey(test.req.Key()); raised != (why != "") {
			t.Errorf("%s: reason %q", test.name, why)
		}
	}
}

func TestClassesReadAsTheyAreWritten(t *testing.T) {
	for _, c := range Classes() {
		if got, err := ParseClass(c.String()); err != nil || got != c {
			t.Errorf("%s reads as %s: %v", c, got, err)
		}
		if reads := c == ClassRO || c == ClassROX; c.Reads() != reads {
			t.Errorf("%s.Reads() is %v", c, c.Reads())
		}
	}
	for _, word := range []string{"", "R0", "ADM!!"} {
		if _, err := ParseClass(word); err == nil {
			t.Errorf("%q was taken for a class", word)
		}
	}
}

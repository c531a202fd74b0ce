package protocol

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestTheCatalogHasEveryAPIThatTheClientLibraryKnows(t *testing.T) {
	if len(APIs()) != kmsg.MaxKey+1 || len(rows) != kmsg.MaxKey+1 {
		t.Errorf("the library knows %d APIs, the catalog %d, and there are %d rows", kmsg.MaxKey+1, len(APIs()), len(rows))
	}
	for _, a := range APIs() {
		if a.Class == 0 || a.Help == "" || a.Name == "" {
			t.Errorf("API %d (%s): class %v, help %q", a.Key, a.Name, a.Class, a.Help)
		}
		req := kmsg.RequestForKey(a.Key)
		if req.MaxVersion() != a.Versions.To {
			t.Errorf("%s: the library goes to v%d, Kafka's definition to v%d", a.Name, req.MaxVersion(), a.Versions.To)
		}
		if got, _, err := FindAPI(kmsg.NameForKey(a.Key)); err != nil || got.Key != a.Key {
			t.Errorf("the library's name %s isn't taken: %v", kmsg.NameForKey(a.Key), err)
		}
		req.SetVersion(max(a.FlexibleFrom(), 0))
		if req.IsFlexible() != (a.FlexibleFrom() >= 0) {
			t.Errorf("%s: flexible from v%d, the library says otherwise", a.Name, a.FlexibleFrom())
		}
	}
}

func TestARequestIsFoundByItsNamesItsKeyAndItsVersion(t *testing.T) {
	for word, want := range map[string]struct {
		key, version int16
	}{
		"Metadata": {3, -1}, "metadata": {3, -1}, "METADATA@9": {3, 9}, "TopicMetadataV5": {3, 5}, "topicmetadatav5": {3, 5},
		"3": {3, -1}, "3@1": {3, 1}, "ListOffset": {2, -1}, "GroupCoordinatorV0": {10, 0}, "list_offsets": {2, -1},
		"api-versions": {18, -1}, "ApiVersions": {18, -1}, "ApiVersionsV3": {18, 3}, "AlterPartitionAssignments": {45, -1},
		"MetadataRequest": {3, -1}, "AlterIsr": {56, -1}, "ListClientMetricsResources": {74, -1}, "metadata@v3": {3, 3}, "Metadata@99": {3, 99},
	} {
		a, version, err := FindAPI(word)
		if err != nil || a.Key != want.key || version != want.version {
			t.Errorf("%s: got %v v%d, %v", word, a, version, err)
		}
	}
	for word, want := range map[string]string{
		"Metdata": `no request "Metdata"`, "": "no request", "V3": "no request", "Metadata@": "no version", "Metadata@-1": "no version", "95": "no request",
		"-1": "no request", "Metadata@99999": "no version",
	} {
		_, _, err := FindAPI(word)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s…", word, err, want)
		}
		var unknown *UnknownAPIError
		if errors.As(err, &unknown) && len(unknown.Known) < len(apis) {
			t.Errorf("%q: only %d names to choose from", word, len(unknown.Known))
		}
	}
}

func TestNamesOfAPIsAreNoOtherAPIsNames(t *testing.T) {
	seen := map[string]string{}
	for _, a := range APIs() {
		for _, n := range append([]string{a.Name}, a.Aliases...) {
			if was, taken := seen[plainName(n)]; taken && was != a.Name {
				t.Errorf("%s is %s and %s", n, was, a.Name)
			}
			seen[plainName(n)] = a.Name
		}
	}
}

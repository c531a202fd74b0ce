package ask

import (
	"fmt"
	"strings"
	"testing"
)

func TestARequestIsReadFromItsWords(t *testing.T) {
	for _, tt := range []struct {
		name, words, body string
		force             bool
		want              string // name and versions of the request, or what the error says
	}{
		{"a name", "metadata", "", false, "Metadata v0 to v13"},
		{"a version", "MetadataV9", "", false, "Metadata v9 to v9"},
		{"a field that only newer versions have", "Metadata includeTopicAuthorizedOperations=true", "", false, "Metadata v8 to v13"},
		{"a word for the one list", "Metadata@9 orders payments", "", false, "Metadata v9 to v9"},
		{"a body", "Metadata@9", "topics: [{name: orders}]", false, "Metadata v9 to v9"},
		{"nothing", "", "", false, "which request?"},
		{"no name", "topics=orders", "", false, "which request?"},
		{"a name that there isn't", "Metadat", "", false, "Metadat"},
		{"a field that there isn't", "Metadata topic=orders", "", false, "topic"},
		{"a version that there isn't", "Metadata@99", "", false, "--force sends it all the same"},
		{"a version that there isn't, forced", "Metadata@99", "", true, "Metadata v99 to v99"},
		{"a body that is none", "Metadata", "[", false, "neither JSON nor YAML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body []byte
			if tt.body != "" {
				body = []byte(tt.body)
			}
			r, err := ParseRequest(strings.Fields(tt.words), body, tt.force)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = fmt.Sprintf("%s v%d to v%d", r.API.Name, r.Versions[0], r.newest())
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

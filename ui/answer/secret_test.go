package answer

import (
	"strings"
	"testing"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

func TestNeitherAMessageNorItsBytesShowASecret(t *testing.T) {
	api, _, err := protocol.FindAPI("RenewDelegationToken")
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(api.API, api.Versions.To)
	if err := m.Set("hmac", "utf8:hunter2"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	Printer{}.Message(&out, m)
	frame := m.AppendTo(nil)
	Printer{}.Spans(&out, frame, message.Annotate(m.API, false, m.Version, frame, 0))
	for _, form := range []string{"hunter2", "68 75 6e", "68756e", "aHVudGVyMg"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s is in\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), message.Hidden) || !strings.Contains(out.String(), "** **") {
		t.Errorf("what is hidden isn't there:\n%s", out.String())
	}
}

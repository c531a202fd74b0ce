package requests

import (
	"strings"
	"testing"

	"kdeck/protocol"
)

func TestTheFormTakesNoSecret(t *testing.T) {
	api, _, err := protocol.FindAPI("RenewDelegationToken")
	if err != nil {
		t.Fatal(err)
	}
	f := newForm(api, -1)
	if err := f.set([]typedField{{"hmac", "hex:68756e74657232"}}); err == nil || !strings.Contains(err.Error(), "hmac is a secret") || len(f.typed) > 0 {
		t.Errorf("%v; it holds %v", err, f.typed)
	}
}

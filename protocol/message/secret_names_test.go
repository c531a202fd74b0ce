package message

import (
	"slices"
	"testing"
)

func TestTheValueOfAConfigurationIsASecretUnlessItsNameIsOneOfAPlainOne(t *testing.T) {
	for name, secret := range map[string]bool{
		"retention.ms": false, "ssl.key.password": true, "my.plugin.credential": true, "": true, "retention.msx": true, "RETENTION.MS": true,
	} {
		m, err := built(t, "IncrementalAlterConfigs", 1, "resources[0].configs[0].name="+name, "resources[0].configs[0].value=qJ7sWx93PvTz")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Secret(); got != secret {
			t.Errorf("the value of %q is a secret: %v, want %v", name, got, secret)
		}
	}
}

// [Message.Errors] and [Message.EachNamed] hide nothing.
func TestNoFieldThatNamesSomethingOrSaysWhyIsASecret(t *testing.T) {
	var look func(api string, fields []Field)
	look = func(api string, fields []Field) {
		for i := range fields {
			f := &fields[i]
			if f.secrecy != public && (isErrorMessage(f) || entityWords[f.Entity] != "" || slices.Contains(namedFields, f.Name)) {
				t.Errorf("%s: %s", api, f.Name)
			}
			look(api, f.Fields)
		}
	}
	for i := range APIs() {
		look(APIs()[i].Name, APIs()[i].Request.Fields)
		look(APIs()[i].Name, APIs()[i].Response.Fields)
	}
}

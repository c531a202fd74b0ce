package message

import "testing"

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

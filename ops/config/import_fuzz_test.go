package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/protocol/alloctest"
)

// Whatever a file holds, an import ends, and no context of it holds the secret that stands where tools have theirs.
func FuzzImport(f *testing.F) {
	for _, text := range []string{
		"clusters: &c [*c]\n", "contexts: {a: &a {brokers: [x:1], <<: [*a, *a]}}\n", "profiles: [{name: &n x, kafka_api: *n}, null, 3, [a]]\n",
		"profiles:\n- name: p\n  kafka_api: {brokers: ['b:1'], sasl: {user: u, password: hunter2-MARKER, mechanism: plain}}\n",
		"seed_brokers = ['b:1']\n[sasl]\nmethod='plain'\nuser='u'\npass='hunter2-MARKER'\nis_token=true\n",
		"contexts: {a: {brokers: b1:9092, tls: {enabled: yes, certKeyPassphrase: hunter2-MARKER}, sasl: {enabled: true, username: u, password: hunter2-MARKER}}}\n",
		"meta: {name: x}\nspec: {bootstrapAddrs: ['$B'], sasl: {enabled: true, mechanism: PLAIN, username: u, password: hunter2-MARKER}}\n",
		"bootstrap.servers=b:1\nsasl.password=hunter2-MARKER\nacme=1\n", "redpanda: {kafka_api: [1, {address: 0.0.0.0}]}\nrpk: {sasl: hunter2-MARKER}\n",
	} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		defer alloctest.Bound(t, len(text))()
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Import(path, lookup(nil))
		if err != nil {
			return
		}
		for _, c := range got.Contexts {
			for key, value := range c.Settings {
				if strings.Contains(value, marker) && Sensitive(key) {
					t.Errorf("%s: %s: %s", c.Name, key, value)
				}
			}
		}
	})
}

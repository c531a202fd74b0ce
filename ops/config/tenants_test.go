package config

import (
	"strings"
	"testing"
)

func TestTenantRulesAreReadInOrderAndKept(t *testing.T) {
	dir := t.TempDir()
	file, err := Load(write(t, dir, "config.yaml", "contexts:\n  a:\n    bootstrap: b1:9092\n    tenants:\n      zeta: {user: ^z}\n      batch: {user: ., client_id: -batch$}\n      shop: {topic: ^orders}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := Resolve(file, Flags{Context: "a"}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range [][3]string{{"zoe", "x-batch", "zeta"}, {"amy", "x-batch", "batch"}, {"amy", "x", ""}} {
		if got := cluster.Tenants.Of(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s %s is put to %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
	if got := cluster.Tenants.OfTopic("orders.v2"); got != "shop" || cluster.Tenants.OfTopic("zoe") != "" {
		t.Errorf("orders.v2 is put to %q, zoe to %q", got, cluster.Tenants.OfTopic("zoe"))
	}
	context, err := file.Context("a")
	if err != nil {
		t.Fatal(err)
	}
	n := tenantsNode(context.Tenants)
	if n.Content[0].Value != "zeta" || n.Content[2].Value != "batch" || n.Content[5].Content[0].Value != "topic" {
		t.Errorf("written in another order: %v", n.Content)
	}
}

func TestTenantRulesThatMakeNoSenseAreRefused(t *testing.T) {
	for rules, says := range map[string]string{"{x: {}}": "user, client_id or topic", "{x: {user: '('}}": "missing closing", "{x: {topics: a}}": `unknown key "topics"`, "[x]": "keys and values"} {
		if _, err := Load(write(t, t.TempDir(), "config.yaml", "contexts:\n  a:\n    tenants: "+rules+"\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", rules, err)
		}
	}
}

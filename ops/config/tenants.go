package config

import (
	"regexp"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/tenant"
)

// tenants reads the rules that put clients and topics to named tenants, in the order of the file: the first that matches counts.
func (d document) tenants(n *yaml.Node) (tenant.Rules, error) {
	var rules tenant.Rules
	err := d.mapping(n, "tenants", func(name string, k, v *yaml.Node) error {
		rule := tenant.Rule{Tenant: name}
		err := d.mapping(v, "tenant "+name, func(key string, k, v *yaml.Node) error {
			text, err := d.text(v, key)
			if err != nil {
				return err
			}
			re, err := regexp.Compile(text)
			if err != nil {
				return d.errorf(v, "tenant %s: %s: %v", name, key, err)
			}
			switch key {
			case "user":
				rule.User = re
			case "client_id":
				rule.ClientID = re
			case "topic":
				rule.Topic = re
			default:
				return d.unknown(k, "user", "client_id", "topic")
			}
			return nil
		})
		if err == nil && rule.User == nil && rule.ClientID == nil && rule.Topic == nil {
			err = d.errorf(k, "tenant %s: user, client_id or topic was expected, a regular expression each", name)
		}
		rules = append(rules, rule)
		return err
	})
	return rules, err
}

func tenantsNode(rules tenant.Rules) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, r := range rules {
		words := map[string]string{}
		if r.User != nil {
			words["user"] = r.User.String()
		}
		if r.ClientID != nil {
			words["client_id"] = r.ClientID.String()
		}
		if r.Topic != nil {
			words["topic"] = r.Topic.String()
		}
		setKey(n, r.Tenant, mappingOf(words))
	}
	return n
}

package config

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/state"
)

// calmKeys are the keys of calm and the numbers that they set.
var calmKeys = []struct {
	key string
	of  func(*state.Calm) *int
}{
	{"out_of_sync", func(c *state.Calm) *int { return &c.OutOfSync }},
	{"well", func(c *state.Calm) *int { return &c.Well }},
	{"busy", func(c *state.Calm) *int { return &c.Busy }},
}

// calm reads after how many looks something makes a verdict, or no longer does.
func (d document) calm(n *yaml.Node) (c state.Calm, err error) {
	var known []string
	for _, k := range calmKeys {
		known = append(known, k.key)
	}
	err = d.mapping(n, "calm", func(key string, k, v *yaml.Node) error {
		for _, of := range calmKeys {
			if of.key != key {
				continue
			}
			looks := 0
			if v.Kind != yaml.ScalarNode || v.Tag != "!!int" || v.Decode(&looks) != nil || looks < 1 || looks > state.MostLooks {
				return d.errorf(v, "%s: %q: a number of looks from 1 to %d was expected", key, v.Value, state.MostLooks)
			}
			*of.of(&c) = looks
			return nil
		}
		return d.unknown(k, known...)
	})
	return c, err
}

func calmNode(c state.Calm) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, of := range calmKeys {
		if looks := *of.of(&c); looks > 0 {
			setKey(n, of.key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(looks)})
		}
	}
	return n
}

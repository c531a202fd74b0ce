package pane

import (
	"cmp"

	"kdeck/ops/tenant"
)

var typeWords = map[tenant.Type]string{
	tenant.ProducerByteRate: "produce", tenant.ConsumerByteRate: "fetch", tenant.RequestPercentage: "request",
	tenant.ControllerMutationRate: "mutation", tenant.ConnectionCreationRate: "connect",
}

// typeWord is a type of quota in one short word.
func TypeWord(t tenant.Type) string { return cmp.Or(typeWords[t], string(t)) }

// whoName writes the tags of a bucket, a half that it doesn't have as a dash, and ~ before names that are only
// approximate.
func WhoName(user, client string, approximate bool) string {
	if approximate {
		return "~" + Dashed(user) + " / " + Dashed(client)
	}
	return Dashed(user) + " / " + Dashed(client)
}

func Dashed(s string) string { return cmp.Or(s, "-") }

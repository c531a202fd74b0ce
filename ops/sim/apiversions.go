package sim

import (
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// handleApiVersions lists what the listener serves. On a broker FinalizedFeaturesEpoch is the end of its own metadata log;
// on a controller it is the small offset of the features record.
func handleApiVersions(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	resp := kreq.ResponseKind().(*kmsg.ApiVersionsResponse)
	resp.ApiKeys = apiKeys(a.c.brokerVersions)
	resp.FinalizedFeaturesEpoch = 7
	if a.broker != nil {
		_, resp.FinalizedFeaturesEpoch = m.viewOf(a.broker)
	} else {
		resp.ApiKeys = apiKeys(a.c.controllerVersions)
	}
	supported := func(name string, from, to int16) {
		f := kmsg.NewApiVersionsResponseSupportedFeature()
		f.Name, f.MinVersion, f.MaxVersion = name, from, to
		resp.SupportedFeatures = append(resp.SupportedFeatures, f)
	}
	finalized := func(name string, level int16) {
		f := kmsg.NewApiVersionsResponseFinalizedFeature()
		f.Name, f.MinVersionLevel, f.MaxVersionLevel = name, level, level
		resp.FinalizedFeatures = append(resp.FinalizedFeatures, f)
	}
	supported("eligible.leader.replicas.version", 0, 1)
	supported("kraft.version", 0, 1)
	supported("metadata.version", 7, 30)
	if m.elr {
		finalized("eligible.leader.replicas.version", 1)
	}
	finalized("metadata.version", 30)
	return resp, nil
}

func apiKeys(served map[int16]versionRange) []kmsg.ApiVersionsResponseApiKey {
	keys := make([]kmsg.ApiVersionsResponseApiKey, 0, len(served))
	for _, key := range slices.Sorted(maps.Keys(served)) {
		k := kmsg.NewApiVersionsResponseApiKey()
		k.ApiKey, k.MinVersion, k.MaxVersion = key, served[key].min, served[key].max
		keys = append(keys, k)
	}
	return keys
}

// unsupportedApiVersions is the answer to a version that isn't served: in version 0, so that any client can read it (KIP-511).
func unsupportedApiVersions(served map[int16]versionRange) kmsg.Response {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.ErrorCode = kerr.UnsupportedVersion.Code
	key := int16(kmsg.ApiVersions)
	resp.ApiKeys = apiKeys(map[int16]versionRange{key: served[key]})
	return resp
}

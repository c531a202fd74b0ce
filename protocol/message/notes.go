package message

import "slices"

// note is what kdeck knows of the fields of one API and Kafka's definitions don't say.
type note struct {
	words   map[string][]word // the names of the numbers of a field, in the request and the response
	secrets []string          // fields that hold secrets, wherever in the request or the response they stand
	configs bool              // a field called value holds the value of a configuration, a secret or not by its name
	// defaults replaces Kafka's defaults of the request's fields, by their paths, where these would change something,
	// claim something that isn't so, or ask for nothing where a person who says nothing means everything.
	defaults map[string]string
}

// word is a number that has a name.
type word struct {
	number int64
	name   string
}

// The names of numbers that several APIs have.
var (
	isolations  = []word{{0, "read_uncommitted"}, {1, "read_committed"}}
	configKinds = []word{{2, "topic"}, {4, "broker"}, {8, "broker_logger"}, {16, "client_metrics"}, {32, "group"}}
	aclKinds    = []word{{1, "any"}, {2, "topic"}, {3, "group"}, {4, "cluster"}, {5, "transactional_id"}, {6, "delegation_token"}, {7, "user"}}
	aclPatterns = []word{{1, "any"}, {2, "match"}, {3, "literal"}, {4, "prefixed"}}
	aclOps      = []word{{1, "any"}, {2, "all"}, {3, "read"}, {4, "write"}, {5, "create"}, {6, "delete"}, {7, "alter"}, {8, "describe"},
		{9, "cluster_action"}, {10, "describe_configs"}, {11, "alter_configs"}, {12, "idempotent_write"}, {13, "create_tokens"}, {14, "describe_tokens"}}
	aclPermissions = []word{{1, "any"}, {2, "deny"}, {3, "allow"}}
	configSources  = []word{{1, "dynamic_topic_config"}, {2, "dynamic_broker_config"}, {3, "dynamic_default_broker_config"}, {4, "static_broker_config"},
		{5, "default_config"}, {6, "dynamic_broker_logger_config"}, {7, "dynamic_client_metrics_config"}, {8, "dynamic_group_config"}}
	scrams = []word{{1, "scram-sha-256"}, {2, "scram-sha-512"}}
)

// notes has at most one row an API, by its name.
var notes = map[string]note{
	"Produce": {defaults: map[string]string{"timeoutMs": "30000"}},
	"Fetch": {words: map[string][]word{"isolationLevel": isolations},
		defaults: map[string]string{"maxWaitMs": "500", "minBytes": "1", "topics.partitions.partitionMaxBytes": "1048576"}},
	"ListOffsets": {
		words: map[string][]word{"isolationLevel": isolations,
			"timestamp": {{-1, "latest"}, {-2, "earliest"}, {-3, "max-timestamp"}, {-4, "earliest-local"}, {-5, "latest-tiered"}}},
		defaults: map[string]string{"replicaId": "-1", "timeoutMs": "30000", "topics.partitions.timestamp": "-1"}}, // replica 0 is a broker
	"Metadata":        {defaults: map[string]string{"topics": "null", "topics.name": "null", "allowAutoTopicCreation": "false"}}, // true creates a misspelt topic
	"OffsetFetch":     {defaults: map[string]string{"topics": "null", "groups.topics": "null"}},
	"FindCoordinator": {words: map[string][]word{"keyType": {{0, "group"}, {1, "transaction"}, {2, "share"}}}},
	"CreateTopics":    {words: map[string][]word{"configSource": configSources}, configs: true},
	"DeleteTopics":    {defaults: map[string]string{"timeoutMs": "30000"}},
	"DeleteRecords":   {words: map[string][]word{"offset": {{-1, "high-watermark"}}}, defaults: map[string]string{"timeoutMs": "30000"}},
	"InitProducerId":  {defaults: map[string]string{"transactionalId": "null"}},
	"DescribeAcls": {
		words: map[string][]word{"resourceTypeFilter": aclKinds, "patternTypeFilter": aclPatterns, "resourceType": aclKinds,
			"patternType": aclPatterns, "operation": aclOps, "permissionType": aclPermissions},
		defaults: map[string]string{"resourceTypeFilter": "1", "resourceNameFilter": "null", "patternTypeFilter": "1", "principalFilter": "null",
			"hostFilter": "null", "operation": "1", "permissionType": "1"}}, // 1 is any
	"CreateAcls": {words: map[string][]word{"resourceType": aclKinds, "resourcePatternType": aclPatterns, "operation": aclOps, "permissionType": aclPermissions}},
	"DeleteAcls": {words: map[string][]word{"resourceTypeFilter": aclKinds, "patternTypeFilter": aclPatterns, "resourceType": aclKinds,
		"patternType": aclPatterns, "operation": aclOps, "permissionType": aclPermissions}},
	"DescribeConfigs": {words: map[string][]word{"resourceType": configKinds, "configSource": configSources}, configs: true,
		defaults: map[string]string{"resources.configurationKeys": "null"}},
	"AlterConfigs":          {words: map[string][]word{"resourceType": configKinds}, configs: true},
	"DescribeLogDirs":       {defaults: map[string]string{"topics": "null"}},
	"SaslAuthenticate":      {secrets: []string{"authBytes"}},
	"CreatePartitions":      {defaults: map[string]string{"timeoutMs": "30000"}},
	"CreateDelegationToken": {secrets: []string{"hmac"}, defaults: map[string]string{"ownerPrincipalType": "null", "ownerPrincipalName": "null"}},
	"RenewDelegationToken":  {secrets: []string{"hmac"}},
	"ExpireDelegationToken": {secrets: []string{"hmac"}},
	"DescribeDelegationToken": {secrets: []string{"hmac"},
		defaults: map[string]string{"owners": "null"}},
	"ElectLeaders": {words: map[string][]word{"electionType": {{0, "preferred"}, {1, "unclean"}}}},
	"IncrementalAlterConfigs": {configs: true,
		words: map[string][]word{"resourceType": configKinds, "configOperation": {{0, "set"}, {1, "delete"}, {2, "append"}, {3, "subtract"}}}},
	"DescribeClientQuotas": {words: map[string][]word{"matchType": {{0, "exact"}, {1, "default"}, {2, "any"}}},
		defaults: map[string]string{"components.match": "null"}},
	"DescribeUserScramCredentials": {words: map[string][]word{"mechanism": scrams}, defaults: map[string]string{"users": "null"}},
	"AlterUserScramCredentials":    {words: map[string][]word{"mechanism": scrams}, secrets: []string{"salt", "saltedPassword"}},
	"UpdateFeatures":               {words: map[string][]word{"upgradeType": {{1, "upgrade"}, {2, "safe_downgrade"}, {3, "unsafe_downgrade"}}}},
	"Envelope":                     {secrets: []string{"requestData", "responseData"}}, // another request, which may be any of these
	"DescribeCluster":              {words: map[string][]word{"endpointType": {{1, "brokers"}, {2, "controllers"}}}},
	"ListConfigResources":          {words: map[string][]word{"resourceTypes": configKinds, "resourceType": configKinds}},
	"AddRaftVoter":                 {defaults: map[string]string{"clusterId": "null", "timeoutMs": "30000"}},
	"RemoveRaftVoter":              {defaults: map[string]string{"clusterId": "null"}},
	"DescribeShareGroupOffsets":    {defaults: map[string]string{"groups.topics": "null"}},
}

// secrecy says whether the values of a field are secrets.
type secrecy uint8

const (
	public secrecy = iota
	secret
	secretByName // the value of a configuration: unless the node says that it isn't, or its name is one of a configuration that is known and isn't sensitive
)

func init() {
	for i := range table {
		api := &table[i]
		n, noted := notes[api.Name]
		if !noted {
			continue
		}
		api.hasSecrets = n.configs || len(n.secrets) > 0
		n.addTo(api.Request.Fields, "", n.defaults)
		n.addTo(api.Response.Fields, "", nil)
	}
}

// addTo puts what the note says to the fields that it is about.
func (n *note) addTo(fields []Field, path string, defaults map[string]string) {
	for i := range fields {
		f, at := &fields[i], join(path, fields[i].Name)
		f.words, f.preset = n.words[f.Name], defaults[at]
		switch {
		case slices.Contains(n.secrets, f.Name):
			f.secrecy = secret
		case n.configs && f.Name == "value":
			f.secrecy = secretByName
		}
		n.addTo(f.Fields, at, defaults)
	}
}

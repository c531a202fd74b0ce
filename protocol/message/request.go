package message

import "strings"

// New is the request of an API in a version, with the defaults of Kafka at every depth but for those in [better].
func New(api *API, version int16) *Message {
	m := &Message{API: api, Version: version}
	m.Root = m.blank(api.Request.Fields, "")
	return m
}

// blank is a struct of a request with its defaults; path is where it stands, without indices.
func (m *Message) blank(fields []Field, path string) *Struct {
	s := newStruct(fields, m.Version)
	m.improve(s, path)
	return s
}

func (m *Message) improve(s *Struct, path string) {
	for i := range s.Fields {
		f := &s.Fields[i]
		at := join(path, f.Name)
		text, known := better[m.API.Key][at]
		switch {
		case !f.Versions.Holds(m.Version):
		case known && text == "null":
			if f.Nullable.Holds(m.Version) {
				s.Values[i] = nil
			}
		case known:
			s.Values[i] = parseDefault(f, text)
		default:
			if below, ok := s.Values[i].(*Struct); ok {
				m.improve(below, at)
			}
		}
	}
}

// DefaultAt is the default of a request's field, as JSON; path has indices or not.
func (m *Message) DefaultAt(path string) string {
	plain := bare(path)
	fields, above := m.API.Request.Fields, ""
	if at := strings.LastIndexByte(plain, '.'); at >= 0 {
		above = plain[:at]
		f := fieldAt(fields, above)
		if f == nil {
			return "null"
		}
		fields = f.Fields
	}
	s := m.blank(fields, above)
	v, _ := s.Get(plain[strings.LastIndexByte(plain, '.')+1:])
	return string(appendField(nil, &Field{}, v, m.Version))
}

// better replaces Kafka's defaults of a request's fields where these would change something, claim something that isn't
// so, or ask for nothing where a person who says nothing means everything.
var better = map[int16]map[string]string{
	0:  {"timeoutMs": "30000"},
	1:  {"maxWaitMs": "500", "minBytes": "1", "topics.partitions.partitionMaxBytes": "1048576"},
	2:  {"replicaId": "-1", "timeoutMs": "30000", "topics.partitions.timestamp": "-1"}, // replica 0 is a broker
	3:  {"topics": "null", "topics.name": "null", "allowAutoTopicCreation": "false"},   // true creates a misspelt topic
	9:  {"topics": "null", "groups.topics": "null"},
	20: {"timeoutMs": "30000"},
	21: {"timeoutMs": "30000"},
	22: {"transactionalId": "null"},
	29: {"resourceTypeFilter": "1", "resourceNameFilter": "null", "patternTypeFilter": "1", "principalFilter": "null",
		"hostFilter": "null", "operation": "1", "permissionType": "1"}, // 1 is any
	32: {"resources.configurationKeys": "null"},
	35: {"topics": "null"},
	37: {"timeoutMs": "30000"},
	38: {"ownerPrincipalType": "null", "ownerPrincipalName": "null"},
	41: {"owners": "null"},
	48: {"components.match": "null"},
	50: {"users": "null"},
	80: {"clusterId": "null", "timeoutMs": "30000"},
	81: {"clusterId": "null"},
	90: {"groups.topics": "null"},
}

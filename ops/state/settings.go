package state

import "time"

// Settings are what brokers and topics were configured to, and the levels of the cluster's features. Secrets are left out, and so are values that are Kafka's own
// defaults.
type Settings struct {
	At       time.Time
	Brokers  map[int32]map[string]string  // of the brokers that told theirs, by id
	Topics   map[string]map[string]string // what was set on topics themselves; those on which nothing was set are left out. nil: not known
	Features map[string]int16             // finalized levels (KIP-584). nil: not known
	Unknown  []Unknown
}

// fileSettings are Settings in a snapshot file.
type fileSettings struct {
	At       time.Time                    `json:"read_at"`
	Brokers  map[int32]map[string]string  `json:"brokers"`
	Topics   map[string]map[string]string `json:"topics"`
	Features map[string]int16             `json:"features"`
	Unknown  []Unknown                    `json:"unknown"`
}

func fileOfSettings(s *Settings) fileSettings {
	return fileSettings{s.At.UTC(), s.Brokers, s.Topics, s.Features, append([]Unknown{}, s.Unknown...)}
}

func (f *fileSettings) settings() *Settings {
	return &Settings{f.At, f.Brokers, f.Topics, f.Features, f.Unknown}
}

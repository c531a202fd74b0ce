package kafka

import (
	"crypto/tls"

	"kdeck/ops/config"
)

func tlsConfig(t config.TLS) (*tls.Config, error) {
	return &tls.Config{MinVersion: tls.VersionTLS12}, nil
}

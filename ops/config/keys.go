package config

import (
	_ "embed"
	"slices"
	"strings"
)

// Keys under which a setting is held here, whatever name it was given by. They are Java's names where Java has
// one.
const (
	keyBootstrap       = "bootstrap.servers"
	keyControllers     = "bootstrap.controllers"
	keySecurity        = "security.protocol"
	keyMechanism       = "sasl.mechanism"
	keyJAAS            = "sasl.jaas.config"
	keyUser            = "sasl.username"
	keyPassword        = "sasl.password"
	keyTrustType       = "ssl.truststore.type"
	keyTrustLocation   = "ssl.truststore.location"
	keyTrustPassword   = "ssl.truststore.password"
	keyTrustText       = "ssl.truststore.certificates"
	keyKeystoreType    = "ssl.keystore.type"
	keyKeystore        = "ssl.keystore.location"
	keyKeystorePass    = "ssl.keystore.password"
	keyKeystoreText    = "ssl.keystore.certificate.chain"
	keyKeystoreKey     = "ssl.keystore.key"
	keyKeystoreAlias   = "ssl.keystore.key.alias"
	keyCertificateFile = "ssl.certificate.location"
	keyKeyFile         = "ssl.key.location"
	keyKeyPassword     = "ssl.key.password"
	keyIdentification  = "ssl.endpoint.identification.algorithm"
	keyVerify          = "enable.ssl.certificate.verification"
	keyTokenEndpoint   = "sasl.oauthbearer.token.endpoint.url"
	keyToken           = "sasl.oauthbearer.token"
	keyOAuthID         = "sasl.oauthbearer.client.credentials.client.id"
	keyOAuthSecret     = "sasl.oauthbearer.client.credentials.client.secret"
	keyOAuthScope      = "sasl.oauthbearer.scope"
	keyOAuthExtensions = "sasl.oauthbearer.extensions"
	keyOAuthCA         = "https.ca.location"
	keyOAuthCAText     = "https.ca.pem"
	keyLoginHandler    = "sasl.login.callback.handler.class"
	keyClientHandler   = "sasl.client.callback.handler.class"
	keyLoginClass      = "sasl.login.class"
	keyOAuthGrant      = "sasl.oauthbearer.grant.type"
	keyOAuthMachine    = "sasl.oauthbearer.metadata.authentication.type"
	keyOAuthURLEncode  = "sasl.oauthbearer.header.urlencode"
	keyTokenClass      = "sasl.oauthbearer.jwt.retriever.class"
	keyKrbService      = "sasl.kerberos.service.name"
	keyKrbPrincipal    = "sasl.kerberos.principal" // librdkafka's
	keyKrbKeytab       = "sasl.kerberos.keytab"    // librdkafka's
	keyKrbConf         = "java.security.krb5.conf" // a system property of Java
	keyClientID        = "client.id"
	keyTimeout         = "request.timeout.ms"

	// These have no names of their own: options of a JAAS line set them (loginOptions).
	keySCRAMToken      = "tokenauth"
	keyTokenFile       = "oauth.access.token.location"
	keyOAuthAudience   = "oauth.audience"
	keyOAuthCAPassword = "oauth.ssl.truststore.password"
	keyAWSProfile      = "awsProfileName"
	keyAWSRole         = "awsRoleArn"
	keyAWSRoleSession  = "awsRoleSessionName"
	keyAWSSTSRegion    = "awsStsRegion"
	keyKrbUseKeytab    = "useKeyTab"
	keyKrbUseCache     = "useTicketCache"
	keyKrbCache        = "ticketCache"
	keyKrbJAASService  = "serviceName"
	keyKrbModule       = "Krb5LoginModule" // set where the JAAS line names it
	keyUnknownOptions  = "unknown options" // their names
)

// understoodKeys lists the keys that settings may have and that mean something here.
var understoodKeys = []string{keyBootstrap, keyControllers, keySecurity, keyMechanism, keyJAAS, keyUser, keyPassword,
	keyTrustType, keyTrustLocation, keyTrustPassword, keyTrustText, keyKeystoreType, keyKeystore, keyKeystorePass,
	keyKeystoreText, keyKeystoreKey, keyKeystoreAlias, keyCertificateFile, keyKeyFile, keyKeyPassword, keyIdentification, keyVerify,
	keyTokenEndpoint, keyToken, keyOAuthID, keyOAuthSecret, keyOAuthScope, keyOAuthExtensions, keyOAuthCA, keyOAuthCAText,
	keyLoginHandler, keyClientHandler, keyLoginClass, keyTokenClass,
	keyOAuthGrant, keyOAuthMachine, keyOAuthURLEncode,
	keyKrbService, keyKrbPrincipal, keyKrbKeytab, keyKrbConf,
	keyClientID, keyTimeout}

// aliases are librdkafka's names, and Java's older ones, of keys that are held under another.
var aliases = map[string]string{
	"metadata.broker.list":           keyBootstrap,
	"sasl.mechanisms":                keyMechanism,
	"ssl.ca.location":                keyTrustLocation,
	"ssl.ca.pem":                     keyTrustText,
	"ssl.certificate.pem":            keyKeystoreText,
	"ssl.key.pem":                    keyKeystoreKey,
	"sasl.oauthbearer.client.id":     keyOAuthID,
	"sasl.oauthbearer.client.secret": keyOAuthSecret,
	"socket.timeout.ms":              keyTimeout,
}

//go:embed carried.txt
var carriedText string

// ignored holds the names that Kafka's clients know and that don't concern kdeck.
var ignored = func() map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(carriedText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			names[line] = true
		}
	}
	return names
}()

// ignoredPrefixes are families of settings that are kept in the same file and belong to others.
var ignoredPrefixes = []string{"schema.registry.", "basic.auth.", "bearer.auth.", "config.providers.", "confluent.", "metrics.context."}

// knownSettings lists every key that settings understand, aliases included, sorted.
func knownSettings() []string {
	known := slices.Clone(understoodKeys)
	for alias := range aliases {
		known = append(known, alias)
	}
	slices.Sort(known)
	return known
}

// canonical returns the key that a setting is held under. A key that is carried for others comes back empty.
func canonical(key string) (name string, known bool) {
	if to, ok := aliases[key]; ok {
		return to, true
	}
	if slices.Contains(understoodKeys, key) {
		return key, true
	}
	if ignored[key] {
		return "", true
	}
	for _, prefix := range ignoredPrefixes {
		if strings.HasPrefix(key, prefix) {
			return "", true
		}
	}
	return "", false
}

// Sensitive reports whether a setting's value may hold a secret.
func Sensitive(key string) bool {
	name, _ := canonical(key)
	switch name {
	case keyJAAS, keyPassword, keyTrustPassword, keyKeystorePass, keyKeystoreKey, keyKeyPassword, keyToken, keyOAuthSecret:
		return true
	case "":
		// A setting of others: nothing is known of its value but its name.
		for _, word := range []string{"password", "secret", "token", "credential", "key", "passphrase", "jaas", "user.info", "config"} {
			if strings.Contains(key, word) {
				return true
			}
		}
	}
	return false
}

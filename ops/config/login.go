package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// loginOptions lists, for each login module, the setting that each of its options sets; "-" is an option that doesn't concern kdeck.
// An option that isn't in the list is refused where the login needs the line.
var loginOptions = map[string]map[string]string{
	"PlainLoginModule": {"username": keyUser, "password": keyPassword, "serviceName": "-", "debug": "-"},
	"ScramLoginModule": {"username": keyUser, "password": keyPassword, "tokenauth": keySCRAMToken, "serviceName": "-", "debug": "-"},
	"Krb5LoginModule": {
		"useKeyTab": keyKrbUseKeytab, "keyTab": keyKrbKeytab, "principal": keyKrbPrincipal,
		"useTicketCache": keyKrbUseCache, "ticketCache": keyKrbCache, "serviceName": keyKrbJAASService,
		// What a login keeps, whether it may ask for a password, whether it renews the ticket.
		"storeKey": "-", "doNotPrompt": "-", "renewTGT": "-", "refreshKrb5Config": "-", "isInitiator": "-", "debug": "-",
		"useFirstPass": "-", "tryFirstPass": "-", "storePass": "-", "clearPass": "-",
	},
	"IAMLoginModule": {
		"awsProfileName": keyAWSProfile, "awsRoleArn": keyAWSRole, "awsRoleSessionName": keyAWSRoleSession, "awsStsRegion": keyAWSSTSRegion,
		"awsDebugCreds": "-", "awsMaxRetries": "-", "awsMaxBackOffTimeMs": "-",
	},
	"OAuthBearerLoginModule": {
		"clientId": keyOAuthID, "clientSecret": keyOAuthSecret, "scope": keyOAuthScope, "serviceName": "-", "debug": "-",
		// How the token endpoint is trusted (JaasOptionsUtils).
		"ssl.truststore.location": keyOAuthCA, "ssl.truststore.password": keyOAuthCAPassword,
		"ssl.truststore.certificates": keyOAuthCAText, "ssl.truststore.type": "-", "ssl.protocol": "-",

		// AWS's IAMOAuthBearerLoginCallbackHandler.
		"awsProfileName": keyAWSProfile, "awsRoleArn": keyAWSRole, "awsRoleSessionName": keyAWSRoleSession, "awsStsRegion": keyAWSSTSRegion,
		"awsDebugCreds": "-", "awsMaxRetries": "-", "awsMaxBackOffTimeMs": "-",

		// Strimzi's JaasClientOauthLoginCallbackHandler.
		"oauth.token.endpoint.uri": keyTokenEndpoint, "oauth.client.id": keyOAuthID, "oauth.client.secret": keyOAuthSecret,
		"oauth.scope": keyOAuthScope, "oauth.audience": keyOAuthAudience,
		"oauth.access.token": keyToken, "oauth.access.token.location": keyTokenFile,
		"oauth.ssl.truststore.location": keyOAuthCA, "oauth.ssl.truststore.password": keyOAuthCAPassword,
		"oauth.ssl.truststore.certificates": keyOAuthCAText, "oauth.ssl.truststore.type": "-",
		// What it does with a token, how long it waits, how often it tries.
		"oauth.access.token.is.jwt": "-", "oauth.max.token.expiry.seconds": "-", "oauth.config.id": "-", "oauth.enable.metrics": "-",
		"oauth.username.claim": "-", "oauth.username.prefix": "-", "oauth.fallback.username.claim": "-", "oauth.fallback.username.prefix": "-",
		"oauth.connect.timeout.seconds": "-", "oauth.read.timeout.seconds": "-", "oauth.http.retries": "-",
		"oauth.http.retry.pause.millis": "-", "oauth.include.accept.header": "-",
	},
}

// extensionPrefixes are those of options that add an extension (KIP-342) to the token: Kafka's and Strimzi's.
var extensionPrefixes = []string{"extension_", "oauth.sasl.extension."}

// takeJAASApart replaces the JAAS line by what its options mean; expanded says that references in it are replaced
// already.
func (l layer) takeJAASApart(x expander, expanded bool) error {
	p, set := l[keyJAAS]
	if !set {
		return nil
	}
	delete(l, keyJAAS)
	fail := func(err error) error { return fmt.Errorf("%s: %s: %w", p.where, keyJAAS, err) }
	entry, err := parseJAAS(p.value)
	if err != nil {
		return fail(err)
	}
	names, known := loginOptions[entry.module]
	if !known {
		module := entry.module
		if !strings.HasSuffix(module, "LoginModule") { // it may be a password
			module = "that is given"
		}
		return fail(fmt.Errorf("the login module %s is not known here: PlainLoginModule, ScramLoginModule, Krb5LoginModule, OAuthBearerLoginModule and IAMLoginModule are", module))
	}
	if entry.module == keyKrbModule {
		l[keyKrbModule] = pair{key: keyJAAS, value: entry.module, where: p.where}
	}
	oauth := entry.module == "OAuthBearerLoginModule"
	var extensions, unknown []string
	for option, value := range entry.options {
		given := value
		if !expanded {
			if value, err = x.expand(value); err != nil {
				return fail(fmt.Errorf("%s: %w", option, err))
			}
		}
		switch name := names[option]; {
		case name == "-", !oauth && strings.HasPrefix(option, "user_"): // users that a broker knows
		case name != "":
			l[name] = pair{key: option, value: value, where: p.where, referred: expanded || value != given}
		case oauth && extension(option) != "":
			extensions = append(extensions, extension(option)+"="+value)
		default:
			unknown = append(unknown, option)
		}
	}
	if extensions != nil {
		l[keyOAuthExtensions] = pair{key: keyJAAS, value: strings.Join(extensions, ","), where: p.where}
	}
	if unknown != nil {
		slices.Sort(unknown)
		l[keyUnknownOptions] = pair{key: keyJAAS, value: strings.Join(unknown, ", "), where: p.where}
	}
	return nil
}

// extension returns the name of the extension that an option sets, or nothing.
func extension(option string) string {
	for _, prefix := range extensionPrefixes {
		if name, ok := strings.CutPrefix(option, prefix); ok {
			return name
		}
	}
	return ""
}

// knownHandlers are the classes, without their packages, whose work kdeck does by itself.
var knownHandlers = map[string][]string{
	keyLoginHandler:  {"OAuthBearerLoginCallbackHandler", "JaasClientOauthLoginCallbackHandler", awsHandler},
	keyClientHandler: {"OAuthBearerSaslClientCallbackHandler", "SaslClientCallbackHandler", "KerberosClientCallbackHandler", "IAMClientCallbackHandler"},
	keyLoginClass:    {"DefaultLogin", "KerberosLogin"},
	keyTokenClass:    {"DefaultJwtRetriever", "ClientCredentialsJwtRetriever", "FileJwtRetriever"},
}

// awsHandler makes OAUTHBEARER tokens by signing them with AWS credentials.
const awsHandler = "IAMOAuthBearerLoginCallbackHandler"

// awsRegion finds the region in the host name of an Amazon MSK broker.
var awsRegion = regexp.MustCompile(`\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com`)

// aws returns who signs logins to the brokers at an address.
func (l layer) aws(bootstrap []string) *AWS {
	a := &AWS{Profile: l.text(keyAWSProfile), RoleARN: l.text(keyAWSRole), RoleSession: l.text(keyAWSRoleSession), STSRegion: l.text(keyAWSSTSRegion)}
	for _, addr := range bootstrap {
		if m := awsRegion.FindStringSubmatch(addr); m != nil {
			a.Region = m[1]
			break
		}
	}
	return a
}

// checkLogin refuses handler classes and options of a JAAS line that aren't understood: what they would do can't be told, and a login
// that fails without them gives no hint. instead says what to give in their place.
func (l layer) checkLogin(instead string) error {
	var parts []string
	for _, key := range []string{keyLoginHandler, keyClientHandler, keyLoginClass, keyTokenClass} {
		class := l.text(key)
		if class != "" && !slices.Contains(knownHandlers[key], class[strings.LastIndexByte(class, '.')+1:]) {
			parts = append(parts, fmt.Sprintf("%s: %s: the class %s is not known here", l[key].where, key, class))
		}
	}
	if p, set := l[keyUnknownOptions]; set {
		part := fmt.Sprintf("%s: %s: options that are not understood: %s", p.where, p.key, p.value)
		if class := l.text(keyLoginHandler); class != "" && len(parts) == 0 {
			part += " (the handler is " + class + ")"
		}
		parts = append(parts, part)
	}
	if parts == nil {
		return nil
	}
	return fmt.Errorf("%s; leave them out, or give %s", strings.Join(parts, "; "), instead)
}

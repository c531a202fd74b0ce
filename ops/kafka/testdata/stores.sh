#!/bin/sh
# Makes the stores of the tests in the current directory, with Java's keytool and openssl: run it in testdata/stores.
# Every password is "changeit", that of keys of their own "keysecret".
set -eu
pass="-storepass changeit"
key() { # STORE TYPE ALIAS KEYALG PASSWORD
	case $4 in EC) size="-groupname secp256r1" ;; *) size="-keysize 2048" ;; esac
	keytool -genkeypair -keystore "$1" -storetype "$2" $pass -keypass "$5" -alias "$3" -keyalg "$4" $size \
		-dname "CN=$3" -ext san=ip:127.0.0.1,dns:localhost -validity 36500
}
key node.p12 PKCS12 node EC changeit
keytool -exportcert -keystore node.p12 $pass -alias node -rfc -file node.pem
for type in JKS JCEKS PKCS12; do
	keytool -importcert -noprompt -keystore trust.$type -storetype $type $pass -alias node -file node.pem
	own=keysecret
	if [ $type = PKCS12 ]; then own=changeit; fi
	key own.$type $type only EC $own
done
key mixed.PKCS12 PKCS12 only EC changeit
keytool -importcert -noprompt -keystore mixed.PKCS12 $pass -alias authority -file node.pem
key several.JKS JKS oldest RSA changeit
for alias in zebra client-2026 kafka mirror; do key several.JKS JKS $alias EC changeit; done
for type in JCEKS PKCS12; do
	keytool -importkeystore -srckeystore several.JKS -srcstorepass changeit -destkeystore several.$type -deststoretype $type -deststorepass changeit
done

openssl ecparam -name prime256v1 -genkey -noout -out plain.pem
openssl req -x509 -new -key plain.pem -subj /CN=pem -days 36500 -out cert.pem
secret="-passout pass:keysecret"
openssl pkcs8 -topk8 -in plain.pem $secret -out key.pbes2-aes256.pem
openssl pkcs8 -topk8 -in plain.pem $secret -v2 aes-128-cbc -v2prf hmacWithSHA1 -out key.pbes2-aes128-sha1.pem
openssl pkcs8 -topk8 -in plain.pem $secret -v2 des3 -out key.pbes2-des3.pem
openssl pkcs8 -topk8 -in plain.pem $secret -scrypt -out key.pbes2-scrypt.pem
openssl pkcs8 -topk8 -in plain.pem $secret -v1 PBE-SHA1-3DES -out key.pbe-sha1-3des.pem
openssl ec -in plain.pem $secret -aes128 -out key.openssl-aes128.pem

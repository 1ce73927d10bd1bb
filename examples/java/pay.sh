#!/bin/sh
# Makes a trust store of the sandbox's CA, because Java reads no environment variable for it, and runs Pay.java with it:
#
#     paysandbox exec --tls -- sh examples/java/pay.sh
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
keytool -importcert -noprompt -alias paysandbox -file "$PAYSANDBOX_CA_FILE" \
  -keystore "$folder/trust.p12" -storetype PKCS12 -storepass paysandbox 2>"$folder/keytool" || {
  cat "$folder/keytool" >&2
  exit 1
}
java -Djavax.net.ssl.trustStore="$folder/trust.p12" -Djavax.net.ssl.trustStorePassword=paysandbox \
  "$(dirname "$0")/Pay.java"

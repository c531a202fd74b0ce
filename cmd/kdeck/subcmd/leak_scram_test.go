package subcmd

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"strings"
)

// scramLogin is a broker's side of one login by SCRAM-SHA-512 (RFC 5802), of a user with the test's SASL password.
type scramLogin struct{ clientFirst, serverFirst string }

// answer is what the broker answers to the next message of the login, which stands in a request; nil where that is none of SCRAM.
func (s *scramLogin) answer(request []byte) []byte {
	if _, bare, is := bytes.Cut(request, []byte("n,,")); is {
		_, nonce, _ := strings.Cut(string(bare), "r=")
		s.clientFirst, nonce = strings.TrimRight(string(bare), "\x00"), strings.TrimRight(nonce, "\x00")
		s.serverFirst = "r=" + nonce + "server,s=" + base64.StdEncoding.EncodeToString([]byte("salt")) + ",i=4096"
		return []byte(s.serverFirst)
	}
	final := bytes.Index(request, []byte("c="))
	if s.clientFirst == "" || final < 0 {
		return nil
	}
	withoutProof, _, _ := strings.Cut(string(request[final:]), ",p=")
	salted, err := pbkdf2.Key(sha512.New, markers["a SASL password"], []byte("salt"), 4096, sha512.Size)
	if err != nil {
		return nil
	}
	sum := func(key []byte, text string) []byte {
		h := hmac.New(sha512.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	signature := sum(sum(salted, "Server Key"), s.clientFirst+","+s.serverFirst+","+withoutProof)
	return []byte("v=" + base64.StdEncoding.EncodeToString(signature))
}

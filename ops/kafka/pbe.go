package kafka

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"unicode/utf16"
)

// The older encryptions of a key by a password that Java writes and reads, and that no library kept today offers by themselves.
var (
	oidPBEWithSHA1And3DES = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3} // openssl pkcs8 -v1 PBE-SHA1-3DES: the one for Kafka on Java 8 and 11
	oidPBEWithMD5And3DES  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 19, 1} // Sun's own, of JCEKS stores
)

// maxIterations bounds how often a file may have a password hashed. OpenSSL's default is 2048, Java's 10,000 to 200,000.
const maxIterations = 10_000_000

// decryptPBE decrypts an EncryptedPrivateKeyInfo (RFC 5958). known is false where it is encrypted in another way.
func decryptPBE(der []byte, password string) (plain []byte, known bool, err error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var params struct {
		Salt       []byte
		Iterations int
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, false, nil
	}
	var derive func(password string, salt []byte, iterations int) (key, iv []byte)
	switch {
	case info.Algorithm.Algorithm.Equal(oidPBEWithSHA1And3DES):
		derive = pkcs12Key
	case info.Algorithm.Algorithm.Equal(oidPBEWithMD5And3DES):
		derive = jceksKey
	default:
		return nil, false, nil
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &params); err != nil ||
		len(params.Salt) < 8 || params.Iterations < 1 || params.Iterations > maxIterations {
		return nil, true, errors.New("the parameters of the key's encryption are damaged")
	}
	if len(info.Data) == 0 || len(info.Data)%des.BlockSize != 0 {
		return nil, true, errors.New("the encrypted key is cut short")
	}
	key, iv := derive(password, params.Salt, params.Iterations)
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		return nil, true, err
	}
	plain = make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > des.BlockSize {
		return nil, true, errWrongKeyPassword
	}
	return plain[:len(plain)-padding], true, nil
}

// pkcs12Key derives a key and an initial vector as RFC 7292, appendix B.2, with SHA-1.
func pkcs12Key(password string, salt []byte, iterations int) (key, iv []byte) {
	encoded := append(utf16Bytes(password), 0, 0)
	return pkcs12Derive(encoded, salt, iterations, 1, 24), pkcs12Derive(encoded, salt, iterations, 2, des.BlockSize)
}

func pkcs12Derive(password, salt []byte, iterations int, id byte, size int) []byte {
	const v = sha1.BlockSize
	diversifier := filled([]byte{id}, v)
	input := append(filled(salt, v), filled(password, v)...)
	var out []byte
	for {
		hash := sha1.Sum(append(append([]byte{}, diversifier...), input...))
		for range iterations - 1 {
			hash = sha1.Sum(hash[:])
		}
		if out = append(out, hash[:]...); len(out) >= size {
			return out[:size]
		}
		// Each block of the input, as a number, is raised by the hash and one, modulo its size.
		raise := new(big.Int).SetBytes(filled(hash[:], v))
		raise.Add(raise, big.NewInt(1))
		limit := new(big.Int).Lsh(big.NewInt(1), 8*v)
		for at := 0; at < len(input); at += v {
			sum := new(big.Int).SetBytes(input[at : at+v])
			sum.Add(sum, raise).Mod(sum, limit).FillBytes(input[at : at+v])
		}
	}
}

// filled repeats a pattern up to the next multiple of v bytes.
func filled(pattern []byte, v int) []byte {
	out := make([]byte, (len(pattern)+v-1)/v*v)
	for i := range out {
		out[i] = pattern[i%len(pattern)]
	}
	return out
}

// jceksKey derives a key and an initial vector as com.sun.crypto.provider.PBES1Core does for PBEWithMD5AndTripleDES: each half of the
// salt is hashed with the password by itself.
func jceksKey(password string, salt []byte, iterations int) (key, iv []byte) {
	half := len(salt) / 2
	var out []byte
	for _, part := range [][]byte{salt[:half], salt[half:]} {
		for range iterations {
			hash := md5.Sum(append(append([]byte{}, part...), password...))
			part = hash[:]
		}
		out = append(out, part...)
	}
	return out[:24], out[24:]
}

// utf16Bytes encodes a password as Java's stores hash it: big-endian UTF-16.
func utf16Bytes(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}

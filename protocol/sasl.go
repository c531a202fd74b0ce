package protocol

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxSCRAMIterations bounds the work that a node can ask of a client: 100 times what Kafka itself allows
// (ScramMechanism.MAX_ITERATIONS, 16384), a second or two.
const maxSCRAMIterations = 1_638_400

// maxQuoted is how much of a text that a node sent is shown in an error, in characters.
const maxQuoted = 200

// maxSASLRounds bounds the length of an authentication; SCRAM takes 2.
const maxSASLRounds = 10

// authenticate asks what the node serves, names the mechanism and carries the mechanism's messages inside
// SASLAuthenticate (KIP-43, KIP-152).
func (c *Conn) authenticate(ctx context.Context) error {
	mechanism := c.options.SASL
	versions, err := c.askVersions(ctx)
	if err != nil {
		return err
	}
	handshake := kmsg.NewPtrSASLHandshakeRequest()
	handshake.Mechanism = mechanism.Name()
	if handshake.Version, err = Pick(versions, keySASLHandshake, handshake.MaxVersion()); err != nil || handshake.Version < 1 {
		return c.saslError(NotServed, "the listener serves no SaslHandshake v1",
			"the node is older than Kafka 1.0, or the listener takes no SASL", err)
	}
	answer, err := c.exchange(ctx, handshake)
	if err != nil {
		return err
	}
	hello := answer.Response.(*kmsg.SASLHandshakeResponse)
	enabled := c.options.Mask(strings.Join(hello.SupportedMechanisms, ", "))
	switch hello.ErrorCode {
	case errNone:
	case errUnsupportedSASL:
		return c.saslError(AuthenticationFailed,
			fmt.Sprintf("the listener doesn't take mechanism %s, but %.*q", mechanism.Name(), maxQuoted, enabled),
			"set sasl.mechanism to one of these", nil)
	case errIllegalSASLState:
		return c.saslError(SASLNotExpected, "the listener takes no authentication",
			"use security.protocol PLAINTEXT or SSL there, or another port", nil)
	default:
		return c.saslError(AuthenticationFailed, "the handshake was answered "+errorName(hello.ErrorCode), "", nil)
	}

	session, message, err := mechanism.Authenticate(ctx, c.addr)
	if err != nil {
		return c.saslError(AuthenticationFailed, err.Error(), "", err)
	}
	version, err := Pick(versions, keySASLAuthenticate, kmsg.NewPtrSASLAuthenticateRequest().MaxVersion())
	if err != nil {
		return c.saslError(NotServed, "the listener serves no SaslAuthenticate", "", err)
	}
	for range maxSASLRounds {
		req := kmsg.NewPtrSASLAuthenticateRequest()
		req.Version, req.SASLAuthBytes = version, message
		if answer, err = c.exchange(ctx, req); err != nil {
			if CauseOf(err) == ClosedWithoutAnswer {
				return c.saslError(AuthenticationFailed, "the node closed the connection during authentication",
					"see the node's log for the reason", err)
			}
			return err
		}
		resp := answer.Response.(*kmsg.SASLAuthenticateResponse)
		if resp.ErrorCode != errNone {
			detail := errorName(resp.ErrorCode)
			if resp.ErrorMessage != nil {
				detail += fmt.Sprintf(": %.*q", maxQuoted, c.options.Mask(*resp.ErrorMessage))
			}
			next := ""
			if resp.ErrorCode == errSASLAuthentication {
				next = "check user, password and mechanism"
				if mechanism.Name() == "GSSAPI" {
					next = "the broker didn't take the ticket: check that its keytab has the newest key of its principal, and the clocks"
				}
			}
			return c.saslError(AuthenticationFailed, detail, next, nil)
		}
		if ms := resp.SessionLifetimeMillis; ms > 0 {
			c.expires = c.options.Now().Add(time.Duration(min(ms, maxLifetimeMillis)) * time.Millisecond)
		}
		if err := boundSCRAM(mechanism.Name(), resp.SASLAuthBytes); err != nil {
			return c.saslError(AuthenticationFailed, err.Error(), "", err)
		}
		done, next, err := session.Challenge(resp.SASLAuthBytes)
		if err != nil {
			// The error of the mechanism holds what was sent and expected: it stays here.
			if mechanism.Name() == "OAUTHBEARER" {
				return c.saslError(AuthenticationFailed, fmt.Sprintf("the node didn't take the token: %.*q", maxQuoted, c.options.Mask(string(resp.SASLAuthBytes))),
					"check the token, its issuer, its scope and its end", nil)
			}
			if mechanism.Name() == "GSSAPI" {
				return c.saslError(AuthenticationFailed, "the node's answer wasn't made with the ticket's key",
					"check that this is the node you mean", nil)
			}
			return c.saslError(AuthenticationFailed, "the node's answer didn't prove that it knows the password",
				"check that this is the node you mean", nil)
		}
		if done {
			return nil
		}
		message = next
	}
	return c.saslError(AuthenticationFailed, fmt.Sprintf("no end after %d rounds", maxSASLRounds), "", nil)
}

// maxLifetimeMillis is a century: longer lifetimes would overflow a time.Duration.
const maxLifetimeMillis = 100 * 365 * 24 * 3600 * 1000

func (c *Conn) saslError(cause Cause, detail, next string, err error) *Error {
	return &Error{Addr: c.addr, Tried: "SASL " + c.options.SASL.Name(), Cause: cause, Detail: c.options.Mask(detail), Next: next, Err: err}
}

// boundSCRAM refuses a server's first message that asks for more iterations than any Kafka does.
func boundSCRAM(mechanism string, message []byte) error {
	if !strings.HasPrefix(mechanism, "SCRAM-") {
		return nil
	}
	for part := range strings.SplitSeq(string(message), ",") {
		if digits, ok := strings.CutPrefix(part, "i="); ok {
			if n, err := strconv.Atoi(digits); err != nil || n > maxSCRAMIterations {
				return errors.New("the node asks for more SCRAM iterations than Kafka allows")
			}
		}
	}
	return nil
}

// errorName names one of Kafka's error codes, number and all.
func errorName(code int16) string {
	if e := kerr.TypedErrorForCode(code); e != nil && e.Code == code {
		return fmt.Sprintf("%s (%d)", e.Message, code)
	}
	return fmt.Sprintf("error code %d", code)
}

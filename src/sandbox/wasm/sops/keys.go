package sops

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	agearmor "filippo.io/age/armor"
	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// Keys decrypt data keys.
type Keys struct {
	identities []age.Identity
	ring       openpgp.EntityList
}

// KeyError is for a document that none of the keys is for.
type KeyError struct {
	// For whom it is encrypted, in words.
	Recipients string
}

func (e *KeyError) Error() string { return "it is encrypted for " + e.Recipients }

// Add reads a file of age identities, one a line, or of OpenPGP private keys in armor. Its errors repeat nothing of it.
func (k *Keys) Add(text string) error {
	if strings.Contains(text, "-----BEGIN PGP") {
		ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(text))
		if err != nil {
			return errors.New("it holds no OpenPGP key that can be read")
		}
		for _, entity := range ring {
			if entity.PrivateKey == nil {
				return errors.New("it holds an OpenPGP key without its private part")
			}
			if entity.PrivateKey.Encrypted {
				return errors.New("its OpenPGP key has a passphrase, which kustomize-controller cannot use either")
			}
		}
		k.ring = append(k.ring, ring...)
		return nil
	}
	found := 0
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		identities, err := age.ParseIdentities(strings.NewReader(line))
		if err != nil {
			return fmt.Errorf("line %d is no age identity", number+1)
		}
		k.identities = append(k.identities, identities...)
		found++
	}
	if found == 0 {
		return errors.New("it holds no key")
	}
	return nil
}

// dataKey gives the key of the values: from one group, or put together from the shares of several.
func (k *Keys) dataKey(facts facts) ([]byte, error) {
	var shares [][]byte
	for _, group := range facts.groups {
		if share := k.open(group); share != nil {
			shares = append(shares, share)
		}
	}
	if len(facts.groups) == 1 && len(shares) == 1 {
		return shares[0], nil
	}
	if len(facts.groups) < 2 || len(shares) < max(facts.threshold, 1) {
		return nil, &KeyError{Recipients: facts.names()}
	}
	return combineShares(shares)
}

// open tries age before OpenPGP, as SOPS does where nothing else is said.
func (k *Keys) open(group keyGroup) []byte {
	for _, kind := range []string{"age", "pgp"} {
		for _, key := range group {
			if key.kind != kind {
				continue
			}
			if plain, err := k.openKey(key); err == nil {
				return plain
			}
		}
	}
	return nil
}

// A data key is 32 bytes, a share one more.
const maxDataKeyBytes = 1 << 10

func (k *Keys) openKey(key dataKey) ([]byte, error) {
	if key.kind == "age" {
		if len(k.identities) == 0 {
			return nil, errors.New("there is no identity")
		}
		plain, err := age.Decrypt(agearmor.NewReader(strings.NewReader(key.encrypted)), k.identities...)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(plain, maxDataKeyBytes))
	}
	if len(k.ring) == 0 {
		return nil, errors.New("there is no key")
	}
	block, err := armor.Decode(bytes.NewReader([]byte(key.encrypted)))
	if err != nil {
		return nil, err
	}
	message, err := openpgp.ReadMessage(block.Body, k.ring, nil, nil)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(message.UnverifiedBody, maxDataKeyBytes))
}

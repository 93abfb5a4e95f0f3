package sops

import "errors"

// combineShares puts a secret together by Shamir's scheme, byte by byte in the field of AES: each share is the values of polynomials
// at the point that is its last byte, and the secret their values at zero.
func combineShares(shares [][]byte) ([]byte, error) {
	if len(shares) < 2 {
		return nil, errors.New("one share of a data key is not enough")
	}
	length := len(shares[0])
	points := map[byte]bool{}
	for _, share := range shares {
		if len(share) != length || length < 2 {
			return nil, errors.New("the shares of its data key differ in length")
		}
		point := share[length-1]
		if point == 0 || points[point] {
			return nil, errors.New("two shares of its data key are one")
		}
		points[point] = true
	}
	secret := make([]byte, length-1)
	for index, share := range shares {
		// Lagrange's weight of this point at zero; subtracting is adding is xor.
		weight := byte(1)
		for other, another := range shares {
			if other != index {
				weight = multiply(weight, divide(another[length-1], share[length-1]^another[length-1]))
			}
		}
		for at := range secret {
			secret[at] ^= multiply(share[at], weight)
		}
	}
	return secret, nil
}

// multiply multiplies modulo x⁸+x⁴+x³+x+1.
func multiply(one, other byte) byte {
	var product byte
	for ; other > 0; other >>= 1 {
		product ^= one & -(other & 1)
		one = one<<1 ^ 0x1b&-(one>>7)
	}
	return product
}

// divide multiplies by the 254th power, which is the inverse. The divisor is not zero.
func divide(one, other byte) byte {
	quotient := one
	for range 254 {
		quotient = multiply(quotient, other)
	}
	return quotient
}

package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash names content: 16 hexadecimal digits over all parts.
func Hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d\n%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

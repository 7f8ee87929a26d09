// This file lets goroutine.go declare functions without a body.

package clientauth

// Algorithms lists the signature algorithms a client assertion may have, for discovery.
func Algorithms() []string {
	names := make([]string, len(assertionAlgorithms))
	for i, a := range assertionAlgorithms {
		names[i] = string(a)
	}
	return names
}
